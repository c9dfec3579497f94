"""The error for a refused action."""

from __future__ import annotations

import pytest

from amitypes._client.action_errors import action_error
from amitypes._models.response import Response
from amitypes._protocol.message import Message
from amitypes.errors import ActionError, UnsupportedActionError

REFUSED = Response.decode(Message(b"Response: Error\r\nMessage: No such channel\r\nOutput: a line"))


def test_a_refused_action_raises_action_error_with_the_message() -> None:
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
def test_an_unknown_action_raises_unsupported_action_error(version: str | None, words: str) -> None:
    error = action_error("SIPpeers", version, "Invalid/unknown command: SIPpeers. Use Action: ListCommands", REFUSED)
    assert type(error) is UnsupportedActionError
    assert words in str(error)
    assert str(error).startswith("SIPpeers")
