"""The keepalive over HTTP: a busy server keeps its connection, a dead one is detected."""

from __future__ import annotations

import asyncio

from amitypes import HTTPClient, Reconnect
from amitypes._transport.http.in_flight import MAX_IN_FLIGHT
from amitypes.errors import ActionTimeout, OutcomeUnknown
from tests.unit.http_server import SUCCESS, HTTPServer, Manager, Request
from tests.waiting import wait_until

LIMIT = 20
"""Seconds; nothing here takes that long unless it hangs."""
SILENCE = 0.05
"""Seconds of `max_silence` where the keepalive has to time out."""
PATIENCE = 1.0
"""Seconds of `max_silence` where it must not, on a slow machine either."""


class Busy(Manager):
    """Answers Originate only when told to by `done`, and nothing at all while `gone`."""

    def __init__(self) -> None:
        super().__init__()
        self.done = asyncio.Event()
        self.gone = False
        self.scripted["Originate"] = self.originate

    async def __call__(self, request: Request) -> bytes | None:
        answer = await super().__call__(request)
        await wait_until(lambda: not self.gone)
        return answer

    async def originate(self, request: Request) -> bytes | None:
        await self.done.wait()
        return self.reply(request, SUCCESS)


def make(port: int, states: list[str], max_silence: float) -> HTTPClient:
    soon = Reconnect(initial=0.001, maximum=0.01)
    client = HTTPClient(
        "127.0.0.1", port, username="hello", password="world", max_silence=max_silence, reconnect=soon, timeout=1
    )
    client.on_state(states.append)
    return client


async def call(client: HTTPClient, timeout: float) -> str:
    request = {"Action": "Originate", "Channel": "Local/1@x", "Timeout": "30000"}
    return str((await client.ami_request(request, reply_timeout=timeout))[0]["Response"])


async def test_a_long_action_does_not_delay_the_keepalive() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, PATIENCE) as client, asyncio.timeout(LIMIT):
        calling = asyncio.create_task(call(client, LIMIT))
        await server.asked("Originate")
        await server.asked("Ping", 3)
        busy.done.set()
        assert await calling == "Success"
        assert states == ["connecting", "connected"]


async def test_long_actions_in_every_slot_are_no_silence() -> None:
    """The Ping waits for a free slot."""
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, PATIENCE) as client, asyncio.timeout(LIMIT):
        calling = [asyncio.create_task(call(client, LIMIT)) for _ in range(MAX_IN_FLIGHT)]
        await server.asked("Originate", MAX_IN_FLIGHT)
        pings = server.actions().count("Ping")
        await asyncio.sleep(2 * PATIENCE)
        assert server.actions().count("Ping") == pings
        busy.done.set()
        assert set(await asyncio.gather(*calling)) == {"Success"}
        await server.asked("Ping", pings + 1)
        assert states == ["connecting", "connected"]


async def test_the_keepalive_is_sent_when_unanswered_actions_time_out() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, PATIENCE) as client, asyncio.timeout(LIMIT):
        # They time out when the reply to the Ping would be due, which waits for one of their slots.
        calling = [asyncio.create_task(call(client, PATIENCE)) for _ in range(MAX_IN_FLIGHT)]
        results = await asyncio.gather(*calling, return_exceptions=True)
        assert {type(result) for result in results} == {ActionTimeout}
        await server.asked("Ping", server.actions().count("Ping") + 2)
        assert states == ["connecting", "connected"]


async def test_a_dead_server_is_detected_with_an_action_in_flight() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, SILENCE) as client, asyncio.timeout(LIMIT):
        calling = asyncio.create_task(call(client, LIMIT))
        await server.asked("Originate")
        busy.gone = True
        result, *_ = await asyncio.gather(calling, return_exceptions=True)
        assert isinstance(result, OutcomeUnknown)
        assert "no data from the server for" in str(result)
        busy.gone = False
        await wait_until(lambda: client.state == "connected")
        assert states[2] == "reconnecting"
        assert server.actions().count("Originate") == 1


async def test_a_dead_server_is_detected_after_all_actions_time_out() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, SILENCE) as client, asyncio.timeout(LIMIT):
        calling = [asyncio.create_task(call(client, 2 * PATIENCE)) for _ in range(MAX_IN_FLIGHT)]
        await server.asked("Originate", MAX_IN_FLIGHT)
        busy.gone = True
        results = await asyncio.gather(*calling, return_exceptions=True)
        assert {type(result) for result in results} <= {ActionTimeout, OutcomeUnknown}
        await wait_until(lambda: "reconnecting" in states)
        busy.gone = False
