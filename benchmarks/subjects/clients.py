"""Several clients in one process: `python -m benchmarks.subjects.clients FROZEN PORT...`.

FROZEN is `frozen` where Python's garbage collector is to leave alone what has been loaded. Each client reads the flood
of the server at its port, typed, to a handler of its own. Prints what `clock` prints.
"""

from __future__ import annotations

import asyncio
import gc
import sys

from amitypes import TCPClient, events, warm_up
from benchmarks.subjects.clock import Clock


async def main(frozen: str, ports: list[int]) -> None:
    """Read the floods."""
    warm_up()
    if frozen == "frozen":
        gc.collect()
        gc.freeze()
    clients = [TCPClient("127.0.0.1", port, username="bench", password="bench") for port in ports]
    handled = [0] * len(clients)
    over = []
    for number, client in enumerate(clients):
        await client.connect()
        over.append(client.wait_for(events.Shutdown))

        @client.on(events.Event)
        async def handle(event: events.Event, number: int = number) -> None:
            handled[number] += 1

    clock = Clock()
    for client in clients:
        await client.ami_request({"Action": "UserEvent", "UserEvent": "Play"})
    await asyncio.gather(*over)
    clock.handled = sum(handled)
    clock.report()
    for client in clients:
        await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(port) for port in sys.argv[2:]]))
