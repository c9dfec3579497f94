"""The command ``amitypes-codegen``: what it does, says and returns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from amitypes_codegen.commands.main import main
from click.testing import CliRunner, Result

from tests.codegen.builders import ROOT, SPECS
from tests.codegen.xml_documents import document

XML = document(
    """
<manager name="Ping" language="en_US"><synopsis>Ask for a sign of life.</synopsis>
  <syntax><parameter name="ActionID"/><parameter name="Hint"><para>Anything.</para></parameter></syntax></manager>
<managerEvent name="Newchannel" language="en_US"><managerEventInstance class="EVENT_FLAG_CALL">
  <syntax><channel_snapshot/></syntax></managerEventInstance></managerEvent>
"""
)


@pytest.fixture
def xml(tmp_path: Path) -> Path:
    path = tmp_path / "core-en_US-22.10.1.xml"
    path.write_text(XML, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def specs_from(xml: Path) -> Path:
    specs = xml.parent / "specs"
    assert run("read", xml, "--specs", specs).exit_code == 0
    (specs / "overlay").mkdir(exist_ok=True)
    (specs / "overlay" / "facts.toml").write_text(
        "[snapshot.channel]\nevidence = 'x'\nfields = ['Channel']\n[acknowledged]\nPing = 'x'\n", encoding="utf-8"
    )
    return specs


def test_read_writes_a_spec_and_says_so(xml: Path) -> None:
    specs = xml.parent / "specs"
    done = run("read", xml, "--specs", specs)
    assert done.exit_code == 0
    assert "Asterisk 22.10.1, 1 actions, 1 events" in done.output
    assert "asterisk-22.json" in done.output
    assert (specs / "lock.json").exists()
    assert "no spec has changed" in run("read", xml, "--specs", specs).output


def test_generate_check_and_drift(xml: Path) -> None:
    specs, out = specs_from(xml), xml.parent / "out"
    done = run("generate", "--specs", specs, "--out", out)
    assert done.exit_code == 0
    assert "written, 0 removed" in done.output
    assert run("check", "--specs", specs, "--out", out).exit_code == 0
    (out / "events" / "newchannel.py").write_text("changed\n", encoding="utf-8")
    (out / "actions" / "ping.py").unlink()
    (out / "mine.py").write_text("", encoding="utf-8")
    before = {path: path.read_bytes() for path in out.rglob("*.py")}
    drift = run("check", "--specs", specs, "--out", out)
    assert drift.exit_code == 1
    assert f"{out / 'actions/ping.py'}: differs" in drift.output
    assert f"{out / 'events/newchannel.py'}: differs" in drift.output
    assert f"{out / 'mine.py'}: is no part of it" in drift.output
    assert "amitypes-codegen generate" in drift.output
    assert {path: path.read_bytes() for path in out.rglob("*.py")} == before


def test_the_committed_package_is_what_the_specs_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = run("check")
    assert done.exit_code == 0, done.output


def test_an_overlay_may_be_added(xml: Path) -> None:
    specs, out = specs_from(xml), xml.parent / "out"
    more = xml.parent / "more.toml"
    more.write_text("[event.Mine]\nevidence = 'x'\nfields = ['A']\n", encoding="utf-8")
    assert run("generate", "--specs", specs, "--out", out, "--overlay", more).exit_code == 0
    assert (out / "events" / "mine.py").exists()
    assert run("check", "--specs", specs, "--out", out).exit_code == 1


def test_the_table_of_types(xml: Path) -> None:
    specs = specs_from(xml)
    done = run("types", "--specs", specs)
    assert done.exit_code == 0
    assert "actions\tPing\tHint\tstr\tundecided\t\t\n" in done.stdout
    assert "events\tNewchannel\tChannel\tstr\tundecided\t\t\n" in done.stdout
    assert done.stderr == "2 fields and parameters, 2 of them undecided; 2 names, 2 of them undecided\n"
    done = run("types", "--specs", specs, "--undecided")
    assert done.stdout == "1\tactions\tHint\n1\tevents\tChannel\n"


def test_an_action_whose_answer_nobody_has_decided(xml: Path) -> None:
    specs, out = specs_from(xml), xml.parent / "out"
    facts = specs / "overlay" / "facts.toml"
    facts.write_text(facts.read_text(encoding="utf-8").partition("[acknowledged]")[0], encoding="utf-8")
    assert "1\tanswers\tPing\n" in run("types", "--specs", specs, "--undecided").stdout
    for command in ("generate", "check"):
        done = run(command, "--specs", specs, "--out", out)
        assert done.exit_code == 2
        assert "action Ping: it isn't known what its answer is" in done.output


def test_a_package_for_one_server(xml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = xml.parent / "more.toml"
    more.write_text("[event.Mine]\nevidence = 'x'\nfields = ['A']\n", encoding="utf-8")
    monkeypatch.chdir(xml.parent)
    done = run("generate", "--xml", xml, "--out", "mypbx", "--overlay", more)
    assert done.exit_code == 0, done.output
    package = xml.parent / "mypbx"
    assert (package / "events" / "mine.py").exists()
    assert (package / "py.typed").exists()
    assert "Asterisk 22.10.1" in (package / "actions" / "ping.py").read_text(encoding="utf-8")
    assert "chan_variable" in (package / "events" / "newchannel.py").read_text(encoding="utf-8")
    assert "sign of life" not in (package / "actions" / "ping.py").read_text(encoding="utf-8")
    assert run("generate", "--xml", xml, "--out", "mypbx", "--prose").exit_code == 0
    ping = (package / "actions" / "ping.py").read_text(encoding="utf-8")
    assert "Ask for a sign of life." in ping
    assert "Anything." in ping
    assert not (package / "events" / "mine.py").exists()


@pytest.mark.parametrize("branch", [16, 23])
def test_a_package_for_a_real_release_needs_nothing_of_the_others(branch: int, tmp_path: Path) -> None:
    from tests.codegen.xml_documents import REAL

    found = [path for path in REAL if f"-{branch}." in path.name]
    if not found:
        pytest.skip("the documentation of real releases isn't here")
    done = run("generate", "--xml", found[0], "--out", tmp_path / "mypbx")
    assert done.exit_code == 0, done.output


def test_diff_of_branches_specs_and_xml(xml: Path) -> None:
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


def test_diff_of_an_installed_asterisk(xml: Path) -> None:
    specs = specs_from(xml)
    installed = xml.parent / "documentation"
    installed.mkdir()
    xml.rename(installed / "core-en_US.xml")
    assert "--release" in run("diff", "22", installed, "--specs", specs).output
    assert run("diff", "22", installed, "--release", "22.10.1", "--specs", specs).exit_code == 0
    assert "is for one XML" in run("diff", "20", "22", "--release", "22.1.0", "--specs", SPECS).output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--xml", "{xml}"], "--xml needs --out"),
        (["generate", "--prose"], "are for --xml"),
        (["generate", "--specs", "{folder}/none"], "has no specs"),
        (["generate", "--xml", "{xml}", "--out", "{folder}/my-pbx"], "no name for a Python package"),
        (["generate", "--xml", "{xml}", "--out", "{folder}/class"], "no name for a Python package"),
        (["generate", "--xml", "{xml}", "--out", "{folder}/amitypes"], "no name for a Python package"),
        (["generate", "--xml", "{folder}/missing.xml", "--out", "x"], "does not exist"),
        (["generate", "--xml", "{folder}/bad-22.1.0.xml", "--out", "x"], "bad-22.1.0.xml"),
        (["read", "{xml}", "{xml}", "--release", "22.1.0"], "--release is for one XML"),
        (["read"], "Missing argument"),
        (["diff", "22", "99", "--specs", "{specs}"], "asterisk-99.json"),
        (["what"], "No such command"),
    ],
)
def test_what_cant_be_done_says_why_without_a_traceback(xml: Path, arguments: list[str], message: str) -> None:
    (xml.parent / "bad-22.1.0.xml").write_text("<docs>", encoding="utf-8")
    values = {"xml": xml, "folder": xml.parent, "specs": SPECS}
    done = run(*(argument.format(**values) for argument in arguments))
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert isinstance(done.exception, SystemExit)


def test_the_version() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.output.startswith("amitypes-codegen, version ")


def test_the_exit_codes_are_documented() -> None:
    for command in ([], ["read"], ["generate"], ["check"], ["diff"]):
        done = run(*command, "--help")
        assert done.exit_code == 0
        assert "2  wrong usage" in done.output


def test_running_it_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amitypes_codegen", "diff", "22", "23", "--specs", str(SPECS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "codegen")},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "No changes." in done.stdout


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "jinja2.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'jinja2'\", name='jinja2')", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "amitypes_codegen", "check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT / 'codegen'}"},
    )
    assert done.returncode == 2
    assert "needs jinja2" in done.stderr
    assert "amitypes[codegen]" in done.stderr
    assert "Traceback" not in done.stderr
