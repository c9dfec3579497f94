"""A server that sends more than anybody can take: it costs bounded memory, and what is dropped is told.

Over HTTP, where it keeps what isn't fetched. Over TCP it hangs up on who doesn't read for a while: the `writetimeout`
of manager.conf, a tenth of a second unless set, which a busy machine may well take.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from amitypes import Backlog, events, notices
from tests.asterisk.clients import Transport, make

if TYPE_CHECKING:
    from tests.asterisk.server import AsteriskServer

LIMIT = 120.0
"""Seconds after which what doesn't come won't."""
EVENTS = 10_000
SIZE = 900
"""Of each event, in bytes: a line may have 1024."""
MEMORY = 6 * 1024 * 1024
"""How much memory they may cost in bytes, and less than they are."""


def flood(server: AsteriskServer) -> None:
    """Have the server send so many user events to everybody else, as fast as it can."""
    account = server.users["hello"]
    login = f"Action: Login\r\nUsername: {account.username}\r\nSecret: {account.secret}\r\nEvents: off\r\n\r\n"
    action = f"Action: UserEvent\r\nUserEvent: Flood\r\nText: {'x' * SIZE}\r\n\r\n".encode()
    last = b"Action: UserEvent\r\nUserEvent: Last\r\n\r\nAction: Logoff\r\n\r\n"
    with socket.create_connection((server.host, server.ami_port), LIMIT) as connection:
        reading = threading.Thread(target=drain, args=(connection,))
        reading.start()
        connection.sendall(login.encode())
        for _ in range(EVENTS // 100):
            connection.sendall(action * 100)
        connection.sendall(last)
        reading.join()


def drain(connection: socket.socket) -> None:
    """Read until the server has said goodbye."""
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("transport", ["http", "digest"])
async def test_a_flood_costs_bounded_memory(asterisk: AsteriskServer, transport: Transport) -> None:
    client = make(asterisk, transport)
    handled = dropped = 0
    go_on, over = asyncio.Event(), asyncio.Event()

    @client.on(events.UserEvent, notices.Dropped, backlog=Backlog(100))
    async def handle(event: events.UserEvent | notices.Dropped) -> None:
        nonlocal handled, dropped
        await go_on.wait()
        if isinstance(event, notices.Dropped):
            dropped += event.count
        else:
            handled += 1
            if event.user_event == "Last":
                over.set()

    async with client, asyncio.timeout(LIMIT):
        await client.ping()
        arrived = client.wait_for(events.UserEvent, lambda event: event.user_event == "Last")
        tracemalloc.start()
        try:
            await asyncio.to_thread(flood, asterisk)
            await arrived
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        go_on.set()
        await over.wait()
    assert most < MEMORY
    assert dropped > 0
    assert handled + dropped == EVENTS + 1
