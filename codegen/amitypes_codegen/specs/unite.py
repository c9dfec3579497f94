"""Unites several descriptions of the same headers or values into one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, overload

from amitypes_codegen.specs.spec import EnumValue, Parameter, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

T = TypeVar("T")


def merge_in_order(sequences: Iterable[Sequence[T]], key: Callable[[T], Hashable] = lambda entry: entry) -> list[T]:
    """Merges sequences, and keeps the order of each as far as possible.

    Args:
        sequences: The sequences; where two disagree on the order, the earlier one decides.
        key: The key by which two entries are the same; default: the entry itself, which has to be hashable.

    Returns:
        Each entry once, as in the first sequence that has it. An entry that earlier sequences lack follows its
        predecessor in its own sequence, or precedes the first entry that they have; a sequence that has none of
        their entries comes last.
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
    """Unites several descriptions of the headers of one action, event or parameter.

    Where they disagree, the less restrictive one is taken: a header is required only if it is in every description,
    and repeatable if it is in one of them.

    Args:
        syntaxes: The descriptions.

    Returns:
        Each header once, with its values and nested headers united.
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
    """Unites the headers that are several times in one description.

    Args:
        syntax: The headers of one description.

    Returns:
        Each header once, in the order of first appearance.
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
        Each name once, in the order of first appearance.
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
