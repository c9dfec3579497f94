"""A server that is stopped and started: the client restores its settings; test_kill_under_load.py has the load."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from amitypes import EventFilter, events, notices
from amitypes.errors import ConnectionLost
from tests.asterisk.clients import TRANSPORTS, Transport, make, user_event
from tests.asterisk.server import AsteriskError, AsteriskServer
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.asterisk.conftest import AsteriskFactory

LIMIT = 30.0
"""Seconds after which a test fails that still waits."""


@pytest.mark.parametrize("transport", ["tcp", "http"])
async def test_mask_and_filters_are_restored(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    server = asterisk_factory(tls=None)
    legacy = EventFilter(match="UserEvent: (kept|end)")
    client = make(server, transport, events=["user", "system"], filters=[legacy])
    async with client:
        if server.version != "16":
            await client.add_filter(
                EventFilter(name="UserEvent", header="Secret", method="exact", match="yes", exclude=True)
            )
        for number in range(2):
            stream = client.events()
            await user_event(client, "dropped")
            await user_event(client, "kept", Secret="yes")
            await user_event(client, "kept", Secret="no")
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
                await wait_until(lambda: client.state == "reconnecting", timeout=LIMIT)
                await asyncio.to_thread(server.start_again)
                await wait_until(lambda: client.state == "connected", timeout=LIMIT)


async def test_a_refused_login_is_final(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, "tcp") as client:
        await client.ping()
        await asyncio.to_thread(server.kill)
        change_secret(server)
        await asyncio.to_thread(server.start_again)
        await wait_until(lambda: client.state == "disconnected", timeout=LIMIT)
        with pytest.raises(ConnectionLost, match="refused the login"):
            await client.ping()
    assert server.log().count("failed to authenticate as 'hello'") == 1


def change_secret(server: AsteriskServer) -> None:
    configuration = server.folder / "etc/manager.conf"
    configuration.write_text(configuration.read_text().replace("secret = world", "secret = changed"))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_client_reconnects_after_a_graceful_restart(
    asterisk_factory: AsteriskFactory, transport: Transport
) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.Shutdown, notices.Disconnected)
        await client.ping()
        with suppress(AsteriskError):  # the console may be gone before it answers
            await asyncio.to_thread(server.cli, "core restart now")
        async with asyncio.timeout(LIMIT):
            received = await anext(stream)
            if isinstance(received, events.Shutdown):
                assert received.restart
                received = await anext(stream)
            else:
                assert transport != "tcp"  # over HTTP the event may be lost with the server
            assert isinstance(received, notices.Disconnected)
        await wait_until(lambda: client.state == "connected", timeout=LIMIT)
        assert await client.ping()
    await asyncio.to_thread(server.kill)  # the console of a restarted server can't be reached
