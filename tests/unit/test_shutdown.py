"""However a client comes to its end, it leaves no task, no socket and no warning."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from amitypes.testing import FakeAsterisk
from tests.unit.http_server import HTTPServer, Manager

SOURCE = Path(__file__).parents[2] / "src"
PROGRAM = """
import asyncio, sys
from amitypes import HTTPClient, Reconnect, TCPClient, events

kind, port, how = {"tcp": TCPClient, "http": HTTPClient}[sys.argv[1]], int(sys.argv[2]), sys.argv[3]
client = kind("127.0.0.1", port, username="hello", password="world", max_silence=None if how == "forever" else 60)

async def main():
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
        client._supervisor.transport.give_up("a test")
        while client.state != "reconnecting":
            await asyncio.sleep(0)

async def handle(event):
    pass

asyncio.run(main())
print("over")
"""


@pytest.mark.parametrize("transport", ["tcp", "http"])
@pytest.mark.parametrize("how", ["idle", "forever", "subscribed", "iterating", "waiting", "failing", "reconnecting"])
async def test_a_loop_that_ends_without_a_word(transport: str, how: str) -> None:
    async with FakeAsterisk() as asterisk, HTTPServer(Manager()) as server:
        port = asterisk.port if transport == "tcp" else server.port
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", PROGRAM, transport, str(port), how),
            env={"PYTHONPATH": str(SOURCE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        async with asyncio.timeout(20):
            printed, complained = await process.communicate()
    said = complained.decode()
    if how == "reconnecting":  # the loss itself is logged
        said = "".join(line for line in said.splitlines(keepends=True) if "connecting again" not in line)
    assert said == ""
    assert process.returncode == 0
    assert printed == (b"" if how == "failing" else b"over\n")
