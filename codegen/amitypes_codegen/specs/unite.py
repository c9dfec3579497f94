"""Unites several descriptions of the same headers or values into one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, overload

from amitypes_codegen.specs.spec import EnumValue, Parameter, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

T = TypeVar("T")


def merge_in_order(sequences: Iterable[Sequence[T]], key: Callable[[T], Hashable] = lambda entry: entry) -> list[T]:
    """Merges sequences so that each keeps its order as far as that can be.

    Args:
        sequences: The sequences; the earlier one decides where two disagree.
        key: What makes two entries the same; by default the entry itself, which must then be hashable.

    Returns:
        Every entry once, in its first form. A new one comes right after the one it follows in its own sequence; new
        ones before the first known one come before that, and a sequence without known ones comes last.
    """
    merged: list[T] = []
    keys: list[Hashable] = []
    known: set[Hashable] = set()
    for sequence in sequences:
        position = next((keys.index(key(entry)) for entry in sequence if key(entry) in known), len(merged))
        for entry in sequence:
            if key(entry) in known:
                position = keys.index(key(entry)) + 1
                continue
            merged.insert(position, entry)
            keys.insert(position, key(entry))
            known.add(key(entry))
            position += 1
    return merged


@overload
def unite_syntax(syntaxes: Sequence[Sequence[Parameter]]) -> tuple[Parameter, ...]: ...
@overload
def unite_syntax(syntaxes: Sequence[Sequence[Parameter | Snapshot]]) -> tuple[Parameter | Snapshot, ...]: ...
def unite_syntax(syntaxes: Sequence[Sequence[Parameter | Snapshot]]) -> tuple[Parameter | Snapshot, ...]:
    """Unites several descriptions of one action's, event's or parameter's headers.

    Where they contradict each other the weaker statement wins: a header is required only if every description says
    so, and repeatable if one of them does.

    Args:
        syntaxes: The descriptions.

    Returns:
        Each header once, its values and nested headers united.
    """
    described = [{_key(entry): entry for entry in syntax} for syntax in syntaxes]
    united: list[Parameter | Snapshot] = []
    for key in merge_in_order([list(entries) for entries in described]):
        same = [entries[key] for entries in described if key in entries]
        parameters = [entry for entry in same if isinstance(entry, Parameter)]
        united.append(_unite_parameters(parameters, len(described)) if parameters else same[0])
    return tuple(united)


@overload
def distinct(syntax: Iterable[Parameter]) -> tuple[Parameter, ...]: ...
@overload
def distinct(syntax: Iterable[Parameter | Snapshot]) -> tuple[Parameter | Snapshot, ...]: ...
def distinct(syntax: Iterable[Parameter | Snapshot]) -> tuple[Parameter | Snapshot, ...]:
    """Unites the headers that one description holds more than once.

    Args:
        syntax: The headers of one description.

    Returns:
        Each header once, in the order in which they come first.
    """
    grouped: dict[Hashable, list[Parameter | Snapshot]] = {}
    for entry in syntax:
        grouped.setdefault(_key(entry), []).append(entry)
    return tuple(entry for same in grouped.values() for entry in unite_syntax([[entry] for entry in same]))


def unite_values(lists: Sequence[Sequence[EnumValue]]) -> tuple[EnumValue, ...]:
    """Unites several lists of a header's values.

    Args:
        lists: The lists.

    Returns:
        Each value once, with the values below it united.
    """
    below: dict[str, list[Sequence[EnumValue]]] = {}
    for values in lists:
        for value in values:
            below.setdefault(value.name, []).append(value.values)
    merged = merge_in_order(lists, key=lambda value: value.name)
    return tuple(replace(value, values=unite_values(below[value.name])) for value in merged)


def unite_names(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Unites lists of names.

    Args:
        lists: The lists.

    Returns:
        Each name once, in the order in which they come first.
    """
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _unite_parameters(parameters: Sequence[Parameter], descriptions: int) -> Parameter:
    return replace(
        parameters[0],
        required=len(parameters) == descriptions and all(parameter.required for parameter in parameters),
        default=next((parameter.default for parameter in parameters if parameter.default is not None), None),
        multiple=any(parameter.multiple for parameter in parameters),
        separator=next((parameter.separator for parameter in parameters if parameter.separator is not None), None),
        values=unite_values([parameter.values for parameter in parameters]),
        parameters=unite_syntax([parameter.parameters for parameter in parameters]),
    )


def _key(entry: Parameter | Snapshot) -> Hashable:
    return entry.name if isinstance(entry, Parameter) else (entry.kind, entry.prefix)
