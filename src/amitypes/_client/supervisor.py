"""A client's connection over time: made, watched, lost, and made again.

A transport serves for one connection. The supervisor has the one of the moment: it logs in, asks a silent server for a
sign of life, and after a loss makes the next one. Actions and events pass through it, so that nobody else has to know
which connection they take.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from amitypes._client.action_errors import filter_error
from amitypes._models.errors import ActionError
from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, OutcomeUnknown, ProtocolError
from amitypes._protocol.event_filter import needs_more_than
from amitypes._protocol.message import to_message
from amitypes._transport.login_errors import is_retryable, login_error

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator

    from amitypes._client.reconnect import Reconnect
    from amitypes._events.dispatcher import Dispatcher
    from amitypes._protocol.event_filter import EventRules
    from amitypes._protocol.message import Message, RawMessage
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Ask, Gap, OnEnd, OnEvents, OnGap, Transport
    from amitypes._transport.list_channel import ListChannel

    MakeTransport: TypeAlias = Callable[[OnEvents, OnEnd, OnGap], Transport]

__all__ = ["State", "Supervisor", "set_filter"]

_log = logging.getLogger("amitypes")

State: TypeAlias = Literal["disconnected", "connecting", "connected", "reconnecting", "closed"]
"""What becomes of a client's connection: ``disconnected`` before the first `connect`, or when the connection was lost
and isn't made again; ``connecting`` during `connect`; ``connected``; ``reconnecting`` after a loss, until the client is
back or gives up; ``closed`` after `logoff` or `close`."""


async def set_filter(wish: Headers, version: str, exchange: Ask) -> None:
    """Ask the server for a filter.

    Args:
        wish: The action that sets it.
        version: The server's version; empty where it isn't known.
        exchange: Sends an action, and waits for the answer.

    Raises:
        ActionError: The server refuses it, or is too old to know such a filter, and wasn't asked then.
    """
    if version and needs_more_than(version, wish):
        raise filter_error(f"Asterisk {version} doesn't know MatchCriteria")
    (answer, *_) = await exchange(wish)
    if answer.is_error:
        raise filter_error(answer.get("Message").strip(), answer)


class _Link:
    """One connection.

    Attributes:
        transport: What carries it.
        early: The messages that came before the login was accepted; None from then on.
        ended: Whether it has ended.
        error: Why, where that is an error.
        since: When the login was accepted, by the clock of the event loop.
        watch: The task that watches it.
    """

    __slots__ = ("_publish", "early", "ended", "error", "since", "transport", "watch")

    def __init__(self, make: MakeTransport, supervisor: Supervisor) -> None:
        self.early: list[RawMessage] | None = []
        self.ended = False
        self.error: Exception | None = None
        self.since = 0.0
        self.watch: asyncio.Task[None] | None = None
        self._publish: Final = supervisor._subscriptions.publish
        self.transport: Final = make(
            self._arrived,
            lambda error: supervisor._ended(self, error),
            lambda gap: supervisor._missed(self, gap),
        )

    def _arrived(self, events: Iterable[RawMessage]) -> None:
        if self.early is not None:
            self.early += events
        else:
            self._publish(events)


class Supervisor:
    """Keeps a client connected.

    Args:
        where: The server's address, for messages.
        make: Makes a transport for one connection.
        subscriptions: Who gets the events.
        rules: Which events the server is asked for.
        reconnect: How to come back after a loss; None: not at all.
        max_silence: Seconds after which a silent server counts as gone; None: never.
        timeout: How long connecting and logging in may take, in seconds, each.
        on_back: Awaited after each reconnection, and in each new session of a connection that goes on.

    Attributes:
        hooks: Called with each new state.
    """

    def __init__(
        self,
        where: str,
        make: MakeTransport,
        *,
        subscriptions: Dispatcher,
        rules: EventRules,
        reconnect: Reconnect | None,
        max_silence: float | None,
        timeout: float,
        on_back: Callable[[], Coroutine[object, object, None]],
    ) -> None:
        if max_silence is not None and max_silence <= 0:
            msg = f"max_silence={max_silence:g}: a span of time in seconds, or None"
            raise ValueError(msg)
        self.hooks: Final[list[Callable[[State], None]]] = []
        self._where = where
        self._make = make
        self._subscriptions = subscriptions
        self._rules = rules
        self._reconnect = reconnect
        self._max_silence = max_silence
        self._timeout = timeout
        self._on_back = on_back
        self._state: State = "disconnected"
        self._login = ("", "")
        self._opening: _Link | None = None
        self._link: _Link | None = None
        self._lost: _Link | None = None
        self._why: Exception | None = None
        self._missed_since: datetime | None = None
        self._delays: Iterator[float] | None = None
        self._unfit = False
        self._hurry = asyncio.Event()
        self._settled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> State:
        """What has become of the connection."""
        return self._state

    @property
    def transport(self) -> Transport | None:
        """The transport of the moment; None without a connection."""
        return self._link.transport if self._link else None

    async def connect(self, username: str, secret: str) -> list[Message]:
        """Connect and log in; once this has succeeded, a lost connection is made again.

        Args:
            username: The manager user's name.
            secret: Its secret.

        Returns:
            The answer to the login.

        Raises:
            AMIError: There is a connection, or one is being made.
            AuthenticationError: The server refuses the login.
            ConnectionLost: The server can't be reached.
            ProtocolError: What answers isn't AMI.
        """
        if self._state in {"connecting", "connected", "reconnecting"}:
            msg = f"Already {self._state} to {self._where}: log off first"
            raise AMIError(msg)
        self._login = (username, secret)
        self._why = self._missed_since = self._delays = None
        self._unfit = False
        # An event belongs to the loop that it is first waited for in, and each connect may have another.
        self._hurry, self._settled = asyncio.Event(), asyncio.Event()
        self._change("connecting")
        try:
            return await self._open()
        except BaseException:
            if self._opening is None and self._state == "connecting":
                self._change("disconnected")
            raise

    async def exchange(self, headers: Headers, timeout: float, items: ListChannel | None = None) -> list[Message]:
        """Send an action and wait for its whole answer.

        Args:
            headers: The action.
            timeout: How long to wait, in seconds.
            items: Receives the items of a list as they arrive; default: they are collected.

        Returns:
            The answer's messages, the response first; without the items if they are streamed.

        Raises:
            AMIError: As `Transport.exchange` has it.
        """
        loop = asyncio.get_running_loop()
        due, rest = loop.time() + timeout, timeout
        while True:
            link = self._link or await self._wait_for_link(due, timeout)
            try:
                answer = await link.transport.exchange(headers, rest, items)
            except OutcomeUnknown:
                raise
            except ConnectionLost:
                # Not sent, so it may wait for the next connection.
                if not link.ended or not self._holds_actions:
                    raise
            else:
                if self._rules.note(headers, answer) and self._subscriptions:
                    # Events may be asked for only now.
                    link.transport.want_events()
                return answer
            rest = max(0.0, due - loop.time())

    def hurry(self) -> None:
        """Try to reconnect at once, and begin the delays anew; does nothing in any other state."""
        self._hurry.set()

    async def close(self) -> None:
        """Close the connection, or give up one that is being made; the client is told nothing more."""
        self._opening = None
        link, self._link = self._link, None
        lost, self._lost = self._lost, None
        if link is not None:
            link.ended = True
        tasks = {task for task in self._tasks if not task.done()} - {asyncio.current_task()}
        # First all that needs no waiting: whoever waits may be cancelled.
        for task in tasks:
            task.cancel()
        self._why = None
        self._change("closed")
        if link is not None:
            await link.transport.close()
        if tasks:
            await asyncio.wait(tasks)
        if lost is not None:
            # The task that was to do that may have been cancelled before it began.
            await lost.transport.close()

    # One connection

    async def _open(self) -> list[Message]:
        link = self._opening = _Link(self._make, self)
        if self._subscriptions:
            link.transport.want_events()
        username, secret = self._login
        try:
            answer = await link.transport.open(
                username, secret, self._timeout, mask=lambda: self._rules.mask, set_up=self._filter
            )
            if answer[0].name.lower() != "success":
                raise login_error(self._where, username, [message.as_dict() for message in answer])
            if self._opening is not link:
                msg = f"The client was closed while it connected to {self._where}"
                raise ConnectionLost(msg)
            if link.ended:
                raise link.error or ConnectionLost(f"{self._where} said goodbye at the login")
        except BaseException:
            link.ended = True
            if self._opening is link:
                self._opening = None
            await link.transport.close()
            raise
        self._opening, self._link = None, link
        link.since = asyncio.get_running_loop().time()
        self._tell_connected()
        early, link.early = link.early or [], None
        if self._rules.filters:
            # What was sent before the filters were in force went past them; so this is as if the login had come later.
            # FullyBooted is the login's own, and goes past filters in any case.
            early = [event for event in early if to_message(event).name == "FullyBooted"]
        self._subscriptions.publish(early)
        if self._subscriptions:
            link.transport.want_events()
        link.watch = self._task(self._watch(link), "watch")
        self._change("connected")
        return answer

    async def _filter(self, ask: Ask) -> None:
        """Set the filters in a new session, as a server forgets them with the old one.

        Raises:
            ActionError: It refuses one, at the first connection; later that is logged, as nobody is there to be told.
        """
        version = ""
        if any(needs_more_than("", wish) for wish in self._rules.filters):
            # Who has forgotten the old session may be another server.
            (settings, *_) = await ask([("Action", "CoreSettings")])
            version = settings.get("AsteriskVersion")
        for wish in self._rules.filters:
            try:
                await set_filter(wish, version, ask)
            except ActionError as error:
                if self._state == "connecting":
                    raise
                _log.warning("%s", error)

    def _missed(self, link: _Link, gap: Gap) -> None:
        """Take note that events may be missing, though the connection goes on."""
        if link is not self._link:
            return
        self._missed_since = _wall_time(gap.since)
        self._tell_disconnected(ConnectionLost(f"{self._where}: {gap.why}"), reconnecting=True)
        self._tell_connected()
        if gap.new_session:
            self._start(self._on_back(), "back")

    def _ended(self, link: _Link, error: Exception | None) -> None:
        """Take note that a connection has ended: None after a Goodbye."""
        link.ended, link.error = True, error
        if link is not self._link:
            return
        self._link, self._lost, self._why = None, link, error
        if link.watch is not None and link.watch is not asyncio.current_task():
            link.watch.cancel()
        if error is None:
            self._subscriptions.end()
            self._change("closed")
            return
        self._missed_since = _wall_time(link.transport.complete_until)
        settings = self._reconnect
        held = settings is not None and asyncio.get_running_loop().time() - link.since >= settings.stable
        final = isinstance(error, AuthenticationError) and not is_retryable(error)
        # A server that accepts logins and then refuses, in AMI, what the connection needs will do so the third time.
        # What isn't AMI's comes as a `ConnectionLost`, as it passes.
        unfit = isinstance(error, ProtocolError) and not held
        final = final or (unfit and self._unfit)
        self._unfit = unfit
        self._tell_disconnected(error, reconnecting=settings is not None and not final)
        if settings is None or final:
            self._start(link.transport.close(), "close")
            self._give_up(error)
            return
        _log.warning("%s; connecting again", str(error).rstrip("."))
        if self._delays is None or held:
            self._delays = settings.delays()
        self._hurry.clear()
        self._start(self._come_back(link, settings, self._delays), "reconnect")
        self._change("reconnecting")

    async def _watch(self, link: _Link) -> None:
        """Watch over a connection for as long as it lasts."""
        try:
            if self._max_silence is None:
                await asyncio.Event().wait()
            else:
                await self._listen(link, self._max_silence)
        except asyncio.CancelledError:
            if not link.ended:
                # Nobody has closed the client: the event loop itself comes to its end.
                link.ended, self._link = True, None
                self._subscriptions.end()
                self._change("closed")
                await link.transport.close()
            raise

    async def _listen(self, link: _Link, max_silence: float) -> None:
        """Ask a server that is silent for a sign of life, and give it up if there is none."""
        loop, transport = asyncio.get_running_loop(), link.transport
        while not link.ended:
            quiet = transport.last_heard + max_silence / 2 - loop.time()
            if quiet > 0:
                await asyncio.sleep(quiet)
                continue
            # A server that is busy with an action, such as a call that is placed while it waits, answers the Ping
            # after that: so its time begins when the action's own is over.
            start = loop.time()
            due = max(start, transport.busy_until) + max_silence / 2
            with suppress(AMIError):
                await transport.exchange([("Action", "Ping")], due - start)
            if transport.last_heard < start and not link.ended:
                transport.give_up(f"the server gave no sign of life for {loop.time() - transport.last_heard:.3g} s")
                return

    # The next connection

    async def _come_back(self, lost: _Link, settings: Reconnect, delays: Iterator[float]) -> None:
        try:
            await self._reach(lost, settings, delays)
        except asyncio.CancelledError:
            if self._state == "reconnecting":
                # As in `_watch`.
                self._subscriptions.end()
                self._change("closed")
            raise

    async def _reach(self, lost: _Link, settings: Reconnect, delays: Iterator[float]) -> None:
        with suppress(AMIError):
            await lost.transport.close()
        last: Exception | None = lost.error
        limit = asyncio.timeout(settings.give_up)
        try:
            async with limit:
                while True:
                    try:
                        await self._pause(next(delays))
                        if self._hurry.is_set():
                            self._hurry.clear()
                            delays = self._delays = settings.delays()
                        await self._open()
                        break
                    except AuthenticationError as error:
                        if not is_retryable(error):
                            raise
                        last = error
                    except AMIError as error:
                        last = error
                    except Exception as error:
                        # A fault of ours: whoever relies on the connection must not depend on there being none.
                        _log.exception("Connecting to %s again failed", self._where)
                        last = error
                    _log.debug("Not connected to %s again: %s", self._where, last)
        except AuthenticationError as error:
            _log.error("%s It is not tried again.", error)
            self._give_up(error)
            return
        except TimeoutError:
            if not limit.expired():
                raise
            given_up = ConnectionLost(f"Not connected to {self._where} again within {settings.give_up:g} s: {last}")
            _log.error("%s; it is not tried any more", given_up)
            given_up.__cause__ = last
            self._give_up(given_up)
            return
        _log.info("Connected to %s again", self._where)
        await self._on_back()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    def _give_up(self, error: Exception) -> None:
        self._why = error
        self._subscriptions.end(error)
        self._change("disconnected")

    @property
    def _holds_actions(self) -> bool:
        return self._reconnect is not None and self._reconnect.hold_actions

    async def _wait_for_link(self, due: float, timeout: float) -> _Link:
        """The connection, once there is one again; the error that tells that there is none."""
        if self._holds_actions:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    while self._state == "reconnecting":
                        await self._settled.wait()
            if self._link is not None:
                return self._link
        match self._state:
            case "reconnecting" if self._holds_actions:
                msg = f"Not connected to {self._where} again within {timeout:g} s ({self._why}). Nothing was sent"
            case "reconnecting":
                msg = f"Not connected to {self._where}; the client is coming back ({self._why}). Nothing was sent"
            case "disconnected" if self._why is not None:
                msg = f"Not connected to {self._where} any more: call connect() ({self._why}). Nothing was sent"
            case _:
                msg = f"Not connected to {self._where}: call connect() first. Nothing was sent"
        raise ConnectionLost(msg) from self._why

    # What others are told

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
                # A fault of the hook's is no reason to lose a connection.
                _log.exception("A hook for the state %s failed", state)

    def _tell_connected(self) -> None:
        since = self._missed_since
        if self._subscriptions.wants_notices:
            from amitypes._events.notices import Connected

            self._subscriptions.publish_notice(Connected(again=since is not None, missed_since=since))

    def _tell_disconnected(self, error: Exception, *, reconnecting: bool) -> None:
        since = self._missed_since
        if self._subscriptions.wants_notices and since is not None:
            from amitypes._events.notices import Disconnected

            notice = Disconnected(reason=str(error), reconnecting=reconnecting, missed_since=since)
            self._subscriptions.publish_notice(notice)

    def _start(self, work: Coroutine[object, object, None], what: str) -> None:
        _ = self._task(work, what)

    def _task(self, work: Coroutine[object, object, None], what: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=f"amitypes-{what}-{self._where}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _wall_time(moment: float) -> datetime:
    """A moment of the event loop's clock."""
    return datetime.now(UTC) - timedelta(seconds=asyncio.get_running_loop().time() - moment)
