"""What an event costs as numbers grow: of loaded classes, of handlers, of headers."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from benchmarks.findings import Goal, Lines, Section, Spread, Table
from benchmarks.running import Effort, interleaved, subject


class Growing(NamedTuple):
    """What grows."""

    label: str
    sizes: tuple[int, ...]
    each: str = ""
    """What the cost is divided by, where that is what grows: each costs its own."""


GROWING: Final = {
    "classes": Growing("classes of events loaded", (1, 10, 100, 200)),
    "others": Growing("handlers of other events", (1, 10, 100, 1_000)),
    "handlers": Growing("handlers of the event", (1, 10, 100, 1_000), "handler"),
    "headers": Growing("headers of the event", (14, 28, 56), "header"),
}


def measure(effort: Effort) -> Section:
    """Measure."""
    works = {
        (what, size): partial(
            subject, "growth", what, size, effort.of(1_000 if what == "handlers" else 20_000, least=100)
        )
        for what, growing in GROWING.items()
        for size in growing.sizes
    }
    found = interleaved(min(effort.repetitions, 3), works)
    cpu = {key: Spread.of(run["cpu"] for run in runs) for key, runs in found.items()}

    def cost(what: str, size: int) -> float:
        """Of an event, or of what it is made of or done with."""
        return cpu[what, size].median / (size if GROWING[what].each else 1)

    def relative(what: str, size: int) -> float:
        return cost(what, size) / cost(what, GROWING[what].sizes[0])

    return Section(
        title="As numbers grow",
        text="A `Hangup` of 14 headers, from bytes to one handler, in process: microseconds of CPU. Where it is "
        "handlers or headers of the event itself that there are more of, what should stay flat is the cost of each.",
        tables=tuple(
            Table(
                title=growing.label.capitalize(),
                columns=("µs per event", *([f"µs per {growing.each}"] if growing.each else []), "ratio to the least"),
                rows={
                    f"{size:,}": (
                        cpu[what, size],
                        *([cost(what, size)] if growing.each else []),
                        relative(what, size),
                    )
                    for size in growing.sizes
                },
            )
            for what, growing in GROWING.items()
        ),
        goals=tuple(
            Goal(
                what=f"{growing.sizes[-1]:,} {growing.label}: CPU {f'per {growing.each} ' if growing.each else ''}"
                f"to that with {growing.sizes[0]}",
                seen=relative(what, growing.sizes[-1]),
                limit=1.25,
                at_most=True,
            )
            for what, growing in GROWING.items()
        ),
        charts=(
            Lines(
                title="CPU per event, relative to the least (flat is good)",
                x="how many there are",
                lines={
                    growing.label + (f", per {growing.each}" if growing.each else ""): tuple(
                        (size, relative(what, size)) for size in growing.sizes
                    )
                    for what, growing in GROWING.items()
                },
            ),
        ),
    )
