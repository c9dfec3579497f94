"""What type checkers and completion take for a program that uses amitypes."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import amitypes
from benchmarks import programs
from benchmarks.findings import Goal, Section, Spread, Table
from benchmarks.language_server import LanguageServer
from benchmarks.running import Effort, interleaved

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAMS: Final = {"with_amitypes": "amitypes", "with_pydantic": "pydantic alone"}
_CHECKERS: Final = {"cold": "mypy --strict, cold", "warm": "mypy --strict, warm", "pyright": "pyright"}
_MORE: Final = "\n\nasync def more(client: TCPClient, event: events.Hangup) -> None:\n    "
_COMPLETIONS: Final = {
    "`client.actions.`": ("with_amitypes", f"{_MORE}client.actions.", "originate"),
    "`events.`": ("with_amitypes", f"{_MORE}events.", "Hangup"),
    "`event.`, a `Hangup`": ("with_amitypes", f"{_MORE}event.", "cause_txt"),
    "the same with pydantic alone": (
        "with_pydantic",
        "\n\nasync def more(event: Hangup) -> None:\n    event.",
        "cause_txt",
    ),
}
"""The program, what is typed at its end, and what has to be among the answers."""


def measure(effort: Effort) -> Section:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = _install(folder / "environment")
        changes = effort.of(5)
        works = {program: partial(_check, program, python, folder) for program in _PROGRAMS}
        checks = interleaved(min(effort.repetitions, 5), works)
        completions = interleaved(
            min(effort.repetitions, 3),
            {label: partial(_complete, *what, python, folder, changes=changes) for label, what in _COMPLETIONS.items()},
        )
    cpu = {
        (program, checker): Spread.of(run[checker] for run in runs)
        for program, runs in checks.items()
        for checker in _CHECKERS
    }
    ratios = {
        checker: cpu["with_amitypes", checker].median / cpu["with_pydantic", checker].median for checker in _CHECKERS
    }
    seconds = {
        label: tuple(Spread.of(run[place] for run in runs) for place in range(4)) for label, runs in completions.items()
    }
    actions = seconds["`client.actions.`"]
    return Section(
        title="Type checking and completion",
        text="A program of 50 lines with amitypes, and one that does much the same with models of its own: seconds of "
        "CPU until it is checked. Warm means with a cache of what is imported, after a change of the program. "
        "Completions are those that pyright's language server gives an editor: the first when the program has just "
        "been opened, then after each of some changes. What else the machine does counts in seconds, not in those of "
        "CPU.",
        tables=(
            Table(
                title="Type checking",
                columns=(*(f"{label}: s of CPU" for label in _PROGRAMS.values()), "ratio"),
                rows={
                    label: (*(cpu[program, checker] for program in _PROGRAMS), ratios[checker])
                    for checker, label in _CHECKERS.items()
                },
            ),
            Table(
                title="Completion",
                columns=("first: s", "first: s of CPU", "then: s", "then: s of CPU"),
                rows={label: (*spreads,) for label, spreads in seconds.items()},
            ),
        ),
        goals=(
            *(
                Goal(what=f"{label}, to pydantic alone", seen=ratios[checker], limit=2, at_most=True)
                for checker, label in _CHECKERS.items()
            ),
            *(
                Goal(
                    what=f"completion on `client.actions.`, {when}: CPU",
                    seen=spread.median,
                    limit=1,
                    at_most=True,
                    unit="s",
                )
                for when, spread in {"the first": actions[1], "then": actions[3]}.items()
            ),
        ),
    )


def _install(folder: Path) -> Path:
    """Make an environment with amitypes among its packages, as users have it; gives its interpreter."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    shutil.copytree(Path(amitypes.__file__).parent, packages / "amitypes", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def _program(name: str) -> str:
    return (Path(programs.__file__).parent / f"{name}.py").read_text(encoding="utf-8")


def _check(name: str, python: Path, folder: Path) -> dict[str, float]:
    """Seconds of CPU by checker."""
    program, cache = folder / f"{name}.py", folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    settings = ["--config-file=", "--strict", f"--cache-dir={cache}", f"--python-executable={python}"]
    mypy = [sys.executable, "-m", "mypy", *settings, str(program)]
    spent = {}
    program.write_text(_program(name), encoding="utf-8")
    spent["cold"] = _cpu_of(mypy, folder)
    program.write_text(_program(name) + "print(causes)\n", encoding="utf-8")
    spent["warm"] = _cpu_of(mypy, folder)
    spent["pyright"] = _cpu_of([sys.executable, "-m", "pyright", f"--pythonpath={python}", str(program)], folder)
    return spent


def _cpu_of(command: list[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=folder, env=_environment(), timeout=600
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _environment() -> Mapping[str, str]:
    left_out = {"PYTHONPATH", "MYPYPATH"}
    return {name: value for name, value in os.environ.items() if name not in left_out} | {
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"
    }


def _complete(name: str, typed: str, expected: str, python: Path, folder: Path, *, changes: int) -> tuple[float, ...]:
    """Seconds, and seconds of CPU, of the first answer and of those after so many changes."""
    text = _program(name) + typed
    document = folder / "program.py"
    document.write_text(text, encoding="utf-8")
    line, character = text.count("\n"), len(text.rpartition("\n")[2])
    found: list[tuple[float, float]] = []
    with LanguageServer(python, document) as server:
        for change in range(1 + changes):
            began, cpu = time.perf_counter(), server.cpu()
            server.show(text + "\n" * change)
            labels = server.complete(line, character)
            found.append((time.perf_counter() - began, server.cpu() - cpu))
            if expected not in labels:
                raise RuntimeError(f"{typed.strip()} isn't completed: {sorted(labels)[:20]}")
    first, *then = found
    return (*first, *(median(each[place] for each in then) for place in (0, 1)))
