"""What is in the wheel and the sdist."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import REPOSITORY, run, uv


def tracked(*folders: str) -> set[str]:
    """The files of some folders that belong to the project, by their paths in the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "--", *folders], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout: what belongs to the project isn't known")
    return {name for name in listing.stdout.splitlines() if (REPOSITORY / name).exists()}


@pytest.fixture(scope="module")
def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_the_wheel_holds_the_two_packages_and_nothing_else(in_wheel: set[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in in_wheel} == {"amitypes", "amitypes_codegen"}


@pytest.mark.parametrize(
    ("folder", "package"),
    [
        ("src/amitypes", "amitypes"),
        ("codegen/amitypes_codegen", "amitypes_codegen"),
        ("specs/overlay", "amitypes_codegen/overlay/shipped"),
    ],
)
def test_the_wheel_holds_every_file_of_the_project(folder: str, package: str, in_wheel: set[str]) -> None:
    wanted = {package + name.removeprefix(folder) for name in tracked(folder)}
    assert wanted
    assert wanted - in_wheel == set()


@pytest.mark.parametrize(
    "name",
    [
        "amitypes/py.typed",
        "amitypes/_generated/methods.py",
        "amitypes/_generated/_events/hangup.py",
        "amitypes/_generated/events.pyi",
        "amitypes_codegen/specs/schemas/spec.schema.json",
    ],
)
def test_the_wheel_has_the_file(name: str, in_wheel: set[str]) -> None:
    assert name in in_wheel


def test_the_wheel_has_templates_and_overlay(in_wheel: set[str]) -> None:
    assert any(
        name.startswith("amitypes_codegen/rendering/templates/") and name.endswith(".jinja") for name in in_wheel
    )
    assert any(name.startswith("amitypes_codegen/overlay/shipped/") and name.endswith(".toml") for name in in_wheel)


def test_the_wheel_carries_the_licence(in_wheel: set[str]) -> None:
    assert {Path(name).name for name in in_wheel if ".dist-info/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_the_wheel_has_neither_specs_nor_tests(in_wheel: set[str]) -> None:
    assert [
        name for name in in_wheel if (name.endswith(".json") and "asterisk-" in name) or "tests" in name.split("/")
    ] == []


def test_the_sdist_holds_what_the_wheel_and_the_tests_are_made_of(in_sdist: set[str]) -> None:
    wanted = tracked("src", "codegen", "specs", "tests", "examples", "docs", "benchmarks") | {
        "LICENSE",
        "NOTICE",
        "tox.ini",
    }
    assert wanted - in_sdist == set()


def test_the_sdist_holds_only_tracked_files(in_sdist: set[str]) -> None:
    """Caches and an editor's leavings stay at home."""
    assert [name for name in in_sdist if "__pycache__" in name or ".pyc" in name or ".cache/" in name] == []


def test_a_wheel_built_from_the_checkout_is_the_one_built_from_the_sdist(in_wheel: set[str], tmp_path: Path) -> None:
    run(uv(), "build", "-q", "--wheel", "--python", sys.executable, "--out-dir", tmp_path, REPOSITORY)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert set(archive.namelist()) == in_wheel
