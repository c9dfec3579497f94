"""A small HTTP server for tests: it answers as told, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from tests.unit.server import LoopbackServer

SUCCESS = "Response: Success\r\nActionID: {id}\r\n\r\n"


@dataclass
class Request:
    """A POST: its form as decoded bytes, and what a test wants to know of it."""

    path: str
    headers: dict[str, str]
    body: bytes
    form: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def action(self) -> str:
        return self.get("Action")

    def get(self, name: str) -> str:
        return next((value.decode() for key, value in self.form if key.decode().lower() == name.lower()), "")


Answer: TypeAlias = bytes | None
"""The bytes of a whole HTTP answer; None closes the connection without one."""
Handler: TypeAlias = Callable[[Request], Awaitable[Answer]]


def http(
    body: str | bytes = "",
    *headers: str,
    status: str = "200 OK",
    content_type: str = "text/plain",
    length: int | None = None,
) -> bytes:
    """A whole HTTP answer."""
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape")
    head = [
        f"HTTP/1.1 {status}",
        f"Content-type: {content_type}",
        f"Content-Length: {len(data) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + data


class HTTPServer(LoopbackServer):
    """Answers each request with what the handler returns.

    Attributes:
        requests: All requests so far.
    """

    def __init__(self, handler: Handler, greeting: bytes = b"") -> None:
        super().__init__()
        self._handler = handler
        self._greeting = greeting
        self._asked = asyncio.Condition()
        self.requests: list[Request] = []

    def actions(self) -> list[str]:
        """The names of the actions so far."""
        return [request.action for request in self.requests]

    async def asked(self, action: str, count: int = 1) -> None:
        """Wait until an action has come so many times."""
        async with asyncio.timeout(10), self._asked:
            await self._asked.wait_for(lambda: self.actions().count(action) >= count)

    async def left(self) -> None:
        """Wait until no connection is open any more."""
        async with asyncio.timeout(10), self._asked:
            await self._asked.wait_for(lambda: not self._tasks)

    async def hang_up(self) -> None:
        """Close every connection, and go on listening."""
        for task in self._tasks:
            task.cancel()
        await self.left()

    def of(self, action: str) -> list[Request]:
        """The requests of one action."""
        return [request for request in self.requests if request.action == action]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self._greeting)
            # Cancelled only by this server itself; asyncio before 3.12 would log that as a fault.
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while (answer := await self._handler(await self._read(reader))) is not None:
                    writer.write(answer)
                    await writer.drain()
        finally:
            writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await super()._connected(reader, writer)
        finally:
            async with self._asked:
                self._asked.notify_all()

    async def _read(self, reader: asyncio.StreamReader) -> Request:
        request = await read_request(reader)
        async with self._asked:
            self.requests.append(request)
            self._asked.notify_all()
        return request


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The next request of a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    request = Request(first.split()[1], headers, body)
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        request.form.append((_unquote(name), _unquote(value)))
    return request


def _unquote(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" "))


@dataclass
class Manager:
    """The cookie side of AMI: logs in, keeps sessions, hands out events, and answers with success.

    Attributes:
        sessions: The ids of the sessions that are logged in.
        events: The bodies of the next answers to WaitEvent; once there are none, it waits.
        scripted: What to do instead, by action.
        secret: What a login needs.
        made: How many sessions were made.
        lasts: The httptimeout that the cookie tells.
    """

    sessions: set[str] = field(default_factory=set)
    events: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    scripted: dict[str, Handler] = field(default_factory=dict)
    secret: str = "world"
    made: int = 0
    lasts: int = 60
    _evicted: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Request) -> Answer:
        if request.action in self.scripted:
            return await self.scripted[request.action](request)
        session = request.headers.get("cookie", "").partition("=")[2].strip('"')
        if request.action == "Login":
            accepted = request.get("Secret") == self.secret
            session = self.new_session()
            if accepted:
                self.sessions.add(session)
            outcome = (
                "Success\r\nMessage: Authentication accepted" if accepted else "Error\r\nMessage: Authentication failed"
            )
            return self.reply(request, f"Response: {outcome}\r\n\r\n", session)
        if session not in self.sessions:
            session = self.new_session()
            return self.reply(
                request, "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n", session
            )
        if request.action == "WaitEvent":
            body = await self.wait_event(request)
            return None if body is None else self.reply(request, body, session)
        if request.action == "Logoff":
            self.sessions.discard(session)
            return self.reply(request, "Response: Goodbye\r\nActionID: {id}\r\nMessage: Bye\r\n\r\n", session)
        return self.reply(request, SUCCESS, session)

    async def wait_event(self, request: Request) -> str | None:
        """The body of an answer to WaitEvent; None to close the connection without one.

        As with Asterisk, one that comes while another waits has that answered at once, with nothing.
        """
        self.evict()
        if request.get("Timeout") == "0":
            held = [self.events.get_nowait() for _ in range(self.events.qsize())]
            return None if None in held else waited("".join(str(events) for events in held))
        self._evicted = asyncio.Event()
        getting, evicted = asyncio.create_task(self.events.get()), asyncio.create_task(self._evicted.wait())
        try:
            await asyncio.wait({getting, evicted}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                return ""
            events = getting.result()
            return None if events is None else waited(events)
        finally:
            getting.cancel()
            evicted.cancel()

    def evict(self) -> None:
        """Have the WaitEvent that waits answered with nothing."""
        self._evicted.set()

    def new_session(self) -> str:
        self.made += 1
        return f"{self.made:08x}"

    def reply(self, request: Request, body: str, session: str | None = None) -> bytes:
        """An answer with the request's ActionID, in the request's session by default."""
        session = session or request.headers.get("cookie", "").partition("=")[2].strip('"')
        cookie = f'Set-Cookie: mansession_id="{session}"; Version=1; Max-Age={self.lasts}'
        return http(body.replace("{id}", request.get("ActionID")), cookie)

    def with_body(self, body: str) -> Handler:
        """Answers with this body."""

        async def answer(request: Request) -> Answer:
            return self.reply(request, body)

        return answer


def waited(events: str) -> str:
    """The answer to WaitEvent."""
    return (
        "Response: Success\r\nActionID: {id}\r\nMessage: Waiting for Event completed.\r\n\r\n"
        f"{events}Event: WaitEventComplete\r\nActionID: {{id}}\r\n\r\n"
    )
