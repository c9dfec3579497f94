"""The settings of a subscriber's queue."""

from __future__ import annotations

import pytest

from amitypes._events.backlog import Backlog
from amitypes._protocol.limits import Limits


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": -1}, {"overflow": "explode"}])
def test_an_invalid_backlog_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Backlog(**wrong)  # type: ignore[arg-type]  # a test's settings


def test_a_negative_overflow_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="waiting"):
        Limits(waiting=-1)
