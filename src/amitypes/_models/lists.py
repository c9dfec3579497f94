"""The response to an action that lists."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, Self

from pydantic import BaseModel, ConfigDict, SerializeAsAny
from typing_extensions import TypeVar

from amitypes._models.base import DEFERS_BUILD
from amitypes._models.event import Event
from amitypes._models.issue import Issue
from amitypes._models.received import Received
from amitypes._models.response import EventDecoder, Response
from amitypes._protocol.message import Message
from amitypes._protocol.types import WireDict

__all__ = ["CompleteT_co", "ItemT_co", "ListParts", "ListResponse"]

ItemT_co = TypeVar("ItemT_co", bound=Event, default=Event, covariant=True)


CompleteT_co = TypeVar("CompleteT_co", bound=Event, default=Event, covariant=True)


class ListResponse(BaseModel, Generic[ItemT_co, CompleteT_co]):
    """The response to an action that lists: the response itself, an event for each item, and one that ends the list."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=DEFERS_BUILD)
    wire_name: ClassVar[str] = ""
    item_events: ClassVar[tuple[str, ...]] = ()
    """The names on the wire of the events that are items."""
    complete_event: ClassVar[str] = ""
    """The name on the wire of the event that completes the list."""

    response: Response
    """The response itself, which came first."""
    items: list[SerializeAsAny[ItemT_co]] = []
    """The items, in wire order."""
    complete: SerializeAsAny[CompleteT_co]
    """The event that completed the list; one without headers where the list ended without it."""
    others: list[SerializeAsAny[Event]] = []
    """Events that came with the list and aren't declared as its items."""

    if not TYPE_CHECKING:

        def __class_getitem__(cls, item: object) -> type:
            """Return the class itself: the parameters are for type checkers, and a copy by pydantic would cost time."""
            return cls

    @property
    def message(self) -> str:
        """``Message`` of the response."""
        return self.response.message

    @property
    def action_id(self) -> str:
        """``ActionID``, the same in the response and all events."""
        return self.response.action_id

    @property
    def raw(self) -> WireDict:
        """The response as it came; each event has its own `raw`."""
        return self.response.raw

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What could not be decoded as declared, in the response or in any event of the list."""
        return tuple(issue for part in self._parts for issue in part.issues)

    @property
    def missing(self) -> tuple[str, ...]:
        """Required headers that are missing in the response or in any event of the list."""
        return tuple(name for part in self._parts for name in part.missing)

    @property
    def _parts(self) -> tuple[Received, ...]:
        return (self.response, *self.items, *self.others, self.complete)

    @classmethod
    def collect(cls, messages: Sequence[Message], events: "EventDecoder") -> Self:
        """Make a response of all messages that answer an action.

        Args:
            messages: The messages in wire order, the response itself first.
            events: Finds the class of an event.

        Returns:
            The response.
        """
        response, *rest = messages
        parts = ListParts(cls, events)
        last = rest.pop() if rest and parts.is_last(rest[-1]) else None
        items: list[Event] = []
        others: list[Event] = []
        for message in rest:
            (items if parts.is_item(message) else others).append(events.decode_event(message))
        return cls.model_validate(
            {
                "response": Response.decode(response),
                "items": items,
                "complete": parts.decode_complete(last),
                "others": others,
            }
        )


class ListParts:
    """Decides which part of a list each event is.

    Args:
        kind: The class of the list response.
        events: Finds the class of an event.
    """

    def __init__(self, kind: type[ListResponse], events: EventDecoder) -> None:
        self._items = frozenset(name.lower() for name in kind.item_events)
        self._last = kind.complete_event.lower()
        self._complete = events.event_class(kind.complete_event) or Event

    def is_item(self, message: Message) -> bool:
        """Whether a message is a declared item."""
        return message.name.lower() in self._items

    def is_last(self, message: Message) -> bool:
        """Whether the last message is the event that completes the list."""
        return bool(message.get("EventList")) or message.name.lower() == self._last

    def decode_complete(self, message: Message | None) -> Event:
        """Decode the event that completes the list; without a message, return one without headers."""
        return self._complete.decode(message or Message(b""))
