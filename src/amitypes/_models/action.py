"""Actions that a client sends."""

from typing import TYPE_CHECKING, ClassVar, Generic, Protocol

from pydantic import ConfigDict
from typing_extensions import TypeVar

from amitypes._models.base import WireModel
from amitypes._models.encode import encode
from amitypes._models.event import Event
from amitypes._models.lists import ListResponse
from amitypes._models.response import Response

__all__ = ["Action", "AnyResponse_co", "DeferredAction", "OutcomeT_co", "Sender"]

AnyResponse_co = TypeVar(
    "AnyResponse_co", bound=Response | ListResponse, default=Response | ListResponse, covariant=True
)


class Action(WireModel, Generic[AnyResponse_co]):
    """An action that a client can send. Its type parameter is the class of its response.

    Raises:
        pydantic.ValidationError: A field is missing, unknown or of another type. The message shows no values.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    action_id: str | None = None
    """``ActionID``: returned with every message of the response; chosen by the client when None."""

    if not TYPE_CHECKING:

        def __class_getitem__(cls, item: object) -> type:
            """Return the class itself: the parameter is for type checkers, and a copy by pydantic would cost time."""
            return cls

    def to_headers(self) -> list[tuple[str, str]]:
        """Encode the action as headers.

        Returns:
            The headers: ``Action``, ``ActionID`` where there is one, and every field that isn't None.
        """
        headers = [("Action", self.wire_name)]
        if self.action_id is not None:
            headers.append(("ActionID", self.action_id))
        for name, header in self.wire_headers.items():
            value: object = getattr(self, header.field)
            if value is not None:
                headers.extend(encode(name, header.codec, value))
        return headers


OutcomeT_co = TypeVar("OutcomeT_co", bound=Event, default=Event, covariant=True)


class DeferredAction(Action[AnyResponse_co], Generic[AnyResponse_co, OutcomeT_co]):
    """An action whose response only acknowledges it; an event reports its outcome later.

    Its type parameters are the classes of the response and of the event. A client's ``send_and_wait`` waits for the
    event.
    """

    outcome_event: ClassVar[str] = ""
    """The event's name on the wire."""
    correlated_by: ClassVar[str] = "action_id"
    """The field that has the same value in the action and in the event."""
    enabled_by: ClassVar[str] = ""
    """The field that must be True for the event to be sent; empty where it always is."""


class Sender(Protocol):
    """Sends typed actions: a client."""

    async def send(self, action: Action[AnyResponse_co], *, reply_timeout: float | None = None) -> AnyResponse_co:
        """Send an action and wait for its complete response."""
        ...
