"""Many clients in one process: what the same load costs spread over them, and what an idle one needs of memory."""

from __future__ import annotations

from functools import partial

from benchmarks.findings import Goal, Lines, Section, Spread, Table
from benchmarks.flood import server
from benchmarks.running import Effort, complete, interleaved, subject

COUNTS = (1, 2, 5, 10)
STATES = {"usual": "", "frozen": ", gc.freeze()"}
IDLE = 100


def measure(effort: Effort) -> Section:
    """Measure."""
    events = effort.of(80_000, least=max(COUNTS))
    cases = [(count, state) for count in COUNTS for state in STATES]
    found = interleaved(effort.repetitions, {case: partial(_once, *case, events) for case in cases})
    cpu = {case: Spread.of(run["cpu"] / events * 1e6 for run in runs) for case, runs in found.items()}
    rate = {case: Spread.of(events / run["seconds"] for run in runs) for case, runs in found.items()}
    ratios = {case: cpu[case].median / cpu[1, case[1]].median for case in cases}
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
                    f"{count} client{'s' * (count > 1)}{label}": (
                        cpu[count, state],
                        rate[count, state],
                        ratios[count, state],
                    )
                    for state, label in STATES.items()
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
            *(
                Goal(
                    what=f"ten clients{label}: CPU per event to one client's, at the same load in all",
                    seen=ratios[10, state],
                    limit=1.1,
                    at_most=True,
                )
                for state, label in STATES.items()
            ),
            Goal(what="an idle client: memory", seen=resident.median, limit=1.0, at_most=True, unit="MiB"),
        ),
        charts=(
            Lines(
                title="An event, the load spread over clients: µs of CPU",
                x="clients in the process",
                lines={
                    f"amitypes{label}": tuple((count, cpu[count, state].median) for count in COUNTS)
                    for state, label in STATES.items()
                },
            ),
        ),
    )


def _once(count: int, state: str, events: int) -> dict[str, float]:
    with server(events // count) as port:
        return complete(subject("clients", state, *[port] * count), events // count * count)
