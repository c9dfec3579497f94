"""The rules between the rooms, as docs/architecture.md has them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.markdown import REPOSITORY

CLIENT = REPOSITORY / "src"
GENERATOR = REPOSITORY / "codegen"


def imported(path: Path) -> set[str]:
    """The modules that a file names in absolute imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def importers(folder: Path, package: str) -> list[str]:
    """The files of a folder that import a package, or something of it."""
    return [
        str(path.relative_to(REPOSITORY))
        for path in sorted(folder.rglob("*.py"))
        if any(name == package or name.startswith(f"{package}.") for name in imported(path))
    ]


def rooms(package: Path) -> dict[str, str]:
    """The rooms of a package, by docs/architecture.md: each with the rest of its row."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, section = text.partition(f"`{package.relative_to(REPOSITORY)}`\n")
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", section.partition("\n## ")[0], re.MULTILINE)
    return {room.rstrip("/"): rest for names, rest in rows for room in re.findall(r"`(.+?)`", names)}


@pytest.mark.parametrize("package", [GENERATOR / "amitypes_codegen", CLIENT / "amitypes"], ids=lambda path: path.name)
def test_every_module_has_its_place_in_the_architecture(package: Path) -> None:
    modules = {path.stem for path in package.iterdir() if path.suffix == ".py" and not path.stem.startswith("__")}
    packages = {path.parent.name for path in package.glob("*/__init__.py")}
    assert set(rooms(package)) == modules | packages


@pytest.mark.parametrize(
    ("what", "modules"),
    [("models", {"amitypes.models", "amitypes.notices"}), ("sockets", {"socket", "ssl", "selectors", "httpx2"})],
)
def test_a_room_knows_nothing_of_what_it_should_not(what: str, modules: set[str]) -> None:
    package = CLIENT / "amitypes"
    ignorant = [room for room, rest in rooms(package).items() if what in rest.rpartition("|")[2]]
    assert ignorant
    for room in ignorant:
        files = [package / f"{room}.py", *(package / room).rglob("*.py")]
        known = {str(path.relative_to(package)): imported(path) & modules for path in files if path.is_file()}
        assert {path: names for path, names in known.items() if names} == {}


def test_the_client_does_not_import_the_generator() -> None:
    assert importers(CLIENT, "amitypes_codegen") == []


def test_of_the_generator_only_verify_imports_the_client() -> None:
    """It judges the client's types, by the client's own decoding."""
    found = importers(GENERATOR, "amitypes")
    assert found
    assert [path for path in found if not path.startswith("codegen/amitypes_codegen/verify/")] == []


def test_only_the_command_verify_loads_what_judges_the_client() -> None:
    program = (
        "import sys; from amitypes_codegen.cli import main; main(['diff', '22', '23'], standalone_mode=False); "
        "print([name for name in sys.modules if name.partition('.')[0] == 'amitypes' or '.verify' in name])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{GENERATOR}{os.pathsep}{CLIENT}"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.endswith("[]\n"), result.stdout + result.stderr


def test_only_one_module_knows_the_http_library() -> None:
    assert importers(CLIENT, "httpx2") == ["src/amitypes/transports/_httpx2.py"]


@pytest.mark.parametrize("module", ["wire", "session"])
def test_the_protocol_does_no_io(module: str) -> None:
    names = imported(CLIENT / "amitypes" / f"{module}.py")
    assert names & {"asyncio", "socket", "ssl", "httpx2", "selectors", "threading"} == set()


@pytest.mark.parametrize(
    ("module", "light_of"),
    [
        ("amitypes", ["pydantic", "asyncio", "httpx2", "amitypes.client"]),
        ("amitypes.client", ["pydantic", "httpx2", "amitypes._generated.methods", "amitypes._generated.events.hangup"]),
        ("amitypes.events", ["pydantic", "amitypes._generated.events.hangup"]),
    ],
)
def test_an_import_is_light(module: str, light_of: list[str]) -> None:
    program = f"import sys, {module}; print([name for name in {light_of!r} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(CLIENT)}, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
