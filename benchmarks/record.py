"""Records the flood that the benchmarks replay: what a live Asterisk sends of a few hundred calls.

`python -m benchmarks.record` needs what the live tests need (Linux, root; see tests/asterisk/README.md) and writes
`benchmarks/data/flood.raw.xz`: whole messages, as they came over TCP.
"""

from __future__ import annotations

import asyncio
import itertools
import lzma
import tempfile
from pathlib import Path

import click

from amitypes import TCPClient, actions, events
from benchmarks.flood import RECORDING
from tests.asterisk.recorder import Recorder
from tests.asterisk.server import AsteriskServer

EXTENSIONS = ("100", "101", "200", "300", "600", "700", "900", "901")
"""Music, an echo, a short call, busy, a queue, a conference, a user event and a CEL event of tests/asterisk/config."""


@click.command()
@click.option("--calls", default=400, show_default=True, help="How many calls are placed.")
@click.option("--version", default="22", show_default=True, help="Which Asterisk.")
def main(calls: int, version: str) -> None:
    """Record a flood of calls."""
    with tempfile.TemporaryDirectory() as folder, AsteriskServer(version) as server:
        path = Path(folder, "stream.raw")
        with Recorder(server.host, server.ami_port, server.users["hello"], path=path):
            asyncio.run(_place(server, calls))
        stream = path.read_bytes()
    # From the first event on; the login and what belongs to it isn't part of a flood.
    begin, end = stream.index(b"Event: "), stream.rindex(b"\r\n\r\n") + 4
    RECORDING.parent.mkdir(exist_ok=True)
    RECORDING.write_bytes(lzma.compress(stream[begin:end], preset=9 | lzma.PRESET_EXTREME))
    messages = stream[begin:end].count(b"\r\n\r\n")
    click.echo(f"{messages} events, {(end - begin) / messages:.0f} bytes each, {RECORDING.stat().st_size} compressed")


async def _place(server: AsteriskServer, calls: int) -> None:
    account = server.users["hello"]
    client = TCPClient(server.host, server.ami_port, username=account.username, password=account.secret)
    ended = client.events(events.Hangup)
    async with client, ended, asyncio.timeout(300):
        for number, extension in zip(range(calls), itertools.cycle(EXTENSIONS), strict=False):
            await client.send(
                actions.Originate(
                    channel=f"Local/{extension}@from-internal",
                    context="from-internal",
                    exten=EXTENSIONS[number % 3],
                    priority=1,
                    caller_id=f'"Caller {number}" <{1000 + number}>',
                    async_=True,
                    variable={"campaign": f"autumn {number % 7}"},
                )
            )
            await asyncio.sleep(0.02)
        await asyncio.sleep(5)
        for channel in (await client.actions.core_show_channels()).items:
            await client.ami_request({"Action": "Hangup", "Channel": channel.channel})
        while (await client.actions.core_show_channels()).items:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    main()
