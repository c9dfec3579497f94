"""A time limit for each test: one that hangs fails, and the others go on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LONGEST: Final = 100
"""Seconds that a test may take in the folders with this fixture; none takes a tenth of it."""


@pytest.fixture(autouse=True)
def no_test_hangs() -> Iterator[None]:
    """Fail a test that takes longer than `LONGEST`."""

    def fail(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"hangs: not over within {LONGEST} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
