"""``amitypes-codegen read``."""

from __future__ import annotations

from pathlib import Path

from tests.codegen.commands.command_line import run


def test_read_writes_specs_and_lists_the_written_files(xml: Path) -> None:
    specs = xml.parent / "specs"
    done = run("read", xml, "--specs", specs)
    assert done.exit_code == 0
    assert "Asterisk 22.10.1, 1 actions, 1 events" in done.output
    assert "asterisk-22.json" in done.output
    assert (specs / "lock.json").exists()
    assert "no spec has changed" in run("read", xml, "--specs", specs).output
