"""A server that sends more than a subscriber can handle: memory is bounded, and drops are reported.

Only over HTTP, where the server keeps events until they are fetched. Over TCP it disconnects a client that doesn't read
for `writetimeout` (manager.conf; a tenth of a second by default), which can happen on a busy machine.
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
"""Seconds after which a test fails that still waits."""
EVENTS = 10_000
SIZE = 900
"""Bytes of each event; a line may have 1024."""
MEMORY = 6 * 1024 * 1024
"""How many bytes of memory they may take: less than their size."""


def flood(server: AsteriskServer) -> None:
    """Let the server send many user events to all other sessions, as fast as it can."""
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
    """Read until the server closes the connection."""
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("transport", ["http", "digest"])
async def test_a_flood_over_http_takes_bounded_memory(asterisk: AsteriskServer, transport: Transport) -> None:
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
