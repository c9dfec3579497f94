"""Draws the parts, imports and modules of both packages into docs/architecture.md, from the code.

``python -m tests.repository.architecture`` rewrites what stands between the markers; the rest of the page is written by
hand.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.markdown import REPOSITORY
from tests.repository.import_graph import between_parts, graph, modules, part_of, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = REPOSITORY / "docs" / "architecture.md"
COMMAND: Final = "python -m tests.repository.architecture"
PACKAGES: Final = {"amitypes": REPOSITORY / "src", "amitypes_codegen": REPOSITORY / "codegen"}


def redrawn(page: str) -> str:
    """The page, with the sections between the markers made from the code.

    Args:
        page: The page's text.
    """
    for package, root in PACKAGES.items():
        begin, end = (f"<!-- {word} {package}: written by {COMMAND} -->" for word in ("begin", "end"))
        before, _, rest = page.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            msg = f"docs/architecture.md lacks the markers {begin!r} and {end!r}"
            raise ValueError(msg)
        page = f"{before}{begin}\n{_section(package, root)}\n{end}{after}"
    return page


def _section(package: str, root: Path) -> str:
    parts = {part: names - {"__main__"} for part, names in between_parts(graph(root, package)).items()}
    parts.pop("__main__", None)
    return "\n".join([*_diagram(parts, package), "", *_tables(package, root, parts)])


def _diagram(parts: dict[str, set[str]], package: str) -> Iterator[str]:
    """The parts as Mermaid, with an arrow to what each imports; arrows that follow from others are left out."""
    shown = {part: set(names) for part, names in parts.items()}
    for part in sorted(shown):
        for name in sorted(shown[part]):
            shown[part].discard(name)
            if name not in reachable(shown, part):
                shown[part].add(name)
    yield "```mermaid"
    yield "flowchart TD"
    for part in sorted(shown):
        public = not part.startswith("_") and package == "amitypes"
        yield f'    {part}(["{part}"])' if public else f'    {part}["{part}"]'
    for part in sorted(shown):
        for name in sorted(shown[part]):
            yield f"    {part} --> {name}"
    yield "```"


def _tables(package: str, root: Path, parts: dict[str, set[str]]) -> Iterator[str]:
    """What each part imports, and its modules with the first sentences of their docstrings."""
    found = modules(root, package)
    members = {part: [name for name in found if part_of(name) == part] for part in parts}
    single = [part for part in sorted(parts) if len(members[part]) == 1 and part != "_generated"]
    yield "| Single module | What it is | Imports |"
    yield "| --- | --- | --- |"
    for part in single:
        (module,) = members[part]
        yield f"| {_link(found[module], part)} | {_sentence(found[module])} | {_names(parts[part])} |"
    for part in sorted(parts.keys() - single):
        package_file, *others = (found[name] for name in members[part])
        yield ""
        yield f"#### `{part}`"
        yield f"{_sentence(package_file)} Imports {_names(parts[part]) or 'no other part'}."
        if others:
            yield ""
            yield "| Module | What it does |"
            yield "| --- | --- |"
            folder = package_file.parent
            for path in others:
                name = path.parent if path.name == "__init__.py" else path.with_suffix("")
                yield f"| {_link(path, '.'.join(name.relative_to(folder).parts))} | {_sentence(path)} |"


def _names(parts: set[str]) -> str:
    return ", ".join(f"`{part}`" for part in sorted(parts))


def _link(path: Path, name: str) -> str:
    return f"[`{name}`](../{path.relative_to(REPOSITORY)})"


def _sentence(path: Path) -> str:
    """The first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(docstring.partition("\n\n")[0].split()).replace("|", "\\|").replace("``", "`")
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", paragraph)[0]


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
