"""CPU time and memory of processes that import something, and use it a little."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from typing import Final

from benchmarks.findings import Goal, Section, Spread, Table
from benchmarks.flood import server
from benchmarks.running import Effort, interleaved, subject

STEPS: Final = {
    "asyncio": "asyncio",
    "pydantic": "asyncio and pydantic",
    "models": "asyncio, pydantic and five models of 20 fields",
    "client": "amitypes: a client that is connected",
    "events": "amitypes: a client that has received five types of events",
    "action": "amitypes: the same, and has sent an action",
    "all": "amitypes: the same as with five types, and `warm_up()`",
}
_EVENTS: Final = 107
"""So many of the flood have all five."""


def measure(effort: Effort) -> Section:
    """Measure."""
    with tempfile.TemporaryDirectory() as compiled, server(_EVENTS) as port:
        # As where a package is installed: what is imported has been compiled.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled
        works = {step: partial(subject, "loading", step, port, environment=environment) for step in STEPS}
        interleaved(1, works)
        found = interleaved(effort.of(4 * effort.repetitions + 1), works)
    cpu = {step: Spread.of(run["cpu"] * 1e3 for run in runs) for step, runs in found.items()}
    memory = {step: Spread.of(run["peak_kib"] / 1024 for run in runs) for step, runs in found.items()}
    return Section(
        title="Imports",
        text="From a process's beginning to where it has what it came for, with everything compiled beforehand. The "
        "client connects, logs in and receives over a socket. Importing pydantic means its `BaseModel`, too.",
        tables=(
            Table(
                columns=("ms of CPU", "peak MiB"),
                rows={label: (cpu[step], memory[step]) for step, label in STEPS.items()},
            ),
        ),
        goals=(
            Goal(
                what="a connected client, over asyncio",
                seen=cpu["client"].median - cpu["asyncio"].median,
                limit=40,
                at_most=True,
                unit="ms",
            ),
            Goal(
                what="CPU with five types of events, to asyncio and pydantic",
                seen=cpu["events"].median / cpu["pydantic"].median,
                limit=1.5,
                at_most=True,
            ),
            Goal(
                what="memory with five types of events, to pydantic with five models",
                seen=memory["events"].median / memory["models"].median,
                limit=1.5,
                at_most=True,
            ),
        ),
    )
