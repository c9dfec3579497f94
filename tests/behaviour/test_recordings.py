"""Recordings of servers, replayed to the client: everything in them is as the types say."""

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


async def test_the_whole_events_of_a_recording_are_counted() -> None:
    seen = await replay(RECORDING)
    assert dict(seen.events) == {"FullyBooted": 1, "MWIGet": 1, "UserEvent": 1}
    assert seen.events.total() == events_in(RECORDING)
    assert seen.gaps() == []


async def test_gaps_in_the_types_are_reported() -> None:
    seen = await replay(RECORDING.removesuffix(b"Event: Reload\r\nPrivi") + STRANGE)
    assert seen.gaps() == [
        "Reload: Status: not an integer: 'nought'",
        "Reload: undeclared header Weather",
        "Teapot: an event without a class",
    ]


def test_the_command_fails_if_there_are_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path(tmp_path, "whole.raw").write_bytes(RECORDING)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("all is as declared\n")
    Path(tmp_path, "strange.raw").write_bytes(RECORDING.partition(b"\r\n")[0] + b"\r\n" + STRANGE)
    assert main([str(tmp_path)]) == 1
    assert "Teapot: an event without a class" in capsys.readouterr().out


def test_recordings_have_no_gaps(pytestconfig: pytest.Config) -> None:
    """Recordings in the folder of ``--recordings``."""
    folder: str | None = pytestconfig.getoption("--recordings")
    if folder is None:
        pytest.skip("needs recordings of servers: run pytest with --recordings FOLDER")
    files = sorted(Path(folder).rglob("*.raw"))
    assert files, f"no *.raw file below {folder}"
    gaps: list[str] = []
    for file in files:
        recording = file.read_bytes()
        seen = asyncio.run(replay(recording))
        assert seen.events.total() == events_in(recording), f"{file}: some events didn't reach the subscribers"
        gaps += (f"{file.name}: {gap}" for gap in seen.gaps())
    assert gaps == []
