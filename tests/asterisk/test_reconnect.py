"""A server that goes and comes: what was set is set again, and what is final is final. test_killed.py has the load."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from amitypes import EventFilter, TCPClient, events, notices
from amitypes.errors import ConnectionLost
from tests.asterisk.clients import make, until_state
from tests.asterisk.server import AsteriskError, AsteriskServer

if TYPE_CHECKING:
    from tests.asterisk.clients import Client
    from tests.asterisk.conftest import AsteriskFactory

LIMIT = 30.0
"""Seconds after which what doesn't happen won't."""


async def user_event(client: Client, name: str) -> None:
    answer = await client.ami_request({"Action": "UserEvent", "UserEvent": name})
    assert answer[0]["Response"] == "Success"


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
                await until_state(client, "reconnecting", LIMIT)
                await asyncio.to_thread(server.start_again)
                await until_state(client, "connected", LIMIT)


async def test_a_refused_login_is_final(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, "tcp") as client:
        await client.ping()
        await asyncio.to_thread(server.kill)
        change_secret(server)
        await asyncio.to_thread(server.start_again)
        await until_state(client, "disconnected", LIMIT)
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
