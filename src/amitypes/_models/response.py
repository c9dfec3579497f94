"""The response to an action."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, Self, cast

from amitypes._models.base import headers_of
from amitypes._models.codec import Header
from amitypes._models.codecs import strings
from amitypes._models.event import Event
from amitypes._models.header_table import HeaderTable
from amitypes._models.received import Received
from amitypes._protocol.message import Message

__all__ = ["Acknowledgement", "EventDecoder", "Response"]


class Response(Received):
    """The response to an action."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Message": Header("message"),
        "EventList": Header("event_list"),
        "Output": Header("output", strings),
    }
    _headers: ClassVar[HeaderTable] = headers_of(Received)._replace(
        leading={
            "response": Header("response"),
            "actionid": Header("action_id"),
            "eventlist": Header("event_list"),
            "message": Header("message"),
        }
    )

    accompanying_events: ClassVar[tuple[str, ...]] = ()
    """The names on the wire of the events that may come with it; ``*`` for any."""

    response: str = ""
    """``Response``: ``Success``, ``Error`` or ``Goodbye``."""
    message: str = ""
    """``Message``: the result in words."""
    event_list: str = ""
    """``EventList``: ``start`` where a list of events follows."""
    output: list[str] = []
    """``Output``: the lines that a CLI command printed, failed ones included."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Headers that every such response of Asterisk 16 to 23 has, but not this one; always empty for an error."""
        return () if self.response == "Error" else super().missing

    @property
    def events(self) -> tuple[Event, ...]:
        """Events that came with a response that isn't declared as a list; most are among `accompanying_events`."""
        return cast("tuple[Event, ...]", self._private.get("events", ()))

    @classmethod
    def collect(cls, messages: Sequence[Message], events: "EventDecoder") -> Self:
        """Make a response of all messages that answer an action.

        Args:
            messages: The messages in wire order, the response itself first.
            events: Finds the class of an event.

        Returns:
            The response.
        """
        response = cls.decode(messages[0])
        if len(messages) > 1:
            response._private["events"] = tuple(events.decode_event(message) for message in messages[1:])
        return response


class Acknowledgement(Response):
    """A response without headers of its own: ``Response`` and ``Message`` only."""


class EventDecoder(Protocol):
    """Finds the class of an event: a `Registry`."""

    def event_class(self, name: str) -> type[Event] | None:
        """The class of the event with this name; None where there is none."""
        ...

    def decode_event(self, message: Message) -> Event:
        """Decode a message to the class that its name stands for."""
        ...
