"""A server that is busy over HTTP, and one that is gone: the client doesn't mistake one for the other."""

from __future__ import annotations

import asyncio

from amitypes import HTTPClient
from amitypes._client.reconnect import Reconnect
from amitypes._protocol.errors import ActionTimeout, OutcomeUnknown
from amitypes._transport.http.in_flight import MAX_IN_FLIGHT
from tests.unit.http_server import SUCCESS, HTTPServer, Manager, Request

LIMIT = 20
"""Seconds; nothing here takes that long unless it hangs."""
SILENCE = 0.05
"""Seconds, where the client is to lose patience."""
PATIENCE = 1.0
"""Seconds, where it is not, however slow this machine is."""


class Busy(Manager):
    """Takes its time for Originate, and answers nothing at all while it is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.done = asyncio.Event()
        self.gone = False
        self.scripted["Originate"] = self.originate

    async def __call__(self, request: Request) -> bytes | None:
        answer = await super().__call__(request)
        while self.gone:
            await asyncio.sleep(0.001)
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


async def test_a_long_action_holds_up_no_sign_of_life() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, PATIENCE) as client, asyncio.timeout(LIMIT):
        calling = asyncio.create_task(call(client, LIMIT))
        await server.asked("Originate")
        await server.asked("Ping", 3)
        busy.done.set()
        assert await calling == "Success"
        assert states == ["connecting", "connected"]


async def test_as_many_long_actions_as_may_be_are_no_silence() -> None:
    """The Ping has to wait for one of them."""
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


async def test_long_actions_that_are_never_answered_give_way_to_the_ping() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, PATIENCE) as client, asyncio.timeout(LIMIT):
        # They end when the Ping, which waits for one of them, would have to be answered if they weren't there.
        calling = [asyncio.create_task(call(client, PATIENCE)) for _ in range(MAX_IN_FLIGHT)]
        results = await asyncio.gather(*calling, return_exceptions=True)
        assert {type(result) for result in results} == {ActionTimeout}
        await server.asked("Ping", server.actions().count("Ping") + 2)
        assert states == ["connecting", "connected"]


async def test_a_server_that_is_gone_is_noticed_for_all_that_is_in_flight() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, SILENCE) as client, asyncio.timeout(LIMIT):
        calling = asyncio.create_task(call(client, LIMIT))
        await server.asked("Originate")
        busy.gone = True
        result, *_ = await asyncio.gather(calling, return_exceptions=True)
        assert isinstance(result, OutcomeUnknown)
        assert "gave no sign of life" in str(result)
        busy.gone = False
        while client.state != "connected":
            await asyncio.sleep(0.001)
        assert states[2] == "reconnecting"
        assert server.actions().count("Originate") == 1


async def test_a_server_that_is_gone_is_noticed_when_the_time_of_all_actions_is_over() -> None:
    busy, states = Busy(), list[str]()
    async with HTTPServer(busy) as server, make(server.port, states, SILENCE) as client, asyncio.timeout(LIMIT):
        calling = [asyncio.create_task(call(client, 2 * PATIENCE)) for _ in range(MAX_IN_FLIGHT)]
        await server.asked("Originate", MAX_IN_FLIGHT)
        busy.gone = True
        results = await asyncio.gather(*calling, return_exceptions=True)
        assert {type(result) for result in results} <= {ActionTimeout, OutcomeUnknown}
        while "reconnecting" not in states:
            await asyncio.sleep(0.001)
        busy.gone = False
