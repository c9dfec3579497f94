"""The answer to an action that lists."""

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
    """The answer to an action that lists: a head, an event for each item, and an event that completes the list."""

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=DEFERS_BUILD)
    wire_name: ClassVar[str] = ""
    item_names: ClassVar[tuple[str, ...]] = ()
    """The events on the wire that are items."""
    complete_class: ClassVar[str] = ""
    """The event on the wire that completes the list."""

    response: Response
    """The head."""
    items: list[SerializeAsAny[ItemT_co]] = []
    """The items, in wire order."""
    complete: SerializeAsAny[CompleteT_co]
    """The event that completed the list; one without fields where the server ended the list without it."""
    others: list[SerializeAsAny[Event]] = []
    """Events that came with the list and are none of its declared items."""

    if not TYPE_CHECKING:

        def __class_getitem__(cls, item: object) -> type:
            """Leave the class as it is: the parameters are for type checkers, and pydantic's copies cost time."""
            return cls

    @property
    def message(self) -> str:
        """The head's ``Message``."""
        return self.response.message

    @property
    def action_id(self) -> str:
        """The ActionID that the whole answer carries."""
        return self.response.action_id

    @property
    def raw(self) -> WireDict:
        """The head as it came; each item has its own."""
        return self.response.raw

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What could not be decoded as declared, in the head or in any event of the list."""
        return tuple(issue for part in self._parts for issue in part.issues)

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers that the head or any event of the list always has, but not here."""
        return tuple(name for part in self._parts for name in part.missing)

    @property
    def _parts(self) -> tuple[Received, ...]:
        return (self.response, *self.items, *self.others, self.complete)

    @classmethod
    def collect(cls, messages: Sequence[Message], events: "EventDecoder") -> Self:
        """Make a response of all the messages of an answer.

        Args:
            messages: The answer's messages in wire order, the head first.
            events: Finds the class of an event.

        Returns:
            The response.
        """
        head, *rest = messages
        parts = ListParts(cls, events)
        last = rest.pop() if rest and parts.is_last(rest[-1]) else None
        items: list[Event] = []
        others: list[Event] = []
        for message in rest:
            (items if parts.is_item(message) else others).append(events.decode_event(message))
        return cls.model_validate(
            {
                "response": Response.decode(head),
                "items": items,
                "complete": parts.decode_complete(last),
                "others": others,
            }
        )


class ListParts:
    """Tells the parts of an answer that lists.

    Args:
        kind: The answer's type.
        events: Finds the class of an event.
    """

    def __init__(self, kind: type[ListResponse], events: EventDecoder) -> None:
        self._items = frozenset(name.lower() for name in kind.item_names)
        self._last = kind.complete_class.lower()
        self._complete = events.event_class(kind.complete_class) or Event

    def is_item(self, message: Message) -> bool:
        """Whether a message is one of the declared items."""
        return message.name.lower() in self._items

    def is_last(self, message: Message) -> bool:
        """Whether the last message is the event that completes the list."""
        return bool(message.get("EventList")) or message.name.lower() == self._last

    def decode_complete(self, message: Message | None) -> Event:
        """The event that completes the list; one without fields where there is none."""
        return self._complete.decode(message or Message(b""))
