"""Who gets which events: handlers, callbacks and iterators, each with a queue and a pace of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar, cast
from weakref import ref

from amitypes.backlog import Backlog, Queue, Room
from amitypes.limits import Limits
from amitypes.wire import HEAD, MANY, Arrival, Message, head, message_of

if TYPE_CHECKING:
    from amitypes.models import Event
    from amitypes.registry import Registry

__all__ = ["NOTICE", "UNKNOWN", "EventStream", "Subscriptions"]

UNKNOWN: Final = ""
"""Stands for the names of all events that have no class of their own."""
NOTICE: Final = "amitypes "
"""Begins the names of the client's own notices, and alone stands for all of them; no event of AMI's has a blank."""

_log = logging.getLogger("amitypes")

T = TypeVar("T")
E_co = TypeVar("E_co", bound="Event", covariant=True)


class Interest(NamedTuple):
    """What somebody wants to get.

    Attributes:
        events: Names of events on the wire in lower case, `UNKNOWN` among them; None for every event.
        notices: Names of notices in lower case; `NOTICE` for every notice.
    """

    events: frozenset[str] | None
    notices: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """The names, for a log."""
        names = ("every event",) if self.events is None else sorted(name or "unknown" for name in self.events)
        return ", ".join((*names, *sorted(self.notices))[:4])

    def wants_notice(self, name: str) -> bool:
        """Whether a notice is wanted.

        Args:
            name: Its name in lower case.
        """
        return name in self.notices or NOTICE in self.notices


class _End:
    """Ends a queue: after it no event comes, because of `error` or as the client was closed."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException | None) -> None:
        self.error: Final = error


class _Subscription:
    """Somebody who wants events.

    Args:
        interest: Which.
        queue: What waits for them.
    """

    def __init__(self, interest: Interest, queue: Queue[Arrival]) -> None:
        self.interest: Final = interest
        self._queue: Final = queue

    @property
    def dropped(self) -> int:
        """How many events were dropped so far, as too many waited."""
        return self._queue.dropped


class EventStream(_Subscription, AsyncIterator[E_co], Generic[E_co]):
    """An asynchronous iterator over events, in the order of their arrival.

    It takes up events from the moment it is made until it is closed or no longer referred to. It goes on over a
    reconnection; it ends when the client logs off, and raises the reason, such as `ConnectionLost`, when the connection
    is lost for good, both after the last event received.
    """

    def __init__(self, interest: Interest, queue: Queue[Arrival], event_of: Callable[[Arrival], Event]) -> None:
        super().__init__(interest, queue)
        self._event_of = event_of
        self._end: _End | None = None
        self._news = asyncio.Event()
        # Of the event only: whoever puts something into the queue mustn't keep the stream alive.
        queue.wake = self._news.set

    def __aiter__(self) -> EventStream[E_co]:
        """The stream itself."""
        return self

    async def __anext__(self) -> E_co:
        """The next event.

        Raises:
            ConnectionLost: The connection was lost for good, and every event received before has been taken.
            QueueOverflow: More events came than the backlog allows; those that had room have been taken.
        """
        while (event := self._queue.take()) is None:
            if self._queue.overflow is not None:
                raise self._queue.overflow
            if self._end is not None:
                if self._end.error is not None:
                    raise self._end.error
                raise StopAsyncIteration
            self._news.clear()
            self._queue.asleep = True
            await self._news.wait()
        return cast("E_co", self._event_of(event))

    def end(self, error: BaseException | None = None) -> None:
        """End the stream after the events that have come.

        Args:
            error: Why, where that is an error; iterating raises it.
        """
        self._end = self._end or _End(error)
        self._news.set()

    async def aclose(self) -> None:
        """Stop taking up events. Iterating on ends at once, also where that waits for an event already."""
        self._queue.close()
        self._queue.overflow = None
        self._end = _End(None)
        self._news.set()

    async def __aenter__(self) -> EventStream[E_co]:
        """The stream itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


class _Handler(_Subscription, Generic[T]):
    """Calls a function for each event, one after another, in a task of its own that lasts while there are any.

    Args:
        interest: Which events.
        queue: What waits for the function.
        read: Makes of an event what the function takes.
        call: The function.
        failed: Takes what the function raises.
    """

    def __init__(
        self,
        interest: Interest,
        queue: Queue[Arrival],
        read: Callable[[Arrival], T],
        call: Callable[[T], Awaitable[None]],
        failed: Callable[[BaseException, Arrival], None],
    ) -> None:
        super().__init__(interest, queue)
        self._read = read
        self._call = call
        self._failed = failed
        self._task: asyncio.Task[None] | None = None
        queue.wake = self._start
        queue.fail = failed

    async def finish(self, timeout: float, caller: asyncio.Task[object] | None) -> None:
        """Wait until every event has been handled, unless the handler itself asks; after `timeout` seconds, give up."""
        task = self._task
        if task is None or task.done() or task is caller:
            return
        _, busy = await asyncio.wait({task}, timeout=timeout)
        if busy:
            _log.warning("A handler of events was still busy %s s after the client was closed: cancelled", timeout)
            # What it didn't get to is of a connection that has gone.
            self._queue.clear()
            task.cancel()
            await asyncio.wait({task})

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="amitypes-handler")
        self._task.add_done_callback(self._ended)

    async def _run(self) -> None:
        queue, read, call = self._queue, self._read, self._call
        while (event := queue.take()) is not None:
            try:
                await call(read(event))
            except Exception as error:
                # One handler's fault is nobody else's: neither the reader's nor the next event's.
                self._failed(error, event)
            except asyncio.CancelledError as error:
                if self._task is None or self._task.cancelling():
                    raise
                # Not the handler was cancelled, but what it waited for.
                self._failed(error, event)
        queue.asleep = True

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Have the next event start a task again, also where this one was cancelled, perhaps before it began."""
        if task is self._task:
            self._queue.asleep = True


