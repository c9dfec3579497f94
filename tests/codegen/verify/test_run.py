"""``amitypes-codegen verify`` against a fake Asterisk, and on recordings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from amitypes_codegen.commands.main import main
from amitypes_codegen.overlay.entries import Overlay
from amitypes_codegen.verify.package import Package
from amitypes_codegen.verify.run import FINDINGS, Options
from amitypes_codegen.verify.run import run as run_verification
from click.testing import CliRunner, Result

from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.codegen.builders import ROOT
from tests.codegen.verify.small_pbx import event, generate, loaded

NEW = {"Channel": "PJSIP/alice-00000001", "Mine": "4915112345678"}


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMITYPES_PASSWORD", "world")


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk() as asterisk:
        yield asterisk


def send_before_reply(pbx: FakeAsterisk, *events: tuple[str, Reply], when: str = "Ping") -> None:
    """Makes the fake send events before its reply to an action."""

    @pbx.on_action(when)
    def reply(action: ReceivedAction) -> list[Reply]:
        for name, headers in events:
            pbx.send_event(name, headers)
        return [{"Response": "Success", "Ping": "Pong", "Timestamp": "1700000000.000000"}]


async def run(pbx: FakeAsterisk | None, *arguments: object) -> Result:
    server = ["--host", pbx.host, "--port", str(pbx.port), "--username", "hello", "--duration", "0"] if pbx else []
    command = ["verify", *server, *map(str, arguments)]
    return await asyncio.to_thread(CliRunner().invoke, main, command)


async def test_a_server_without_findings(pbx: FakeAsterisk) -> None:
    send_before_reply(pbx, ("UserEvent", {"UserEvent": "Custom", "Anything": "at all"}))
    done = await run(pbx)
    assert done.exit_code == 0, done.output
    assert "The types declare everything that was received." in done.stdout
    assert "Asterisk 22.10.1 (AMI 11.0.0), verified with the types of amitypes" in done.stdout
    assert "Anything" not in done.stdout
    assert "logged in" in done.stderr


async def test_only_read_only_actions_are_sent(pbx: FakeAsterisk) -> None:
    await run(pbx)
    sent = [action.name for action in pbx.received]
    assert sent[:3] + sent[-1:] == ["Challenge", "Login", "CoreSettings", "Logoff"]
    assert sent[3:-1] == ["ListCommands", "CoreSettings", "CoreShowChannels", "Ping"]
    assert pbx.received[-2].get("Secret") == ""


async def test_with_no_actions_it_only_listens(pbx: FakeAsterisk) -> None:
    await run(pbx, "--no-actions")
    assert [action.name for action in pbx.received] == ["Challenge", "Login", "CoreSettings", "Logoff"]


async def test_an_action_of_the_user_is_sent(pbx: FakeAsterisk) -> None:
    pbx.reply("MyShow", {"Response": "Error", "Message": "no endpoint alice"})
    done = await run(pbx, "--no-actions", "--action", "MyShow:Endpoint=alice;Variable=a=b,c")
    sent = pbx.received[-2]
    assert (sent.name, sent.get("Endpoint"), sent.get("Variable")) == ("MyShow", "alice", "a=b,c")
    assert done.exit_code == 1
    assert "Actions without a class (1)\n  MyShow\n" in done.stdout
    assert "alice" not in done.stdout
    done = await run(pbx, "--no-actions", "--action", "PJSIPQualify:Endpoint=alice")
    assert "PJSIPQualify: the server doesn't offer it to this user" in done.stdout


async def test_findings_are_reported_without_values(pbx: FakeAsterisk, tmp_path: Path) -> None:
    send_before_reply(pbx, ("Strange", NEW), ("Hangup", {**NEW, "Cause": "sixteen", "Secret": "hunter2"}))
    out = tmp_path / "found.toml"
    done = await run(pbx, "--overlay-out", out)
    assert done.exit_code == 1, done.output
    assert "Events without a class (1)\n  Strange  1 time, privilege call\n" in done.stdout
    assert "Hangup.Mine  1 time  such as 9999999999999" in done.stdout
    assert "Hangup.Cause  1 time  not an integer, such as aaaaaaa" in done.stdout
    assert "Hangup.Secret  1 time  such as (hidden)" in done.stdout
    for private in ("alice", "4915112345678", "sixteen", "hunter2", "world", pbx.host):
        assert private not in done.stdout + out.read_text(encoding="utf-8")
    entry = next(entry for entry in loaded(out.read_text(encoding="utf-8"), tmp_path).events if entry.name == "Strange")
    assert entry.privileges == ("call",)
    assert entry.origin.evidence.startswith("seen on 22.10.1 on 20")
    assert "[event.Strange]" not in done.stdout
    assert f"written: {out}" in done.stderr


async def test_show_values_shows_values_but_no_secrets(pbx: FakeAsterisk) -> None:
    send_before_reply(pbx, ("Hangup", {**NEW, "Secret": "hunter2"}))
    done = await run(pbx, "--show-values")
    assert "such as 4915112345678" in done.stdout
    assert "hunter2" not in done.stdout
    assert "[event.Hangup]" in done.stdout


async def test_the_report_as_json(pbx: FakeAsterisk) -> None:
    send_before_reply(pbx, ("Strange", NEW))
    done = await run(pbx, "--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["passed"], report["release"], report["events"]["Strange"]) == (
        1,
        False,
        "22.10.1",
        1,
    )
    (found,) = (finding for finding in report["findings"] if finding["name"] == "Strange")
    assert found["kind"] == "event without a class"
    assert found["headers"]["Mine"] == ["9999999999999"]
    assert "[event.Strange]" in report["overlay"]


async def test_actions_that_the_types_or_the_server_lack_are_reported(pbx: FakeAsterisk) -> None:
    pbx.reply("MyModuleShow", {"Response": "Success"})
    report = json.loads((await run(pbx, "--json")).stdout)
    assert [finding["name"] for finding in report["findings"]] == ["MyModuleShow"]
    assert "QueueStatus" in report["not_offered"]
    assert "SIPpeers" not in report["not_offered"]
    assert "Ping" not in report["not_offered"]


async def test_an_incomplete_response_is_reported(pbx: FakeAsterisk, capsys: pytest.CaptureFixture[str]) -> None:
    pbx.reply("QueueStatus", {"Response": "Success", "EventList": "start"})
    options = Options(host=pbx.host, port=pbx.port, username="hello", duration=0, reply_timeout=0.05)
    assert await asyncio.to_thread(run_verification, options, Overlay()) == FINDINGS
    assert "Incomplete responses (1)\n  response to QueueStatus" in capsys.readouterr().out


async def test_a_refused_login_is_an_error_of_one_line(pbx: FakeAsterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMITYPES_PASSWORD", "not the secret")
    done = await run(pbx)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1
    assert "refused the login of 'hello'" in done.stderr
    assert "not the secret" not in done.output


async def test_an_unreachable_server_is_an_error_of_one_line(unused_port: int) -> None:
    done = await run(None, "--host", "127.0.0.1", "--port", unused_port, "--username", "hello")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_lost_connection_ends_it_with_the_report(pbx: FakeAsterisk) -> None:
    send_before_reply(pbx, ("Strange", NEW), when="CoreSettings")

    @pbx.on_action("Ping")
    def disconnect(action: ReceivedAction) -> list[Reply]:
        pbx.disconnect()
        return []

    done = await run(pbx)
    assert done.exit_code == 2
    assert "Ended early: the connection was lost" in done.stdout
    assert "Strange" in done.stdout
    assert pbx.host not in done.stdout
    assert done.stderr.splitlines()[-1].startswith("Error: ")


async def test_over_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with FakeAsterisk(ssl_context=context) as pbx:
        assert (await run(pbx, "--tls", "--ca", tmp_path / "ca.pem")).exit_code == 0
        refused = await run(pbx, "--tls")
    assert refused.exit_code == 2
    assert "certificate" in refused.stderr


async def interrupted(pbx: FakeAsterisk, when: str) -> tuple[int | None, bytes, bytes]:
    """Starts the command, and interrupts it when it has sent an action."""
    arguments = ["verify", "--host", pbx.host, "--port", str(pbx.port), "--username", "hello", "--duration", "600"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "amitypes_codegen", *arguments),
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'codegen'}{os.pathsep}{ROOT / 'src'}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A background job of a shell ignores the signal, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    await pbx.wait_for_action(when, timeout=60)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out, err


async def test_ctrl_c_ends_it_with_the_report(pbx: FakeAsterisk) -> None:
    send_before_reply(pbx, ("Strange", NEW))
    exit_code, out, err = await interrupted(pbx, "Ping")
    assert exit_code == 1, err
    assert b"Ended early: interrupted" in out
    assert b"Traceback" not in err
    await pbx.wait_for_action("Logoff")


async def test_ctrl_c_before_the_login_is_an_error_of_one_line(pbx: FakeAsterisk) -> None:
    pbx.reply("Login")
    exit_code, out, err = await interrupted(pbx, "Login")
    assert (exit_code, out) == (2, b"")
    assert err.decode().splitlines() == ["Error: interrupted before the login; nothing was verified"]


GREETING = b"Asterisk Call Manager/11.0.0\r\n"
REPLY = b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"


async def test_recordings_are_verified(tmp_path: Path) -> None:
    first, second = tmp_path / "first.ami", tmp_path / "second.ami"
    first.write_bytes(GREETING + REPLY + event("UserEvent", UserEvent="x", A="1") + b"Event: Cut\r\nNever: en")
    second.write_bytes(event("Strange", Depth="1"))
    done = await run(None, "--from", first)
    assert done.exit_code == 0, done.output
    assert "Asterisk 22 (AMI 11.0.0)" in done.stdout
    assert "1 message not checked" in done.stdout
    done = await run(None, "--from", first, "--from", second, "--release", "22.9.0")
    assert done.exit_code == 1
    assert 'evidence = "seen on 22.9.0 on ' in done.stdout


async def test_a_package_generated_with_the_overlay_of_a_recording_has_no_findings(
    tmp_path: Path, package: Package
) -> None:
    recording, found = tmp_path / "session.ami", tmp_path / "found.toml"
    events = [event("Ended", Channel="a", Cause="16", New=str(number)) for number in (1, 20, 300)]
    recording.write_bytes(GREETING + REPLY + b"".join([*events, event("Mine", Word="x")]))
    before = Path(sys.modules[package.name].__file__ or "").parent
    done = await run(None, "--from", recording, "--package", before, "--overlay-out", found)
    assert done.exit_code == 1, done.output
    generate(tmp_path, "known_pbx", found)
    done = await run(None, "--from", recording, "--package", tmp_path / "known_pbx")
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert "verified with the types of known_pbx" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected either --host"),
        (["--host", "x", "--from", "{file}"], "expected either --host"),
        (["--host", "127.0.0.1"], "--username"),
        (["--host", "127.0.0.1", "--username", "a", "--ca", "x"], "--ca needs --tls"),
        (["--host", "127.0.0.1", "--username", "a", "--tls", "--ca", "{folder}/none"], "none"),
        (["--host", "127.0.0.1", "--username", "a", "--port", "70000"], "70000"),
        (["--host", "127.0.0.1", "--username", "a", "--action", "Logoff"], "would end the session"),
        (["--host", "127.0.0.1", "--username", "a", "--action", "Status:Channel"], "Header=value"),
        (["--from", "{file}", "--tls"], "can't be combined with options of a connection"),
        (["--from", "{folder}/none.ami"], "does not exist"),
        (["--from", "{folder}"], "can't be read"),
        (["--from", "{file}"], "isn't a recording of AMI"),
        (["--from", "{good}", "--package", "no_such_package"], "--package no_such_package: can't be imported"),
        (["--from", "{good}", "--package", "json"], "has no clients"),
        (["--from", "{good}", "--overlay-out", "{folder}/none/o.toml"], "can't be written"),
        (["--from", "{good}", "--overlay", "{file}"], "isn't TOML"),
    ],
)
async def test_errors_are_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "file").write_bytes(b"HTTP/1.1 200 OK\r\n\r\n")
    (tmp_path / "good").write_bytes(GREETING + REPLY)
    names = {"file": tmp_path / "file", "good": tmp_path / "good", "folder": tmp_path}
    done = await run(None, *(argument.format(**names) for argument in arguments))
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert isinstance(done.exception, SystemExit)
    assert done.stdout == ""


async def test_the_password_is_never_taken_from_the_command_line(
    pbx: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMITYPES_PASSWORD")
    done = await run(pbx)
    assert done.exit_code == 2
    assert "set AMITYPES_PASSWORD" in done.stderr
    assert (await run(pbx, "--password", "world")).exit_code == 2
    assert pbx.received == []


def test_the_help_names_the_password_variable_and_the_exit_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amitypes_codegen", "verify", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "codegen")},
    )
    assert "AMITYPES_PASSWORD" in done.stdout
    assert "Exit codes:" in done.stdout
