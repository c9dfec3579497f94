"""What AMI can carry: `check`, and the fast path for most actions."""

from __future__ import annotations

from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amitypes._protocol import session
from amitypes._protocol.encoding import encode
from amitypes._protocol.redaction import RedactedStr
from amitypes._protocol.session import Session
from amitypes._protocol.validation import check, is_trivially_valid
from amitypes.errors import InvalidActionError

if TYPE_CHECKING:
    from amitypes._protocol.types import Headers


def test_a_line_of_the_maximum_length_is_accepted() -> None:
    check([("Action", "A"), ("B", "x" * (1022 - len("B: ")))])


def test_the_length_of_a_line_is_counted_in_bytes() -> None:
    with pytest.raises(InvalidActionError, match="1023 bytes"):
        check([("Action", "A"), ("B", "ü" * 510)])


def test_the_most_headers_and_the_longest_action_id_are_accepted() -> None:
    check([("Action", "A"), ("ActionID", "x" * 128), *[("Variable", "a=b")] * 126])


def test_without_a_limit_a_line_may_have_any_length() -> None:
    check([("Action", "A"), ("B", "x" * 5000)], max_line=None)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([("Secret", "hush\rx")], "CR, LF or NUL"),
        ([("Secret", "hush\n\nAction: Originate")], "CR, LF or NUL"),
        ([("Secret", "hush\0")], "CR, LF or NUL"),
        ([("Secret", "hush" * 300)], "1208 bytes"),
        ([("Secret", "hush\ud800")], "surrogate"),
        ([("Secret", ["hush"])], "type list"),
        ([("Se cret", "hush")], "not a header name"),
        ([("Secret:", "hush")], "not a header name"),
        ([("", "hush")], "not a header name"),
        ([("Sécret", "hush")], "not a header name"),
        ([("A\r\nB", "hush")], "not a header name"),
        ([("Variable", "hush")] * 128, "129 headers"),
        ([("ActionID", "hush" * 33)], "1 to 128 bytes"),
        ([("ActionID", "")], "1 to 128 bytes"),
        ([("actionid", "ü" * 65)], "1 to 128 bytes"),
    ],
)
def test_invalid_headers_are_refused_without_showing_the_value(headers: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(InvalidActionError, match=words) as caught:
        check([("Action", "Login"), *headers])
    assert str(caught.value).startswith("Login")
    assert "hush" not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("headers", [[], [("Channel", "x")], [("Action", "")], [("Action", "  ")]])
def test_an_action_without_a_name_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidActionError, match="'Action'"):
        check(headers)


# The fast path


class Text(str, Enum):  # noqa: UP042 - the str() of a StrEnum is its value
    """Strings whose ``str()`` is not their value."""

    NAME = "Channel"
    VALUE = "PJSIP/alice"


NAMES: Final = st.sampled_from(
    [
        "Action",
        "action",
        "Channel",
        "Variable",
        "Secret",
        "ActionID",
        "actionid",
        "A-1",
        "A b",
        "A:",
        "",
        "Ü",
        Text.NAME,
    ]
) | st.text(max_size=4)

VALUES: Final = (
    st.sampled_from(
        ["Ping", "", " ", "\t", "a\rb", "a\nb", "a\0b", "a\x7fb", "ü", "\ud800", "x" * 52, "x" * 1013, "x" * 1014]
    )
    | st.sampled_from([Text.VALUE, RedactedStr("hush"), RedactedStr("a\nb")])
    | st.text(max_size=4)
)

HEADERS: Final = st.lists(st.tuples(NAMES, VALUES), max_size=4)


def begin(headers: Headers, max_line: int | None) -> tuple[str, list[tuple[str, str]], bytes] | str:
    """What a session sends, and for which action; or the error."""
    fresh = Session({}, banner=False, action_ids=(f"id-{number}" for number in count()))
    try:
        exchange, ready = fresh.begin(headers, max_line=max_line)
    except InvalidActionError as error:
        return str(error)
    return exchange.action, list(ready), encode(ready)


def compare(headers: Headers, max_line: int | None) -> None:
    by_fast_path = begin(headers, max_line)
    with patch.object(session, "is_trivially_valid", lambda *_, **__: False):
        by_check = begin(headers, max_line)
    assert by_fast_path == by_check
    for one, other in zip(by_fast_path[1], by_check[1], strict=True) if isinstance(by_fast_path, tuple) else ():
        assert list(map(type, one)) == list(map(type, other))


@given(HEADERS, st.booleans(), st.sampled_from([None, 1022, 60]))
@example([("Channel", "a"), ("Action", "Ping")], False, 1022)
@example([("Action", "Ping"), ("Action", "Pong")], False, 1022)
def test_the_fast_path_sends_the_same_as_the_slow_one(headers: Headers, named: bool, max_line: int | None) -> None:
    compare([("Action", "Ping"), *headers] if named else headers, max_line)


@pytest.mark.parametrize("number", [126, 127, 128, 129])
def test_the_fast_path_has_the_same_limits_as_the_slow_one(number: int) -> None:
    compare([("Action", "Originate"), *[("Variable", "a=b")] * number], 1022)
    compare([("Action", "Originate"), ("Variable", "x" * (number + 884))], 1022)


def test_most_actions_take_the_fast_path() -> None:
    ordinary = [("Action", "Login"), ("Username", "hello"), ("Secret", RedactedStr("hush")), ("Variable", "a=b, c")]
    assert is_trivially_valid(ordinary, max_line=1022)
    assert is_trivially_valid(ordinary, max_line=None)
    assert not is_trivially_valid([*ordinary, ("ActionID", "1")], max_line=1022)
    assert not is_trivially_valid([*ordinary, ("X", "ü")], max_line=1022)
