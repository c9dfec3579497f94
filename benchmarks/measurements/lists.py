"""The answer to a list action, collected and typed."""

from __future__ import annotations

from functools import partial

from benchmarks.findings import Goal, Lines, Section, Spread, Table
from benchmarks.running import Effort, interleaved, subject


def measure(effort: Effort) -> Section:
    """Measure."""
    counts = [effort.of(count) for count in (100, 1_000, 10_000, 40_000)]
    found = interleaved(min(effort.repetitions, 3), {count: partial(subject, "lists", count) for count in counts})
    spent = {count: Spread.of(run["cpu"] for run in runs) for count, runs in found.items()}
    _, small, large, _ = spent.values()
    return Section(
        title="Lists",
        text="The answer to `CoreShowChannels`, from bytes to typed items, in process: the least of five turns.",
        tables=(Table(columns=("µs of CPU per item",), rows={f"{n:,} items": (each,) for n, each in spent.items()}),),
        goals=(
            Goal(
                what="an item of a list of 10,000, to one of 1,000",
                seen=large.median / small.median,
                limit=1.25,
                at_most=True,
            ),
        ),
        charts=(
            Lines(
                title="A list's item: µs of CPU",
                x="items in the list",
                lines={"amitypes": tuple((count, each.median) for count, each in spent.items())},
            ),
        ),
    )
