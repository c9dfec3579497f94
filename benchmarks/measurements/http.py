"""Events over HTTP, through WaitEvent, beside those over TCP: on a live Asterisk."""

from __future__ import annotations

from functools import partial
from typing import Final

from benchmarks.findings import Goal, Section, Spread, Table
from benchmarks.live import account, asterisk
from benchmarks.running import Effort, interleaved, subject

WAYS: Final = {"tcp": "TCP", "http": "HTTP"}
COLUMNS: Final = {
    "p50": "ms late, median",
    "p99": "ms late, p99",
    "rate": "events/s",
    "cpu": "µs of CPU per event",
    "requests": "writes/s when calm",
    "calm": "% of a core when calm",
}


def measure(effort: Effort) -> Section:
    """Measure."""
    count, calm = effort.of(2_000), effort.of(5)
    with asterisk() as server:
        release = server.release
        ports = {"tcp": server.ami_port, "http": server.http_port}
        works = {
            way: partial(
                subject, "served", way, f"{server.host}:{ports[way]}", server.ami_port, account(server), count, calm
            )
            for way in WAYS
        }
        found = interleaved(min(effort.repetitions, 3), works)
    seen = {(way, column): Spread.of(run[column] for run in runs) for way, runs in found.items() for column in COLUMNS}
    return Section(
        title="Events over HTTP",
        text=f"User events of a live Asterisk {release}, sent over another TCP connection of the same process. How "
        "late: from the sending of the action that makes the event until the handler has it, with some 150 ms between "
        f"events. Events a second: {count:,} sent at once; the CPU time is that of sending and receiving. When "
        f"calm: {calm} s without such events. Over HTTP, `WaitEvent` waits on the server for up to 50 s, so a client "
        "without events doesn't poll; after events it pauses for 50 ms, so that under load they come in batches.",
        tables=(
            Table(
                columns=tuple(COLUMNS.values()),
                rows={label: tuple(seen[way, column] for column in COLUMNS) for way, label in WAYS.items()},
            ),
        ),
        goals=(
            Goal(
                what="HTTP without events: requests a second",
                seen=seen["http", "requests"].median,
                limit=0.5,
                at_most=True,
                unit="/s",
            ),
        ),
    )
