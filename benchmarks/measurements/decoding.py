"""Decoding in process, beside its floor."""

from __future__ import annotations

from typing import Final

from benchmarks.findings import Goal, Section, Spread, Table
from benchmarks.running import Effort, interleaved, subject

STEPS: Final = {
    "floor": "the floor",
    "framed": "bytes → messages",
    "typed": "bytes → typed events",
    "dicts": "bytes → plain dicts",
}


def measure(effort: Effort) -> Section:
    """Measure."""
    runs = interleaved(min(effort.repetitions, 3), {"": lambda: subject("decoding")})[""]
    spent = {step: Spread.of(run[step] for run in runs) for step in STEPS}
    ratio = Spread.of(run["typed"] / run["floor"] for run in runs).median
    return Section(
        title="Decoding, in process",
        text="The floor is what no decoding into pydantic models can do without: cutting the stream, and "
        "the validation of ready values by pydantic-core. Each figure is the median of nine turns within a process.",
        tables=(
            Table(
                columns=("µs of CPU per event", "ratio to the floor"),
                rows={
                    label: (spent[step], spent[step].median / spent["floor"].median) for step, label in STEPS.items()
                },
            ),
        ),
        goals=(Goal(what="decoding, to its floor", seen=ratio, limit=1.5, at_most=True),),
    )
