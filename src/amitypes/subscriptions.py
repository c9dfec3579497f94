"""Who gets which events: handlers, callbacks and iterators, each with a queue and a pace of its own."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast
from weakref import WeakSet

if TYPE_CHECKING:
    from amitypes.models import Event
    from amitypes.registry import Registry
    from amitypes.wire import Message

__all__ = ["UNKNOWN", "EventStream", "Incoming", "Subscriptions"]

UNKNOWN: Final = ""
"""Stands for the names of all events that have no class of their own."""

_log = logging.getLogger("amitypes")

E_co = TypeVar("E_co", bound="Event", covariant=True)


class Incoming:
    """An event that came in; all who want it decoded share one decoding.

    Args:
        message: The event's message.
        registry: Knows the event's class.
    """

    __slots__ = ("_event", "_registry", "message")

    def __init__(self, message: Message, registry: Registry) -> None:
        self.message: Final = message
        self._registry = registry
        self._event: Event | None = None

    @property
    def event(self) -> Event:
        """The typed event."""
        if self._event is None:
            self._event = self._registry.decode_event(self.message)
        return self._event


class _End:
    """Ends a queue: after it no event comes, because of `error` or as the client was closed."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException | None) -> None:
        self.error: Final = error


class _Subscription(ABC):
    """Somebody who wants the events of some names.

    Args:
        names: Wire names in lower case, `UNKNOWN` among them; None for every event.
    """

    def __init__(self, names: frozenset[str] | None) -> None:
        self.names: Final = names

    @abstractmethod
    def put(self, incoming: Incoming) -> None:
        """Add an event."""


class EventStream(_Subscription, AsyncIterator[E_co], Generic[E_co]):
    """An asynchronous iterator over events, in the order of their arrival.

    It takes up events from the moment it is made until it is closed or no longer referred to. It ends when the client
    logs off, and raises `ConnectionLost` when the connection is lost, both after the last event received.
    """

    def __init__(self, names: frozenset[str] | None) -> None:
        super().__init__(names)
        self._queue: Final[asyncio.Queue[Incoming | _End]] = asyncio.Queue()
        self._ended: _End | None = None

    def __aiter__(self) -> EventStream[E_co]:
        """The stream itself."""
        return self

    async def __anext__(self) -> E_co:
        """The next event.

        Raises:
            ConnectionLost: The connection was lost, and every event received before has been taken.
        """
        if self._ended is None:
            item = await self._queue.get()
            if isinstance(item, Incoming):
                return cast("E_co", item.event)
            self._ended = item
            # Others may wait for an event of this stream, too.
            self._queue.put_nowait(item)
        if self._ended.error is not None:
            raise self._ended.error
        raise StopAsyncIteration

    def put(self, incoming: Incoming) -> None:
        """Add an event; a stream that has ended takes no more."""
        if self._ended is None:
            self._queue.put_nowait(incoming)

    def end(self, error: BaseException | None = None) -> None:
        """End the stream after the events that have come.

        Args:
            error: Why, where that is an error; iterating raises it.
        """
        self._queue.put_nowait(_End(error))

    async def aclose(self) -> None:
        """Stop taking up events. Iterating on ends at once, also where that waits for an event already."""
        self.end()
        self._ended = _End(None)

    async def __aenter__(self) -> EventStream[E_co]:
        """The stream itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


class _Handler(_Subscription):
    """Calls a function for each event, one after another, in a task of its own that lasts while there are any."""

    def __init__(self, names: frozenset[str] | None, call: Callable[[Incoming], Awaitable[None]]) -> None:
        super().__init__(names)
        self._call = call
        self._waiting: deque[Incoming] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, incoming: Incoming) -> None:
        """Add an event, and see to it that a task handles it."""
        self._waiting.append(incoming)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="amitypes-handler")

    async def finish(self, timeout: float, caller: asyncio.Task[object] | None) -> None:
        """Wait until every event has been handled, unless the handler itself asks; after `timeout` seconds, give up."""
        task = self._task
        if task is None or task.done() or task is caller:
            return
        _, busy = await asyncio.wait({task}, timeout=timeout)
        if busy:
            _log.warning("A handler of events was still busy %s s after the client was closed: cancelled", timeout)
            # What it didn't get to is of a connection that has gone.
            self._waiting.clear()
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        while self._waiting:
            incoming = self._waiting.popleft()
            try:
                await self._call(incoming)
            except Exception:
                # One handler's fault is nobody else's: neither the reader's nor the next event's.
                _log.exception("A handler of %s events failed", incoming.message.name)
            except asyncio.CancelledError:
                if self._task is None or self._task.cancelling():
                    raise
                _log.exception("What a handler of %s events waited for was cancelled", incoming.message.name)


class Subscriptions:
    """All who want events of one client.

    Args:
        registry: Knows the classes of the events.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._handlers: list[_Handler] = []
        # Held weakly: a stream that nobody can iterate over any more is no subscriber.
        self._streams: WeakSet[EventStream[Event]] = WeakSet()

    def __bool__(self) -> bool:
        """Whether anybody wants events."""
        return bool(self._handlers or self._streams)

    def handle(self, names: frozenset[str] | None, call: Callable[[Incoming], Awaitable[None]]) -> None:
        """Call a function for each event, for as long as the client lives.

        Args:
            names: The events' wire names in lower case; None for every event.
            call: The function.
        """
        self._handlers.append(_Handler(names, call))

    def stream(self, names: frozenset[str] | None) -> EventStream[Event]:
        """Start an iterator over events.

        Args:
            names: The events' wire names in lower case; None for every event.

        Returns:
            The iterator; it takes up events from now on.
        """
        stream: EventStream[Event] = EventStream(names)
        self._streams.add(stream)
        return stream

    def publish(self, message: Message) -> None:
        """Hand an event to all who want it.

        Args:
            message: The event's message.
        """
        name = message.name.lower()
        incoming = Incoming(message, self._registry)
        for subscription in (*self._handlers, *self._streams):
            if self._wants(subscription, name):
                subscription.put(incoming)

    def end(self, error: BaseException | None = None) -> None:
        """End the iterators after the events that have come; handlers go on with the next connection.

        Args:
            error: Why, where that is an error; iterators raise it.
        """
        for stream in list(self._streams):
            stream.end(error)
        self._streams.clear()

    async def drain(self, timeout: float) -> None:
        """Wait until the handlers have handled what came before `end`.

        Args:
            timeout: How long to wait in seconds; a handler that is still busy then is cancelled.
        """
        caller = asyncio.current_task()
        await asyncio.gather(*(handler.finish(timeout, caller) for handler in self._handlers))

    def _wants(self, subscription: _Subscription, name: str) -> bool:
        names = subscription.names
        if names is None or name in names:
            return True
        return UNKNOWN in names and self._registry.event_class(name) is None
