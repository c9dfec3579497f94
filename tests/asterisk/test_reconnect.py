"""A server that is killed under load and started again: the client is back by itself, and everybody was told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from amitypes import EventFilter, OutcomeUnknown, TCPClient, events, notices, resync
from amitypes.errors import ConnectionLost
from tests.asterisk.clients import TRANSPORTS, Transport, make
from tests.asterisk.server import AsteriskError, AsteriskServer

if TYPE_CHECKING:
    from tests.asterisk.clients import Client
    from tests.asterisk.conftest import AsteriskFactory

LIMIT = 30.0
"""Seconds after which what doesn't happen won't."""
ROUNDS = 3
IN_FLIGHT = 200
WITHOUT_CONNECTION = "Nothing was sent"


async def until(client: Client, state: str) -> None:
    reached = asyncio.Event()

    @client.on_state
    def note(now: str) -> None:
        if now == state:
            reached.set()

    async with asyncio.timeout(LIMIT):
        while client.state != state:
            reached.clear()
            await reached.wait()


async def load(client: Client) -> list[asyncio.Task[object]]:
    """Calls that ring, and actions in flight: over TCP behind one that takes its time."""
    for _ in range(5):
        await client.originate("100", "500")
    slow = {"Action": "Originate", "Channel": "Local/500@from-internal", "Application": "Wait", "Data": "1"}
    actions: list[asyncio.Task[object]] = [asyncio.create_task(client.ami_request(slow, timeout=LIMIT))]
    actions += [
        asyncio.create_task(client.ami_request({"Action": "Ping", "ActionID": f"in-flight-{number}"}))
        for number in range(IN_FLIGHT - 1)
    ]
    await asyncio.sleep(0.1)  # so that some of them are on their way
    return actions


async def user_event(client: Client, name: str) -> None:
    answer = await client.ami_request({"Action": "UserEvent", "UserEvent": name})
    assert answer[0]["Response"] == "Success"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_killed_under_load_and_started_again(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    server = asterisk_factory(tls=None)
    client = make(server, transport)
    before = asyncio.all_tasks()
    stream = client.events(events.UserEvent, notices.Connected, notices.Disconnected)
    handled: list[str] = []

    @client.on(events.UserEvent)
    async def handle(event: events.UserEvent) -> None:
        handled.append(event.user_event)

    last = f"round {ROUNDS - 1}"
    waiting = asyncio.create_task(client.wait_for(events.UserEvent, lambda event: event.user_event == last))
    async with client:
        assert isinstance(await anext(stream), notices.Connected)
        for number in range(ROUNDS):
            actions = await load(client)
            await asyncio.to_thread(server.kill)
            await until(client, "reconnecting")
            async with asyncio.timeout(LIMIT):
                results = await asyncio.gather(*actions, return_exceptions=True)
            assert [result for result in results if not isinstance(result, list | ConnectionLost)] == []
            assert any(isinstance(result, OutcomeUnknown) for result in results)
            with pytest.raises(ConnectionLost, match=WITHOUT_CONNECTION):
                await client.ping()
            await asyncio.to_thread(server.start_again)
            await until(client, "connected")
            assert await resync.channels(client) == {}
            assert (client.asterisk_version or "").startswith(server.release)
            await user_event(client, f"round {number}")
            async with asyncio.timeout(LIMIT):
                told = [await anext(stream) for _ in range(3)]
            assert [event.event for event in told] == ["Disconnected", "Connected", "UserEvent"]
            lost, back, event = told
            assert isinstance(lost, notices.Disconnected)
            assert isinstance(back, notices.Connected)
            assert back.again
            assert lost.missed_since == back.missed_since
            assert isinstance(event, events.UserEvent)
            assert event.user_event == f"round {number}"
        assert (await asyncio.wait_for(waiting, LIMIT)).user_event == last
        await user_event(client, "last")
        assert (await asyncio.wait_for(anext(stream), LIMIT)).event == "UserEvent"
    assert [event async for event in stream] == []
    assert handled == [*(f"round {number}" for number in range(ROUNDS)), "last"]
    assert asyncio.all_tasks() == before


async def test_mask_and_filters_are_restored(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None)
    account = server.users["hello"]
    client = TCPClient(
        *(server.host, server.ami_port),
        username=account.username,
        password=account.secret,
        events=["user", "system"],
        filters=[EventFilter(match="UserEvent: (kept|end)")],
    )
    async with client:
        if server.version != "16":
            await client.add_filter(
                EventFilter(name="UserEvent", header="Secret", method="exact", match="yes", exclude=True)
            )
        for number in range(2):
            stream = client.events()
            await user_event(client, "dropped")
            await client.ami_request({"Action": "UserEvent", "UserEvent": "kept", "Secret": "yes"})
            await client.ami_request({"Action": "UserEvent", "UserEvent": "kept", "Secret": "no"})
            await client.originate("100", "200")
            await user_event(client, "end")
            came: list[events.UserEvent] = []
            async with asyncio.timeout(LIMIT):
                while not came or came[-1].user_event != "end":
                    event = await anext(stream)
                    assert isinstance(event, events.UserEvent), event
                    came.append(event)
            kept = [event.raw["Secret"] for event in came[:-1]]
            assert kept == (["yes", "no"] if server.version == "16" else ["no"])
            if number == 0:
                await asyncio.to_thread(server.kill)
                await until(client, "reconnecting")
                await asyncio.to_thread(server.start_again)
                await until(client, "connected")


async def test_a_refused_login_is_final(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, "tcp") as client:
        await client.ping()
        await asyncio.to_thread(server.kill)
        change_secret(server)
        await asyncio.to_thread(server.start_again)
        await until(client, "disconnected")
        with pytest.raises(ConnectionLost, match="refused the login"):
            await client.ping()
    assert server.log().count("failed to authenticate as 'hello'") == 1


def change_secret(server: AsteriskServer) -> None:
    configuration = server.folder / "etc/manager.conf"
    configuration.write_text(configuration.read_text().replace("secret = world", "secret = changed"))


async def test_a_graceful_restart(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, "tcp") as client:
        notes = client.events(notices.Disconnected, notices.Connected)
        shutdown = asyncio.create_task(client.wait_for(events.Shutdown, timeout=LIMIT))
        await asyncio.sleep(0)
        with suppress(AsteriskError):  # the console may be gone before it answers
            await asyncio.to_thread(server.cli, "core restart now")
        assert (await shutdown).restart
        async with asyncio.timeout(LIMIT):
            assert isinstance(await anext(notes), notices.Disconnected)
            assert isinstance(await anext(notes), notices.Connected)
        assert await client.ping()
