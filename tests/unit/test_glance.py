"""What is done at a glance for most actions, and in full for the others: it must come to the same."""

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
from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.redaction import RedactedStr
from amitypes._protocol.session import Session
from amitypes._protocol.validation import is_trivially_valid

if TYPE_CHECKING:
    from amitypes._protocol.types import Headers


class Text(str, Enum):  # noqa: UP042 - a StrEnum says the same of itself
    """Texts that say something else of themselves."""

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
    """What is sent, and for which action; or why it isn't."""
    session = Session({}, banner=False, action_ids=(f"id-{number}" for number in count()))
    try:
        exchange, ready = session.begin(headers, max_line=max_line)
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
def test_an_action_is_the_same_either_way(headers: Headers, named: bool, max_line: int | None) -> None:
    compare([("Action", "Ping"), *headers] if named else headers, max_line)


@pytest.mark.parametrize("number", [126, 127, 128, 129])
def test_so_are_its_limits(number: int) -> None:
    compare([("Action", "Originate"), *[("Variable", "a=b")] * number], 1022)
    compare([("Action", "Originate"), ("Variable", "x" * (number + 884))], 1022)


def test_a_glance_is_enough_for_most() -> None:
    ordinary = [("Action", "Login"), ("Username", "hello"), ("Secret", RedactedStr("hush")), ("Variable", "a=b, c")]
    assert is_trivially_valid(ordinary, max_line=1022)
    assert is_trivially_valid(ordinary, max_line=None)
    assert not is_trivially_valid([*ordinary, ("ActionID", "1")], max_line=1022)
    assert not is_trivially_valid([*ordinary, ("X", "ü")], max_line=1022)
