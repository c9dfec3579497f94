"""The error for a refused login."""

from __future__ import annotations

from amitypes._transport.login_errors import login_error
from amitypes.errors import AuthenticationError


def test_a_refused_login_names_the_setting() -> None:
    answer: list[dict[str, str | list[str]]] = [{"Response": "Error", "Message": "Authentication failed"}]
    error = login_error("pbx:5038", "hello", answer)
    assert isinstance(error, AuthenticationError)
    assert error.answer == answer
    assert "pbx:5038" in str(error)
    assert "[hello]" in str(error)
    assert "Authentication failed" in str(error)


def test_a_login_already_in_use_names_the_setting() -> None:
    error = login_error("pbx:5038", "hello", [{"Response": "Error", "Message": "Login Already In Use"}])
    assert "allowmultiplelogin" in str(error)


def test_a_login_without_an_answer_names_the_user() -> None:
    assert "hello" in str(login_error("pbx:5038", "hello", []))
