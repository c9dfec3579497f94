"""A TCP proxy between a client and a server that does to the stream what networks do, and worse."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

from tests.unit.server import LoopbackServer


class Harm(Protocol):
    """What is done to one direction of a connection."""

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Pass data on, or not.

        Returns:
            Whether the connection goes on; otherwise it is cut.
        """
        ...


async def passed_on(data: bytes, out: asyncio.StreamWriter) -> bool:
    """No harm."""
    out.write(data)
    await out.drain()
    return True


async def in_single_bytes(data: bytes, out: asyncio.StreamWriter) -> bool:
    """Each byte in a segment of its own."""
    for byte in data:
        out.write(bytes([byte]))
        await out.drain()
        await asyncio.sleep(0)
    return True


async def swallowed(data: bytes, out: asyncio.StreamWriter) -> bool:
    """Nothing comes through, and nobody is told."""
    return True


class Held:
    """What comes is held until it is let go, all at once."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._out: asyncio.StreamWriter | None = None
        self.holds = True

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Keep the data, or pass it on once nothing is held any more."""
        if not self.holds:
            return await passed_on(data, out)
        self._held.append(data)
        self._out = out
        return True

    async def let_go(self) -> None:
        """Pass on what was held, and all that comes from now on."""
        self.holds = False
        if self._out:
            await passed_on(b"".join(self._held), self._out)


class HalfClosed:
    """This direction is closed at what comes next, and the other one stays open."""

    def __init__(self) -> None:
        self._closed: list[asyncio.StreamWriter] = []

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """End the direction, and pass on nothing."""
        if out not in self._closed:
            self._closed.append(out)
            out.write_eof()
        return True


class CutAfter:
    """The connection breaks after so many bytes of this direction."""

    def __init__(self, count: int) -> None:
        self._left = count

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        """Pass on what is allowed still."""
        allowed, self._left = data[: self._left], self._left - len(data)
        await passed_on(allowed, out)
        return self._left > 0


class Proxy(LoopbackServer):
    """Stands before a server's port, on a port of its own.

    Args:
        port: The server's port on 127.0.0.1.
        up: What is done to what the client sends.
        down: What is done to what the server sends.
    """

    def __init__(self, port: int, *, up: Harm = passed_on, down: Harm = passed_on) -> None:
        super().__init__()
        self._target = port
        self.up = up
        self.down = down
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Break every connection at once, as a reset."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except ConnectionError:
            writer.transport.abort()  # as nobody listens there
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
                with suppress(OSError):  # one that has gone meanwhile
                    out.write_eof()


class Doorman(Proxy):
    """A proxy that turns everybody away while it is closed.

    Args:
        port: The server's port on 127.0.0.1.
        said: What it says to whom it turns away; default: nothing.
        listens: Whether it waits for the first bytes before it says that; default: only over HTTP, where they come.
        other: The port that they are sent to instead; default: none.

    Attributes:
        closed: Whether it turns away who comes.
    """

    def __init__(self, port: int, said: bytes = b"", *, listens: bool = False, other: int | None = None) -> None:
        super().__init__(port)
        self.closed = False
        self._said = said
        self._listens = listens
        self._ports = port, other
        self._away = asyncio.Condition()
        self._count = 0

    async def turned_away(self, count: int) -> None:
        """Wait until so many were turned away."""
        async with self._away:
            await self._away.wait_for(lambda: self._count >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port, other = self._ports
        self._target = other if self.closed and other is not None else port
        if self.closed:
            async with self._away:
                self._count += 1
                self._away.notify_all()
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
