"""The command ``amitypes``: its options, errors and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from amitypes import __version__
from amitypes._cli import demo
from amitypes._cli import main as cli
from amitypes._cli.demo import Server
from tests.markdown import REPOSITORY
from tests.unit.cli.test_demo import check_output

REQUIRED = ["--host", "127.0.0.1", "--username", "hello"]


def test_python_m_amitypes_runs_the_demo() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "amitypes", "demo"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")},
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "A fake Asterisk listens on 127.0.0.1:" in done.stdout
    assert done.stdout.endswith("Logged off.\n")
    check_output(done.stdout)


def test_main_returns_zero_after_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == 0
    captured = capsys.readouterr()
    check_output(captured.out)
    assert captured.err == ""


def test_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"amitypes {__version__}\n"


def test_an_error_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", *REQUIRED, "--port", "1", "--password", "hush"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("amitypes: Can't connect to AMI at 127.0.0.1:1")
    assert captured.err.count("\n") == 1
    assert "hush" not in captured.err + captured.out


def test_a_missing_ca_file_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
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
def test_conflicting_options_are_refused(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err


class Console(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMITYPES_PASSWORD", raising=False)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> list[Server | None]:
    """The servers that the demo is called with, instead of running it."""
    called: list[Server | None] = []

    async def note(server: Server | None, **options: object) -> None:
        called.append(server)

    monkeypatch.setattr(demo, "demo", note)
    return called


def test_the_password_comes_from_the_environment(servers: list[Server | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMITYPES_PASSWORD", "from environment")
    assert cli.main(["demo", *REQUIRED]) == 0
    assert servers[0] is not None
    assert servers[0].password == "from environment"
    assert "from environment" not in repr(servers[0])


def test_the_password_comes_from_a_prompt(servers: list[Server | None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Console())
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"answer to {prompt}")
    assert cli.main(["demo", *REQUIRED, "--http", "--tls", "--ca", "file", "--port", "7"]) == 0
    assert servers == [Server("127.0.0.1", 7, "hello", "answer to Password of hello: ", tls=True, ca="file", http=True)]


def test_without_password_and_terminal_the_command_fails(
    servers: list[Server | None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("world\n"))
    with pytest.raises(SystemExit) as left:
        cli.main(["demo", *REQUIRED])
    assert left.value.code == 2
    assert "AMITYPES_PASSWORD" in capsys.readouterr().err
    assert servers == []


def test_an_interrupt_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupt(server: Server | None, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "demo", interrupt)
    assert cli.main(["demo"]) == 130
