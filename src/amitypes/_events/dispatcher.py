"""Who gets which events: handlers, callbacks and iterators, each with a queue and a pace of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import ref

from amitypes._events.backlog import Backlog
from amitypes._events.handler import Handler
from amitypes._events.names import NOTICE, UNKNOWN
from amitypes._events.queue import OverflowBudget, Queue
from amitypes._events.stream import EventStream, raw_message_of
from amitypes._events.subscription import Interest, Subscription
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import HEAD, MANY, Message, RawMessage, head, to_message

if TYPE_CHECKING:
    from amitypes._models.event import Event
    from amitypes._models.registry import Registry

__all__ = ["Dispatcher"]


_log = logging.getLogger("amitypes")

T = TypeVar("T")


class Dispatcher:
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
        self._room = OverflowBudget((limits or Limits()).waiting)
        self._handlers: list[Handler[Any]] = []
        # Held weakly: a stream that nobody can iterate over any more is no subscriber.
        self._streams: set[ref[EventStream[Event]]] = set()
        self._takers: dict[str, tuple[Queue[RawMessage], ...]] = {}
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
        read: Callable[[RawMessage], T],
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
        self._handlers.append(Handler(interest, queue, read, call, self._failed))
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

    def publish(self, events: Iterable[RawMessage]) -> None:
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

    def _publish(self, event: RawMessage) -> None:
        message = to_message(event)
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
        message = raw_message_of(notice)
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

    def _all(self) -> tuple[Subscription, ...]:
        return (*self._handlers, *self._living())

    def _living(self) -> tuple[EventStream[Event], ...]:
        return tuple(stream for reference in tuple(self._streams) if (stream := reference()) is not None)

    def _find_takers(self, name: str) -> tuple[Queue[RawMessage], ...]:
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

    def _queue(self, interest: Interest, whose: str, backlog: Backlog | None) -> Queue[RawMessage]:
        def gap(count: int) -> Message | None:
            if not interest.wants_notice(f"{NOTICE}dropped"):
                return None
            from amitypes._events.notices import Dropped

            return raw_message_of(Dropped(count=count))

        return Queue(backlog or self._backlog, self._room, whose, gap)

    def _failed(self, error: BaseException, event: RawMessage) -> None:
        """Tell what a handler has raised."""
        message = to_message(event)
        _log.error("A handler of %s events failed", message.name, exc_info=error)
        for hook in tuple(self.error_hooks):
            try:
                hook(error, self._registry.event(message))
            except Exception:
                # There is nobody left to tell but the _log.
                _log.exception("A hook for the errors of handlers failed")
