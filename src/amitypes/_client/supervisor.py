"""A client's connection over time: opened, watched, lost, and opened again.

A transport serves for one connection. The supervisor holds the current one: it makes a `Connection`, has a `Keepalive`
watch it, and after a loss has a `Reconnector` make the next one. Actions and events pass through it, so that the rest
of the client doesn't depend on which connection carries them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from amitypes._client.connection import Connection
from amitypes._client.keepalive import Keepalive
from amitypes._client.reconnector import Reconnector
from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, OutcomeUnknown, ProtocolError
from amitypes._transport.login_errors import is_retryable

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from amitypes._client.connection import MakeTransport
    from amitypes._client.reconnect_settings import Reconnect
    from amitypes._events.dispatcher import Dispatcher
    from amitypes._protocol.event_filter import EventRules
    from amitypes._protocol.message import Message
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Gap, Transport
    from amitypes._transport.list_channel import ListChannel

__all__ = ["State", "Supervisor"]

_log = logging.getLogger("amitypes")

State: TypeAlias = Literal["disconnected", "connecting", "connected", "reconnecting", "closed"]
"""The state of a client's connection: ``disconnected`` before the first `connect`, or when a lost connection isn't made
again; ``connecting`` during `connect`; ``connected``; ``reconnecting`` after a loss, until the connection is restored
or the client gives up; ``closed`` after `logoff` or `close`."""


class Supervisor:
    """Keeps a client connected.

    Args:
        address: The server's address, for messages.
        make_transport: Makes a transport for one connection.
        dispatcher: Gets the events.
        rules: Which events to ask the server for.
        reconnect: How to reconnect after a loss; None: not at all.
        max_silence: How long the server may send nothing, in seconds; None: any time.
        timeout: How long connecting and logging in may take, in seconds, each.
        on_reconnected: Awaited after each reconnection, and in each new session of a connection that continues.

    Attributes:
        hooks: Called with each new state.
    """

    def __init__(
        self,
        address: str,
        make_transport: MakeTransport,
        *,
        dispatcher: Dispatcher,
        rules: EventRules,
        reconnect: Reconnect | None,
        max_silence: float | None,
        timeout: float,
        on_reconnected: Callable[[], Coroutine[object, object, None]],
    ) -> None:
        self.hooks: Final[list[Callable[[State], None]]] = []
        self._address = address
        self._make_transport = make_transport
        self._dispatcher = dispatcher
        self._rules = rules
        self._reconnect_settings = reconnect
        self._max_silence = max_silence
        self._timeout = timeout
        self._on_reconnected = on_reconnected
        self._state: State = "disconnected"
        self._login = ("", "")
        self._opening: Connection | None = None
        self._connection: Connection | None = None
        self._lost: Connection | None = None
        self._error: Exception | None = None
        self._missed_since: datetime | None = None
        self._had_protocol_error = False
        self._reconnector: Reconnector | None = None
        self._settled = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> State:
        """The state of the connection."""
        return self._state

    @property
    def transport(self) -> Transport | None:
        """The transport in use; None without a connection."""
        return self._connection.transport if self._connection else None

    async def connect(self, username: str, secret: str) -> list[Message]:
        """Connect and log in; once this has succeeded, a lost connection is made again.

        Args:
            username: The manager user's name.
            secret: The user's secret.

        Returns:
            The reply to the login.

        Raises:
            AMIError: The client is connected or connecting already.
            AuthenticationError: The server refuses the login.
            ConnectionLost: The server can't be reached.
            ProtocolError: The peer doesn't speak AMI.
        """
        if self._state in {"connecting", "connected", "reconnecting"}:
            msg = f"Already {self._state} to {self._address}: log off first"
            raise AMIError(msg)
        self._login = (username, secret)
        self._error = self._missed_since = None
        self._had_protocol_error = False
        # asyncio binds an event to the loop that first waits for it, and each connect may run in another one.
        settings = self._reconnect_settings
        self._reconnector = Reconnector(self._address, settings) if settings is not None else None
        self._settled = asyncio.Event()
        self._change("connecting")
        try:
            return await self._open()
        except BaseException:
            if self._opening is None and self._state == "connecting":
                self._change("disconnected")
            raise

    async def exchange(self, headers: Headers, timeout: float, items: ListChannel | None = None) -> list[Message]:
        """Send an action and wait for its whole reply.

        Args:
            headers: The action.
            timeout: How long to wait, in seconds.
            items: Receives the items of a list as they arrive; default: they are collected.

        Returns:
            The messages of the reply, the response first; without the items if they are streamed.

        Raises:
            AMIError: As for `Transport.exchange`.
        """
        loop = asyncio.get_running_loop()
        due, remaining = loop.time() + timeout, timeout
        while True:
            connection = self._connection or await self._wait_for_connection(due, timeout)
            try:
                reply = await connection.transport.exchange(headers, remaining, items)
            except OutcomeUnknown:
                raise
            except ConnectionLost:
                # Not sent, so it may wait for the next connection.
                if not connection.ended or not self._holds_actions:
                    raise
            else:
                if self._rules.record(headers, reply) and self._dispatcher:
                    # Events may be asked for only now.
                    connection.transport.want_events()
                return reply
            remaining = max(0.0, due - loop.time())

    def retry_now(self) -> None:
        """Try to reconnect at once, and start the delays again; a no-op in any state but ``reconnecting``."""
        if self._reconnector is not None:
            self._reconnector.retry_now()

    async def close(self) -> None:
        """Close the connection, or stop connecting. No event is published after that."""
        self._opening = None
        connection, self._connection = self._connection, None
        lost, self._lost = self._lost, None
        if connection is not None:
            connection.ended = True
        tasks = {task for task in self._tasks if not task.done()} - {asyncio.current_task()}
        # First what needs no waiting, as the caller may be cancelled while it waits.
        for task in tasks:
            task.cancel()
        self._error = None
        self._change("closed")
        if connection is not None:
            await connection.close()
        if tasks:
            await asyncio.wait(tasks)
        if lost is not None:
            # The task that closes it may have been cancelled before it started.
            await lost.close()

    # One connection

    async def _open(self) -> list[Message]:
        connection = self._opening = Connection(
            self._address,
            self._make_transport,
            rules=self._rules,
            publish=self._dispatcher.publish,
            on_end=self._on_end,
            on_gap=self._on_gap,
        )
        if self._dispatcher:
            connection.transport.want_events()
        try:
            reply = await connection.open(*self._login, self._timeout, filters_required=self._state == "connecting")
            if self._opening is not connection:
                msg = f"The client was closed while it connected to {self._address}"
                raise ConnectionLost(msg)
            if connection.ended:
                raise connection.error or ConnectionLost(f"{self._address} said goodbye at the login")
        except BaseException:
            if self._opening is connection:
                self._opening = None
            await connection.close()
            raise
        self._opening, self._connection = None, connection
        self._publish_connected()
        connection.start()
        if self._dispatcher:
            connection.transport.want_events()
        self._watching = self._task(self._watch(connection), "keepalive")
        self._change("connected")
        return reply

    async def _watch(self, connection: Connection) -> None:
        try:
            await Keepalive(connection, self._max_silence).run()
        except asyncio.CancelledError:
            if not connection.ended:
                # The event loop ends, and the client was not closed.
                self._connection = None
                self._dispatcher.end()
                self._change("closed")
                await connection.close()
            raise

    def _on_gap(self, connection: Connection, gap: Gap) -> None:
        """Publish that events may be missing, though the connection continues."""
        if connection is not self._connection:
            return
        self._missed_since = _to_datetime(gap.since)
        self._publish_disconnected(ConnectionLost(f"{self._address}: {gap.why}"), reconnecting=True)
        self._publish_connected()
        if gap.new_session:
            self._start(self._on_reconnected(), "session")

    def _on_end(self, connection: Connection, error: Exception | None) -> None:
        """Reconnect after a loss, where that makes sense; `error` is None after a Goodbye."""
        if connection is not self._connection:
            return
        self._connection, self._lost, self._error = None, connection, error
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        if error is None:
            self._dispatcher.end()
            self._change("closed")
            return
        self._missed_since = _to_datetime(connection.transport.complete_until)
        reconnector = self._reconnector
        held_for = asyncio.get_running_loop().time() - connection.started_at
        was_stable = reconnector is not None and held_for >= reconnector.settings.stable
        is_final = isinstance(error, AuthenticationError) and not is_retryable(error)
        # A server that accepts the login and then refuses, in AMI, what the connection needs will do so a third time.
        # A reply that isn't AMI's comes as a `ConnectionLost`, as it passes.
        has_protocol_error = isinstance(error, ProtocolError) and not was_stable
        is_final = is_final or (has_protocol_error and self._had_protocol_error)
        self._had_protocol_error = has_protocol_error
        self._publish_disconnected(error, reconnecting=reconnector is not None and not is_final)
        if reconnector is None or is_final:
            self._start(connection.close(), "close")
            self._give_up(error)
            return
        _log.warning("%s; connecting again", str(error).rstrip("."))
        reconnector.prepare(was_stable=was_stable)
        self._start(self._reconnect(connection, reconnector), "reconnect")
        self._change("reconnecting")

    # The next connection

    async def _reconnect(self, lost: Connection, reconnector: Reconnector) -> None:
        try:
            with suppress(AMIError):
                await lost.close()
            await reconnector.run(self._open, lost.error)
        except asyncio.CancelledError:
            if self._state == "reconnecting":
                # As in `_watch`.
                self._dispatcher.end()
                self._change("closed")
            raise
        except AMIError as error:
            _log.error("%s; no further attempt is made", str(error).rstrip("."))
            self._give_up(error)
            return
        _log.info("Connected to %s again", self._address)
        await self._on_reconnected()

    def _give_up(self, error: Exception) -> None:
        self._error = error
        self._dispatcher.end(error)
        self._change("disconnected")

    @property
    def _holds_actions(self) -> bool:
        return self._reconnect_settings is not None and self._reconnect_settings.hold_actions

    async def _wait_for_connection(self, due: float, timeout: float) -> Connection:
        """The connection, once there is one again.

        Raises:
            ConnectionLost: There is none; says why, and what to do.
        """
        if self._holds_actions:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    while self._state == "reconnecting":
                        await self._settled.wait()
            if self._connection is not None:
                return self._connection
        match self._state:
            case "reconnecting" if self._holds_actions:
                msg = f"Not connected to {self._address} again within {timeout:g} s ({self._error}). Nothing was sent"
            case "reconnecting":
                msg = f"Not connected to {self._address}; the client is reconnecting ({self._error}). Nothing was sent"
            case "disconnected" if self._error is not None:
                msg = f"Not connected to {self._address} any more: call connect() ({self._error}). Nothing was sent"
            case _:
                msg = f"Not connected to {self._address}: call connect() first. Nothing was sent"
        raise ConnectionLost(msg) from self._error

    # State, notices and tasks

    def _change(self, state: State) -> None:
        if state == self._state:
            return
        self._state = state
        if state == "reconnecting":
            self._settled.clear()
        else:
            self._settled.set()
        for hook in tuple(self.hooks):
            try:
                hook(state)
            except Exception:
                # A bug in a hook must not cost the connection.
                _log.exception("A hook for the state %s failed", state)

    def _publish_connected(self) -> None:
        since = self._missed_since
        if self._dispatcher.wants_notices:
            from amitypes._events.notices import Connected

            self._dispatcher.publish_notice(Connected(again=since is not None, missed_since=since))

    def _publish_disconnected(self, error: Exception, *, reconnecting: bool) -> None:
        since = self._missed_since
        if self._dispatcher.wants_notices and since is not None:
            from amitypes._events.notices import Disconnected

            notice = Disconnected(reason=str(error), reconnecting=reconnecting, missed_since=since)
            self._dispatcher.publish_notice(notice)

    def _start(self, work: Coroutine[object, object, None], what: str) -> None:
        _ = self._task(work, what)

    def _task(self, work: Coroutine[object, object, None], what: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=f"amitypes-{what}-{self._address}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _to_datetime(loop_time: float) -> datetime:
    """The UTC datetime of a time of the event loop's clock."""
    return datetime.now(UTC) - timedelta(seconds=asyncio.get_running_loop().time() - loop_time)
