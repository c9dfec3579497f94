"""Secrets: strings and bytes with a redacted ``repr``."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amitypes._protocol.redaction import RedactedBytes, RedactedStr


@given(st.text())
def test_a_redacted_string_equals_the_string(text: str) -> None:
    redacted = RedactedStr(text)
    assert redacted == text
    assert hash(redacted) == hash(text)
    assert f"{redacted}" == text
    assert repr([redacted]) == "['**********']"
    assert repr(RedactedBytes(b"hush")) == "b'**********'"
    assert repr(RedactedStr(text + "x")) == repr(RedactedStr(""))
