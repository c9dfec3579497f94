"""Actions."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from amitypes._models.action import Action
from amitypes._models.response import Response
from tests.unit.sample import Call, Items


def test_an_action_is_encoded_with_every_field() -> None:
    action = Call(
        channel="SIP/1",
        priority=1,
        async_=True,
        secret=SecretStr("hush"),
        codecs=["ulaw", "alaw"],
        variable={"a": "1,2"},
        actions=["x", None, "y"],
        action_id="7",
    )
    assert action.to_headers() == [
        ("Action", "Call"),
        ("ActionID", "7"),
        ("Channel", "SIP/1"),
        ("Priority", "1"),
        ("Async", "yes"),
        ("Secret", "hush"),
        ("Codec", "ulaw"),
        ("Codec", "alaw"),
        ("Variable", "a=1\\,2"),
        ("Action-000000", "x"),
        ("Action-000002", "y"),
    ]


def test_a_field_that_is_none_is_not_sent() -> None:
    assert Call(channel="").to_headers() == [("Action", "Call"), ("Channel", "")]


@pytest.mark.parametrize("fields", [{}, {"channel": 1}, {"channel": "x", "chanel": "hush"}, {"channel": ["hush"]}])
def test_an_action_with_wrong_fields_is_refused_without_showing_values(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Call(**fields)  # type: ignore[arg-type]  # what a type checker would refuse
    assert "hush" not in str(caught.value)


def test_a_type_parameter_makes_no_new_class() -> None:
    assert Action[Response] is Action
    assert Items.__mro__[1] is Action
