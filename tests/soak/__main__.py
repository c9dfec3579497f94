"""Runs a client under load and reports lost events and growth: `python -m tests.soak --minutes 30`.

Beside the events, the client pings, lists, has a handler that sends actions itself, and an iterator that is too slow.
At intervals the server closes the connection. The run fails if an event is lost or out of order, an action fails while
there is a connection, or memory, tasks, files or the latency of events grow.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import resource
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from amitypes import Backlog, OutcomeUnknown, Reconnect, TCPClient, events, notices
from tests.soak import server

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE_SECONDS = 2.0
MAY_GROW_KIB = 4096
"""How much more memory the last third may have than the second: noise of the allocator."""
MAY_SLOW_MS = 100
"""How much the latency of the last third may exceed that of the second: other load on the machine."""


@dataclass
class Sample:
    """The client's state at one time."""

    seconds: float
    events: int
    memory_kib: int
    tasks: int
    files: int
    latency_ms: float
    worst_ms: float


@dataclass
class Load:
    """The client, and everything that it does at the same time."""

    client: TCPClient
    received: int = 0
    next_number: int = 0
    faults: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    pings: int = 0
    lists: int = 0
    from_handler: int = 0
    losses: int = 0
    unknown: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def watch(self) -> None:
        """Subscribe."""

        @self.client.on(events.Event, backlog=Backlog(limit=1_000_000, overflow="raise"))
        async def count(event: events.Event) -> None:
            self.received += 1
            if isinstance(event, events.Shutdown):
                self.over.set()
                return
            number = int(str(event.raw["Uniqueid"]))
            if number != self.next_number:
                self.faults.append(f"event {number} arrived instead of {self.next_number}")
            self.next_number = number + 1
            if event.issues:
                self.faults.append(f"{event.event}: {event.issues}")
            if isinstance(event, events.UserEvent):
                self.latencies.append((time.monotonic_ns() - int(str(event.raw["Sent"]))) / 1e6)

        @self.client.on(events.Hangup, backlog=Backlog(limit=100, overflow="drop_oldest"))
        async def ask(event: events.Hangup) -> None:
            if not self.over.is_set():
                with self.may_be_lost():
                    await self.client.actions.ping()
                    self.from_handler += 1

        @self.client.on(notices.Disconnected)
        async def lose(event: notices.Disconnected) -> None:
            self.losses += 1

    @contextlib.contextmanager
    def may_be_lost(self) -> Iterator[None]:
        """Count an action whose answer is lost with the connection."""
        try:
            yield
        except OutcomeUnknown:
            self.unknown += 1

    async def ping(self) -> None:
        """One ping after another."""
        while not self.over.is_set():
            with self.may_be_lost():
                await self.client.actions.ping()
                self.pings += 1

    async def list_channels(self) -> None:
        """A list ten times a second."""
        while not self.over.is_set():
            with self.may_be_lost():
                listing = await self.client.actions.core_show_channels()
                if len(listing.items) != server.ITEMS:
                    self.faults.append(f"a list of {len(listing.items)}")
                self.lists += 1
            await asyncio.sleep(0.1)

    async def iterate_slowly(self) -> None:
        """Iterate over one event a second, and so miss most of them."""
        async for _ in self.client.events(backlog=Backlog(limit=1000)):
            await asyncio.sleep(1)

    def sample(self, began: float) -> Sample:
        """Measure the client."""
        gc.collect()
        latencies, self.latencies = sorted(self.latencies) or [0.0], []
        return Sample(
            seconds=time.monotonic() - began,
            events=self.received,
            memory_kib=int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024,
            tasks=len(asyncio.all_tasks()),
            files=len(list(Path("/proc/self/fd").iterdir())),
            latency_ms=statistics.median(latencies),
            worst_ms=latencies[-1],
        )


async def run(rate: int, seconds: float) -> int:
    """Put a client under load, and print the result."""
    with server.running(rate, seconds) as port:
        reconnect = Reconnect(hold_actions=True)
        load = Load(TCPClient("127.0.0.1", port, username="soak", password="soak", reconnect=reconnect))
        load.watch()
        samples: list[Sample] = []
        began = time.monotonic()
        async with load.client, asyncio.timeout(seconds * 2 + 60):
            work = [asyncio.create_task(each()) for each in (load.ping, load.list_channels, load.iterate_slowly)]
            while not load.over.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SAMPLE_SECONDS):
                        await load.over.wait()
                samples.append(load.sample(began))
            work.pop().cancel()
            for task in work:
                await task
    return _report(load, samples)


def _report(load: Load, samples: list[Sample]) -> int:
    thirds = [samples[len(samples) * part // 3 : len(samples) * (part + 1) // 3] for part in range(3)]
    print("part      events  memory KiB  tasks  files  latency ms  worst ms   (medians; the worst of all)")
    for part, third in zip(("first", "second", "last"), thirds, strict=True):
        memory, tasks = (statistics.median(getattr(each, name) for each in third) for name in ("memory_kib", "tasks"))
        files, latency = (statistics.median(getattr(each, name) for each in third) for name in ("files", "latency_ms"))
        worst = max(each.worst_ms for each in third)
        print(f"{part:6} {third[-1].events:9} {memory:11.0f} {tasks:6.0f} {files:6.0f} {latency:11.2f} {worst:9.1f}")
    print(
        f"{load.received} events, {load.pings} pings, {load.lists} lists of {server.ITEMS}, "
        f"{load.from_handler} actions from a handler, {load.losses} lost connections that cost {load.unknown} answers, "
        f"in {samples[-1].seconds:.0f} s"
    )
    middle, last = (max(each.memory_kib for each in third) for third in thirds[1:])
    if last > middle + MAY_GROW_KIB:
        load.faults.append(f"memory grew from {middle} to {last} KiB")
    for name in ("tasks", "files"):
        # The fewest: a handler has a task only while it has events, so their number varies with the load.
        before, after = (min(getattr(each, name) for each in third) for third in thirds[1:])
        if after > before:
            load.faults.append(f"{name} grew from {before} to {after}")
    before, after = (statistics.median(each.latency_ms for each in third) for third in thirds[1:])
    if after > before + MAY_SLOW_MS:
        load.faults.append(f"latency_ms grew from {before:g} to {after:g}")
    if load.next_number == 0 or not load.from_handler:
        load.faults.append("no event arrived")
    if (due := int(samples[-1].seconds / (server.BETWEEN_ENDS + 1))) > load.losses:
        load.faults.append(f"the connection ended {load.losses} times instead of {due}")
    for fault in load.faults[:20]:
        print(f"FAULT: {fault}", file=sys.stderr)
    return 1 if load.faults else 0


def main() -> int:
    """Read the arguments, and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="for how long; default: 2")
    parser.add_argument("--rate", type=int, default=6000, help="events a second; default: 6000")
    options = parser.parse_args()
    logging.getLogger("amitypes").setLevel(logging.ERROR)
    return asyncio.run(run(options.rate, options.minutes * 60))


if __name__ == "__main__":
    sys.exit(main())
