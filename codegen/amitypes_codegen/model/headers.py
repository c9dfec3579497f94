"""Unites several descriptions of the same headers: of several branches, or of several overlay entries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amitypes_codegen.model.definitions import ACTION_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes_codegen.model.definitions import Header


def unite_headers(lists: Iterable[Iterable[Header]]) -> list[Header]:
    """Unites lists of headers; the ActionID is left out.

    Args:
        lists: The lists; where two disagree, the earlier one decides.

    Returns:
        Each header once. A header that earlier lists lack follows its predecessor in its own list.
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
    """Unites two descriptions of one header.

    Args:
        newer: The header in the newer branch; where the two disagree, it decides.
        older: The header in the older branch.

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
