"""Values, names and imports as Python source."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Import: TypeAlias = tuple[str, tuple[str, ...]]
"""A module and the names imported from it."""


def literal(text: str) -> str:
    """A text as a literal in double quotes, of ASCII."""
    escaped = text.encode("unicode_escape").decode().replace('"', '\\"')
    return f'"{escaped}"'


def literal_tuple(wires: Iterable[str]) -> str:
    """Names on the wire as the expression of a tuple."""
    return f"({''.join(f'{literal(name)}, ' for name in wires)})"


def lowered_names(wires: Iterable[str]) -> str:
    """Names on the wire in lower case, as the expression of a frozenset."""
    listed = ", ".join(sorted(literal(wire.lower()) for wire in wires))
    return f"frozenset({{{listed}}})" if listed else "frozenset()"


def imports(pairs: Iterable[tuple[str, str]]) -> tuple[Import, ...]:
    """Modules and names as imports, sorted, with one for each module."""
    modules: dict[str, set[str]] = {}
    for module, name in pairs:
        modules.setdefault(module, set()).add(name)
    return tuple((module, tuple(sorted(found))) for module, found in sorted(modules.items()))
