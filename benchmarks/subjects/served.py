"""Events of a live Asterisk: `python -m benchmarks.subjects.served WAY HOST:PORT TCP_PORT USER:SECRET EVENTS CALM`.

WAY is `tcp` or `http`; TCP_PORT is for the connection that sends user events, which hold the time of sending. Prints
the latency of single events until the handler, in milliseconds; the rate of EVENTS that are sent at once, and their CPU
time; and what a client sends and spends in CALM seconds without any events.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time
from typing import NamedTuple

from amitypes import HTTPClient, TCPClient, actions, events

PAUSE = 0.15
_LIMIT = 120.0


class Server(NamedTuple):
    """Where it is, by the way that is measured and over TCP, and who may log in."""

    host: str
    port: int
    tcp_port: int
    username: str
    secret: str


class Latencies:
    """How late events come."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._wanted = 0
        self._all = asyncio.Event()

    async def handle(self, event: events.UserEvent) -> None:
        """Take an event."""
        self.seconds.append(time.perf_counter() - float(str(event.extra_headers["Sent"])))
        if len(self.seconds) == self._wanted:
            self._all.set()

    def begin(self, wanted: int) -> None:
        """Begin anew."""
        self.seconds, self._wanted = [], wanted
        self._all.clear()

    async def complete(self) -> list[float]:
        """Wait for the last one."""
        async with asyncio.timeout(_LIMIT):
            await self._all.wait()
        return self.seconds

    def centile(self, number: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[number - 1] * 1e3


class Relay:
    """Passes on what a client sends and gets, and counts how often it sends."""

    def __init__(self, host: str, port: int) -> None:
        self.sent = 0
        self._where = host, port

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        there, back = await asyncio.open_connection(*self._where)
        await asyncio.gather(self._pass(reader, back, 1), self._pass(there, writer, 0))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        while data := await reader.read(65536):
            self.sent += count
            writer.write(data)
        writer.close()


async def main(kind: type[TCPClient | HTTPClient], server: Server, count: int, calm: float) -> None:
    """Measure."""
    host, username, secret = server.host, server.username, server.secret
    late, found = Latencies(), dict[str, float]()

    async def send() -> None:
        sent = {"Sent": repr(time.perf_counter())}
        await sender.send(actions.UserEvent(user_event="Bench", headers=sent))

    sender = TCPClient(host, server.tcp_port, username=username, password=secret, events="off")
    client = kind(host, server.port, username=username, password=secret)
    client.on(events.UserEvent)(late.handle)
    async with sender, client:
        late.begin(1)
        await send()
        await late.complete()  # all is set up
        late.begin(max(4, count // 50))
        for _ in range(max(4, count // 50)):
            await asyncio.sleep(random.uniform(0.5, 1.5) * PAUSE)
            await send()
        await late.complete()
        found |= {"p50": late.centile(50), "p99": late.centile(99)}
        late.begin(count)
        cpu, start = time.process_time(), time.perf_counter()
        _, _ = await asyncio.gather(asyncio.gather(*(send() for _ in range(count))), late.complete())
        found["rate"] = count / (time.perf_counter() - start)
        found["cpu"] = (time.process_time() - cpu) / count * 1e6
    print(json.dumps(found | await becalmed(kind, server, calm)))


async def becalmed(kind: type[TCPClient | HTTPClient], server: Server, calm: float) -> dict[str, float]:
    """What a client does that waits for an event which doesn't come."""
    relay = Relay(server.host, server.port)
    relaying = await asyncio.start_server(relay.take, "127.0.0.1", 0)
    port = relaying.sockets[0].getsockname()[1]
    async with relaying, kind("127.0.0.1", port, username=server.username, password=server.secret) as client:
        client.on(events.UserEvent)(Latencies().handle)
        await asyncio.sleep(1)  # until what follows the login is over
        sent, cpu = relay.sent, time.process_time()
        await asyncio.sleep(calm)
        return {"requests": (relay.sent - sent) / calm, "calm": (time.process_time() - cpu) / calm * 100}


if __name__ == "__main__":
    way, where, tcp_port, account, count, calm = sys.argv[1:]
    host, _, port = where.partition(":")
    username, _, secret = account.partition(":")
    asyncio.run(
        main(
            HTTPClient if way == "http" else TCPClient,
            Server(host, int(port), int(tcp_port), username, secret),
            int(count),
            float(calm),
        )
    )
