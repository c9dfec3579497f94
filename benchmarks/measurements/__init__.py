"""The measurements: each a module with a function ``measure(effort: Effort) -> Section``.

They may raise `benchmarks.running.Skipped` where the machine lacks what they need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.findings import Section
    from benchmarks.running import Effort

NAMES: Final = (
    "flood",
    "decoding",
    "pings",
    "inflight",
    "http",
    "clients",
    "growth",
    "lists",
    "imports",
    "checking",
)
"""In the order of `RESULTS.md`."""


def measurement(name: str) -> Callable[[Effort], Section]:
    """What measures, by its name."""
    return cast("Callable[[Effort], Section]", import_module(f"{__name__}.{name}").measure)
