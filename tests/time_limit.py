"""A test that hangs is one that fails: it doesn't hold up the others until somebody looks."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LONGEST: Final = 100
"""Seconds that a test of the folders that say so may take; none takes a tenth of it."""


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    """Fail after a while, wherever the test is then."""

    def fail(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"hangs: not over within {LONGEST} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
