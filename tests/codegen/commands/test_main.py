"""The command ``amitypes-codegen``: its errors, help and imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.codegen.builders import ROOT, SPECS
from tests.codegen.commands.command_line import run


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--xml", "{xml}"], "--xml needs --out"),
        (["generate", "--prose"], "are for --xml"),
        (["generate", "--specs", "{folder}/none"], "has no specs"),
        (["generate", "--xml", "{xml}", "--out", "{folder}/my-pbx"], "can't be the name of the package"),
        (["generate", "--xml", "{xml}", "--out", "{folder}/class"], "can't be the name of the package"),
        (["generate", "--xml", "{xml}", "--out", "{folder}/amitypes"], "can't be the name of the package"),
        (["generate", "--xml", "{folder}/missing.xml", "--out", "x"], "does not exist"),
        (["generate", "--xml", "{folder}/bad-22.1.0.xml", "--out", "x"], "bad-22.1.0.xml"),
        (["read", "{xml}", "{xml}", "--release", "22.1.0"], "--release is for one XML"),
        (["read"], "Missing argument"),
        (["diff", "22", "99", "--specs", "{specs}"], "asterisk-99.json"),
        (["what"], "No such command"),
    ],
)
def test_errors_are_messages_without_a_traceback(xml: Path, arguments: list[str], message: str) -> None:
    (xml.parent / "bad-22.1.0.xml").write_text("<docs>", encoding="utf-8")
    values = {"xml": xml, "folder": xml.parent, "specs": SPECS}
    done = run(*(argument.format(**values) for argument in arguments))
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert isinstance(done.exception, SystemExit)


def test_the_version_is_printed() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.output.startswith("amitypes-codegen, version ")


def test_the_help_documents_the_exit_codes() -> None:
    for command in ([], ["read"], ["generate"], ["check"], ["diff"], ["types"]):
        done = run(*command, "--help")
        assert done.exit_code == 0
        assert "2  wrong usage" in done.output


def test_it_runs_as_a_module(tmp_path: Path) -> None:
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


def test_a_missing_library_is_reported_with_the_extra_to_install(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("arguments", "not_imported"),
    [
        (["--help"], ["lxml", "jinja2", "jsonschema", "amitypes"]),
        (["types", "--specs", str(SPECS)], ["lxml", "jinja2", "amitypes"]),
        (["diff", "22", "23", "--specs", str(SPECS)], ["lxml", "jinja2", "amitypes"]),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], not_imported: list[str]) -> None:
    program = (
        "import sys; from amitypes_codegen.commands.main import main; "
        f"main({arguments!r}, standalone_mode=False); "
        f"print([name for name in {not_imported!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'codegen'}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
