"""Pings over one connection: `python -m benchmarks.subjects.pings WAY HOST:PORT USER:SECRET COUNT ROUNDS`.

Sends COUNT at once, ROUNDS times, and as many one after another. Prints for each the rate by the clock, microseconds of
CPU per Ping, and milliseconds from the call to the answer.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from asterisk.ami.response import FutureResponse


class Server(NamedTuple):
    """Where it is, and who may log in."""

    host: str
    port: int
    username: str
    secret: str


Ping: TypeAlias = "Callable[[], Awaitable[object]]"


@asynccontextmanager
async def tcp(server: Server) -> AsyncIterator[Ping]:
    """amitypes over TCP, typed."""
    from amitypes import TCPClient

    async with TCPClient(server.host, server.port, username=server.username, password=server.secret) as client:
        yield client.actions.ping


@asynccontextmanager
async def tcp_dicts(server: Server) -> AsyncIterator[Ping]:
    """amitypes over TCP, by dicts."""
    from amitypes import TCPClient

    async with TCPClient(server.host, server.port, username=server.username, password=server.secret) as client:
        yield partial(client.ami_request, {"Action": "Ping"})


@asynccontextmanager
async def http(server: Server) -> AsyncIterator[Ping]:
    """amitypes over HTTP, typed."""
    from amitypes import HTTPClient

    async with HTTPClient(server.host, server.port, username=server.username, password=server.secret) as client:
        yield client.actions.ping


@asynccontextmanager
async def panoramisk(server: Server) -> AsyncIterator[Ping]:
    """panoramisk, by dicts."""
    from panoramisk import Manager

    manager = Manager(
        host=server.host, port=server.port, username=server.username, secret=server.secret, ping_delay=3600
    )
    await manager.connect()
    yield lambda: manager.send_action({"Action": "Ping"})
    manager.close()


WAYS: dict[str, Callable[[Server], AbstractAsyncContextManager[Ping]]] = {
    way.__name__: way for way in (tcp, tcp_dicts, http, panoramisk)
}


def asterisk_ami(server: Server, count: int, rounds: int) -> None:
    """asterisk-ami, from a thread that waits, by callbacks in the thread that reads."""
    from asterisk.ami import AMIClient, SimpleAction

    client = AMIClient(address=server.host, port=server.port, timeout=30)
    client.login(username=server.username, secret=server.secret).get_response()

    def send(tally: Tally) -> FutureResponse:
        answered = tally.answered()
        return client.send_action(SimpleAction("Ping"), callback=lambda _: answered())

    at_once = Tally(count * rounds)
    for _ in range(rounds):
        for answer in [send(at_once) for _ in range(count)]:
            answer.get_response()
    found = at_once.report("at once")
    in_turn = Tally(count * rounds)
    for _ in range(count * rounds):
        send(in_turn).get_response()
    print(json.dumps(found | in_turn.report("in turn")))  # disconnecting would wait for the timeout


async def main(way: str, server: Server, count: int, rounds: int) -> None:
    """Measure."""
    async with WAYS[way](server) as ping:
        await ping()  # what is loaded and made once isn't counted
        at_once = Tally(count * rounds)
        for _ in range(rounds):
            await asyncio.gather(*(at_once.timed(ping) for _ in range(count)))
        found = at_once.report("at once")
        in_turn = Tally(count * rounds)
        for _ in range(count * rounds):
            answered = in_turn.answered()
            await ping()
            answered()
        print(json.dumps(found | in_turn.report("in turn")))


class Tally:
    """What some Pings take."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._times: list[float] = []
        self._began = time.perf_counter()
        self._cpu = time.process_time()

    def timed(self, ping: Ping) -> asyncio.Future[object]:
        """Send one Ping of many: of a coroutine a task is made, of a future that the library gives none."""
        answered = self.answered()
        answer = asyncio.ensure_future(ping())
        answer.add_done_callback(lambda _: answered())
        return answer

    def answered(self) -> Callable[[], None]:
        """What to call when a Ping that is about to be sent has been answered."""
        start = time.perf_counter()
        return lambda: self._times.append(time.perf_counter() - start)

    def report(self, name: str) -> dict[str, float]:
        """The figures."""
        seconds, cpu = time.perf_counter() - self._began, time.process_time() - self._cpu
        centiles = statistics.quantiles(self._times, n=100, method="inclusive")
        return {
            f"{name}, rate": self._count / seconds,
            f"{name}, cpu": cpu / self._count * 1e6,
            f"{name}, p50": centiles[49] * 1e3,
            f"{name}, p99": centiles[98] * 1e3,
        }


if __name__ == "__main__":
    host, _, port = sys.argv[2].partition(":")
    username, _, secret = sys.argv[3].partition(":")
    server, count, rounds = Server(host, int(port), username, secret), int(sys.argv[4]), int(sys.argv[5])
    if sys.argv[1] == "asterisk_ami":
        asterisk_ami(server, count, rounds)
    else:
        asyncio.run(main(sys.argv[1], server, count, rounds))
