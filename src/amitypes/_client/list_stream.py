"""A list whose items are taken while they come, instead of all at once when it is complete."""

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
    """The answer to an action that lists, item by item, in the order of the wire: what `BaseClient.stream` gives.

    Args:
        action: The action's name on the wire.
        flow: What comes of the answer.
        answer: Sends the action, and gives what is around the items.
        kind: The type of the whole answer.
        events: Finds the classes of the events.
        limits: How much may be kept of it.
        refused: Makes an error of a response that is one.
    """

    def __init__(
        self,
        action: str,
        flow: ListChannel,
        answer: asyncio.Task[list[Message]],
        *,
        kind: type[ListResponse[ItemT_co, CompleteT_co]],
        events: EventDecoder,
        limits: Limits,
        refused: Callable[[Message], AMIError],
    ) -> None:
        self._action = action
        self._flow = flow
        self._answer = answer
        self._parts = ListParts(kind, events)
        self._decode = events.decode_event
        self._limits = limits
        self._refused = refused
        self._response = Response()
        self._complete: CompleteT_co | None = None
        self._others: list[Event] = []
        self._closed = False
        answer.add_done_callback(self._answered)

    @property
    def response(self) -> Response:
        """The head: the first response, which has come before the first item is asked for."""
        return self._response

    @property
    def complete(self) -> CompleteT_co:
        """The event that completed the list; one without fields where the server ended the list without it.

        Raises:
            AMIError: The list isn't at its end yet.
        """
        if self._complete is None:
            msg = f"{self._action}: the event that completes the list comes last; iterate over its items to the end"
            raise AMIError(msg)
        return self._complete

    @property
    def others(self) -> tuple[Event, ...]:
        """Events that came with the list so far and are none of its declared items."""
        return tuple(self._others)

    def __aiter__(self) -> ListStream[ItemT_co, CompleteT_co]:
        """The stream itself."""
        return self

    async def __anext__(self) -> ItemT_co:
        """The next item.

        Raises:
            ActionError: The server broke the list off; the items before have been taken.
            ActionTimeout: Nothing more of the list came in time.
            OutcomeUnknown: The connection went before the list was complete; the items before have been taken.
            MessageTooLarge: A message of the answer exceeds the client's limits.
            QueueOverflow: More items came than may wait; those that had room have been taken.
            AMIError: The block in which the stream was open has been left.
        """
        while True:
            if self._closed:
                msg = f"{self._action}: a streamed list can only be read inside its `async with` block"
                raise AMIError(msg)
            item = self._flow.take()
            if item is not None:
                if self._parts.is_item(item):
                    return cast("ItemT_co", self._decode(item))
                self._keep(item)
            elif self._answer.done():
                self._end(self._answer.result())
                raise StopAsyncIteration
            else:
                await self._flow.wait()

    async def open(self) -> None:
        """Wait for the response.

        Raises:
            AMIError: As `BaseClient.send` has it, where there is none or it is an error.
        """
        while (response := self._flow.response) is None:
            if self._answer.done():
                raise self._refused(self._answer.result()[0])
            await self._flow.wait()
        self._response = Response.decode(response)

    def close(self) -> None:
        """Take nothing more."""
        self._closed = True
        self._flow.close()

    def _answered(self, answer: asyncio.Task[list[Message]]) -> None:
        self._flow.finish()
        if not answer.cancelled():
            answer.exception()  # whoever has left before the end isn't told, and that is no fault

    def _end(self, around: list[Message]) -> None:
        last = around[-1] if len(around) > 1 else None
        if last is not None and last.is_error:
            raise self._refused(last)
        self._complete = cast("CompleteT_co", self._parts.decode_complete(last))

    def _keep(self, other: Message) -> None:
        if len(self._others) >= self._limits.items:
            msg = f"{self._action}: more than {len(self._others)} events came with the list that are none of its items"
            raise MessageTooLarge(msg, action=self._action)
        self._others.append(self._decode(other))
