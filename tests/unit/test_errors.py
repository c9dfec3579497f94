"""The public errors: their base classes, and what copying and pickling keep."""

from __future__ import annotations

import copy
import pickle

import pytest

from amitypes import errors
from amitypes._models.response import Response
from amitypes._protocol.message import Message
from amitypes.errors import (
    ActionError,
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    MessageTooLarge,
    OutcomeUnknown,
    ProtocolError,
    QueueOverflow,
    UnsupportedActionError,
)

REFUSED = Response.decode(Message(b"Response: Error\r\nMessage: No such channel\r\nOutput: a line"))


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (AuthenticationError, ()),
        (ActionError, ()),
        (UnsupportedActionError, (ActionError,)),
        (ActionTimeout, (TimeoutError,)),
        (ConnectionLost, (ConnectionError,)),
        (OutcomeUnknown, (ConnectionLost, ConnectionError)),
        (InvalidActionError, (ValueError,)),
        (MessageTooLarge, ()),
        (ProtocolError, ()),
        (QueueOverflow, ()),
    ],
)
def test_every_error_is_of_the_types_that_users_catch(
    error: type[AMIError], bases: tuple[type[Exception], ...]
) -> None:
    assert {AMIError, *bases} <= {*error.__mro__}


def test_every_error_is_public() -> None:
    found = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, AMIError)}
    assert found == set(errors.__all__)


@pytest.mark.parametrize(
    "error",
    [
        AMIError("what"),
        AuthenticationError("what", [{"Response": "Error"}]),
        ActionError("what", action="Hangup", response=REFUSED),
        UnsupportedActionError("what", action="Hangup", response=REFUSED),
        ActionTimeout("what", action="Hangup", received=[{"Response": "Success"}]),
        MessageTooLarge("what", action="Hangup", received=[{"Response": "Success"}]),
        OutcomeUnknown("what", action="Hangup", received=[{"Response": "Success"}]),
    ],
)
def test_errors_keep_their_attributes_when_copied_and_pickled(error: AMIError) -> None:
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert str(twin) == "what"
        assert vars(twin) == vars(error)
