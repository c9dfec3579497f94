"""A fake Asterisk: an AMI server for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from amitypes.testing.calls import Outcome
from amitypes.testing.connection import Connection
from amitypes.testing.messages import Handler, ReceivedAction, Reply, to_headers
from amitypes.testing.state import State

if TYPE_CHECKING:
    import ssl
    from types import TracebackType
    from typing import Self

__all__ = ["FakeAsterisk"]

_ROUNDS: Final = 3


class FakeAsterisk:
    """An AMI server on 127.0.0.1 that answers as an Asterisk 22 does; an asynchronous context manager.

    It knows logins (plain and MD5), ``Ping``, ``Logoff``, ``Events``, ``CoreSettings``, ``ListCommands``, ``Command``,
    ``UserEvent``, and calls: ``Originate`` makes channels that ``CoreShowChannels`` lists and ``Hangup``, ``Redirect``,
    ``BlindTransfer`` and ``Atxfer`` act on, with the events that a real one sends. `reply` and `on_action` teach it any
    other action, or another answer; `send_event` and `send_raw` send what a test wants to be received.

    Args:
        users: Secrets by username; default: ``{"hello": "world"}``.
        port: Where to listen; default: a free port, see the attribute.
        ssl_context: Serves TLS with this certificate; default: no TLS.
        extensions: What becomes of a call to an extension: ``answered``, ``busy``, ``unanswered`` (until the action's
            ``Timeout``) or ``unknown``; one that isn't here is answered.
        call_seconds: How long an answered call lasts, in seconds; None: until one of its channels is hung up. Default:
            it is over at once.
        pace: Seconds before each event of a call; default: 0.
        commands: What CLI commands print, for ``Command``.
        banner: The greeting; default: that of Asterisk 22.
        ami_version: AMI's version in ``CoreSettings``.
        asterisk_version: Asterisk's version in ``CoreSettings``.

    Attributes:
        host: Where it listens.
        port: The port; known once it listens.
        received: The actions received so far, in order.
        users: The secrets by username; what a test changes here holds for the next login.
        full: Whether it hangs up on new connections before it has greeted, as an Asterisk does whose ``authlimit`` is
            reached.

    Example:
        ```python
        async with FakeAsterisk({"hello": "world"}) as asterisk:
            asterisk.reply("QueueAdd", {"Response": "Error", "Message": "Unable to add interface"})
            ...
            asterisk.send_event("Hangup", {"Channel": "PJSIP/alice-00000001", "Cause": "16"})
        ```
    """

    host: Final = "127.0.0.1"

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        extensions: Mapping[str, Outcome] | None = None,
        call_seconds: float | None = 0.0,
        pace: float = 0.0,
        commands: Mapping[str, Iterable[str]] | None = None,
        banner: str = "Asterisk Call Manager/11.0.0",
        ami_version: str = "11.0.0",
        asterisk_version: str = "22.10.1",
    ) -> None:
        self.port: int = port
        printed = {"core show version": [f"Asterisk {asterisk_version}"]}
        printed |= {name: list(lines) for name, lines in (commands or {}).items()}
        self._state = State(
            {"hello": "world"} if users is None else dict(users),
            banner=banner,
            ami_version=ami_version,
            asterisk_version=asterisk_version,
            commands=printed,
            extensions=dict(extensions or {}),
            call_seconds=call_seconds,
            pace=pace,
        )
        self.received: Final = self._state.received
        self.users: Final = self._state.users
        self._ssl_context = ssl_context
        self._server: asyncio.Server | None = None

    def __repr__(self) -> str:
        """Where it listens, and how much has happened."""
        return f"<{type(self).__name__} {self.host}:{self.port}, {len(self.received)} actions received>"

    @property
    def full(self) -> bool:
        """Whether it hangs up on new connections before it has greeted."""
        return self._state.full

    @full.setter
    def full(self, full: bool) -> None:
        self._state.full = full

    async def __aenter__(self) -> Self:
        """Start to listen."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Cut every connection and stop listening."""
        await self.kill()

    async def start(self) -> None:
        """Listen, as `async with` does: also after `kill`, and then on the same port."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self._ssl_context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        """End every connection and call without a word and stop listening, as ``kill -9`` would."""
        if self._server is not None:
            self._server.close()
            # A client that connected a moment ago has no task yet: it gets one in the loop's next rounds.
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
        tasks = {*self._state.tasks, *filter(None, self._state.connections.values())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None
        self._state.switchboard.forget()
        self._state.speaking.set()

    # What a test says

    def on_action(self, name: str) -> Callable[[Handler], Handler]:
        """Have a function answer an action, instead of the answer built in.

        Args:
            name: The action's name, in any case.

        Returns:
            A decorator for a function, asynchronous or not, that takes the `ReceivedAction` and returns the messages to
            send. The ActionID is echoed in each that has none; no message at all leaves the client without an answer.

        Example:
            ```python
            @asterisk.on_action("DBGet")
            def db_get(action: ReceivedAction) -> list[Reply]:
                return [{"Response": "Error", "Message": f"{action.get('Key')} not found"}]
            ```
        """

        def register(handler: Handler) -> Handler:
            self._state.scripted[name] = handler
            return handler

        return register

    def reply(self, name: str, *messages: Reply) -> None:
        """Have an action always answered with the same messages, instead of the answer built in.

        Args:
            name: The action's name, in any case.
            messages: What to send, in order; the ActionID is echoed in each that has none. Without any message the
                action is never answered.
        """
        headers = [to_headers(message) for message in messages]
        self.on_action(name)(lambda action: headers)

    def send_event(self, name: str, headers: Reply = (), *, privilege: str = "call,all") -> None:
        """Send an event to every client that is logged in and wants events of its classes.

        Args:
            name: The event's name.
            headers: Its other headers.
            privilege: Its classes; empty for an event that has no ``Privilege``, which everybody gets.
        """
        self._state.send_event(name, privilege, to_headers(headers))

    def send_raw(self, data: bytes) -> None:
        """Send bytes to every client, logged in or not, as they are.

        Args:
            data: The bytes.
        """
        for connection in list(self._state.connections):
            connection.write(data)

    def disconnect(self) -> None:
        """Cut every connection without a word, as a crash would, and go on listening."""
        for connection in list(self._state.connections):
            connection.close()

    def stall(self) -> None:
        """Keep the connections, and neither read nor write, as a server behind a cable that was cut."""
        self._state.speaking.clear()

    def resume(self) -> None:
        """End the silence: what was received meanwhile is answered, what was to be sent is sent."""
        self._state.speaking.set()
        for connection in list(self._state.connections):
            connection.flush()

    async def wait_for_action(self, name: str, *, count: int = 1, timeout: float = 5.0) -> ReceivedAction:
        """Wait until an action has been received.

        Args:
            name: The action's name, in any case.
            count: How many times; default: once.
            timeout: How long to wait, in seconds.

        Returns:
            The action of that count, also if it was received before this call.

        Raises:
            TimeoutError: It wasn't received in time.
        """
        async with asyncio.timeout(timeout):
            return await self._state.received_action(name, count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self._state, reader, writer)
        self._state.connections[connection] = asyncio.current_task()
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await connection.serve()
        finally:
            del self._state.connections[connection]
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
