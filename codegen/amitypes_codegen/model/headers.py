"""Unites several descriptions of the same headers: of several branches, or of several overlay entries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amitypes_codegen.model.definitions import ACTION_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes_codegen.model.definitions import Header


def unite_headers(lists: Iterable[Iterable[Header]]) -> list[Header]:
    """Unites lists of the model's headers, of several branches or of several descriptions; the ActionID is left out.

    Args:
        lists: The lists, the one that decides first.

    Returns:
        Each header once; what only a later list has comes after what it follows there.
    """
    merged: dict[str, Header] = {}
    order: list[str] = []
    for headers in lists:
        place = 0
        for header in headers:
            key = header.name.lower()
            if key == ACTION_ID:
                continue
            if key in merged:
                merged[key] = join_headers(merged[key], header)
                place = order.index(key) + 1
            else:
                merged[key] = header
                order.insert(place, key)
                place += 1
    return [merged[key] for key in order]


def join_headers(newer: Header, older: Header) -> Header:
    """Unites what two branches say of one header.

    Args:
        newer: The header in the newer branch, which decides where they disagree.
        older: The header in the older one.

    Returns:
        The header, with the branches and the values of both.
    """
    values = {value.name: value for value in newer.values}
    for value in older.values:
        known = values.get(value.name)
        values[value.name] = replace(value, branches=value.branches | known.branches) if known else value
    return replace(
        newer,
        branches=newer.branches | older.branches,
        required=newer.required | older.required,
        multiple=newer.multiple or older.multiple,
        always=newer.always and older.always,
        type=newer.type or older.type,
        codes=newer.codes or older.codes,
        typed_by=newer.typed_by or older.typed_by,
        values=tuple(values.values()),
    )
