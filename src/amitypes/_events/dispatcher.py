"""Routes events to the handlers and streams of one client, each of which has a queue of its own."""

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
from amitypes._events.stream import EventStream
from amitypes._events.subscription import EventSelection, Subscription
from amitypes._protocol.event_prefix import CACHE_SIZE, PREFIX_LENGTH, event_prefix
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message, RawMessage, to_message

if TYPE_CHECKING:
    from amitypes._models.event import Event
    from amitypes._models.registry import Registry

__all__ = ["Dispatcher"]

_log = logging.getLogger("amitypes")

T = TypeVar("T")


class Dispatcher:
    """The subscribers of one client.

    Args:
        registry: Finds the classes of events.
        backlog: The backlog of each subscriber that brings none of its own; default: `Backlog()`.
        limits: How many events may wait beyond the backlogs with ``wait``, together; default: `Limits()`.

    Attributes:
        error_hooks: Called with an exception of a handler, and the event.
        unwanted: Prefixes of events without subscribers, which a transport may skip: a best-effort cache.
    """

    def __init__(self, registry: Registry, backlog: Backlog | None = None, limits: Limits | None = None) -> None:
        self.error_hooks: Final[list[Callable[[BaseException, Event], None]]] = []
        self.unwanted: Final[set[bytes]] = set()
        self._registry = registry
        self._backlog = backlog or Backlog()
        self._budget = OverflowBudget((limits or Limits()).waiting)
        self._handlers: list[Handler[Any]] = []
        # Weak references: a stream that is no longer referred to is no subscriber.
        self._streams: set[ref[EventStream[Event]]] = set()
        self._routes: dict[str, tuple[Queue[RawMessage], ...]] = {}
        self._single_routes: dict[bytes, Callable[[bytes], None]] = {}

    def __bool__(self) -> bool:
        """Whether any subscriber takes events of the server."""
        return any(subscription.selection.events != frozenset() for subscription in self._subscriptions())

    @property
    def wants_notices(self) -> bool:
        """Whether any subscriber takes notices."""
        return any(subscription.selection.notices for subscription in self._subscriptions())

    @property
    def cached_routes(self) -> int:
        """How many names of events have a cached route."""
        return len(self._routes)

    def handle(
        self,
        names: frozenset[str] | None,
        decode: Callable[[RawMessage], T],
        call: Callable[[T], Awaitable[None]],
        *,
        notices: frozenset[str] = frozenset(),
        backlog: Backlog | None = None,
    ) -> None:
        """Call a function for each event, over all connections of the client.

        Args:
            names: The events' wire names in lower case; None for every event.
            decode: Converts an event to the function's argument.
            call: The function.
            notices: The names of the notices; default: none.
            backlog: How many may wait for it; default: that of the dispatcher.
        """
        selection = EventSelection(names, notices)
        queue = self._new_queue(selection, f"The handler of {selection}", backlog)
        self._handlers.append(Handler(selection, queue, decode, call, self._report_error))
        self._invalidate_routes()

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
            backlog: How many may wait in it; default: that of the dispatcher.

        Returns:
            The iterator; it collects events from now on.
        """
        selection = EventSelection(names, notices)
        queue = self._new_queue(selection, f"The iterator over {selection}", backlog)
        stream: EventStream[Event] = EventStream(selection, queue, self._registry.event)
        self._streams.add(ref(stream, self._discard_stream))
        self._invalidate_routes()
        return stream

    def publish(self, events: Iterable[RawMessage]) -> None:
        """Put events into the queues of their subscribers.

        Args:
            events: The events, in order.
        """
        single_routes = self._single_routes
        for event in events:
            if isinstance(event, bytes) and (put := single_routes.get(event[:PREFIX_LENGTH])) is not None:
                put(event)
            else:
                self._publish(event)

    def _publish(self, event: RawMessage) -> None:
        message = to_message(event)
        name = message.name
        if message.truncated_reason:
            _log.warning("An event %s is incomplete: %s", name, message.truncated_reason)
        queues = self._routes.get(name)
        if queues is None:
            queues = self._find_route(name)
        match queues:
            case ():
                if len(self.unwanted) < CACHE_SIZE and (prefix := event_prefix(message.frame)):
                    self.unwanted.add(prefix)
            case (queue,):
                if len(self._single_routes) < CACHE_SIZE and (prefix := event_prefix(message.frame)):
                    self._single_routes[prefix] = queue.put
                queue.put(event)
            case _:
                # As a Message, which is decoded once for all subscribers.
                for queue in queues:
                    queue.put(message)

    def publish_notice(self, notice: Event) -> None:
        """Put a notice into the queues of its subscribers.

        Args:
            notice: The notice.
        """
        message = _wrap_notice(notice)
        for subscription in self._subscriptions():
            if subscription.selection.has_notice(notice.wire_name):
                subscription._queue.put(message)

    def end(self, error: BaseException | None = None) -> None:
        """End the iterators after the events that wait; handlers continue with the next connection.

        Args:
            error: The error that the iterators then raise; default: none.
        """
        for stream in self._open_streams():
            stream.end(error)
        self._streams.clear()
        self._invalidate_routes()

    async def drain(self, timeout: float) -> None:
        """Wait until the handlers have handled every event.

        Args:
            timeout: How long to wait, in seconds; a handler that is still busy then is cancelled.
        """
        caller = asyncio.current_task()
        await asyncio.gather(*(handler.finish(timeout, caller) for handler in self._handlers))

    def _subscriptions(self) -> tuple[Subscription, ...]:
        return (*self._handlers, *self._open_streams())

    def _open_streams(self) -> tuple[EventStream[Event], ...]:
        return tuple(stream for reference in tuple(self._streams) if (stream := reference()) is not None)

    def _find_route(self, name: str) -> tuple[Queue[RawMessage], ...]:
        if len(self._routes) >= CACHE_SIZE:
            self._routes.clear()
        key = name.lower()
        found = tuple(each._queue for each in self._subscriptions() if self._selects(each.selection, key))
        self._routes[name] = found
        return found

    def _discard_stream(self, dropped: ref[EventStream[Event]]) -> None:
        self._streams.discard(dropped)
        self._invalidate_routes()

    def _invalidate_routes(self) -> None:
        """Find all routes anew, as a subscriber was added or removed."""
        self._routes.clear()
        self._single_routes.clear()
        self.unwanted.clear()

    def _selects(self, selection: EventSelection, name: str) -> bool:
        names = selection.events
        if names is None or name in names:
            return True
        return UNKNOWN in names and self._registry.event_class(name) is None

    def _new_queue(self, selection: EventSelection, subscriber: str, backlog: Backlog | None) -> Queue[RawMessage]:
        def make_gap(count: int) -> Message | None:
            if not selection.has_notice(f"{NOTICE}dropped"):
                return None
            # Imported late: notices are models, and a client without subscribers loads no pydantic.
            from amitypes._events.notices import Dropped

            return _wrap_notice(Dropped(count=count))

        return Queue(backlog or self._backlog, self._budget, subscriber, make_gap)

    def _report_error(self, error: BaseException, event: RawMessage) -> None:
        """Log an exception of a handler, and call the hooks."""
        message = to_message(event)
        _log.error("A handler of %s events failed", message.name, exc_info=error)
        for hook in tuple(self.error_hooks):
            try:
                hook(error, self._registry.event(message))
            except Exception:
                _log.exception("A hook for the errors of handlers failed")


def _wrap_notice(notice: Event) -> Message:
    """A message that is decoded to a notice."""
    message = Message(f"Event: {notice.wire_name}".encode())
    message.decoded = notice
    return message
