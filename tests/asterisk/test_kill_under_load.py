"""A server that is killed under load and started again: no event is lost, every caller gets an outcome, nothing leaks.

The client's events are compared with those of a plain recorder of the same server (`recorder.py`), which shares no code
with it. The server sends both the same events in the same order. So from a mark that both have received, both must have
the same events, until one connection breaks first: the server may have served only one of them.
"""

from __future__ import annotations

import asyncio
import gc
import http.client
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

import pytest

from amitypes import Backlog, OutcomeUnknown, events, notices, resync
from amitypes.errors import ConnectionLost
from tests.asterisk.clients import TRANSPORTS, Transport, make, user_event
from tests.asterisk.recorder import Recorder
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes import EventStream
    from amitypes.events import Event
    from tests.asterisk.clients import Client
    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import AsteriskServer

LIMIT = 30.0
"""Seconds after which a test fails that still waits."""
IN_FLIGHT = 200
CALLERS = 5
"""How many of them place calls; the others send user events."""
USER_EVENTS = 1000
HANGUPS = 20
"""How many events must arrive before the kill."""
BEHIND = 2 * IN_FLIGHT
"""How many of the recorder's last events may be missing from the client at a kill. Each caller waits for its answer, so
no more can be in flight than their actions and calls cause. What the client's kernel has received by then is read."""
CUT = "the connection broke within this message"
WITHIN = 2.0
"""Seconds within which the client must reconnect in the median; single attempts may take longer on a busy machine."""
OBJECTS = 500
"""How many more Python objects there may be after each round; a thousand events have ten thousand."""
MEMORY = 16 * 1024
"""How much more memory there may be after the last kill than after the first, in kB."""

LOG_LINES = 5
"""How many lines a loss may log."""
TASKS = 7
SOCKETS = 5
"""The maximum after each reconnection."""

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""An event of either side: its headers, sorted."""


@dataclass
class Figures:
    """The figures of all rounds with one server and transport."""

    what: str
    back: list[float] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    unsent: int = 0
    answered: int = 0
    compared: int = 0
    behind: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    sockets: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.what}: {len(self.back)} kills; reconnected {median(self.back):.2f} s after the server (median), "
            f"{max(self.back):.2f} s at most; {self.answered} actions answered, the outcome of "
            f"{sum(self.unknown)} ({min(self.unknown)} to {max(self.unknown)} at a kill) unknown, {self.unsent} not "
            f"sent; {self.compared} events compared, the recorder's last {max(self.behind)} at most not sent to the "
            f"client; {self.tasks[0]} to {self.tasks[-1]} tasks, {self.sockets[0]} to {self.sockets[-1]} sockets, "
            f"resident memory {self.memory[0]} to {self.memory[-1]} kB, {self.objects[-1] - self.objects[0]:+} objects"
        )


class Load:
    """Two hundred callers that each send one action after another, until the connection is lost.

    Attributes:
        answered: How many actions were answered.
        unknown: How many callers got `OutcomeUnknown`.
        unsent: How many callers got `ConnectionLost`: their action wasn't sent.
        never: The names of the user events among these.
    """

    def __init__(self, client: Client, number: int) -> None:
        self._client = client
        self._name = f"round {number}, event "
        self._numbers = count()
        self.answered = self.unknown = self.unsent = 0
        self.never: set[str] = set()
        self._workers = [asyncio.create_task(self._work(caller=worker < CALLERS)) for worker in range(IN_FLIGHT)]

    async def end(self) -> None:
        """Wait until each caller has its outcome."""
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*self._workers)

    async def _work(self, *, caller: bool) -> None:
        while True:
            action = self._call() if caller else self._event()
            try:
                (answer, *_) = await self._client.ami_request(action)
            except OutcomeUnknown:
                self.unknown += 1
                return
            except ConnectionLost:
                self.unsent += 1
                self.never.add(action.get("UserEvent", ""))
                return
            assert answer["Response"] == "Success", answer
            self.answered += 1

    def _event(self) -> dict[str, str]:
        return {"Action": "UserEvent", "UserEvent": f"{self._name}{next(self._numbers)}"}

    def _call(self) -> dict[str, str]:
        return {
            "Action": "Originate",
            "Channel": "Local/200@from-internal",
            "Application": "Hangup",
            "Async": "yes",
        }


class Received:
    """The client's events, in order."""

    def __init__(self, stream: EventStream[Event]) -> None:
        self._stream = stream
        self.events: list[Event] = []

    async def receive_until(self, enough: Callable[[Event], bool]) -> Event:
        async with asyncio.timeout(LIMIT):
            while True:
                event = await anext(self._stream)
                self.events.append(event)
                if enough(event):
                    return event

    async def receive_load(self) -> None:
        due = {"UserEvent": USER_EVENTS, "Hangup": HANGUPS}

        def enough(event: Event) -> bool:
            due[event.event] = due.get(event.event, 0) - 1
            return max(due.values()) <= 0

        await self.receive_until(enough)


def has_name(name: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, events.UserEvent) and event.user_event == name


def recorded(stream: bytes) -> list[Headers]:
    """The complete events of the recorder, without the one that is sent to one connection only."""
    blocks = stream.split(b"\r\n\r\n")[:-1]
    events = [block.decode().split("\r\n") for block in blocks if block.startswith(b"Event: ")]
    return [headers(line.partition(":")[::2] for line in lines) for lines in events if lines[0] != "Event: FullyBooted"]


def received(seen: list[Event]) -> list[Headers]:
    """The complete events of the client; one that the end of the connection truncated is marked as such."""
    return [
        headers(
            (name, value)
            for name, values in event.raw.items()
            for value in (values if isinstance(values, list) else [values])
        )
        for event in seen
        if not isinstance(event, notices.Notice | events.FullyBooted)
        and CUT not in {issue.problem for issue in event.issues}
    ]


