"""Conversion of the text of one header."""

from __future__ import annotations

import pytest

from amitypes._models.scalars import is_unknown


@pytest.mark.parametrize("text", ["", " ", "<unknown>", "<UNKNOWN>", "<none>", "(null)", "<null>", "N/A"])
def test_a_text_that_asterisk_sends_for_no_value_is_unknown(text: str) -> None:
    assert is_unknown(text)


@pytest.mark.parametrize("text", ["unknown", "none", "0", "null", "-"])
def test_any_other_text_is_a_value(text: str) -> None:
    assert not is_unknown(text)
