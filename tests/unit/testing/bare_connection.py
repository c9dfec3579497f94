"""A bare AMI connection to a fake Asterisk: bytes in, bytes out, without the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from amitypes._protocol.encoding import encode
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Message
from amitypes._protocol.types import WireDict
from amitypes.testing import FakeAsterisk
from tests.waiting import TIMEOUT

CALL: Final = (
    ("Channel", "Local/100@from-internal"),
    ("Exten", "200"),
    ("Context", "from-internal"),
    ("Priority", "1"),
)
"""The headers of an ``Originate``."""


class Connection:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._framer = Framer()
        self._messages: list[Message] = []

    async def banner(self) -> bytes:
        return await self._reader.readline()

    async def next(self) -> WireDict:
        async with asyncio.timeout(TIMEOUT):
            while not self._messages:
                data = await self._reader.read(65536)
                if not data:
                    raise EOFError
                self._messages += self._framer.feed(data)
        return self._messages.pop(0).as_dict()

    async def until(self, event: str) -> list[WireDict]:
        """All messages up to and including an event of this name."""
        found = [await self.next()]
        while found[-1].get("Event") != event:
            found.append(await self.next())
        return found

    async def send(self, *headers: tuple[str, str]) -> None:
        self._writer.write(encode(headers))
        await self._writer.drain()

    async def ask(self, action: str, *headers: tuple[str, str]) -> WireDict:
        await self.send(("Action", action), *headers)
        return await self.next()

    async def log_in(self, *headers: tuple[str, str]) -> None:
        answer = await self.ask("Login", ("Username", "hello"), ("Secret", "world"), *headers)
        assert answer == {"Response": "Success", "Message": "Authentication accepted"}

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@asynccontextmanager
async def connected(server: FakeAsterisk) -> AsyncIterator[Connection]:
    connection = Connection(*await asyncio.open_connection(server.host, server.port))
    assert await connection.banner() == b"Asterisk Call Manager/11.0.0\r\n"
    try:
        yield connection
    finally:
        await connection.close()
