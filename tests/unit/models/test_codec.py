"""A header and its type."""

from __future__ import annotations

from amitypes._models.codec import Header
from amitypes._models.codec import text as codec_of_text


def test_a_header_without_a_codec_is_text() -> None:
    assert Header("channel").codec is codec_of_text
