"""Events as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from amitypes._events.queue import Queue
from amitypes._events.subscription import EndOfEvents, Interest, Subscription
from amitypes._protocol.message import Message, RawMessage

if TYPE_CHECKING:
    from amitypes._models.event import Event

__all__ = ["E_co", "EventStream"]

E_co = TypeVar("E_co", bound="Event", covariant=True)


class EventStream(Subscription, AsyncIterator[E_co], Generic[E_co]):
    """An asynchronous iterator over events, in the order of their arrival.

    It takes up events from the moment it is made until it is closed or no longer referred to. It goes on over a
    reconnection; it ends when the client logs off, and raises the reason, such as `ConnectionLost`, when the connection
    is lost for good, both after the last event received.
    """

    def __init__(self, interest: Interest, queue: Queue[RawMessage], event_of: Callable[[RawMessage], Event]) -> None:
        super().__init__(interest, queue)
        self._event_of = event_of
        self._end: EndOfEvents | None = None
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
        self._end = self._end or EndOfEvents(error)
        self._news.set()

    async def aclose(self) -> None:
        """Stop taking up events. Iterating on ends at once, also where that waits for an event already."""
        self._queue.close()
        self._queue.overflow = None
        self._end = EndOfEvents(None)
        self._news.set()

    async def __aenter__(self) -> EventStream[E_co]:
        """The stream itself; leaving the block closes it."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


def raw_message_of(notice: Event) -> Message:
    message = Message(f"Event: {notice.wire_name}".encode())
    message.decoded = notice
    return message
