"""A server that sends exactly the bytes that a test gives, over TCP and over HTTP alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

from amitypes import HTTPClient, TCPClient
from amitypes._protocol.encoding import encode
from amitypes._protocol.message import Message
from tests.unit.http_server import HTTPServer, Manager, Request
from tests.unit.raw_server import BANNER, Peer, raw_server

if TYPE_CHECKING:
    from types import TracebackType

Transport: TypeAlias = Literal["tcp", "http"]
TRANSPORTS: Final[tuple[Transport, ...]] = ("tcp", "http")

Answer: TypeAlias = bytes | Callable[[Message], bytes] | None
"""The reply to an action: bytes in which ``{id}`` stands for its ActionID; None: no reply, ever."""

_ANSWERS: Final[Mapping[str, Answer]] = {
    "challenge": b"Response: Success\r\nActionID: {id}\r\nChallenge: 840415273\r\n\r\n",
    "login": b"Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n",
    "coresettings": b"Response: Success\r\nActionID: {id}\r\nAsteriskVersion: 22.10.1\r\n\r\n",
    "ping": b"Response: Success\r\nActionID: {id}\r\nPing: Pong\r\nTimestamp: 1700000000.000001\r\n\r\n",
    "logoff": b"Response: Goodbye\r\nActionID: {id}\r\nMessage: Thanks for all the fish.\r\n\r\n",
}
SUCCESS: Final = b"Response: Success\r\nActionID: {id}\r\n\r\n"


class ScriptedServer:
    """A server for one test.

    Args:
        answers: The replies to actions, by their names in any case; others are answered as by an Asterisk.

    Attributes:
        actions: The actions that came, in order.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self._answers = {**_ANSWERS, **{name.lower(): answer for name, answer in (answers or {}).items()}}
        self._manager = Manager()
        self._peers: list[Peer] = []
        self._stack = AsyncExitStack()
        self.actions: list[Message] = []

    async def __aenter__(self) -> Self:
        self._http = await self._stack.enter_async_context(HTTPServer(self._over_http))
        self._tcp_port = await self._stack.enter_async_context(raw_server(self._over_tcp))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def port(self, transport: Transport) -> int:
        """The port of one transport."""
        return self._tcp_port if transport == "tcp" else self._http.port

    def client(
        self, transport: Transport, *, port: int = 0, timeout: float = 5.0, **options: Any
    ) -> TCPClient | HTTPClient:
        """A client of this server, or of a proxy before it on another port; not connected yet."""
        kind = TCPClient if transport == "tcp" else HTTPClient
        return kind(
            "127.0.0.1",
            port or self.port(transport),
            username="hello",
            password="world",
            reply_timeout=timeout,
            **options,
        )

    async def push(self, data: bytes) -> None:
        """Send events: at once over TCP, in the next reply to WaitEvent over HTTP."""
        for peer in self._peers:
            with suppress(ConnectionError):  # already closed
                await peer.send(data)
        self._manager.events.put_nowait(data.decode("utf-8", "surrogateescape"))

    def names(self) -> list[str]:
        """The names of the actions that came."""
        return [action.name for action in self.actions]

    async def _over_tcp(self, peer: Peer) -> None:
        await peer.send(BANNER)
        while True:
            action = await peer.action()
            await peer.send(self._answer(action))
            if action.name == "Login":
                self._peers.append(peer)

    async def _over_http(self, request: Request) -> bytes | None:
        if request.action == "WaitEvent":
            return await self._manager(request)
        action = Message(encode([(name.decode(), _text(value)) for name, value in request.form]))
        if request.action == "Login":
            self.actions.append(action)
            return await self._manager(request)
        said = self._answer(action)
        if not said:
            await asyncio.Event().wait()
        return self._manager.reply(request, _text(said))

    def _answer(self, action: Message) -> bytes:
        self.actions.append(action)
        answer = self._answers.get(action.name.lower(), SUCCESS)
        said = answer if answer is None or isinstance(answer, bytes) else answer(action)
        return (said or b"").replace(b"{id}", action.get("ActionID").encode())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
