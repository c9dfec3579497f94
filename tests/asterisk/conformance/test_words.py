"""What all scenarios together have shown of texts, and of the words that types list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.asterisk.conformance import coverage
from tests.asterisk.conformance.words import known, unlisted

if TYPE_CHECKING:
    from tests.asterisk.conformance.observations import Observations


def test_every_word_that_came_is_listed(seen_so_far: Observations) -> None:
    if not seen_so_far.events:
        pytest.skip("only after scenarios")
    assert any(known(*header) for header in seen_so_far.values), "no word was looked at"
    assert unlisted(seen_so_far) == []


def test_no_text_is_always_a_number_a_boolean_or_a_time(seen_so_far: Observations) -> None:
    """Unless the overlay says that it is text all the same: an identifier, a number to dial."""
    if not seen_so_far.values:
        pytest.skip("only after scenarios")
    assert seen_so_far.suspects(coverage.reviewed_texts(coverage.model())) == []
