"""A TCP server that does exactly what a test writes down, right or wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Message

if TYPE_CHECKING:
    import ssl

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


class Peer:
    """One client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._framer = Framer()
        self._waiting: list[Message] = []
        self.challenges = True

    async def action(self) -> Message:
        """The next action that the client sends."""
        while not self._waiting:
            data = await self._reader.read(65536)
            if not data:
                raise ConnectionError("the client has gone")
            self._waiting += self._framer.feed(data)
        action = self._waiting.pop(0)
        if action.get("Action") == "Challenge" and self.challenges:
            # A step of the login: scripts are about what follows.
            await self.answer(action, "Challenge: 4711")
            return await self.action()
        return action

    async def send(self, data: bytes | str) -> None:
        self.writer.write(data.encode() if isinstance(data, str) else data)
        await self.writer.drain()

    async def answer(self, action: Message, *lines: str, status: str = "Success") -> None:
        text = "".join(f"{line}\r\n" for line in lines)
        await self.send(f"Response: {status}\r\nActionID: {action.get('ActionID')}\r\n{text}\r\n")

    async def log_in(self) -> None:
        """Greet, accept the login, and tell the version."""
        await self.send(BANNER)
        await self.answer(await self.action(), "Message: Authentication accepted")
        await self.answer(await self.action(), "AsteriskVersion: 22.10.1")

    async def until_gone(self) -> None:
        """Wait until the client has closed the connection."""
        while await self._reader.read(65536):
            pass


Script: TypeAlias = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def raw_server(script: Script, *, ssl_context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on a free port of 127.0.0.1, which it gives; each connection runs the script and is then closed.

    What the script raises is raised at the end, but for a client that has gone.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(Peer(reader, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:
            faults.append(error)
        finally:
            writer.close()
            writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    faults: list[Exception] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl_context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()  # over TLS a close waits for the client's goodbye
        await asyncio.sleep(0)
        await server.wait_closed()
    if faults:
        raise faults[0]
