"""The errors that amitypes raises. Each says what happened, to which action, and what to do."""

from amitypes._models.errors import ActionError, UnsupportedActionError
from amitypes._protocol.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    MessageTooLarge,
    OutcomeUnknown,
    ProtocolError,
    QueueOverflow,
)

__all__ = [
    "AMIError",
    "ActionError",
    "ActionTimeout",
    "AuthenticationError",
    "ConnectionLost",
    "InvalidActionError",
    "MessageTooLarge",
    "OutcomeUnknown",
    "ProtocolError",
    "QueueOverflow",
    "UnsupportedActionError",
]
