"""Which part may import which, as docs/architecture.md has it: checked for all that an import leads to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.markdown import REPOSITORY
from tests.repository.import_graph import between_parts, cycle, graph, imported_names, outside, part_of, reachable

CLIENT = REPOSITORY / "src"
GENERATOR = REPOSITORY / "codegen"


def importers(folder: Path, package: str) -> list[str]:
    """The files of a folder that import a package, or something of it."""
    return [
        str(path.relative_to(REPOSITORY))
        for path in sorted(folder.rglob("*.py"))
        if any(name == package or name.startswith(f"{package}.") for name in imported_names(path, ""))
    ]


def imported_by(part: str) -> set[str]:
    """The top-level names of what a part of the generator imports from outside of it."""
    return {name for _, name in outside(GENERATOR, "amitypes_codegen", part)}


GRAPHS = {
    "amitypes": graph(CLIENT, "amitypes"),
    "amitypes_codegen": graph(GENERATOR, "amitypes_codegen"),
}
MAY_IMPORT = {
    "_protocol": set[str](),
    "_imports": set[str](),
    "_models": {"_protocol"},
    "_transport": {"_protocol"},
    "_events": {"_protocol", "_models"},
    "_client": {"_protocol", "_models", "_transport", "_events"},
    "nested": {"_protocol", "_models"},
    "runtime": {"_protocol", "_models", "_transport", "_events", "_client", "_imports"},
    "testing": {"_protocol"},
}
"""What each part may reach, itself apart, at whatever distance. `_generated` is below: it names `runtime` only."""

GENERATOR_MAY_IMPORT = {
    "errors": set[str](),
    "specs": {"errors"},
    "reading": {"errors", "specs"},
    "overlay": {"errors", "specs"},
    "model": {"errors", "specs", "overlay"},
    "rendering": {"errors", "specs", "overlay", "model"},
    "verify": {"errors", "specs", "overlay", "model"},
    "commands": {"errors", "specs", "reading", "overlay", "model", "rendering", "verify"},
    "__main__": {"errors", "specs", "reading", "overlay", "model", "rendering", "verify", "commands"},
}
"""The same for the generator: each step of the pipeline knows the data of those before it, and no step after it."""

RULES = {"amitypes": MAY_IMPORT, "amitypes_codegen": GENERATOR_MAY_IMPORT}


@pytest.mark.parametrize("package", GRAPHS)
def test_no_import_cycle(package: str) -> None:
    assert cycle(GRAPHS[package]) == []


@pytest.mark.parametrize(("package", "part"), [(package, part) for package, rules in RULES.items() for part in rules])
def test_a_part_reaches_only_what_it_may(package: str, part: str) -> None:
    edges = GRAPHS[package]
    members = [module for module in edges if part_of(module) == part]
    assert members
    wrong = [
        " -> ".join(way)
        for module in members
        for reached, way in reachable(edges, module).items()
        if part_of(reached) not in RULES[package][part] | {part}
    ]
    assert wrong == []


def test_each_part_of_the_generator_has_its_rule() -> None:
    assert between_parts(GRAPHS["amitypes_codegen"]).keys() - {"amitypes_codegen"} == GENERATOR_MAY_IMPORT.keys()


@pytest.mark.parametrize(
    ("library", "part"),
    [
        ("lxml", "reading"),
        ("jsonschema", "specs"),
        ("tomllib", "overlay"),
        ("jinja2", "rendering"),
        ("click", "commands"),
    ],
)
def test_one_part_of_the_generator_knows_a_library(library: str, part: str) -> None:
    assert {each for each in GENERATOR_MAY_IMPORT if library in imported_by(each)} == {part}


def test_generated_code_imports_the_runtime_and_nothing_else() -> None:
    assert between_parts(GRAPHS["amitypes"])["_generated"] == {"runtime"}


def test_private_parts_import_no_public_module() -> None:
    parts = between_parts(GRAPHS["amitypes"])
    private = {
        part: names for part, names in parts.items() if part.startswith("_") and part not in {"__main__", "_cli"}
    }
    public = {part: {name for name in names if not name.startswith("_")} for part, names in private.items()}
    assert public == {part: {"runtime"} if part == "_generated" else set() for part in private}


PUBLIC = {
    *("__main__", "actions", "client", "codes", "errors", "events", "nested", "notices", "responses", "resync"),
    *("runtime", "testing", "words"),
}


def test_what_is_not_public_begins_with_an_underscore() -> None:
    parts = between_parts(GRAPHS["amitypes"]).keys() - {"amitypes"}
    assert {part for part in parts if not part.startswith("_") or part == "__main__"} == PUBLIC


@pytest.mark.parametrize(
    ("part", "modules"),
    [
        ("_protocol", {"asyncio", "pydantic", "ssl", "socket", "selectors", "threading", "httpx2"}),
        ("_models", {"asyncio", "ssl", "socket", "selectors", "threading", "httpx2"}),
        ("_events", {"ssl", "socket", "selectors", "threading", "httpx2"}),
        ("_transport", {"pydantic"}),
        ("_client", {"httpx2", "socket"}),
    ],
)
def test_a_part_knows_nothing_of(part: str, modules: set[str]) -> None:
    assert [found for found in outside(CLIENT, "amitypes", part) if found[1] in modules] == []


def test_the_protocol_needs_the_standard_library_only() -> None:
    assert {name for _, name in outside(CLIENT, "amitypes", "_protocol")} <= sys.stdlib_module_names


def test_the_client_does_not_import_the_generator() -> None:
    assert importers(CLIENT, "amitypes_codegen") == []


def test_of_the_generator_only_verify_imports_the_client() -> None:
    """It compares messages with the client's types, decoded by the client."""
    found = importers(GENERATOR, "amitypes")
    assert found
    assert [path for path in found if not path.startswith("codegen/amitypes_codegen/verify/")] == []


def test_only_the_command_verify_loads_the_client() -> None:
    program = (
        "import sys; from amitypes_codegen.commands.main import main; "
        "main(['diff', '22', '23'], standalone_mode=False); "
        "print([name for name in sys.modules if name.startswith(('amitypes.', 'amitypes_codegen.verify'))])"
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
    assert importers(CLIENT, "httpx2") == ["src/amitypes/_transport/http/pool.py"]


@pytest.mark.parametrize(
    ("module", "light_of"),
    [
        ("amitypes", ["pydantic", "asyncio", "httpx2", "amitypes.client"]),
        (
            "amitypes.client",
            ["pydantic", "httpx2", "amitypes._generated.methods", "amitypes._generated._events.hangup"],
        ),
        ("amitypes.events", ["pydantic", "amitypes._generated._events.hangup"]),
    ],
)
def test_an_import_is_light(module: str, light_of: list[str]) -> None:
    program = f"import sys, {module}; print([name for name in {light_of!r} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(CLIENT)}, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
