"""Waiting in tests: for a condition, never for a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

Condition: TypeAlias = Callable[[], bool | Awaitable[bool]]

TIMEOUT: Final = 30.0
"""Seconds after which a condition is taken to stay false, on a busy machine, too."""

_PACE: Final = 0.002


async def wait_until(condition: Condition, *, timeout: float = TIMEOUT) -> None:
    """Wait until a condition is true.

    Args:
        condition: A function without parameters, which may be asynchronous.
        timeout: Seconds after which the test fails; default: `TIMEOUT`.

    Raises:
        TimeoutError: The condition stays false.
    """
    async with asyncio.timeout(timeout):
        while True:
            result = condition()
            if await result if inspect.isawaitable(result) else result:
                return
            await asyncio.sleep(_PACE)
