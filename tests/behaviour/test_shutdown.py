"""However a client ends, it leaves no task, no socket and no warning, and delivers all received events."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from amitypes import HTTPClient, TCPClient, events
from amitypes.testing import FakeAsterisk
from tests.unit.http_server import HTTPServer, Manager

SOURCE = Path(__file__).parents[2] / "src"
PROGRAM = """
import asyncio, sys
from amitypes import HTTPClient, Reconnect, TCPClient, events
from tests.transports import transport_of

kind, port, how = {"tcp": TCPClient, "http": HTTPClient}[sys.argv[1]], int(sys.argv[2]), sys.argv[3]
client = kind("127.0.0.1", port, username="hello", password="world", max_silence=None if how == "forever" else 60)

async def main():
    global waiting  # the garbage collector may end a task without references
    if how == "subscribed":
        client.on(events.Event)(handle)
    await client.connect()
    stream = client.events() if how == "iterating" else None
    await client.ping()
    if how == "waiting":
        waiting = asyncio.create_task(client.wait_for(events.Hangup))
        await asyncio.sleep(0)
    if how == "failing":
        raise SystemExit(0)
    if how == "reconnecting":
        transport_of(client).give_up("a test")
        while client.state != "reconnecting":
            await asyncio.sleep(0)

async def handle(event):
    pass

asyncio.run(main())
print("over")
"""


@pytest.mark.parametrize("transport", ["tcp", "http"])
@pytest.mark.parametrize("how", ["idle", "forever", "subscribed", "iterating", "waiting", "failing", "reconnecting"])
async def test_a_loop_that_ends_leaves_no_warning(transport: str, how: str) -> None:
    async with FakeAsterisk() as asterisk, HTTPServer(Manager()) as server:
        port = asterisk.port if transport == "tcp" else server.port
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", PROGRAM, transport, str(port), how),
            env={"PYTHONPATH": f"{SOURCE}{os.pathsep}{SOURCE.parent}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        async with asyncio.timeout(20):
            output, warnings = await process.communicate()
    text = warnings.decode()
    if how == "reconnecting":  # the loss itself is logged
        text = "".join(line for line in text.splitlines(keepends=True) if "connecting again" not in line)
    assert text == ""
    assert process.returncode == 0
    assert output == (b"" if how == "failing" else b"over\n")


class Both:
    """An Asterisk on one transport, and its client."""

    def __init__(
        self, client: TCPClient | HTTPClient, asterisk: FakeAsterisk, server: HTTPServer, web: Manager
    ) -> None:
        self.client = client
        self._asterisk = asterisk
        self._server = server
        self._web = web

    def send(self, *channels: str) -> None:
        """Send an event for each."""
        if isinstance(self.client, TCPClient):
            for channel in channels:
                self._asterisk.send_event("Hangup", {"Channel": channel})
        else:
            events = "".join(f"Event: Hangup\r\nChannel: {channel}\r\n\r\n" for channel in channels)
            self._web.events.put_nowait(events)

    def asked(self) -> list[str]:
        """The names of the received actions."""
        over_tcp = [action.name for action in self._asterisk.received]
        return over_tcp if isinstance(self.client, TCPClient) else self._server.actions()


@asynccontextmanager
async def served(transport: str) -> AsyncIterator[Both]:
    web = Manager()
    async with FakeAsterisk() as asterisk, HTTPServer(web) as server:
        kind, port = (TCPClient, asterisk.port) if transport == "tcp" else (HTTPClient, server.port)
        yield Both(kind("127.0.0.1", port, username="hello", password="world"), asterisk, server, web)


@pytest.mark.parametrize("transport", ["tcp", "http"])
async def test_the_end_of_the_block_logs_off_unless_it_raised(transport: str) -> None:
    async with served(transport) as both:
        async with both.client:
            assert "Logoff" not in both.asked()
        assert both.asked()[-1] == "Logoff"
        with pytest.raises(KeyError):
            async with both.client:
                raise KeyError
        assert both.asked().count("Logoff") == 1
        assert both.client.state == "closed"


@pytest.mark.parametrize("transport", ["tcp", "http"])
@pytest.mark.parametrize("how", ["logoff", "close", "block"])
async def test_received_events_are_handled_before_the_end(transport: str, how: str) -> None:
    seen: list[str] = []
    channels = [f"SIP/{number}" for number in range(50)]

    async with served(transport) as both:
        client = both.client

        @client.on(events.Hangup)
        async def slow(event: events.Hangup) -> None:
            for _ in range(10):
                await asyncio.sleep(0)
            seen.append(event.channel)

        stream, other = client.events(events.Hangup), client.events(events.Hangup)
        async with client if how == "block" else stream:
            if how != "block":
                await client.connect()
            both.send(*channels)
            async with asyncio.timeout(10):
                assert [(await anext(other)).channel for _ in channels] == channels
            assert len(seen) < len(channels)
            if how != "block":
                await getattr(client, how)()
                assert [event.channel async for event in stream] == channels
        assert seen == channels
