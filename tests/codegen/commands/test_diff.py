"""``amitypes-codegen diff``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.codegen.builders import SPECS
from tests.codegen.commands.command_line import run, specs_from


def test_diff_compares_branches_spec_files_and_xml(xml: Path) -> None:
    specs = specs_from(xml)
    same = run("diff", specs / "asterisk-22.json", xml)
    assert same.exit_code == 0
    assert "No changes." in same.output
    changed = run("diff", "20", "21", "--specs", SPECS)
    assert changed.exit_code == 1
    assert "- SIPpeers" in changed.output
    document = run("diff", "20", "21", "--json", "--specs", SPECS)
    assert document.exit_code == 1
    assert "SIPpeers" in json.loads(document.output)["actions"]["removed"]


def test_diff_compares_with_an_installed_asterisk(xml: Path) -> None:
    specs = specs_from(xml)
    installed = xml.parent / "documentation"
    installed.mkdir()
    xml.rename(installed / "core-en_US.xml")
    assert "--release" in run("diff", "22", installed, "--specs", specs).output
    assert run("diff", "22", installed, "--release", "22.10.1", "--specs", specs).exit_code == 0
    assert "is for one XML" in run("diff", "20", "22", "--release", "22.1.0", "--specs", SPECS).output
