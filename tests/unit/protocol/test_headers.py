"""Headers as mappings, and mappings as headers."""

from __future__ import annotations

import pytest
from hypothesis import given

from amitypes._protocol.headers import as_dict, as_headers
from amitypes._protocol.redaction import RedactedStr
from amitypes.errors import InvalidActionError
from tests.unit.protocol.header_strategies import HEADERS


@given(HEADERS)
def test_a_mapping_keeps_every_value_in_order(headers: list[tuple[str, str]]) -> None:
    back = as_headers(as_dict(headers))
    assert sorted(back) == sorted(headers)
    for name in {name for name, _ in headers}:
        assert [v for n, v in back if n == name] == [v for n, v in headers if n == name]


def test_a_repeated_header_is_a_list() -> None:
    assert as_dict([("A", "1"), ("B", "2"), ("A", "3"), ("A", "4")]) == {"A": ["1", "3", "4"], "B": "2"}


@pytest.mark.parametrize("value", [1, None, 1.5, True])
def test_a_value_that_is_no_string_is_refused(value: object) -> None:
    with pytest.raises(InvalidActionError, match=f"Priority is of type {type(value).__name__}"):
        as_headers({"Action": "Originate", "Priority": value})  # type: ignore[dict-item]  # what scripts do


def test_a_value_named_like_a_secret_is_redacted() -> None:
    headers = as_headers({"Action": "Login", "Username": "hello", "Secret": "hush"})
    assert headers == [("Action", "Login"), ("Username", "hello"), ("Secret", "hush")]
    assert [type(value) for _, value in headers] == [str, str, RedactedStr]