class Subscriptions:
    """All who want events of one client.

    Args:
        registry: Knows the classes of the events.
        backlog: How many events may wait for each, unless they say otherwise.
        limits: How many may wait for all of them together.

    Attributes:
        error_hooks: Called with what a handler raises, and the event that it was called for.
        unwanted: The beginnings of events that nobody wants, for whoever can pass over them: not all, and for now.
    """

    def __init__(self, registry: Registry, backlog: Backlog | None = None, limits: Limits | None = None) -> None:
        self.error_hooks: Final[list[Callable[[BaseException, Event], None]]] = []
        self.unwanted: Final[set[bytes]] = set()
        self._registry = registry
        self._backlog = backlog or Backlog()
        self._room = Room((limits or Limits()).waiting)
        self._handlers: list[_Handler[Any]] = []
        # Held weakly: a stream that nobody can iterate over any more is no subscriber.
        self._streams: set[ref[EventStream[Event]]] = set()
        self._takers: dict[str, tuple[Queue[Arrival], ...]] = {}
        self._sole: dict[bytes, Callable[[bytes], None]] = {}

    def __bool__(self) -> bool:
        """Whether anybody wants events of the server."""
        return any(subscription.interest.events != frozenset() for subscription in self._all())

    @property
    def want_notices(self) -> bool:
        """Whether anybody wants notices."""
        return any(subscription.interest.notices for subscription in self._all())

    def handle(
        self,
        names: frozenset[str] | None,
        read: Callable[[Arrival], T],
        call: Callable[[T], Awaitable[None]],
        *,
        notices: frozenset[str] = frozenset(),
        backlog: Backlog | None = None,
    ) -> None:
        """Call a function for each event, for as long as the client lives.

        Args:
            names: The events' wire names in lower case; None for every event.
            read: Makes of an event what the function takes.
            call: The function.
            notices: The names of the notices; default: none.
            backlog: How many may wait for it; default: as for all.
        """
        interest = Interest(names, notices)
        queue = self._queue(interest, f"The handler of {interest}", backlog)
        self._handlers.append(_Handler(interest, queue, read, call, self._failed))
        self._find_again()

    def stream(
        self,
        names: frozenset[str] | None,
        *,
        notices: frozenset[str] = frozenset(),
        backlog: Backlog | None = None,
    ) -> EventStream[Event]:
        """Start an iterator over events.

        Args:
            names: The events' wire names in lower case; None for every event.
            notices: The names of the notices; default: none.
            backlog: How many may wait in it; default: as for all.

        Returns:
            The iterator; it takes up events from now on.
        """
        interest = Interest(names, notices)
        queue = self._queue(interest, f"The iterator over {interest}", backlog)
        stream: EventStream[Event] = EventStream(interest, queue, self._registry.event)
        self._streams.add(ref(stream, self._forget))
        self._find_again()
        return stream

    def publish(self, events: Iterable[Arrival]) -> None:
        """Hand events to all who want them.

        Args:
            events: The events, in order.
        """
        sole = self._sole
        for event in events:
            if isinstance(event, bytes) and (put := sole.get(event[:HEAD])) is not None:
                put(event)
            else:
                self._publish(event)

    def _publish(self, event: Arrival) -> None:
        message = message_of(event)
        name = message.name
        if message.cut:
            _log.warning("An event %s isn't whole: %s", name, message.cut)
        takers = self._takers.get(name)
        if takers is None:
            takers = self._find_takers(name)
        match takers:
            case ():
                if len(self.unwanted) < MANY and (beginning := head(message)):
                    self.unwanted.add(beginning)
            case (queue,):
                if len(self._sole) < MANY and (beginning := head(message)):
                    self._sole[beginning] = queue.put
                queue.put(event)
            case _:
                # As a message, for that is decoded once for all.
                for queue in takers:
                    queue.put(message)

    def publish_notice(self, notice: Event) -> None:
        """Hand a notice to all who want it.

        Args:
            notice: The notice.
        """
        message = _message_of(notice)
        for subscription in self._all():
            if subscription.interest.wants_notice(notice.wire_name):
                subscription._queue.put(message)

    def end(self, error: BaseException | None = None) -> None:
        """End the iterators after the events that have come; handlers go on with the next connection.

        Args:
            error: Why, where that is an error; iterators raise it.
        """
        for stream in self._living():
            stream.end(error)
        self._streams.clear()
        self._find_again()

    async def drain(self, timeout: float) -> None:
        """Wait until the handlers have handled what came before `end`.

        Args:
            timeout: How long to wait in seconds; a handler that is still busy then is cancelled.
        """
        caller = asyncio.current_task()
        await asyncio.gather(*(handler.finish(timeout, caller) for handler in self._handlers))

    def _all(self) -> tuple[_Subscription, ...]:
        return (*self._handlers, *self._living())

    def _living(self) -> tuple[EventStream[Event], ...]:
        return tuple(stream for reference in tuple(self._streams) if (stream := reference()) is not None)

    def _find_takers(self, name: str) -> tuple[Queue[Arrival], ...]:
        if len(self._takers) >= MANY:
            self._takers.clear()
        key = name.lower()
        found = tuple(each._queue for each in self._all() if self._wants(each.interest, key))
        self._takers[name] = found
        return found

    def _forget(self, gone: ref[EventStream[Event]]) -> None:
        self._streams.discard(gone)
        self._find_again()

    def _find_again(self) -> None:
        """Take note that somebody came or went."""
        self._takers.clear()
        self._sole.clear()
        self.unwanted.clear()

    def _wants(self, interest: Interest, name: str) -> bool:
        names = interest.events
        if names is None or name in names:
            return True
        return UNKNOWN in names and self._registry.event_class(name) is None

    def _queue(self, interest: Interest, whose: str, backlog: Backlog | None) -> Queue[Arrival]:
        def gap(count: int) -> Message | None:
            if not interest.wants_notice(f"{NOTICE}dropped"):
                return None
            from amitypes.notices import Dropped

            return _message_of(Dropped(count=count))

        return Queue(backlog or self._backlog, self._room, whose, gap)

    def _failed(self, error: BaseException, event: Arrival) -> None:
        """Tell what a handler has raised."""
        message = message_of(event)
        _log.error("A handler of %s events failed", message.name, exc_info=error)
        for hook in tuple(self.error_hooks):
            try:
                hook(error, self._registry.event(message))
            except Exception:
                # There is nobody left to tell but the log.
                _log.exception("A hook for the errors of handlers failed")


def _message_of(notice: Event) -> Message:
    message = Message(f"Event: {notice.wire_name}".encode())
    message.decoded = notice
    return message
