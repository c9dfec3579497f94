"""What an action costs while others are in flight: `python -m benchmarks.subjects.inflight PORT COUNT ACTIONS`.

Prints microseconds of CPU per action: in process for one that begins and is answered while COUNT - 1 others wait for
their answers, and end to end for COUNT Pings at once on the server at PORT.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from amitypes import TCPClient
from amitypes._protocol.encoding import encode
from amitypes._protocol.session import Session


def in_process(count: int, actions: int) -> float:
    """One more action, from its beginning to its answer."""
    session = Session(TCPClient.response_shapes, banner=False)
    for _ in range(count - 1):
        session.begin([("Action", "Ping")], max_line=1022)
    start = time.process_time()
    for _ in range(actions):
        exchange, headers = session.begin([("Action", "Ping")], max_line=1022)
        encode(headers)
        answer = f"Response: Success\r\nActionID: {exchange.action_id}\r\nPing: Pong\r\nTimestamp: 1.5\r\n\r\n"
        assert session.receive(answer.encode()) == [exchange]
    return (time.process_time() - start) / actions


async def end_to_end(port: int, count: int, actions: int) -> float:
    """All of them over a socket."""
    async with TCPClient("127.0.0.1", port, username="bench", password="bench") as client:
        await asyncio.gather(*(client.actions.ping() for _ in range(count)))
        rounds = -(-actions // count)
        start = time.process_time()
        for _ in range(rounds):
            await asyncio.gather(*(client.actions.ping() for _ in range(count)))
        return (time.process_time() - start) / (rounds * count)


if __name__ == "__main__":
    port, count, actions = map(int, sys.argv[1:])
    spent = {"in process": in_process(count, actions), "end to end": asyncio.run(end_to_end(port, count, actions))}
    print(json.dumps({name: seconds * 1e6 for name, seconds in spent.items()}))
