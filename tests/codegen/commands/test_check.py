"""``amitypes-codegen check``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codegen.builders import ROOT
from tests.codegen.commands.command_line import run, specs_from


def test_check_lists_files_that_differ_and_writes_nothing(xml: Path) -> None:
    specs, out = specs_from(xml), xml.parent / "out"
    done = run("generate", "--specs", specs, "--out", out)
    assert done.exit_code == 0
    assert "written, 0 removed" in done.output
    assert run("check", "--specs", specs, "--out", out).exit_code == 0
    (out / "_events" / "newchannel.py").write_text("edited\n", encoding="utf-8")
    (out / "_actions" / "ping.py").unlink()
    (out / "mine.py").write_text("", encoding="utf-8")
    before = {path: path.read_bytes() for path in out.rglob("*.py")}
    changed = run("check", "--specs", specs, "--out", out)
    assert changed.exit_code == 1
    assert f"{out / '_actions/ping.py'}: differs" in changed.output
    assert f"{out / '_events/newchannel.py'}: differs" in changed.output
    assert f"{out / 'mine.py'}: isn't generated" in changed.output
    assert "amitypes-codegen generate" in changed.output
    assert {path: path.read_bytes() for path in out.rglob("*.py")} == before


def test_the_committed_package_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = run("check")
    assert done.exit_code == 0, done.output
