"""What servers once sent, played to the client: all of it is as the types say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.asterisk.replay import events_in, main, replay

RECORDING = (
    b"Asterisk Call Manager/11.0.0\r\n"
    b"Response: Success\r\nActionID: somebody-1\r\nMessage: Authentication accepted\r\n\r\n"
    b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\nUptime: 3\r\nLastReload: 3\r\n\r\n"
    b"Response: Success\r\nActionID: somebody-2\r\nEventList: start\r\nMessage: Mailboxes will follow\r\n\r\n"
    b"Event: MWIGet\r\nMailbox: 1000\r\nOldMessages: 1\r\nNewMessages: 2\r\nActionID: somebody-2\r\n\r\n"
    b"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Any\r\nWhatever: free\r\n\r\n"
    b"Event: Reload\r\nPrivi"
)
STRANGE = (
    b"Event: Reload\r\nPrivilege: system,all\r\nModule: All\r\nStatus: nought\r\nWeather: fine\r\n\r\n"
    b"Event: Teapot\r\nLid: on\r\n\r\n"
)


async def test_whole_events_are_counted() -> None:
    seen = await replay(RECORDING)
    assert dict(seen.events) == {"FullyBooted": 1, "MWIGet": 1, "UserEvent": 1}
    assert seen.events.total() == events_in(RECORDING)
    assert seen.gaps() == []


async def test_what_the_types_do_not_know_is_told() -> None:
    seen = await replay(RECORDING.removesuffix(b"Event: Reload\r\nPrivi") + STRANGE)
    assert seen.gaps() == [
        "Reload: Status: not an integer: 'nought'",
        "Reload: undeclared header Weather",
        "Teapot: an event without a class",
    ]


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(tmp_path, "whole.raw").write_bytes(RECORDING)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("all is as declared\n")
    Path(tmp_path, "strange.raw").write_bytes(RECORDING.partition(b"\r\n")[0] + b"\r\n" + STRANGE)
    assert main([str(tmp_path)]) == 1
    assert "Teapot: an event without a class" in capsys.readouterr().out


def test_recordings(pytestconfig: pytest.Config) -> None:
    """Those of the folder that `--recordings` names."""
    folder: str | None = pytestconfig.getoption("--recordings")
    if folder is None:
        pytest.skip("needs recordings of servers: run pytest with --recordings FOLDER")
    files = sorted(Path(folder).rglob("*.raw"))
    assert files, f"no *.raw file below {folder}"
    gaps: list[str] = []
    for file in files:
        recording = file.read_bytes()
        seen = asyncio.run(replay(recording))
        assert seen.events.total() == events_in(recording), f"{file}: not every event reached the subscribers"
        gaps += (f"{file.name}: {gap}" for gap in seen.gaps())
    assert gaps == []