def headers(pairs: object) -> Headers:
    return tuple(sorted((name, value.strip()) for name, value in pairs))  # type: ignore[attr-defined]


def since(mark: str, all_: list[Headers]) -> list[Headers]:
    start = next(number for number, event in enumerate(all_) if ("UserEvent", mark) in event)
    return all_[start:]


def answers(server: AsteriskServer, transport: Transport) -> bool:
    """Whether the server answers over this transport."""
    if transport == "tcp":
        with suppress(OSError), socket.create_connection((server.host, server.ami_port), 1) as connection:
            return connection.recv(100).startswith(b"Asterisk")
        return False
    web = http.client.HTTPConnection(server.host, server.http_port, timeout=1)
    try:
        web.request("GET", "/rawman")
        return web.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()


def time_of_return(server: AsteriskServer, transport: Transport) -> float:
    due = time.monotonic() + LIMIT
    while not answers(server, transport):
        assert time.monotonic() < due, "the server didn't start again"
        time.sleep(0.01)
    return time.monotonic()


def sockets() -> int:
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            found += os.readlink(descriptor).startswith("socket:")
    return found


def resident() -> int:
    """This process's memory in kB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_server_killed_under_load_costs_no_event_and_no_answer(
    asterisk_factory: AsteriskFactory,
    transport: Transport,
    kills: int,
    kill_figures: list[object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = asterisk_factory(tls=None)
    figures = Figures(f"Asterisk {server.release}, {transport}")
    tasks, idle = asyncio.all_tasks(), sockets()
    client = make(server, transport)
    stream = client.events(events.Event, notices.Notice, backlog=Backlog(100_000))
    connected_at = [0.0]
    handled: list[str] = []

    @client.on_state
    def note(state: str) -> None:
        if state == "connected":
            connected_at[0] = time.monotonic()

    @client.on(events.UserEvent)
    async def handle(event: events.UserEvent) -> None:
        if event.user_event.startswith("begin"):
            handled.append(event.user_event)

    marks = [f"begin {number}" for number in range(kills + 1)]
    waiting = asyncio.create_task(client.wait_for(events.UserEvent, lambda event: event.user_event == marks[-1]))
    async with client:
        await Received(stream).receive_until(lambda event: isinstance(event, notices.Connected))
        for number in range(kills):
            seen = Received(stream)
            with Recorder(server.host, server.ami_port, server.users["hello"]) as recorder:
                await user_event(client, marks[number])
                await seen.receive_until(has_name(marks[number]))
                load = Load(client, number)
                await seen.receive_load()
                await asyncio.to_thread(server.kill)
                lost = await seen.receive_until(lambda event: isinstance(event, notices.Notice))
                await load.end()
                await asyncio.to_thread(recorder.wait_for_end)
                theirs = since(marks[number], recorded(recorder.received))
            ours = since(marks[number], received(seen.events))
            common = min(len(ours), len(theirs))
            for mine, other in zip(ours, theirs, strict=False):
                assert mine == other
            names = [value for event in theirs for name, value in event if name == "UserEvent"][1:]
            assert len(set(names)) == len(names)
            assert all(name.startswith(f"round {number}, ") for name in names)
            assert isinstance(lost, notices.Disconnected)
            assert not load.never.intersection(names)
            assert load.unknown + load.unsent == IN_FLIGHT
            assert USER_EVENTS + HANGUPS < common >= len(theirs) - BEHIND
            figures.compared += common
            figures.behind.append(len(theirs) - common)
            figures.unknown.append(load.unknown)
            figures.unsent += load.unsent
            figures.answered += load.answered
            with pytest.raises(ConnectionLost, match="Nothing was sent"):
                await client.ping()
            probe = asyncio.create_task(asyncio.to_thread(time_of_return, server, transport))
            await asyncio.to_thread(server.start_again)
            figures.back.append(-(await probe))
            await wait_until(lambda: client.state == "connected", timeout=LIMIT)
            figures.back[-1] += connected_at[0]
            seen = Received(stream)
            back = await seen.receive_until(lambda event: isinstance(event, notices.Notice))
            assert isinstance(back, notices.Connected)
            assert (back.again, back.missed_since) == (True, lost.missed_since)
            assert len(seen.events) == 1
            assert await resync.channels(client) == {}
            assert (client.asterisk_version or "").startswith(server.release)
            assert len(caplog.records) <= LOG_LINES
            caplog.clear()  # it keeps all records
            del seen, load, recorder, ours, theirs, names, lost, back
            figures.memory.append(resident())
            figures.objects.append(objects())
            figures.tasks.append(len(asyncio.all_tasks() - tasks))
            figures.sockets.append(sockets() - idle)
            # the keepalive, wait_for and, over HTTP, what its connections need: two may be connecting
            assert figures.tasks[-1] <= TASKS
            assert figures.sockets[-1] <= SOCKETS
        kill_figures.append(figures)
        assert median(figures.back) < WITHIN
        assert sum(figures.unknown) > 0 or transport != "tcp"  # over HTTP a kill may fall between two answers
        assert figures.objects[-1] - figures.objects[0] < OBJECTS * kills
        assert figures.memory[-1] - figures.memory[0] < MEMORY
        assert stream.dropped == 0
        await user_event(client, marks[-1])
        assert (await asyncio.wait_for(waiting, LIMIT)).user_event == marks[-1]
    assert handled == marks
    assert asyncio.all_tasks() == tasks
    assert sockets() == idle
