"""What all scenarios together have shown of the words that types list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.asterisk.conformance.words import unlisted

if TYPE_CHECKING:
    from tests.asterisk.conformance.observations import Observations


def test_every_word_that_came_is_listed(seen_so_far: Observations) -> None:
    if not seen_so_far.values:
        pytest.skip("only after scenarios")
    assert unlisted(seen_so_far) == []
