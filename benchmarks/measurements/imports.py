"""CPU time and memory of processes that import, and end."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import Final

from benchmarks.findings import Section, Spread, Table
from benchmarks.running import Effort, interleaved

IMPORTS: Final = {
    "asyncio": "import asyncio",
    "amitypes and a client": "import asyncio; from amitypes import TCPClient; TCPClient('pbx')",
    "pydantic": "import asyncio, pydantic; pydantic.BaseModel",
    "pydantic and five models": (
        "import asyncio, pydantic\n"
        "for n in range(5): type(f'M{n}', (pydantic.BaseModel,), {'__annotations__': {f'f{i}': str for i in range(20)},"
        " **{f'f{i}': '' for i in range(20)}})"
    ),
    "amitypes, a client and five event types": (
        "import asyncio; from amitypes import TCPClient; TCPClient('pbx')\n"
        "from amitypes.events import Newchannel, Newstate, Hangup, DialBegin, DialEnd"
    ),
}
# Not getrusage's ru_maxrss: a process inherits that from the one that starts it.
_REPORT: Final = """
import time
cpu = time.process_time()
with open("/proc/self/status") as status:
    print(cpu, next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def measure(effort: Effort) -> Section:
    """Measure."""
    works = {name: partial(_once, code) for name, code in IMPORTS.items()}
    found = interleaved(2 * effort.repetitions + 1, works)
    return Section(
        title="Imports",
        text="A process that imports, and ends.",
        tables=(
            Table(
                columns=("ms of CPU", "peak MiB"),
                rows={
                    name: (Spread.of(cpu for cpu, _ in runs), Spread.of(memory for _, memory in runs))
                    for name, runs in found.items()
                },
            ),
        ),
    )


def _once(code: str) -> tuple[float, float]:
    command = [sys.executable, "-c", code + _REPORT]
    seconds, kib = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds) * 1e3, float(kib) / 1024
