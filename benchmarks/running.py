"""Runs the subjects of measurements: in their own processes, interleaved, with a given amount of work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

K = TypeVar("K")
V = TypeVar("V")

_ROOT = Path(__file__).parent.parent
_LIMIT = 600.0


class Skipped(Exception):
    """The machine lacks something that a measurement needs; the message says what."""


class Effort(NamedTuple):
    """How much to measure.

    Args:
        repetitions: How often.
        share: Which share of the usual number of events, items and so on.
    """

    repetitions: int = 5
    share: float = 1.0

    def of(self, number: int, *, least: int = 1) -> int:
        """The usual number, scaled."""
        return max(least, round(number * self.share))


def subject(name: str, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """Run ``benchmarks.subjects.NAME`` in a process of its own, with its own environment where one is given.

    Returns:
        The JSON of the last line that it prints.
    """
    command = [sys.executable, "-m", f"benchmarks.subjects.{name}", *map(str, arguments)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=_ROOT, timeout=_LIMIT, env=environment
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def complete(found: dict[str, float], events: int) -> dict[str, float]:
    """What was found, where every event was handled: what some of them take says nothing.

    Raises:
        RuntimeError: Fewer events were handled.
    """
    if found["handled"] < events:
        msg = f"{found['handled']:,} of {events:,} events were handled"
        raise RuntimeError(msg)
    return found


def interleaved(repetitions: int, works: Mapping[K, Callable[[], V]]) -> dict[K, list[V]]:
    """Do several works interleaved, so that other load on the machine affects all of them."""
    found: dict[K, list[V]] = {key: [] for key in works}
    for _ in range(repetitions):
        for key, work in works.items():
            found[key].append(work())
    return found
