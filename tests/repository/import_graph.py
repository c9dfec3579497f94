"""The imports between modules, read from the source: those for annotations and inside functions count, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeAlias

Graph: TypeAlias = Mapping[str, set[str]]
"""For each module the modules that it imports."""


def modules(root: Path, package: str) -> dict[str, Path]:
    """The modules of a package by their dotted names; of `_generated` only the package itself: see `graph`.

    Args:
        root: The folder that the package is in, such as ``src``.
        package: The package's name.
    """
    found: dict[str, Path] = {}
    for path in sorted((root / package).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        if "._generated." not in name:
            found[name] = path
    return found


def imported_names(path: Path, module: str) -> set[str]:
    """Every name that a file imports, with dots: the modules, and what it takes from them.

    Args:
        path: The file.
        module: Its module's name, to which relative imports refer.
    """
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = [*parts[: len(parts) - node.level + 1], node.module] if node.level else [node.module]
            origin = ".".join(filter(None, base))
            names |= {origin, *(f"{origin}.{alias.name}" for alias in node.names)}
    return names


def lazy_names(path: Path) -> set[str]:
    """The modules that a package imports at the first use of a name: the texts in a call of `lazy`."""
    return {
        value.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy"
        for mapping in node.args
        if isinstance(mapping, ast.Dict)
        for value in mapping.values
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def graph(root: Path, package: str) -> dict[str, set[str]]:
    """The imports between the modules of a package.

    A package's own ``__init__`` is imported with each of its modules; that counts only where the import names it.

    Args:
        root: The folder that the package is in.
        package: The package's name.
    """
    known = modules(root, package)
    edges: dict[str, set[str]] = {}
    for module, path in known.items():
        names = imported_names(path, module) | lazy_names(path)
        if module.endswith("._generated"):
            names = set().union(*(_names_in_generated(each, root) for each in path.parent.rglob("*.py")))
        inside = (name for name in names if name == package or name.startswith(f"{package}."))
        edges[module] = {_nearest(name, known) for name in inside} - {module, package}
    return edges


def _names_in_generated(path: Path, root: Path) -> set[str]:
    """What a generated module imports, and its package at the first use of a name."""
    module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    return imported_names(path, module) | lazy_names(path)


def _nearest(name: str, known: Mapping[str, Path]) -> str:
    """The module that a name is, or is in."""
    while name not in known:
        name = name.rpartition(".")[0]
    return name


def cycle(edges: Graph) -> list[str]:
    """One cycle of imports, its first module again at the end; empty where there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def reachable(edges: Graph, module: str) -> dict[str, list[str]]:
    """All modules that importing one may import, each with the way to it."""
    ways: dict[str, list[str]] = {}
    waiting = [[module]]
    for way in waiting:
        for name in sorted(edges[way[-1]]):
            if name not in ways and name != module:
                ways[name] = [*way, name]
                waiting.append(ways[name])
    return ways


def part_of(module: str) -> str:
    """The part of the package that a module belongs to: ``_protocol`` of ``amitypes._protocol.session``."""
    return module.split(".")[1] if "." in module else module


def between_parts(edges: Graph) -> dict[str, set[str]]:
    """The imports between the parts of a package."""
    parts: dict[str, set[str]] = {}
    for module, names in edges.items():
        parts.setdefault(part_of(module), set()).update(map(part_of, names))
    return {part: names - {part} for part, names in parts.items()}


def outside(root: Path, package: str, part: str) -> Iterator[tuple[str, str]]:
    """What the modules of a part import from outside of the package: pairs of module and top-level name."""
    for module, path in modules(root, package).items():
        if part_of(module) == part:
            for name in imported_names(path, module):
                if (top := name.partition(".")[0]) not in {package, "__future__"}:
                    yield module, top
