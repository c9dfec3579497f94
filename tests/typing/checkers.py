"""Runs mypy and pyright as a user would, and reads what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict, cast

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


class _PyrightError(TypedDict, total=False):
    file: str
    range: _Range
    message: str
    rule: str
    severity: str


def missing(*modules: str) -> list[str]:
    """Those of some modules that aren't installed."""
    return [module for module in modules if find_spec(module) is None]


def mypy(programs: Path, scratch: Path, *, pydantic_plugin: bool = False) -> Findings:
    """Check programs with ``mypy --strict``, which also reports deprecated names.

    Args:
        programs: A folder or a file.
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
    errors = [cast("_MypyError", json.loads(line)) for line in output.splitlines()]
    return {
        (Path(error["file"]).name, error["line"], error["code"] or ""): error["message"]
        for error in errors
        if error["severity"] == "error"
    }


def pyright(programs: Path, scratch: Path) -> Findings:
    """Check programs with pyright in its strict mode, which also reports deprecated names.

    Args:
        programs: A folder or a file.
        scratch: A folder for the settings.

    Returns:
        The errors and warnings.
    """
    settings = scratch / "pyrightconfig.json"
    settings.write_text(
        json.dumps({"include": [str(programs)], "extraPaths": [str(SOURCE)], "typeCheckingMode": "strict"})
    )
    output = _run(["pyright", "--outputjson", f"--pythonpath={sys.executable}", f"--project={settings}"])
    errors = cast("list[_PyrightError]", json.loads(output)["generalDiagnostics"])
    return {
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1, error.get("rule", "")): error["message"]
        for error in errors
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
