"""The answer to an action."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, Self, cast

from amitypes._models.codec import Header
from amitypes._models.codecs import strings
from amitypes._models.event import Event
from amitypes._models.received import Received
from amitypes._protocol.message import Message

__all__ = ["Acknowledgement", "EventDecoder", "Response"]


class Response(Received):
    """The answer to an action."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Message": Header("message"),
        "EventList": Header("event_list"),
        "Output": Header("output", strings),
    }
    _opening: ClassVar[Mapping[str, Header]] = {
        "response": Header("response"),
        "actionid": Header("action_id"),
        "eventlist": Header("event_list"),
        "message": Header("message"),
    }

    event_names: ClassVar[tuple[str, ...]] = ()
    """The events on the wire that may come with it; ``*`` for any."""

    response: str = ""
    """``Response``: ``Success``, ``Error`` or ``Goodbye``."""
    message: str = ""
    """``Message``: what the server says of it, in words."""
    event_list: str = ""
    """``EventList``: ``start`` where a list of events follows."""
    output: list[str] = []
    """``Output``: the lines that a CLI command printed, failed ones included."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers that every such answer of Asterisk 16 to 23 has, but this one has not; a refusal lacks none."""
        return () if self.response == "Error" else super().missing

    @property
    def events(self) -> tuple[Event, ...]:
        """Events that came as part of an answer that isn't declared as a list: those of `event_names`, as a rule."""
        return cast("tuple[Event, ...]", self._private.get("events", ()))

    @classmethod
    def collect(cls, messages: Sequence[Message], events: "EventDecoder") -> Self:
        """Make a response of all the messages of an answer.

        Args:
            messages: The answer's messages in wire order, the response itself first.
            events: Finds the class of an event.

        Returns:
            The response.
        """
        response = cls.decode(messages[0])
        if len(messages) > 1:
            response._private["events"] = tuple(events.decode_event(message) for message in messages[1:])
        return response


class Acknowledgement(Response):
    """The answer to an action that has nothing to tell: ``Response`` and ``Message`` only."""


class EventDecoder(Protocol):
    """What knows the class of each event."""

    def event_class(self, name: str) -> type[Event] | None:
        """The class of the event of this name, or None."""
        ...

    def decode_event(self, message: Message) -> Event:
        """Make a message the event that its name says."""
        ...
