"""The event API of a client: handlers, iterators, waiting for one event, and callbacks."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, ClassVar, TypeAlias, TypeVar, cast, overload

from amitypes._events.names import NOTICE, UNKNOWN
from amitypes._events.stream import EventStream
from amitypes._protocol.errors import ConnectionLost
from amitypes._protocol.message import to_message

if TYPE_CHECKING:
    from typing import Self

    from amitypes._events.backlog import Backlog
    from amitypes._events.dispatcher import Dispatcher
    from amitypes._models.event import Event
    from amitypes._models.registry import Registry
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.types import WireDict

__all__ = ["EventAPI"]

T = TypeVar("T")
A = TypeVar("A", bound="Event")
B = TypeVar("B", bound="Event")
C = TypeVar("C", bound="Event")
D = TypeVar("D", bound="Event")
E = TypeVar("E", bound="Event")

AnyHandler: TypeAlias = Callable[..., Awaitable[None]]


class EventAPI(ABC):
    """What a client offers to subscribers: a base class of every client."""

    registry: ClassVar[Registry]
    """The classes of the actions, events and responses."""
    _dispatcher: Dispatcher

    @abstractmethod
    def _want_events(self) -> None:
        """Make the transport deliver events, now that there may be a subscriber."""

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

        Each handler has its own queue and task: one that is slow, fails or sends actions doesn't affect the others.
        What it raises is logged by the logger ``amitypes``, and passed to the hooks of `on_error`. It stays subscribed
        across reconnections and the next `connect`.

        Args:
            events: The types; a family, such as ``events.ChannelEvent``, for all its events, ``events.Event`` for every
                event of the server. Notices, such as ``notices.Connected``, come only if they are named.
            backlog: How many events may wait for the function, and what happens to more; default: the client's.

        Returns:
            A decorator that returns the function unchanged.

        Example:
            ```python
            @client.on(events.Hangup)
            async def hung_up(event: events.Hangup) -> None:
                print(event.channel, event.cause_txt)
            ```
        """
        names, notices = _wire_names(events, self.registry)

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
            events: The types; a family, such as ``events.ChannelEvent``, for all its events, none or ``events.Event``
                for every event of the server. Notices, such as ``notices.Connected``, come only if they are named.
            backlog: How many events may wait in the iterator, and what happens to more; default: the client's.

        Returns:
            An asynchronous iterator, which is also an asynchronous context manager. It stays subscribed across
            reconnections. After the last event received it ends if the client logged off, or raises the reason, such as
            `ConnectionLost`, if the connection is lost for good.

        Example:
            ```python
            async for event in client.events(events.Newchannel, events.Hangup):
                print(event.channel)
            ```
        """
        return self._stream(*_wire_names(events, self.registry), backlog)

    def wait_for(
        self, event: type[E], predicate: Callable[[E], bool] | None = None, *, timeout: float | None = None
    ) -> Coroutine[object, object, E]:
        """Wait for one event. The subscription starts with this call, not only with the ``await``.

        Args:
            event: The event's type; a family for all its events, ``events.Event`` for every event.
            predicate: Called with each event of the type: True for the one to wait for; default: the first one.
            timeout: How long to wait, in seconds; default: no limit.

        Returns:
            A coroutine that returns the event.

        Raises:
            TimeoutError: No such event came in time.
            ConnectionLost: The connection was lost for good before the event came. Waiting continues across a
                reconnection.

        Example:
            ```python
            hangup = await client.wait_for(events.Hangup, lambda e: e.uniqueid == uniqueid, timeout=30)
            ```
        """
        stream = cast("EventStream[E]", self._stream(*_wire_names((event,), self.registry)))

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
                msg = f"No {event.wire_name or 'event'} to match came within {timeout:g} s"
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
            callback: The function; its parameters are the event, with the wire's names, and this client.
            backlog: How many events may wait for the function, and what happens to more; default: the client's.

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

    def on_error(self, hook: Callable[[BaseException, Event], None]) -> Callable[[BaseException, Event], None]:
        """Call a function with each error of a handler or callback, and the event that it was handling.

        The logger ``amitypes`` logs such errors in any case.

        Args:
            hook: The function; it must not block.

        Returns:
            The function, so that this serves as a decorator.
        """
        self._dispatcher.error_hooks.append(hook)
        return hook

    def _handle(
        self,
        names: frozenset[str] | None,
        read: Callable[[RawMessage], T],
        call: Callable[[T], Awaitable[None]],
        notices: frozenset[str],
        backlog: Backlog | None,
    ) -> None:
        self._dispatcher.handle(names, read, call, notices=notices, backlog=backlog)
        self._want_events()

    def _stream(
        self, names: frozenset[str] | None, notices: frozenset[str], backlog: Backlog | None = None
    ) -> EventStream[Event]:
        stream = self._dispatcher.stream(names, notices=notices, backlog=backlog)
        self._want_events()
        return stream


def _wire_names(events: Iterable[type[Event]], registry: Registry) -> tuple[frozenset[str] | None, frozenset[str]]:
    """The wire names of some types: the events' (None for every event), and the notices'."""
    from amitypes._models.event import Event

    wanted = frozenset(events)
    notices = frozenset(event.wire_name for event in wanted if event.wire_name.startswith(NOTICE))
    if not wanted or Event in wanted:
        return None, notices
    names = (_names_of(event, registry) for event in wanted if event.wire_name not in notices)
    return frozenset[str]().union(*names), notices


def _names_of(event: type[Event], registry: Registry) -> frozenset[str]:
    """The wire names of a type's events."""
    from amitypes._models.event import UnknownEvent

    if event.wire_name:
        return frozenset({event.wire_name.lower()})
    if issubclass(event, UnknownEvent):  # stands for the events without a class
        return frozenset({UNKNOWN})
    family = registry.family(event.__name__)
    if family is None:
        msg = f"{event.__name__} is neither an event of AMI nor a family of events: it has no wire_name"
        raise TypeError(msg)
    return family
