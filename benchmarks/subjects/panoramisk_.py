"""panoramisk: dict-shaped events to an async handler."""

from __future__ import annotations

import asyncio
import sys

from panoramisk import Manager

from benchmarks.subjects.clock import Clock


async def main(port: int, name: str) -> None:
    """Read the flood."""
    manager = Manager(host="127.0.0.1", port=port, username="bench", secret="bench", ping_delay=3600)
    over = asyncio.Event()
    clock = Clock()

    async def handle(manager: object, event: object) -> None:
        clock.handled += 1

    async def end(manager: object, event: object) -> None:
        over.set()

    manager.register_event("Shutdown", end)
    await manager.connect()
    manager.register_event(name, handle)
    clock = Clock()
    manager.send_action({"Action": "UserEvent", "UserEvent": "Play"})
    await over.wait()
    clock.report()
    manager.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
