"""``amitypes-codegen generate``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codegen.commands.command_line import run, specs_from
from tests.codegen.xml_documents import REAL


def test_an_overlay_is_added_to_that_of_the_specs(xml: Path) -> None:
    specs, out = specs_from(xml), xml.parent / "out"
    more = xml.parent / "more.toml"
    more.write_text("[event.Mine]\nevidence = 'x'\nfields = ['A']\n", encoding="utf-8")
    assert run("generate", "--specs", specs, "--out", out, "--overlay", more).exit_code == 0
    assert (out / "_events" / "mine.py").exists()
    assert run("check", "--specs", specs, "--out", out).exit_code == 1


def test_a_package_is_generated_for_one_server(xml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = xml.parent / "more.toml"
    more.write_text("[event.Mine]\nevidence = 'x'\nfields = ['A']\n", encoding="utf-8")
    monkeypatch.chdir(xml.parent)
    done = run("generate", "--xml", xml, "--out", "mypbx", "--overlay", more)
    assert done.exit_code == 0, done.output
    package = xml.parent / "mypbx"
    assert (package / "_events" / "mine.py").exists()
    assert (package / "py.typed").exists()
    assert "Asterisk 22.10.1" in (package / "_actions" / "ping.py").read_text(encoding="utf-8")
    assert "(ChannelEvent)" in (package / "_events" / "newchannel.py").read_text(encoding="utf-8")
    assert "chan_variable" in (package / "_events" / "families" / "channel_event.py").read_text(encoding="utf-8")
    assert "Check the connection" not in (package / "_actions" / "ping.py").read_text(encoding="utf-8")
    assert run("generate", "--xml", xml, "--out", "mypbx", "--prose").exit_code == 0
    ping = (package / "_actions" / "ping.py").read_text(encoding="utf-8")
    assert "Check the connection." in ping
    assert "Anything." in ping
    assert not (package / "_events" / "mine.py").exists()


@pytest.mark.parametrize("branch", [16, 23])
def test_a_package_for_a_real_release_needs_no_other_release(branch: int, tmp_path: Path) -> None:
    found = [path for path in REAL if f"-{branch}." in path.name]
    if not found:
        pytest.skip("the documentation of real releases isn't here")
    done = run("generate", "--xml", found[0], "--out", tmp_path / "mypbx")
    assert done.exit_code == 0, done.output
