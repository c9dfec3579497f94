"""``amitypes-codegen verify`` on real servers: what the types know is known, and what they lack is found."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from amitypes import events
from tests.asterisk.clients import connected, hang_up
from tests.asterisk.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import AsteriskServer, TLSFiles

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0


class Run:
    """The command while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.exit_code = -1
        self.out = ""
        self.err = ""

    @property
    def report(self) -> dict[str, Any]:
        """What it printed, with --json."""
        report: dict[str, Any] = json.loads(self.out)
        return report

    @property
    def found(self) -> list[tuple[str, str, str | None]]:
        """Its findings: kind, name, header."""
        return [(each["kind"], each["name"], each.get("header")) for each in self.report["findings"]]


async def start(*arguments: object, password: str = "world") -> Run:
    path = f"{ROOT / 'codegen'}{os.pathsep}{ROOT / 'src'}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "amitypes_codegen", *map(str, arguments)),
        env={**os.environ, "PYTHONPATH": path, "AMITYPES_PASSWORD": password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A shell has its background jobs ignore the signal, and who started these tests may be one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    return Run(process)


async def end(run: Run) -> Run:
    async with asyncio.timeout(SECONDS):
        out, err = await run.process.communicate()
    run.out, run.err = out.decode(), run.err + err.decode()
    run.exit_code = run.process.returncode or 0
    return run


async def verify(server: AsteriskServer, *arguments: object, user: str = "hello") -> Run:
    """The command, which asks and doesn't wait for more."""
    account = server.users[user]
    connection = ["--host", server.host, "--username", account.username, "--duration", "0"]
    if not {"--port", "--http", "--tls"} & set(arguments):
        connection += ["--port", str(server.ami_port)]
    return await end(await start("verify", *connection, *arguments, password=account.secret))


@asynccontextmanager
async def listening(server: AsteriskServer, *arguments: object) -> AsyncIterator[Run]:
    """The command while it listens; the end of the block interrupts it."""
    connection = ["--host", server.host, "--port", server.ami_port, "--username", "hello", "--duration", "600"]
    run = await start("verify", *connection, *arguments)
    assert run.process.stderr is not None
    try:
        async with asyncio.timeout(SECONDS):
            run.err = (await run.process.stderr.readline()).decode()
        assert run.err.startswith("logged in"), run.err
        yield run
        run.process.send_signal(signal.SIGINT)
        await end(run)
    finally:
        if run.process.returncode is None:
            run.process.kill()
            await run.process.wait()


async def call(server: AsteriskServer) -> None:
    """A call with a user event, and one to a queue."""
    async with connected(server, "tcp") as client:
        for extension, reached in (("900", events.UserEvent), ("600", events.QueueCallerJoin)):
            there = client.wait_for(reached, timeout=SECONDS)
            await client.actions.originate(
                channel=f"Local/{extension}@from-internal", application="Wait", data="10", async_=True
            )
            await there
        await hang_up(client)


@pytest.mark.parametrize("transport", ["tcp", "tls", "http", "https"])
async def test_verify_finds_nothing_on_a_default_server(
    asterisk: AsteriskServer, tls_files: TLSFiles, transport: str
) -> None:
    how = {
        "tcp": ["--port", asterisk.ami_port],
        "tls": ["--port", asterisk.ami_tls_port, "--tls", "--ca", tls_files.authority],
        "http": ["--port", asterisk.http_port, "--http"],
        "https": ["--port", asterisk.https_port, "--http", "--tls", "--ca", tls_files.authority],
    }
    run = await verify(asterisk, "--json", *how[transport])
    assert run.found == [], run.out
    assert run.exit_code == 0, run.err
    assert run.report["release"] == asterisk.release.partition("~")[0]
    answered = set(run.report["responses"])
    assert {"CoreStatus", "CoreShowChannels", "PJSIPShowEndpoints", "QueueStatus", "ListCommands"} <= answered
    assert "QueueStatus" not in run.report["refused"]


async def test_verify_finds_nothing_in_a_call_with_user_events(asterisk: AsteriskServer) -> None:
    async with listening(asterisk, "--json") as run:
        await call(asterisk)
    assert run.found == [], run.out
    assert run.exit_code == 0, run.err
    assert run.report["ended_early"] == "interrupted"
    assert {"Newchannel", "Hangup", "UserEvent", "QueueCallerJoin"} <= set(run.report["events"])


async def test_verify_reveals_no_secret(asterisk: AsteriskServer) -> None:
    run = await verify(asterisk, "--show-values")
    assert run.exit_code == 0
    for account in asterisk.users.values():
        assert account.secret not in run.out + run.err


async def test_verify_works_with_few_permissions(asterisk: AsteriskServer) -> None:
    run = await verify(asterisk, "--json", user="limited")
    assert run.exit_code == 0, run.out + run.err
    assert "PJSIPShowEndpoints" not in run.report["responses"]
    assert "Originate" in run.report["not_offered"]


async def test_verify_reports_a_refused_login(asterisk: AsteriskServer) -> None:
    words = ["verify", "--host", asterisk.host, "--port", asterisk.ami_port, "--username", "hello"]
    run = await end(await start(*words, password="wrong-secret"))
    assert (run.exit_code, run.out) == (2, "")
    assert "refused the login" in run.err
    assert "wrong-secret" not in run.err


async def test_verify_knows_what_manager_conf_adds_to_events(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(
        manager_options={"timestampevents": "yes", "debug": "on", "channelvars": "GREETING,CHANNEL(language)"}
    )
    async with listening(server, "--json") as run:
        await call(server)
    assert run.found == [], run.out
    assert run.exit_code == 0


async def test_verify_reads_a_recording(asterisk: AsteriskServer, tmp_path: Path) -> None:
    path = tmp_path / "session.ami"
    with Recorder(asterisk.host, asterisk.ami_port, asterisk.users["hello"], path=path) as recorder:
        await call(asterisk)
        recorder.send(Action="QueueStatus", ActionID="q")
        await asyncio.to_thread(recorder.wait_for, rb"^Event: QueueStatusComplete\r\n(?:.+\r\n)*\r\n")
    run = await end(await start("verify", "--from", path, "--json"))
    assert run.found == [], run.out
    assert run.exit_code == 0, run.err
    assert run.report["release"] == asterisk.version
    assert {"Newchannel", "QueueMember"} <= set(run.report["events"])


async def test_verify_writes_an_overlay_for_what_the_types_lack(asterisk: AsteriskServer, tmp_path: Path) -> None:
    """A package made from a documentation with gaps, and another one from the same and what verify wrote."""
    xml = tmp_path / "core-en_US.xml"
    documentation = asterisk.folder.parents[1] / "usr/share/asterisk/documentation/core-en_US.xml"
    text = documentation.read_text(encoding="utf-8")
    gaps = {
        r'<managerEvent [^>]*name="DialState".*?</managerEvent>': "",
        r'<managerEvent [^>]*name="Newstate".*?</managerEvent>': "",
        r'<manager [^>]*name="CoreStatus".*?</manager>': "",
        r'(<managerEvent [^>]*name="Hangup".*?)<parameter name="Cause-txt">.*?</parameter>': r"\1",
    }
    for pattern, instead in gaps.items():
        text, count = re.subn(pattern, instead, text, count=1, flags=re.DOTALL)
        assert count == 1, pattern
    xml.write_text(text, encoding="utf-8")
    found = tmp_path / "found.toml"
    made = ["generate", "--xml", xml, "--release", asterisk.release.partition("~")[0], "--out"]

    run = await end(await start(*made, tmp_path / "lacking"))
    assert run.exit_code == 0, run.err
    async with listening(asterisk, "--package", tmp_path / "lacking", "--json", "--overlay-out", found) as run:
        await call(asterisk)
    assert run.exit_code == 1, run.err
    assert ("event without a class", "Newstate", None) in run.found
    assert ("undeclared header", "Hangup", "Cause-txt") in run.found
    assert ("action without a class", "CoreStatus", None) in run.found
    overlay = found.read_text(encoding="utf-8")
    assert 'snapshots = [{ kind = "channel", prefix = "" }]' in overlay
    assert f'evidence = "seen on {asterisk.release.partition("~")[0]}' in overlay

    run = await end(await start(*made, tmp_path / "complete", "--overlay", found))
    assert run.exit_code == 0, run.err
    async with listening(asterisk, "--package", tmp_path / "complete", "--json") as run:
        await call(asterisk)
    assert run.found == [("action without a class", "CoreStatus", None)], run.out
