"""Many clients in one process: what the same load costs spread over them, and what an idle one needs of memory."""

from __future__ import annotations

from functools import partial

from benchmarks.findings import Goal, Lines, Section, Spread, Table
from benchmarks.flood import server
from benchmarks.running import Effort, interleaved, subject

COUNTS = (1, 2, 5, 10)
IDLE = 100


def measure(effort: Effort) -> Section:
    """Measure."""
    events = effort.of(80_000, least=max(COUNTS))
    found = interleaved(effort.repetitions, {count: partial(_once, count, events) for count in COUNTS})
    cpu = {count: Spread.of(run["cpu"] / events * 1e6 for run in runs) for count, runs in found.items()}
    rate = {count: Spread.of(events / run["seconds"] for run in runs) for count, runs in found.items()}
    with server(0) as port:
        count = effort.of(IDLE)
        memory = interleaved(min(effort.repetitions, 3), {"": lambda: subject("idle", port, count)})[""]
    resident = Spread.of(run["resident"] / 1024 for run in memory)
    allocated = Spread.of(run["allocated"] / 1024 for run in memory)
    return Section(
        title="Clients in one process",
        text=f"{events:,} events of the flood in all, typed to one handler for each client, each client on "
        "a connection that a thread of its own serves, in another process. CPU is that of the process with the "
        "clients; events a second are by the clock. "
        f"Memory is what {count} more clients make the process grow by, each.",
        tables=(
            Table(
                columns=("µs of CPU per event", "events/s", "CPU, ratio to one client"),
                rows={
                    f"{count} client{'s' * (count > 1)}": (
                        cpu[count],
                        rate[count],
                        cpu[count].median / cpu[1].median,
                    )
                    for count in COUNTS
                },
            ),
            Table(
                title="An idle client, connected, with a handler",
                columns=("MiB",),
                rows={"resident (RSS)": (resident,), "allocated by Python (tracemalloc)": (allocated,)},
            ),
        ),
        goals=(
            Goal(
                what="ten clients: CPU per event to one client's, at the same load in all",
                seen=cpu[10].median / cpu[1].median,
                limit=1.1,
                at_most=True,
            ),
            Goal(what="an idle client: memory", seen=resident.median, limit=1.0, at_most=True, unit="MiB"),
        ),
        charts=(
            Lines(
                title="An event, the load spread over clients: µs of CPU",
                x="clients in the process",
                lines={"amitypes": tuple((count, cpu[count].median) for count in COUNTS)},
            ),
        ),
    )


def _once(count: int, events: int) -> dict[str, float]:
    with server(events // count) as port:
        return subject("clients", *[port] * count)
