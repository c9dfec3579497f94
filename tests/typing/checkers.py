"""Runs mypy and pyright as a user would, and reads what they say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NotRequired, TypedDict, cast

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src"
"""The checkout's code is checked: what gets installed is the business of tests/packaging."""

Finding = tuple[str, int, str]
"""An error: the file's name, the line, and the code or rule."""
Findings = dict[Finding, str]
"""The errors, with their messages."""


class _MypyError(TypedDict):
    file: str
    line: int
    message: str
    code: str | None
    severity: str


class _Position(TypedDict):
    line: int


class _Range(TypedDict):
    start: _Position


class _PyrightError(TypedDict):
    file: str
    range: _Range
    message: str
    rule: NotRequired[str]
    severity: str


class _PyrightSummary(TypedDict):
    filesAnalyzed: int


class _PyrightReport(TypedDict):
    generalDiagnostics: list[_PyrightError]
    summary: _PyrightSummary


def missing(*modules: str) -> list[str]:
    """Those of some modules that aren't installed."""
    return [module for module in modules if find_spec(module) is None]


def mypy(programs: Path, scratch: Path, *, pydantic_plugin: bool = False) -> Findings:
    """Check programs with ``mypy --strict``, which also reports deprecated names.

    Args:
        programs: A folder.
        scratch: A folder for the settings.
        pydantic_plugin: Whether pydantic's mypy plugin is in use.

    Returns:
        The errors.
    """
    settings = scratch / "mypy.ini"
    # What is wrong in the package itself isn't reported, as where it is installed.
    settings.write_text(
        f"[mypy]\n{'plugins = pydantic.mypy' if pydantic_plugin else ''}\n[mypy-amitypes.*]\nfollow_imports = silent\n"
    )
    cache = REPOSITORY / ".mypy_cache" / ("programs-plugin" if pydantic_plugin else "programs")
    output = _run(
        [
            *("mypy", "--strict", "--enable-error-code=deprecated", "--output=json"),
            *(f"--config-file={settings}", f"--cache-dir={cache}", str(programs)),
        ],
        MYPYPATH=str(SOURCE),
    )
    errors = [cast("_MypyError", json.loads(line)) for line in output.splitlines() if line]
    return {
        (Path(error["file"]).name, error["line"], error["code"] or ""): error["message"]
        for error in errors
        if error["severity"] == "error"
    }


def pyright(programs: Path, scratch: Path, *, strict: bool) -> Findings:
    """Check programs with pyright, which also reports deprecated names.

    Args:
        programs: A folder.
        scratch: A folder for the settings.
        strict: Whether what has no known type is an error, too.

    Returns:
        The errors and warnings.
    """
    # pyright takes nothing from outside the settings' folder.
    shutil.copytree(programs, scratch / programs.name)
    settings = scratch / "pyrightconfig.json"
    settings.write_text(
        json.dumps(
            {
                "include": [programs.name],
                "extraPaths": [str(SOURCE)],
                "typeCheckingMode": "strict" if strict else "standard",
                "reportDeprecated": "error",
            }
        )
    )
    output = _run(["pyright", "--outputjson", f"--pythonpath={sys.executable}", f"--project={settings}"])
    report = cast("_PyrightReport", json.loads(output))
    if report["summary"]["filesAnalyzed"] == 0:
        msg = f"pyright found no programs in {programs}"
        raise RuntimeError(msg)
    return {
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1, error.get("rule", "")): error["message"]
        for error in report["generalDiagnostics"]
        if error["severity"] != "information"
    }


def _run(command: list[str], **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", **environment},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if result.returncode > 1 or not (result.stdout or result.returncode == 0):  # 1 only says that errors were found
        msg = f"{command[0]} failed with exit code {result.returncode}:\n{result.stdout}{result.stderr}"
        raise RuntimeError(msg)
    return result.stdout
