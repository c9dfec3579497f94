"""Builds the distributions, and makes environments that hold nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LEAKS = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MYPYPATH"}
"""Variables by which the checkout would be found in an environment that shall not know it."""


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Run a command that must succeed.

    Returns:
        What it printed.
    """
    result = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in LEAKS},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}"
    return result.stdout


def uv() -> str:
    """The path of uv, which builds and installs quickly."""
    found = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip("needs uv: run tox -e package, or install the group 'package'")
    return found


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and an empty folder to work in."""

    folder: Path
    work: Path

    def command(self, name: str, *arguments: str | Path) -> str:
        """Run an installed command in the empty folder."""
        return run(self.folder / "bin" / name, *arguments, folder=self.work)

    def python(self, code: str) -> str:
        """Run a piece of Python in the empty folder."""
        return self.command("python", "-c", code)

    def has(self, module: str) -> bool:
        """Whether a module can be imported."""
        return (
            self.python(f"from importlib.util import find_spec; print(find_spec({module!r}) is not None)") == "True\n"
        )


def environment(folder: Path, *requirements: str | Path) -> Environment:
    """Make an environment with some requirements and what they need."""
    work = folder / "work"
    work.mkdir(parents=True)
    made = Environment(folder / "venv", work)
    run(uv(), "venv", "-q", "--python", sys.executable, made.folder)
    run(uv(), "pip", "install", "-q", "--python", made.folder / "bin" / "python", *requirements)
    return made


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(uv(), "build", "-q", "--python", sys.executable, "--out-dir", folder, REPOSITORY)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    (found,) = distributions.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(distributions: Path) -> Path:
    (found,) = distributions.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def runtime(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with ``pip install amitypes``."""
    return environment(tmp_path_factory.mktemp("runtime"), wheel)


@pytest.fixture(scope="session")
def generator(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with ``pip install amitypes[codegen]``, and mypy to check what it generates."""
    return environment(tmp_path_factory.mktemp("generator"), f"{wheel}[codegen]", "mypy==2.4.1")
