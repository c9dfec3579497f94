"""amitypes: typed events to an async handler."""

from __future__ import annotations

import asyncio
import sys

from amitypes import TCPClient, events, warm_up
from benchmarks.subjects.clock import Clock


async def main(port: int, name: str) -> None:
    """Read the flood."""
    client = TCPClient("127.0.0.1", port, username="bench", password="bench")
    wanted = events.Event if name == "*" else events.by_name(name)
    over = asyncio.Event()

    @client.on(events.Shutdown)
    async def end(event: events.Shutdown) -> None:
        over.set()

    warm_up()
    async with client:

        @client.on(wanted)
        async def handle(event: events.Event) -> None:
            clock.handled += 1

        clock = Clock()
        await client.ami_request({"Action": "UserEvent", "UserEvent": "Play"})
        await over.wait()
        clock.report()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
