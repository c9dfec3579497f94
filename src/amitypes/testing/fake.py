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

_ITERATIONS: Final = 3


class FakeAsterisk:
    """An AMI server on 127.0.0.1 that answers like an Asterisk 22; an asynchronous context manager.

    It answers ``Login`` (plain and MD5), ``Ping``, ``Logoff``, ``Events``, ``CoreSettings``, ``ListCommands``,
    ``Command`` and ``UserEvent``. It also simulates calls: ``Originate`` creates channels, ``CoreShowChannels`` lists
    them, and ``Hangup``, ``Redirect``, ``BlindTransfer`` and ``Atxfer`` act on them, with the events that a real one
    sends. `reply` and `on_action` add other actions, or replace an answer; `send_event` and `send_raw` send any event
    and any bytes.

    Args:
        users: Secrets by username; default: ``{"hello": "world"}``.
        port: The port to listen on; default: a free one, see the attribute.
        ssl_context: Serves TLS with this context; default: no TLS.
        extensions: How calls to each extension end up: ``answered``, ``busy``, ``unanswered`` (until the action's
            ``Timeout``) or ``unknown``; default: calls to any extension are answered.
        call_duration: Duration of an answered call in seconds; None: until one of its channels is hung up. Default: 0.
        event_delay: Seconds before each event of a call; default: 0.
        commands: The output lines of CLI commands, for ``Command``; default: those of ``core show version``.
        banner: The greeting; default: that of Asterisk 22.
        ami_version: AMI's version in ``CoreSettings``; default: that of Asterisk 22.
        asterisk_version: Asterisk's version in ``CoreSettings``; default: that of an Asterisk 22.

    Attributes:
        host: The address it listens on.
        port: The port it listens on; 0 until it is started, unless one was given.
        received: The actions received so far, in order.
        users: The secrets by username; changes apply to the next login.
        refuse_connections: Whether to close new connections before the greeting, like an Asterisk that has reached its
            ``authlimit``; default: False.

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
        call_duration: float | None = 0.0,
        event_delay: float = 0.0,
        commands: Mapping[str, Iterable[str]] | None = None,
        banner: str = "Asterisk Call Manager/11.0.0",
        ami_version: str = "11.0.0",
        asterisk_version: str = "22.10.1",
    ) -> None:
        self.port: int = port
        outputs = {"core show version": [f"Asterisk {asterisk_version}"]}
        outputs |= {name: list(lines) for name, lines in (commands or {}).items()}
        self._state = State(
            {"hello": "world"} if users is None else dict(users),
            banner=banner,
            ami_version=ami_version,
            asterisk_version=asterisk_version,
            commands=outputs,
            extensions=dict(extensions or {}),
            call_duration=call_duration,
            event_delay=event_delay,
        )
        self.received: Final = self._state.received
        self.users: Final = self._state.users
        self._ssl_context = ssl_context
        self._server: asyncio.Server | None = None

    def __repr__(self) -> str:
        """The address, and the number of actions received."""
        return f"<{type(self).__name__} {self.host}:{self.port}, {len(self.received)} actions received>"

    @property
    def refuse_connections(self) -> bool:
        """Whether to close new connections before the greeting."""
        return self._state.refuse_connections

    @refuse_connections.setter
    def refuse_connections(self, refuse: bool) -> None:
        self._state.refuse_connections = refuse

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close every connection and stop listening."""
        await self.kill()

    async def start(self) -> None:
        """Start listening, as `async with` does; after `kill`, on the same port again."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self._ssl_context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        """Close every connection, end every call without events, and stop listening, as ``kill -9`` would."""
        if self._server is not None:
            self._server.close()
            # A client that has just connected has no task yet: it gets one in the next iterations of the loop.
            for _ in range(_ITERATIONS):
                await asyncio.sleep(0)
        tasks = {*self._state.tasks, *filter(None, self._state.connections.values())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None
        self._state.switchboard.clear()
        self._state.running.set()

    # Controlling the server

    def on_action(self, name: str) -> Callable[[Handler], Handler]:
        """Answer an action by a function, instead of the built-in answer.

        Args:
            name: The action's name, in any case.

        Returns:
            A decorator for a function, asynchronous or not, that takes the `ReceivedAction` and returns the messages to
            send. The ActionID is added to each that has none. If the function returns no messages, the action is never
            answered.

        Example:
            ```python
            @asterisk.on_action("DBGet")
            def db_get(action: ReceivedAction) -> list[Reply]:
                return [{"Response": "Error", "Message": f"{action.get('Key')} not found"}]
            ```
        """

        def register(handler: Handler) -> Handler:
            self._state.handlers[name] = handler
            return handler

        return register

    def reply(self, name: str, *messages: Reply) -> None:
        """Answer an action with the same messages each time, instead of the built-in answer.

        Args:
            name: The action's name, in any case.
            messages: The messages to send, in order; the ActionID is added to each that has none. Without messages the
                action is never answered.
        """
        headers = [to_headers(message) for message in messages]
        self.on_action(name)(lambda action: headers)

    def send_event(self, name: str, headers: Reply = (), *, privilege: str = "call,all") -> None:
        """Send an event to every client that is logged in and whose event mask has its classes.

        Args:
            name: The event's name.
            headers: Its other headers; default: none.
            privilege: Its classes; empty for an event without ``Privilege``, which every client gets. Default:
                ``call,all``.
        """
        self._state.send_event(name, privilege, to_headers(headers))

    def send_raw(self, data: bytes) -> None:
        """Send bytes to every client, logged in or not.

        Args:
            data: The bytes.
        """
        for connection in list(self._state.connections):
            connection.write(data)

    def disconnect(self) -> None:
        """Close every connection abruptly, as in a crash, and go on listening."""
        for connection in list(self._state.connections):
            connection.close()

    def stall(self) -> None:
        """Keep the connections open, but stop reading and writing, like a server behind a broken cable."""
        self._state.running.clear()

    def resume(self) -> None:
        """End a `stall`: answer what was received meanwhile, and send what was held back."""
        self._state.running.set()
        for connection in list(self._state.connections):
            connection.flush()

    async def wait_for_action(self, name: str, *, count: int = 1, timeout: float = 5.0) -> ReceivedAction:
        """Wait until an action has been received.

        Args:
            name: The action's name, in any case.
            count: Which of the actions of this name: 1, the default, is the first.
            timeout: How long to wait, in seconds; default: 5.

        Returns:
            The action, even if it was received before this call.

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
