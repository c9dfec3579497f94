"""From the socket to the handler: the recorded flood, read by each library."""

from __future__ import annotations

from functools import partial
from typing import Final

from benchmarks.findings import Bars, Goal, Section, Spread, Table
from benchmarks.flood import hangups, server
from benchmarks.running import Effort, complete, interleaved, subject

LIBRARIES: Final = {
    "typed": "amitypes",
    "typed_uvloop": "amitypes on uvloop",
    "asterisk_ami": "asterisk-ami 0.1.7",
    "panoramisk_": "panoramisk 1.4",
}
OURS: Final = ("typed", "typed_uvloop")
WANTED: Final = {"*": "every event", "Hangup": "Hangup only"}
GOALS: Final = {
    "*": {"asterisk_ami": 1.5, "panoramisk_": 3.0},
    "Hangup": {"panoramisk_": 10.0},
}


def measure(effort: Effort) -> Section:
    """Measure."""
    events = effort.of(192_000)
    works = {(wanted, library): partial(_once, library, wanted, events) for wanted in WANTED for library in LIBRARIES}
    found = interleaved(effort.repetitions, works)
    cpu = {key: Spread.of(each["cpu"] / events * 1e6 for each in runs) for key, runs in found.items()}
    rate = {key: Spread.of(events / each["seconds"] for each in runs) for key, runs in found.items()}
    return Section(
        title="From the socket to the handler",
        text=f"{events:,} events of the flood, each library's classes loaded beforehand. Microseconds are CPU time of "
        "the process that reads, per event of the flood; events a second are by the clock, with the server on another "
        "core. The ratios are those of CPU time. Lost are events that never reached the handler: asterisk-ami doesn't "
        "know one for an event where two blank lines come before it, as Asterisk sends them at times.",
        tables=tuple(
            Table(
                title=title,
                columns=("µs of CPU", "events/s", "ratio", "lost"),
                rows={
                    label: (
                        cpu[wanted, name],
                        rate[wanted, name],
                        cpu[wanted, name].median / cpu[wanted, "typed"].median,
                        max(0, *(_sent(wanted, events) - int(run["handled"]) for run in found[wanted, name])),
                    )
                    for name, label in LIBRARIES.items()
                },
            )
            for wanted, title in WANTED.items()
        ),
        goals=tuple(
            Goal(
                what=f"{WANTED[wanted]}: CPU of {LIBRARIES[other]} to ours",
                seen=cpu[wanted, other].median / cpu[wanted, "typed"].median,
                limit=limit,
            )
            for wanted, goals in GOALS.items()
            for other, limit in goals.items()
        ),
        charts=tuple(
            Bars(
                title=f"{title}: µs of CPU per event",
                bars={label: cpu[wanted, name].median for name, label in LIBRARIES.items()},
            )
            for wanted, title in WANTED.items()
        ),
    )


def _once(library: str, wanted: str, events: int) -> dict[str, float]:
    with server(events) as port:
        found = subject(library, port, wanted)
    return complete(found, _sent(wanted, events)) if library in OURS else found


def _sent(wanted: str, events: int) -> int:
    """How many events the handler has to get; the one that ends the flood is one for every event."""
    return events + 1 if wanted == "*" else hangups(events)
