"""What an idle, connected client needs of memory: `python -m benchmarks.subjects.idle PORT COUNT`.

Prints KiB per client, by what the process grows for COUNT more of them, and by what Python itself has allocated.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tracemalloc
from pathlib import Path

from amitypes import TCPClient, events


async def main(port: int, count: int) -> None:
    """Connect."""
    clients = [await connected(port) for _ in range(3)]  # what is loaded once is no client's
    resident = resident_kib()
    clients += [await connected(port) for _ in range(count)]
    resident = resident_kib() - resident
    tracemalloc.start()
    clients += [await connected(port) for _ in range(count)]
    gc.collect()
    allocated, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(json.dumps({"resident": resident / count, "allocated": allocated / 1024 / count}))
    for client in clients:
        await client.close()


async def connected(port: int) -> TCPClient:
    """A client with a handler, its connection made."""
    client = TCPClient("127.0.0.1", port, username="bench", password="bench")

    @client.on(events.Hangup)
    async def handle(event: events.Hangup) -> None: ...

    await client.connect()
    return client


def resident_kib() -> int:
    """What the process has in memory now."""
    gc.collect()
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
