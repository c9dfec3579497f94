"""Errors of connections, logins, timeouts and limits: all that carry no typed response."""

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
        """Copy and pickle the message and all attributes, whatever parameters the constructor has."""
        return _restore, (type(self), self.args), self.__dict__


def _restore(kind: type[AMIError], args: tuple[object, ...]) -> AMIError:
    error = kind.__new__(kind)
    error.args = args
    return error


class AuthenticationError(AMIError):
    """Asterisk refused the login.

    Attributes:
        answer: The server's answer, as `TCPClient.connect` would have returned it.
    """

    def __init__(self, message: str, answer: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.answer: list[WireDict] = list(answer)


class ActionTimeout(AMIError, TimeoutError):
    """The answer was not complete in time.

    Attributes:
        action: The action's name on the wire.
        received: The messages of the answer received so far.
    """

    def __init__(self, message: str, *, action: str, received: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.action = action
        self.received: list[WireDict] = list(received)


class MessageTooLarge(AMIError):
    """The answer, or a message of it, exceeds the client's `Limits`. The server has carried out the action.

    Attributes:
        action: The action's name on the wire.
        received: The messages of the answer, up to the limits; those that are too large are truncated.
    """

    def __init__(self, message: str, *, action: str, received: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.action = action
        self.received: list[WireDict] = list(received)


class ConnectionLost(AMIError, ConnectionError):
    """There is no connection to the server: it could not be established, or it was lost."""


class OutcomeUnknown(ConnectionLost):
    """The action was sent, and there will be no answer to it.

    Either the connection was lost first, or something else was received, such as a proxy's page over HTTP; the
    `__cause__` says which. The server may or may not have carried out the action. The client never sends it again by
    itself.

    Attributes:
        action: The action's name on the wire.
        received: The messages of the answer received so far.
    """

    def __init__(self, message: str, *, action: str, received: Sequence[WireDict] = ()) -> None:
        super().__init__(message)
        self.action = action
        self.received: list[WireDict] = list(received)


class InvalidActionError(AMIError, ValueError):
    """AMI can't carry the action; raised before a byte is sent."""


class ProtocolError(AMIError):
    """The server isn't an Asterisk Manager Interface, or doesn't follow its protocol."""


class QueueOverflow(AMIError):
    """A buffer is full: that of a subscriber whose `Backlog` says ``raise``, or that of a streamed list."""


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
    _error.__module__ = "amitypes.errors"  # where users import it from: tracebacks and pickles name it
