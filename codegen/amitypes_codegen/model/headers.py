"""Builds headers from overlay entries, and unites the descriptions of a header in several branches or entries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amitypes_codegen.model.definitions import ACTION_ID, Header, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes_codegen.model.definitions import Branches
    from amitypes_codegen.overlay.entries import HeaderEntry, Origin, TypeEntry


def unite_headers(lists: Iterable[Iterable[Header]]) -> list[Header]:
    """Unites lists of headers, without the ActionID.

    Args:
        lists: The lists. If two describe a header differently, the earlier list takes precedence.

    Returns:
        Each header once. A header that is missing from the earlier lists follows its predecessor in its own list.
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
        newer: The header in the newer branch, which takes precedence.
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


def header_from_entry(entry: HeaderEntry, branches: Branches, origin: Origin) -> Header:
    """Builds a header from an entry of the overlay.

    Args:
        entry: The entry.
        branches: The branches that send the header.
        origin: The table that has the entry.

    Returns:
        The header, typed by the entry if that gives a type or values.
    """
    return Header(
        name=entry.name,
        base=entry.name,
        branches=branches,
        type=entry.type,
        codes=entry.codes,
        typed_by=origin if entry.type or entry.values else None,
        values=tuple(Value(name=value, branches=branches) for value in entry.values),
        python_name=entry.field,
    )


def with_type(header: Header, described: TypeEntry, origin: Origin, *below: str) -> Header:
    """Changes the type of a header.

    Args:
        header: The header.
        described: The new type; its values, if it has any, replace the documented ones.
        origin: The table that has the type.
        below: The keys in that table, for error messages.

    Returns:
        The header with the type.

    Raises:
        OverlayError: If a strict entry repeats the documented values.
    """
    values = header.values
    if described.values:
        if set(described.values) == {value.name for value in values} and origin.strict:
            raise origin.error("repeats the documented values; remove it", *below, "values")
        values = tuple(Value(name=value, branches=header.branches) for value in described.values)
    return replace(header, type=described.type, codes=described.codes, values=values, typed_by=origin)
