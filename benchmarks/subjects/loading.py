"""What a process takes that imports and uses something a little: `python -m benchmarks.subjects.loading WHAT PORT`.

Prints seconds of CPU and KiB of memory at the peak, from the process's beginning to where it has what it came for.
"""

from __future__ import annotations

import asyncio
import sys
import time

FIVE = ("Newchannel", "Newstate", "Hangup", "DialBegin", "DialEnd")


def report() -> None:
    """Print what it took."""
    cpu = time.process_time()
    # Not getrusage's ru_maxrss: a process inherits that from the one that starts it.
    with open("/proc/self/status", encoding="ascii") as status:
        kib = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    print(f'{{"cpu": {cpu}, "peak_kib": {kib}}}')


def import_pydantic(models: int) -> None:
    """Import pydantic, and make so many models of 20 fields, a type of event having about as many."""
    from pydantic import BaseModel

    fields = {f"field_{number}": "" for number in range(20)}
    for number in range(models):
        type(f"Model{number}", (BaseModel,), {**fields, "__annotations__": dict.fromkeys(fields, str)})


async def use_client(what: str, port: int) -> None:
    """Connect, and use events, or an action too."""
    from amitypes import TCPClient, warm_up

    async with TCPClient("127.0.0.1", port, username="bench", password="bench") as client:
        if what != "client":
            from amitypes import events

            seen: set[str] = set()
            all_seen = asyncio.Event()

            async def handle(event: events.Event) -> None:
                seen.add(event.wire_name)
                if len(seen) == len(FIVE):
                    all_seen.set()

            for name in FIVE:
                client.on(events.by_name(name))(handle)
            await client.ami_request({"Action": "UserEvent", "UserEvent": "Play"})
            await all_seen.wait()
        if what == "action":
            await client.actions.ping()
        if what == "all":
            warm_up()
        report()


def main(what: str, port: int) -> None:
    """Do it."""
    if what in {"asyncio", "pydantic", "models"}:
        if what != "asyncio":
            import_pydantic(5 if what == "models" else 0)
        report()
    else:
        asyncio.run(use_client(what, port))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
