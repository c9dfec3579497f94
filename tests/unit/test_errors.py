"""The errors: their family, and what they say."""

from __future__ import annotations

import copy
import pickle

import pytest

from amitypes import errors
from amitypes._client.action_errors import action_error
from amitypes._models.errors import ActionError, UnsupportedActionError
from amitypes._models.response import Response
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
from amitypes._protocol.message import Message
from amitypes._transport.login_errors import login_error

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
def test_every_error_is_what_users_catch(error: type[AMIError], bases: tuple[type[Exception], ...]) -> None:
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
def test_errors_are_copied_and_pickled_whole(error: AMIError) -> None:
    for twin in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert str(twin) == "what"
        assert vars(twin) == vars(error)


def test_a_refused_login_names_the_setting() -> None:
    answer: list[dict[str, str | list[str]]] = [{"Response": "Error", "Message": "Authentication failed"}]
    error = login_error("pbx:5038", "hello", answer)
    assert isinstance(error, AuthenticationError)
    assert error.answer == answer
    assert "pbx:5038" in str(error)
    assert "[hello]" in str(error)
    assert "Authentication failed" in str(error)


def test_a_login_already_in_use() -> None:
    error = login_error("pbx:5038", "hello", [{"Response": "Error", "Message": "Login Already In Use"}])
    assert "allowmultiplelogin" in str(error)


def test_a_login_without_a_word() -> None:
    assert "hello" in str(login_error("pbx:5038", "hello", []))


def test_a_refused_action() -> None:
    error = action_error("Hangup", "22.10.1", "No such channel", REFUSED)
    assert type(error) is ActionError
    assert (error.action, error.response) == ("Hangup", REFUSED)
    assert str(error).startswith("Hangup: ")
    assert "No such channel" in str(error)


def test_permission_denied_names_the_setting() -> None:
    error = action_error("Originate", None, "Permission denied", REFUSED)
    assert "write=" in str(error)
    assert "manager show command Originate" in str(error)


@pytest.mark.parametrize(("version", "words"), [("22.10.1", "Asterisk 22.10.1"), (None, "This server")])
def test_an_action_that_the_server_lacks(version: str | None, words: str) -> None:
    error = action_error("SIPpeers", version, "Invalid/unknown command: SIPpeers. Use Action: ListCommands", REFUSED)
    assert type(error) is UnsupportedActionError
    assert words in str(error)
    assert str(error).startswith("SIPpeers")
