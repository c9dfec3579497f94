"""The errors that have no typed response: what went wrong before, around or instead of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amitypes._protocol.types import WireDict

__all__ = [
    "AMIError",
    "ActionTimeout",
    "AuthenticationError",
    "ConnectionLost",
    "InvalidActionError",
    "MessageTooLarge",
    "OutcomeUnknown",
    "ProtocolError",
    "QueueOverflow",
]


class AMIError(Exception):
    """The root of every error that amitypes raises."""

    def __reduce__(self) -> tuple[object, ...]:
        """Copy and pickle the attributes beside the message, whatever the constructor asks for."""
        return _make, (type(self), self.args), self.__dict__


def _make(kind: type[AMIError], args: tuple[object, ...]) -> AMIError:
    error = kind.__new__(kind)
    error.args = args
    return error


class AuthenticationError(AMIError):
    """Asterisk refused the login.

    Attributes:
        answer: What the server answered, as `TCPClient.connect` would have returned it.
    """

    def __init__(self, message: str, answer: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.answer: list[WireDict] = list(answer)


class ActionTimeout(AMIError, TimeoutError):
    """No complete answer came in time.

    Attributes:
        action: The action's name on the wire.
        received: What had arrived of the answer.
    """

    def __init__(self, message: str, *, action: str, received: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.action = action
        self.received: list[WireDict] = list(received)


class MessageTooLarge(AMIError):
    """The answer, or a message of it, exceeds the client's `Limits`; what the action does is done.

    Attributes:
        action: The action's name on the wire.
        received: The messages of the answer, up to the limits; of those that are too large, the beginning.
    """

    def __init__(self, message: str, *, action: str, received: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.action = action
        self.received: list[WireDict] = list(received)


class ConnectionLost(AMIError, ConnectionError):
    """There is no connection to the server: it could not be made, or it went away."""


class OutcomeUnknown(ConnectionLost):
    """The action was sent, and its answer won't come.

    The connection went before that; or something else came, such as a proxy's page over HTTP, which is the `__cause__`
    then. The server may or may not have carried it out. It is never sent again by itself.

    Attributes:
        action: The action's name on the wire.
        received: What had arrived of the answer.
    """

    def __init__(self, message: str, *, action: str, received: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.action = action
        self.received: list[WireDict] = list(received)


class InvalidActionError(AMIError, ValueError):
    """The action can't be sent as AMI: raised before a byte leaves."""


class ProtocolError(AMIError):
    """What answers isn't an Asterisk Manager Interface, or doesn't speak as one."""


class QueueOverflow(AMIError):
    """More waits than may wait: events for a subscriber that is to fail then, or items of a list that is streamed."""


for _error in (
    AMIError,
    AuthenticationError,
    ActionTimeout,
    MessageTooLarge,
    ConnectionLost,
    OutcomeUnknown,
    InvalidActionError,
    ProtocolError,
    QueueOverflow,
):
    _error.__module__ = "amitypes.errors"  # where users import it from, as tracebacks and pickles name it
