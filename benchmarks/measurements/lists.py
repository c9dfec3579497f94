"""The answer to a list action, collected and streamed."""

from __future__ import annotations

from functools import partial

from benchmarks.findings import Goal, Lines, Section, Spread, Table
from benchmarks.running import Effort, interleaved, subject

COUNTS = (100, 1_000, 10_000, 100_000)
WAYS = ("collected", "streamed")


def measure(effort: Effort) -> Section:
    """Measure."""
    counts = [effort.of(count) for count in COUNTS]
    works = {(way, count): partial(subject, "lists", count, way) for count in counts for way in WAYS}
    found = interleaved(min(effort.repetitions, 3), works)
    cpu = {key: Spread.of(run["cpu"] for run in runs) for key, runs in found.items()}
    mib = {key: Spread.of(run["mib"] for run in runs).median for key, runs in found.items()}
    _, small, large, largest = counts
    return Section(
        title="Lists",
        text="The answer to `CoreShowChannels`, from bytes in pieces of 64 KiB to typed items, in process. Times "
        "are the least of five turns; memory is the most that was in use at a time, without the answer's bytes "
        "that hadn't come yet. What collected items of long lists cost more is what Python's garbage collector spends "
        "on many living objects: it looks through all of them whenever they have become a quarter more, so that the "
        "time per item stops growing, and all of the list takes linear time.",
        tables=tuple(
            Table(
                title=way,
                columns=("µs of CPU per item", "peak MiB"),
                rows={f"{count:,} items": (cpu[way, count], mib[way, count]) for count in counts},
            )
            for way in WAYS
        ),
        goals=(
            Goal(
                what="a collected item of a list of 10,000, to one of 1,000",
                seen=cpu["collected", large].median / cpu["collected", small].median,
                limit=1.25,
                at_most=True,
            ),
            Goal(
                what="a streamed item of a list of 100,000, to one of 1,000",
                seen=cpu["streamed", largest].median / cpu["streamed", small].median,
                limit=1.25,
                at_most=True,
            ),
            Goal(
                what="memory for streaming 100,000 items, to that for 10,000",
                seen=mib["streamed", largest] / mib["streamed", large],
                limit=1.25,
                at_most=True,
            ),
        ),
        charts=(
            Lines(
                title="A list's item: µs of CPU",
                x="items in the list",
                lines={way: tuple((float(count), cpu[way, count].median) for count in counts) for way in WAYS},
            ),
            Lines(
                title="A list: MiB in use at the most",
                x="items in the list",
                lines={way: tuple((float(count), mib[way, count]) for count in counts) for way in WAYS},
            ),
        ),
    )
