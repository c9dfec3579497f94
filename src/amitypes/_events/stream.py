"""Events as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from amitypes._events.queue import Queue
from amitypes._events.subscription import EventSelection, Subscription
from amitypes._protocol.message import RawMessage

if TYPE_CHECKING:
    from amitypes._models.event import Event

__all__ = ["E_co", "EventStream"]

E_co = TypeVar("E_co", bound="Event", covariant=True)


class EventStream(Subscription, AsyncIterator[E_co], Generic[E_co]):
    """An asynchronous iterator over events, in the order of their arrival.

    It collects events from its creation until it is closed or no longer referred to. It continues after a
    reconnection. After the last event, it ends if the client logged off, and raises the reason, such as
    `ConnectionLost`, if the client lost its connection and doesn't reconnect.
    """

    def __init__(
        self, selection: EventSelection, queue: Queue[RawMessage], decode: Callable[[RawMessage], Event]
    ) -> None:
        super().__init__(selection, queue)
        self._decode = decode
        self._ended = False
        self._error: BaseException | None = None
        self._wakeup = asyncio.Event()
        # The queue refers to the asyncio.Event, not to the stream, so that it doesn't keep the stream alive.
        queue.wake = self._wakeup.set

    def __aiter__(self) -> EventStream[E_co]:
        """The stream itself."""
        return self

    async def __anext__(self) -> E_co:
        """Wait for the next event.

        Returns:
            The event.

        Raises:
            ConnectionLost: The client lost its connection, doesn't reconnect, and no event waits any more.
            QueueOverflow: More events came than the backlog allows, and no event waits any more.
        """
        while (event := self._queue.take()) is None:
            if self._queue.overflow is not None:
                raise self._queue.overflow
            if self._ended:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            self._wakeup.clear()
            self._queue.consumer_idle = True
            await self._wakeup.wait()
        return cast("E_co", self._decode(event))

    def end(self, error: BaseException | None = None) -> None:
        """End the stream after the events that wait.

        Args:
            error: The error that iterating then raises; default: none. Only the first call sets it.
        """
        if not self._ended:
            self._ended = True
            self._error = error
        self._wakeup.set()

    async def aclose(self) -> None:
        """End the stream at once and drop the events that wait. An iteration that waits for an event ends."""
        self._queue.close()
        self._queue.overflow = None
        self._ended = True
        self._error = None
        self._wakeup.set()

    async def __aenter__(self) -> EventStream[E_co]:
        """The stream itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()
