"""The clock that tests turn."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.clock import run


async def sleep_for_an_hour() -> float:
    await asyncio.sleep(3600)
    return asyncio.get_running_loop().time()


def test_an_hour_passes_at_once() -> None:
    assert run(sleep_for_an_hour()) == 3600


def test_the_clock_detects_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(AssertionError, match="everybody waits"):
        run(main())
