"""Headers as bytes, and channel variables."""

from __future__ import annotations

import pytest
from hypothesis import given

from amitypes._protocol.encoding import encode, escape_variable, variable
from amitypes._protocol.framing import Framer
from amitypes.errors import InvalidActionError
from tests.unit.protocol.header_strategies import HEADERS


@given(HEADERS)
def test_encoded_headers_are_parsed_to_the_same_headers(headers: list[tuple[str, str]]) -> None:
    framer = Framer()
    messages = framer.feed(encode(headers))
    # A blank before the value is the header's own, so one that the value begins with is kept too.
    if headers[0][0].lower() != "response" or not headers[0][1].lower().strip(" \t").startswith("follows"):
        assert [list(message.headers) for message in messages] == [headers]
        assert framer.buffered == b""


def test_latin_1_is_encoded_to_the_bytes_it_was_parsed_from() -> None:
    data = b"Action: A\r\nName: M\xfcller\r\n\r\n"
    (message,) = Framer().feed(data)
    assert message.get("Name").encode("utf-8", "surrogateescape") == b"M\xfcller"
    assert encode(message.headers) == data


def test_commas_quotes_and_backslashes_in_variables_are_escaped() -> None:
    assert escape_variable('a,b"c\\d') == 'a\\,b\\"c\\\\d'
    assert escape_variable("plain (text) [too]") == "plain (text) [too]"


@pytest.mark.parametrize("name", ["", "A=B", " A", "\tA"])
def test_a_name_that_asterisk_cannot_read_is_refused(name: str) -> None:
    with pytest.raises(InvalidActionError, match="is not a variable name"):
        variable(name, "x")
