"""What finding the action that an answer belongs to costs, from one in flight to 10,000."""

from __future__ import annotations

from functools import partial

from benchmarks.findings import Goal, Lines, Section, Spread, Table
from benchmarks.flood import server
from benchmarks.running import Effort, interleaved, subject

WAYS = ("in process", "end to end")


def measure(effort: Effort) -> Section:
    """Measure."""
    counts = (1, 10, 100, 1_000, 10_000)
    actions = effort.of(10_000)
    with server(0) as port:
        works = {count: partial(subject, "inflight", port, count, actions) for count in counts}
        found = interleaved(effort.repetitions, works)
    spent = {(way, count): Spread.of(run[way] for run in runs) for count, runs in found.items() for way in WAYS}
    return Section(
        title="Actions in flight",
        text="Microseconds of CPU per `Ping`. In process: one is begun and answered while the others wait for their "
        "answers. End to end: all of them at once over a socket, typed; one alone pays for a write and a read "
        "of its own, many share them.",
        tables=(
            Table(
                columns=WAYS,
                rows={f"{count:,} in flight": tuple(spent[way, count] for way in WAYS) for count in counts},
            ),
        ),
        goals=tuple(
            Goal(
                what=f"an action among 10,000 in flight, {way}: CPU to one alone",
                seen=spent[way, 10_000].median / spent[way, 1].median,
                limit=1.25,
                at_most=True,
            )
            for way in WAYS
        ),
        charts=(
            Lines(
                title="A Ping: µs of CPU",
                x="actions in flight",
                lines={
                    f"amitypes, {way}": tuple((count, spent[way, count].median) for count in counts) for way in WAYS
                },
            ),
        ),
    )
