"""A TCP proxy between a client and a server that damages the stream as networks do, and worse."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from tests.unit.server import LoopbackServer


class Fault(Protocol):
    """What the proxy does to one direction of a connection."""

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Forward data, or not.

        Returns:
            Whether the connection stays open; otherwise the proxy cuts it.
        """
        ...


async def forward(data: bytes, out: asyncio.StreamWriter) -> bool:
    """No fault."""
    out.write(data)
    await out.drain()
    return True


async def forward_single_bytes(data: bytes, out: asyncio.StreamWriter) -> bool:
    """Send each byte in a segment of its own."""
    for byte in data:
        out.write(bytes([byte]))
        await out.drain()
        await asyncio.sleep(0)
    return True


async def discard(data: bytes, out: asyncio.StreamWriter) -> bool:
    """Drop everything silently."""
    return True


class Held:
    """Hold everything until `release`, which forwards it at once."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._out: asyncio.StreamWriter | None = None
        self.holds = True

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Hold the data, or forward it after `release`."""
        if not self.holds:
            return await forward(data, out)
        self._held.append(data)
        self._out = out
        return True

    async def release(self) -> None:
        """Forward what was held, and all that comes from now on."""
        self.holds = False
        if self._out:
            await forward(b"".join(self._held), self._out)


class HalfClosed:
    """Close this direction when data comes; the other one stays open."""

    def __init__(self) -> None:
        self._closed: list[asyncio.StreamWriter] = []

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Close the direction, and forward nothing."""
        if out not in self._closed:
            self._closed.append(out)
            out.write_eof()
        return True


class CutAfter:
    """Cut the connection after so many bytes of this direction."""

    def __init__(self, count: int) -> None:
        self._left = count

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Forward the bytes before the limit."""
        allowed, self._left = data[: self._left], self._left - len(data)
        await forward(allowed, out)
        return self._left > 0


class Proxy(LoopbackServer):
    """A proxy before a server's port, on a port of its own.

    Args:
        port: The server's port on 127.0.0.1.
        up: The fault in what the client sends.
        down: The fault in what the server sends.
    """

    def __init__(self, port: int, *, up: Fault = forward, down: Fault = forward) -> None:
        super().__init__()
        self._target = port
        self.up = up
        self.down = down
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except ConnectionError:
            writer.transport.abort()  # as if nothing listened here
            return
        pair = {writer, server_writer}
        self._writers |= pair
        try:
            with suppress(asyncio.CancelledError):
                await asyncio.gather(
                    self._pump(reader, server_writer, up=True), self._pump(server_reader, writer, up=False)
                )
        finally:
            self._writers -= pair
            for each in pair:
                each.close()

    async def _pump(self, reader: asyncio.StreamReader, out: asyncio.StreamWriter, *, up: bool) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not await (self.up if up else self.down)(data, out):
                    self.cut()
                    return
            if out.can_write_eof():
                with suppress(OSError):  # closed meanwhile
                    out.write_eof()


class Gatekeeper(Proxy):
    """A proxy that rejects every connection while it is closed.

    Args:
        port: The server's port on 127.0.0.1.
        said: The bytes that it sends to a rejected connection before it closes it; default: none.
        listens: Whether it waits for the client's first bytes before that.
        other: The port to which connections go instead while it is closed; default: none.

    Attributes:
        closed: Whether it rejects connections.
    """

    def __init__(self, port: int, said: bytes = b"", *, listens: bool = False, other: int | None = None) -> None:
        super().__init__(port)
        self.closed = False
        self._said = said
        self._listens = listens
        self._ports = port, other
        self._rejection = asyncio.Condition()
        self._count = 0

    async def rejected(self, count: int) -> None:
        """Wait until so many connections were rejected."""
        async with self._rejection:
            await self._rejection.wait_for(lambda: self._count >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port, other = self._ports
        self._target = other if self.closed and other is not None else port
        if self.closed:
            async with self._rejection:
                self._count += 1
                self._rejection.notify_all()
        if not self.closed or other is not None:
            await super()._serve(reader, writer)
            return
        try:
            if self._listens:
                await reader.read(65536)
            writer.write(self._said)
            with suppress(ConnectionError):
                await writer.drain()
        finally:
            writer.close()
