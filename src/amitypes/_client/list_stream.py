"""A list whose items are taken as they come, instead of all at once when it is complete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from amitypes._models.event import Event
from amitypes._models.lists import ListParts
from amitypes._models.response import Response
from amitypes._protocol.errors import AMIError, MessageTooLarge

if TYPE_CHECKING:
    import asyncio

    from amitypes._models.lists import ListResponse
    from amitypes._models.response import EventDecoder
    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import Message
    from amitypes._transport.list_channel import ListChannel

__all__ = ["ListStream"]

ItemT_co = TypeVar("ItemT_co", bound=Event, covariant=True)
CompleteT_co = TypeVar("CompleteT_co", bound=Event, covariant=True)


class ListStream(AsyncIterator[ItemT_co], Generic[ItemT_co, CompleteT_co]):
    """The reply to a list action, item by item, in the order of the wire: `BaseClient.stream` yields one.

    Args:
        action: The action's name on the wire.
        list_channel: Brings the items from the transport.
        reply: The task that sends the action; its result is the reply without the items.
        kind: The type of the whole reply.
        events: Decodes the events.
        limits: Limits how many events are kept that are no items.
        refused: Makes the error for an error response.
    """

    def __init__(
        self,
        action: str,
        list_channel: ListChannel,
        reply: asyncio.Task[list[Message]],
        *,
        kind: type[ListResponse[ItemT_co, CompleteT_co]],
        events: EventDecoder,
        limits: Limits,
        refused: Callable[[Message], AMIError],
    ) -> None:
        self._action = action
        self._list_channel = list_channel
        self._reply = reply
        self._parts = ListParts(kind, events)
        self._decode = events.decode_event
        self._limits = limits
        self._refused = refused
        self._response = Response()
        self._complete: CompleteT_co | None = None
        self._others: list[Event] = []
        self._closed = False
        reply.add_done_callback(self._replied)

    @property
    def response(self) -> Response:
        """The response that starts the list; it is there from the start of the block."""
        return self._response

    @property
    def complete(self) -> CompleteT_co:
        """The event that ended the list; one without fields if the server sent none.

        Raises:
            AMIError: The list hasn't ended yet.
        """
        if self._complete is None:
            msg = f"{self._action}: the event that ends the list comes last; iterate over the items to the end first"
            raise AMIError(msg)
        return self._complete

    @property
    def others(self) -> tuple[Event, ...]:
        """The events received with the list so far that are not among its declared items."""
        return tuple(self._others)

    def __aiter__(self) -> ListStream[ItemT_co, CompleteT_co]:
        """The stream itself."""
        return self

    async def __anext__(self) -> ItemT_co:
        """The next item.

        Raises:
            ActionError: The server ended the list with an error, after the items returned before.
            ActionTimeout: The next message of the list didn't come in time.
            OutcomeUnknown: The connection was lost before the list was complete, after the items returned before.
            MessageTooLarge: A message of the reply exceeds the client's limits.
            QueueOverflow: More items came than the limits allow to buffer; the buffered ones were returned before.
            AMIError: The ``async with`` block of the stream has ended.
        """
        while True:
            if self._closed:
                msg = f"{self._action}: a streamed list can only be read inside its `async with` block"
                raise AMIError(msg)
            item = self._list_channel.take()
            if item is not None:
                if self._parts.is_item(item):
                    return cast("ItemT_co", self._decode(item))
                self._keep(item)
            elif self._reply.done():
                self._end(self._reply.result())
                raise StopAsyncIteration
            else:
                await self._list_channel.wait()

    async def open(self) -> None:
        """Wait for the response.

        Raises:
            AMIError: As for `BaseClient.send`, when no response comes or it is an error.
        """
        while (response := self._list_channel.response) is None:
            if self._reply.done():
                raise self._refused(self._reply.result()[0])
            await self._list_channel.wait()
        self._response = Response.decode(response)

    def close(self) -> None:
        """Drop the remaining items."""
        self._closed = True
        self._list_channel.close()

    def _replied(self, reply: asyncio.Task[list[Message]]) -> None:
        self._list_channel.finish()
        if not reply.cancelled():
            reply.exception()  # retrieved, so that asyncio doesn't log it after a block that was left early

    def _end(self, messages: list[Message]) -> None:
        last = messages[-1] if len(messages) > 1 else None
        if last is not None and last.is_error:
            raise self._refused(last)
        self._complete = cast("CompleteT_co", self._parts.decode_complete(last))

    def _keep(self, other: Message) -> None:
        if len(self._others) >= self._limits.items:
            msg = (
                f"{self._action}: more than {len(self._others)} events came with the list that are not among its items"
            )
            raise MessageTooLarge(msg, action=self._action)
        self._others.append(self._decode(other))
