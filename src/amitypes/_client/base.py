"""What every client can do, whatever carries it and whichever server its types are made for."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias, TypeVar, cast, overload
from uuid import uuid4

from amitypes._client.action_errors import action_error
from amitypes._client.connection import set_filter
from amitypes._client.dict_calls import DictCalls, Request
from amitypes._client.reconnect import Reconnect
from amitypes._client.supervisor import State, Supervisor
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import NOTICE, UNKNOWN
from amitypes._events.stream import EventStream
from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, InvalidActionError
from amitypes._protocol.event_filter import EventFilter, EventMask, EventRules
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import as_dict, to_message
from amitypes._protocol.redaction import redact
from amitypes._protocol.validation import as_headers

if TYPE_CHECKING:
    import ssl
    from types import TracebackType
    from typing import Self

    from amitypes._client.list_stream import ListStream
    from amitypes._events.backlog import Backlog
    from amitypes._models.action import Action, AnyResponse_co, DeferredAction
    from amitypes._models.event import Event
    from amitypes._models.lists import ListResponse
    from amitypes._models.registry import Registry
    from amitypes._models.response import Response
    from amitypes._protocol.message import Message, RawMessage
    from amitypes._protocol.response_shape import ResponseShape
    from amitypes._protocol.types import WireDict
    from amitypes._transport.base import OnEnd, OnEvents, OnGap, Transport

__all__ = ["BaseClient"]

_log = logging.getLogger("amitypes")

T = TypeVar("T")
A = TypeVar("A", bound="Event")
B = TypeVar("B", bound="Event")
C = TypeVar("C", bound="Event")
D = TypeVar("D", bound="Event")
E = TypeVar("E", bound="Event")

AnyHandler: TypeAlias = Callable[..., Awaitable[None]]

_CLOSE_TIMEOUT: Final = 5.0
_VERSION_TIMEOUT: Final = 2.0
_PORTS: Final = 65536


class BaseClient(DictCalls, ABC):
    """A client of one AMI server: the base of `TCPClient` and `HTTPClient`.

    Attributes:
        host: The server's name or address.
        port: The port in use.
        asterisk_version: What the server says its version is (``CoreSettings``), once connected; None where it doesn't
            say, as for users without the privileges ``system`` or ``reporting``.
    """

    registry: ClassVar[Registry]
    """The classes of the actions, events and responses."""
    response_shapes: ClassVar[Mapping[str, ResponseShape]]
    """How the answers to some actions end."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        username: str | None,
        password: str | None,
        context: ssl.SSLContext | None,
        timeout: float,
        reply_timeout: float,
        events: EventMask | None,
        filters: Sequence[EventFilter],
        reconnect: Reconnect | bool,
        max_silence: float | None,
        backlog: Backlog | None,
        limits: Limits | None,
    ) -> None:
        if not 0 < port < _PORTS:
            msg = f"There is no port {port}: ports are from 1 to {_PORTS - 1}"
            raise ValueError(msg)
        if max_silence is not None and max_silence <= 0:
            msg = f"max_silence={max_silence:g}: it must be a number of seconds above 0, or None"
            raise ValueError(msg)
        self.host: Final = host
        self.port: Final = port
        self.asterisk_version: str | None = None
        self._username = username
        self._password = password
        self._context = context
        self._reply_timeout = reply_timeout
        self._limits = limits or Limits()
        self._subscriptions = Dispatcher(self.registry, backlog, self._limits)
        self._supervisor = Supervisor(
            f"{host}:{port}",
            self._make_transport,
            dispatcher=self._subscriptions,
            rules=EventRules(events, filters),
            reconnect=Reconnect() if reconnect is True else reconnect or None,
            max_silence=max_silence,
            timeout=timeout,
            on_reconnected=self._ask_version,
        )

    def __repr__(self) -> str:
        """Where it connects to, and what has become of the connection; never a secret."""
        if "_supervisor" not in vars(self):
            return f"<{type(self).__name__}>"  # as a traceback shows it whose settings were refused
        state = self.state if self.state in {"connected", "reconnecting"} else "not connected"
        return f"<{type(self).__name__} {self.host}:{self.port}, {state}>"

    @abstractmethod
    def _make_transport(self, on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Transport:
        """A transport for one connection."""

    # The connection

    @property
    def state(self) -> State:
        """What has become of the connection.

        ``disconnected``, ``connecting``, ``connected``, ``reconnecting`` after a loss, or ``closed``; `on_state` tells
        of each change.
        """
        return self._supervisor.state

    @property
    def ami_version(self) -> str | None:
        """AMI's version, such as ``11.0.0``, as the server's greeting tells it; None before it came, and over HTTP."""
        return self._supervisor.transport.ami_version if self._supervisor.transport else None

    async def connect(self, username: str | None = None, password: str | None = None) -> list[WireDict]:
        """Connect and log in. What goes wrong here is raised at once; only a connection that was there is made again.

        Args:
            username: The manager user; default: the one given to the client.
            password: Its secret; default: the one given to the client.

        Returns:
            The server's answer: ``[{"Response": "Success", "Message": "Authentication accepted"}]``.

        Raises:
            AuthenticationError: The server refuses the login; carries its answer.
            ConnectionLost: The server can't be reached.
            ProtocolError: What answers isn't AMI.

        Source: the AMI action ``Login``.
        """
        password = redact(password)
        name = self._username if username is None else username
        secret = self._password if password is None else password
        if name is None or secret is None:
            msg = "A login needs username and password: give them to connect() or to the client"
            raise AuthenticationError(msg)
        messages = await self._supervisor.connect(name, secret)
        try:
            await self._ask_version()
        except BaseException:
            await self.close()
            raise
        return _as_dicts(messages, with_action_id=False)

    def reconnect_now(self) -> None:
        """Try at once to come back, and begin the delays anew, as when the network is known to be there again.

        Does nothing unless the state is ``reconnecting``.
        """
        self._supervisor.retry_now()

    async def logoff(self) -> list[WireDict]:
        """Log off and close the connection. Events that have come are still handled; then iterators end.

        Returns:
            The server's answer: ``[{"Response": "Goodbye", "Message": "Thanks for all the fish."}]``.

        Raises:
            ConnectionLost: There is no connection.

        Source: the AMI action ``Logoff``.
        """
        try:
            return await self.ami_request({"Action": "Logoff"})
        finally:
            await self.close()

    async def close(self) -> None:
        """Close the connection without a word; one that is just being made is given up. Closing twice does no harm."""
        try:
            await self._supervisor.close()
        finally:
            self._subscriptions.end()
        await self._subscriptions.drain(_CLOSE_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Connect with the username and password given to the client."""
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Log off, or just close when the block failed or the connection is gone."""
        if self.state != "connected" or error is not None:
            await self.close()
            return
        try:
            await self.logoff()
        except AMIError as problem:
            _log.debug("Not logged off: %s", problem)

    def on_state(self, hook: Callable[[State], None]) -> Callable[[State], None]:
        """Have a function called with each new state of the connection, at once; it must not block.

        For what takes its time, or needs its place among the events, subscribe to ``notices.Connected`` and
        ``notices.Disconnected`` instead.

        Args:
            hook: The function. What it raises is logged.

        Returns:
            The function, so that this serves as a decorator.
        """
        self._supervisor.hooks.append(hook)
        return hook

    def on_error(self, hook: Callable[[BaseException, Event], None]) -> Callable[[BaseException, Event], None]:
        """Have a function called with each error of a handler or callback, and the event that it was called for.

        Such errors are logged in any case, by the logger ``amitypes``.

        Args:
            hook: The function; it must not block.

        Returns:
            The function, so that this serves as a decorator.
        """
        self._subscriptions.error_hooks.append(hook)
        return hook

    # Typed calls

    async def send(self, action: Action[AnyResponse_co], *, reply_timeout: float | None = None) -> AnyResponse_co:
        """Send a typed action and wait for its whole answer.

        Args:
            action: The action, such as ``actions.Ping()``.
            reply_timeout: How long to wait for the whole answer, in seconds; default: the client's ``reply_timeout``.

        Returns:
            The response of the action's own type; a list with all its items.

        Raises:
            ActionError: The server said no; carries the typed response.
            UnsupportedActionError: This server has no such action.
            ActionTimeout: The answer wasn't whole in time; carries what had come.
            InvalidActionError: AMI can't carry a value of the action; nothing was sent.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and its answer will not come.
        """
        name, headers = action.wire_name, action.to_headers()
        del action  # of many in flight, less for the garbage collector to look through
        messages = await self._exchange(headers, reply_timeout)
        response = self._respond(name, messages)
        for message in messages:
            if message.is_error:  # as a rule all of the answer; some lists break off with one
                raise action_error(name, self.asterisk_version, message.get("Message").strip(), response)
        return cast("AnyResponse_co", response)

    @asynccontextmanager
    async def stream(
        self, action: Action[ListResponse[A, B]], *, reply_timeout: float | None = None
    ) -> AsyncGenerator[ListStream[A, B], None]:
        """Send an action that lists, and take the items as they come: a list of any length, in little memory.

        The action is sent at the beginning of the ``async with`` block, and the response awaited. What is left of the
        list when the block is left is read and dropped, or over HTTP not read at all; no subscriber gets any of it.

        Items that come faster than they are taken wait, undecoded, as many as the client's `Limits` allow an answer
        (`Limits.items`, `Limits.answer`). When more come over TCP, where reading never waits for anybody, iterating
        raises `QueueOverflow` after those that had room. Over HTTP reading waits until some are taken; a server whose
        connection takes nothing for the ``session_inactivity`` of its http.conf, 30 seconds by default, hangs up then.

        A list isn't continued after a reconnection: it ends with `OutcomeUnknown`, after the items that had come.

        Args:
            action: The action, such as ``actions.CoreShowChannels()``; a type checker refuses one that doesn't list.
            reply_timeout: How long the server may take for the response, and then each time for the next of the list,
                in seconds; the time that the block itself takes doesn't count. Default: the client's ``reply_timeout``.
                For a limit to the whole use `asyncio.timeout`.

        Yields:
            An asynchronous iterator over the items, typed as the response's ``items``. It has the ``response``, and at
            the end of the list the event that ``complete``-d it.

        Raises:
            ActionError: The server said no, before the first item, or broke the list off; carries that response.
            UnsupportedActionError: This server has no such action.
            ActionTimeout: Nothing came in time.
            InvalidActionError: The action doesn't list, or AMI can't carry a value of it; nothing was sent.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and the rest of its answer will not come.
            MessageTooLarge: A message of the answer exceeds the client's limits.
            QueueOverflow: More items came than may wait.

        Example:
            ```python
            async with client.stream(actions.CoreShowChannels()) as channels:
                async for channel in channels:
                    print(channel.channel)
            print(channels.complete.list_items)
            ```
        """
        from amitypes._client.list_stream import ListStream
        from amitypes._models.lists import ListResponse
        from amitypes._models.response import Response
        from amitypes._transport.list_channel import ListChannel

        name = action.wire_name
        kind = self.registry.response_class(name)
        if kind is None or not issubclass(kind, ListResponse):
            msg = f"{name}: its answer is no list to be streamed: use send(). Nothing was sent"
            raise InvalidActionError(msg)

        def refused(message: Message) -> AMIError:
            said = message.get("Message").strip()
            return action_error(name, self.asterisk_version, said, Response.decode(message))

        timeout = self._reply_timeout if reply_timeout is None else reply_timeout
        flow = ListChannel(timeout)
        exchange = self._supervisor.exchange(action.to_headers(), timeout, flow)
        answer = asyncio.create_task(exchange, name=f"amitypes-{name}-{self.host}:{self.port}")
        items = ListStream(
            name,
            flow,
            answer,
            kind=cast("type[ListResponse[A, B]]", kind),
            events=self.registry,
            limits=self._limits,
            refused=refused,
        )
        try:
            await items.open()
            yield items
        finally:
            items.close()
            answer.cancel()
            await asyncio.wait({answer})

    async def send_and_wait(
        self, action: DeferredAction[Response | ListResponse, E], *, reply_timeout: float | None = None
    ) -> E:
        """Send an action whose answer only says that it was taken, and wait for the event that says how it went.

        The event is looked out for before the action is sent, and known by what both have in common: the ActionID, or
        the CommandID of an AGI command. Where the action has none, one is made for it.

        Args:
            action: The action, such as ``actions.Originate(..., async_=True)``.
            reply_timeout: How long to wait for the answer, and once the action was taken for the event, in seconds;
                default: the client's ``reply_timeout`` for the answer, for ever for the event.

        Returns:
            The event of the action's own type; whether all went well is in it.

        Raises:
            InvalidActionError: No event would come, as for an Originate without Async; nothing was sent.
            TimeoutError: The event didn't come in time. What was asked for may still happen.
            AMIError: As for `send`.

        Example:
            ```python
            call = actions.Originate(channel="PJSIP/alice", application="Wait", data="5", async_=True)
            outcome = await client.send_and_wait(call, timeout=60)
            print(outcome.response, codes.OriginateReason.find(outcome.reason))
            ```
        """
        if action.enabled_by and not getattr(action, action.enabled_by):
            msg = f"{action.wire_name} is told of by {action.outcome_event} only with {action.enabled_by}=True"
            raise InvalidActionError(f"{msg}: set it, or use send(). Nothing was sent")
        by = action.correlated_by
        mark = str(getattr(action, by) or uuid4().hex)
        event = cast("type[E]", self.registry.event_class(action.outcome_event))
        later = self.wait_for(event, lambda candidate: getattr(candidate, by) == mark, timeout=reply_timeout)
        try:
            await self.send(action.model_copy(update={by: mark}))
        except BaseException:
            later.close()
            raise
        return await later

    # Events

    @overload
    def on(
        self, a: type[A], /, *, backlog: Backlog | None = None
    ) -> Callable[[Callable[[A], Awaitable[None]]], Callable[[A], Awaitable[None]]]: ...
    @overload
    def on(
        self, a: type[A], b: type[B], /, *, backlog: Backlog | None = None
    ) -> Callable[[Callable[[A | B], Awaitable[None]]], Callable[[A | B], Awaitable[None]]]: ...
    @overload
    def on(
        self, a: type[A], b: type[B], c: type[C], /, *, backlog: Backlog | None = None
    ) -> Callable[[Callable[[A | B | C], Awaitable[None]]], Callable[[A | B | C], Awaitable[None]]]: ...
    @overload
    def on(
        self, a: type[A], b: type[B], c: type[C], d: type[D], /, *more: type[E], backlog: Backlog | None = None
    ) -> Callable[[Callable[[A | B | C | D | E], Awaitable[None]]], Callable[[A | B | C | D | E], Awaitable[None]]]: ...
    def on(self, *events: type[Event], backlog: Backlog | None = None) -> Callable[[AnyHandler], AnyHandler]:
        """Call an async function for each event of some types, in the order of their arrival.

        Each handler has a queue and a task of its own: one that is slow, fails or sends actions itself harms nobody
        else. What it raises is logged by the logger ``amitypes``, and handed to `on_error`. It goes on over a
        reconnection, and with the next `connect`.

        Args:
            events: The types; ``events.Event`` stands for every event of the server's. Notices, as
                ``notices.Connected``, come only where they are named.
            backlog: How many events may wait for the function, and what becomes of more; default: the client's.

        Returns:
            A decorator that returns the function as it is.

        Example:
            ```python
            @client.on(events.Hangup)
            async def hung_up(event: events.Hangup) -> None:
                print(event.channel, event.cause_txt)
            ```
        """
        names, notices = _wire_names(events)

        def register(handler: AnyHandler) -> AnyHandler:
            self._handle(names, self.registry.event, handler, notices, backlog)
            return handler

        return register

    @overload
    def events(self, *, backlog: Backlog | None = None) -> EventStream[Event]: ...
    @overload
    def events(self, a: type[A], /, *, backlog: Backlog | None = None) -> EventStream[A]: ...
    @overload
    def events(self, a: type[A], b: type[B], /, *, backlog: Backlog | None = None) -> EventStream[A | B]: ...
    @overload
    def events(
        self, a: type[A], b: type[B], c: type[C], /, *, backlog: Backlog | None = None
    ) -> EventStream[A | B | C]: ...
    @overload
    def events(
        self, a: type[A], b: type[B], c: type[C], d: type[D], /, *more: type[E], backlog: Backlog | None = None
    ) -> EventStream[A | B | C | D | E]: ...
    def events(self, *events: type[Event], backlog: Backlog | None = None) -> EventStream[Event]:
        """Iterate over events of some types, in the order of their arrival.

        The subscription starts with this call, which may come before `connect`.

        Args:
            events: The types; none, or ``events.Event``, for every event of the server's. Notices, as
                ``notices.Connected``, come only where they are named.
            backlog: How many events may wait in the iterator, and what becomes of more; default: the client's.

        Returns:
            An asynchronous iterator, which is also an asynchronous context manager. It goes on over a reconnection. It
            ends when the client logs off, and raises the reason, such as `ConnectionLost`, when the connection is lost
            for good, both after the last event received.

        Example:
            ```python
            async for event in client.events(events.Newchannel, events.Hangup):
                print(event.channel)
            ```
        """
        return self._stream(*_wire_names(events), backlog)

    def wait_for(
        self, event: type[E], predicate: Callable[[E], bool] | None = None, *, timeout: float | None = None
    ) -> Coroutine[object, object, E]:
        """Wait for one event. It is looked out for from this call on, not only from the ``await``.

        Args:
            event: The event's type; ``events.Event`` stands for every event.
            predicate: Whether it is the right one; default: the first one is.
            timeout: How long to wait, in seconds; default: for ever.

        Returns:
            What to await: gives the event.

        Raises:
            TimeoutError: No such event came in time.
            ConnectionLost: The connection was lost for good before it came; it goes on over a reconnection.

        Example:
            ```python
            hangup = await client.wait_for(events.Hangup, lambda e: e.uniqueid == uniqueid, timeout=30)
            ```
        """
        stream = cast("EventStream[E]", self._stream(*_wire_names((event,))))

        async def wait() -> E:
            limit = asyncio.timeout(timeout)
            try:
                async with stream, limit:
                    async for candidate in stream:
                        if predicate is None or predicate(candidate):
                            return candidate
            except TimeoutError:
                if not limit.expired():
                    raise  # the predicate's own
                msg = f"No {event.wire_name or 'event'} that fits came within {timeout:g} s"
                raise TimeoutError(msg) from None
            msg = f"The client was closed while it waited for {event.wire_name or 'an event'}"
            raise ConnectionLost(msg)

        return wait()

    async def register_callback(
        self, event: str, callback: Callable[[WireDict, Self], Awaitable[None]], *, backlog: Backlog | None = None
    ) -> None:
        """Call an async function with each event of a name, as a mapping.

        Args:
            event: The event's name on the wire, in any case; ``*`` for every event.
            callback: Gets the event, with the wire's names, and this client.
            backlog: How many events may wait for the function, and what becomes of more; default: the client's.

        Example:
            ```python
            async def callback(event, client):
                print(event["Channel"])

            await client.register_callback("Hangup", callback)
            ```
        """

        def read(event: RawMessage) -> WireDict:
            return to_message(event).as_dict()

        def call(event: WireDict) -> Awaitable[None]:
            return callback(event, self)

        self._handle(None if event == "*" else frozenset({event.lower()}), read, call, frozenset(), backlog)

    async def add_filter(self, event_filter: EventFilter, *, reply_timeout: float | None = None) -> None:
        """Have the server choose which events it sends, from now on and after each reconnection.

        A filter can't be taken back but by a new `connect` of a new client.

        Args:
            event_filter: The filter.
            reply_timeout: How long to wait for the answer, in seconds; default: the client's ``reply_timeout``.

        Raises:
            ActionError: The server refuses it, or is too old to know such a filter.
            AMIError: As of any action.

        Source: the AMI action ``Filter``.
        """
        await set_filter(
            event_filter.to_headers(),
            self.asterisk_version or "",
            lambda headers: self._exchange(headers, reply_timeout),
        )

    # The way out

    async def ami_request(self, action: Request, *, reply_timeout: float | None = None) -> list[WireDict]:
        """Send any action with any headers: the way out where there is no typed call.

        Args:
            action: The headers, ``Action`` among them; a list of strings is sent as repeated headers.
            reply_timeout: How long to wait for the whole answer, in seconds; default: the client's ``reply_timeout``.

        Returns:
            The messages of the answer with the wire's names, a repeated header as a list; an ActionID only if `action`
            has one. An answer ``Response: Error`` is returned like any other.

        Raises:
            ActionTimeout: The answer wasn't whole in time; carries what had come.
            InvalidActionError: AMI can't carry this action; nothing was sent.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and its answer will not come.
        """
        headers = as_headers(action)
        del action  # which a traceback would show, secrets included
        messages = await self._exchange(headers, reply_timeout)
        return _as_dicts(messages, with_action_id="actionid" in [name.lower() for name, _ in headers])

    # Inside

    def _exchange(self, headers: Sequence[tuple[str, str]], reply_timeout: float | None) -> Awaitable[list[Message]]:
        return self._supervisor.exchange(headers, self._reply_timeout if reply_timeout is None else reply_timeout)

    def _respond(self, action: str, messages: Sequence[Message]) -> Response | ListResponse:
        known = self.registry.response_class(action)
        if known is None or messages[0].is_error:
            from amitypes._models.lists import ListResponse
            from amitypes._models.response import Response

            if known is None or issubclass(known, ListResponse):
                known = Response  # refused at once: there is no list
        return known.collect(messages, self.registry)

    async def _ask_version(self) -> None:
        # Not worth failing for: not every user may ask, and not everything that speaks AMI is an Asterisk.
        try:
            answer = await self.ami_request({"Action": "CoreSettings"}, reply_timeout=_VERSION_TIMEOUT)
        except AMIError as error:
            _log.debug("The version of %s:%s stays unknown: %s", self.host, self.port, error)
            return
        version = answer[0].get("AsteriskVersion")
        self.asterisk_version = version if isinstance(version, str) else None

    def _handle(
        self,
        names: frozenset[str] | None,
        read: Callable[[RawMessage], T],
        call: Callable[[T], Awaitable[None]],
        notices: frozenset[str],
        backlog: Backlog | None,
    ) -> None:
        self._subscriptions.handle(names, read, call, notices=notices, backlog=backlog)
        self._want_events()

    def _stream(
        self, names: frozenset[str] | None, notices: frozenset[str], backlog: Backlog | None = None
    ) -> EventStream[Event]:
        stream = self._subscriptions.stream(names, notices=notices, backlog=backlog)
        self._want_events()
        return stream

    def _want_events(self) -> None:
        if self._subscriptions and self._supervisor.transport is not None:
            self._supervisor.transport.want_events()


def _wire_names(events: Iterable[type[Event]]) -> tuple[frozenset[str] | None, frozenset[str]]:
    """The names that some types stand for: the events' (None for every event), and the notices'."""
    from amitypes._models.event import Event

    wanted = frozenset(events)
    notices = frozenset(event.wire_name for event in wanted if event.wire_name.startswith(NOTICE))
    if not wanted or Event in wanted:
        return None, notices
    # UnknownEvent has no name on the wire either, and stands for the events without a class.
    return frozenset(event.wire_name.lower() or UNKNOWN for event in wanted) - notices, notices


def _as_dicts(messages: Iterable[Message], *, with_action_id: bool) -> list[WireDict]:
    if with_action_id:
        return [message.as_dict() for message in messages]
    return [as_dict([header for header in message.headers if header[0].lower() != "actionid"]) for message in messages]
