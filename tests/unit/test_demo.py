"""The command ``amitypes``, as a newcomer runs it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest

from amitypes import __version__
from amitypes._cli import demo
from amitypes._cli import main as cli
from amitypes._cli.demo import CallFailed, Server
from amitypes._protocol.errors import AuthenticationError, ConnectionLost
from amitypes.testing import FakeAsterisk

SOURCE = Path(__file__).parents[2] / "src"
REQUIRED = ["--host", "127.0.0.1", "--username", "hello"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMITYPES_PASSWORD", raising=False)


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk(extensions={"300": "busy", "999": "unknown"}) as server:
        yield server


async def run(server: Server | None, *, channel: str = "Local/100@from-internal", timeout: float = 10) -> str:
    out = StringIO()
    await demo.demo(
        server, channel=channel, exten="200", context="from-internal", timeout=timeout, out=out, pace=0, call_seconds=0
    )
    return out.getvalue()


def at(pbx: FakeAsterisk, *, password: str = "world") -> Server:
    return Server(pbx.host, pbx.port, "hello", password)


def check_output(text: str) -> None:
    kinds = re.findall(r"^ *\d+\.\d\d s  (\w+) ", text, re.MULTILINE)
    assert kinds[:2] == ["Newchannel", "Newchannel"]
    assert kinds[-1] == "Hangup"
    assert {"Newexten", "Newstate", "DialBegin", "DialEnd", "OriginateResponse"} <= set(kinds)
    assert "cause=16, cause_txt='Normal Clearing'" in text
    assert "The call is over: 2 channels" in text
    assert "\033" not in text


def test_the_command_as_it_is_typed() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "amitypes", "demo"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "A fake Asterisk listens on 127.0.0.1:" in done.stdout
    assert done.stdout.endswith("Logged off.\n")
    check_output(done.stdout)


def test_main_returns_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == 0
    captured = capsys.readouterr()
    check_output(captured.out)
    assert captured.err == ""


async def test_a_server_of_ones_own(pbx: FakeAsterisk) -> None:
    text = await run(at(pbx))
    check_output(text)
    assert f"Connecting to 127.0.0.1:{pbx.port} as hello." in text
    assert "Asterisk 22.10.1, AMI 11.0.0" in text
    assert "world" not in text
    originate = next(action for action in pbx.received if action.name == "Originate")
    assert (originate.get("Async"), originate.get("Exten")) == ("true", "200")
    assert pbx.received[-1].name == "Logoff"


async def test_events_of_other_calls_are_not_shown(pbx: FakeAsterisk) -> None:
    async def interfere() -> None:
        await pbx.wait_for_action("Originate")
        pbx.send_event("Hangup", {"Channel": "SIP/other", "Uniqueid": "other", "Linkedid": "other"})

    other = asyncio.create_task(interfere())
    text = await run(at(pbx))
    await other
    assert "SIP/other" not in text
    check_output(text)


async def test_the_typed_fields_are_there() -> None:
    for event, fields in demo.SHOWN.items():
        assert set(fields) <= set(event.model_fields)


async def test_a_busy_line(pbx: FakeAsterisk) -> None:
    with pytest.raises(CallFailed, match=r"Local/300@x was not connected to 200@from-internal: busy \(reason 5\)"):
        await run(at(pbx), channel="Local/300@x")


async def test_a_channel_that_cannot_be_called(pbx: FakeAsterisk) -> None:
    with pytest.raises(CallFailed, match="could not be called"):
        await run(at(pbx), channel="Local/999@x")


async def test_events_that_do_not_come(pbx: FakeAsterisk) -> None:
    pbx.reply("Originate", {"Response": "Success", "Message": "Originate successfully queued"})
    with pytest.raises(CallFailed, match="read=call,dialplan"):
        await run(at(pbx), timeout=0.05)


async def test_a_wrong_password(pbx: FakeAsterisk) -> None:
    with pytest.raises(AuthenticationError):
        await run(at(pbx, password="wrong"))


async def test_a_connection_that_breaks(pbx: FakeAsterisk) -> None:
    @pbx.on_action("Originate")
    def leave(action: object) -> list[dict[str, str]]:
        pbx.disconnect()
        return []

    with pytest.raises(ConnectionLost):
        await run(at(pbx))


def test_colours_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\033[" in demo._Style(Terminal()).strong("x")
    assert demo._Style(StringIO()).strong("x") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert demo._Style(Terminal()).strong("x") == "x"


# Options


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"amitypes {__version__}\n"


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", *REQUIRED, "--port", "1", "--password", "hush"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("amitypes: Can't connect to AMI at 127.0.0.1:1")
    assert captured.err.count("\n") == 1
    assert "hush" not in captured.err + captured.out


def test_a_missing_ca_file_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    missing = str(tmp_path / "none.pem")
    assert cli.main(["demo", *REQUIRED, "--password", "x", "--tls", "--ca", missing]) == 1
    captured = capsys.readouterr()
    assert missing in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["demo", "--port", "5038"], "--port needs --host"),
        (["demo", "--http"], "--http needs --host"),
        (["demo", "--ca", "x", "--host", "pbx"], "--ca needs --tls"),
        (["demo", "--host", "pbx"], "--host needs --username"),
    ],
)
def test_options_that_do_not_fit(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err


class Console(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Server | None]:
    """The servers that the demo was run against, instead of running it."""
    servers: list[Server | None] = []

    async def note(server: Server | None, **options: object) -> None:
        servers.append(server)

    monkeypatch.setattr(demo, "demo", note)
    return servers


def test_the_password_of_the_environment(asked: list[Server | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMITYPES_PASSWORD", "from environment")
    assert cli.main(["demo", *REQUIRED]) == 0
    assert asked[0] is not None
    assert asked[0].password == "from environment"
    assert "from environment" not in repr(asked[0])


def test_the_password_is_asked_for(asked: list[Server | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Console())
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"answer to {prompt}")
    assert cli.main(["demo", *REQUIRED, "--http", "--tls", "--ca", "file", "--port", "7"]) == 0
    assert asked == [Server("127.0.0.1", 7, "hello", "answer to Password of hello: ", tls=True, ca="file", http=True)]


def test_no_password_and_nobody_to_ask(
    asked: list[Server | None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("world\n"))
    with pytest.raises(SystemExit) as left:
        cli.main(["demo", *REQUIRED])
    assert left.value.code == 2
    assert "AMITYPES_PASSWORD" in capsys.readouterr().err
    assert asked == []


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupt(server: Server | None, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "demo", interrupt)
    assert cli.main(["demo"]) == 130
