"""Headers to values, one after another: how a message is decoded that no compiled decoder matches.

Nothing raises here: what isn't as declared becomes an `Issue`, and undeclared headers are returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from amitypes._models.codec import Shape
from amitypes._models.issue import Issue
from amitypes._models.numbered_names import find_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes._models.codec import Header, RecordType
    from amitypes._protocol.types import Headers

__all__ = ["decode_header", "decode_headers"]


def decode_header(header: Header, name: str, value: str, values: dict[str, object], issues: list[Issue]) -> None:
    """Decode a header that is a value by itself.

    Args:
        header: Its declaration.
        name: Its name on the wire.
        value: Its text.
        values: Receives the value, by field.
        issues: Receives an issue if the text is of another type.
    """
    field, codec = header
    try:
        values[field] = codec.read(value)
    except ValueError as error:
        issues.append(Issue(name, value, str(error)))


def decode_headers(
    declared: Mapping[str, Header],
    headers: Headers,
    values: dict[str, object],
    issues: list[Issue],
    *,
    accepts_any_header: bool = False,
    depth: int = 0,
) -> list[tuple[str, str]]:
    """Decode headers, and separate the undeclared ones.

    Args:
        declared: The declared headers, by name in lower case.
        headers: The headers in wire order.
        values: Receives the values, by field.
        issues: Receives an issue for each header that isn't as declared.
        accepts_any_header: Whether the message may have headers of any name: one with a declared name but another type
            is then an undeclared one; default: False.
        depth: How many of the numbers in a name to skip, as the caller has used them; default: 0.

    Returns:
        The undeclared headers.
    """
    undeclared: list[tuple[str, str]] = []
    numbered = _NumberedHeaders()
    for name, value in headers:
        header, numbers = find_header(declared, name.lower())
        if header is None:
            undeclared.append((name, value))
            continue
        field, codec = header
        try:
            if codec.shape is Shape.ONE:
                if field in values:
                    raise ValueError(_REPEATED)
                values[field] = codec.read(value)
            elif codec.shape is Shape.LIST:
                _list_of(values, field).append(codec.decode(value))
            elif codec.shape is Shape.MAPPING:
                variable, _, content = value.partition("=")
                _mapping_of(values, field)[variable] = codec.decode(content)
            else:
                numbered.add(header, numbers[depth:], name, value)
        except ValueError as error:
            if accepts_any_header:
                undeclared.append((name, value))
            else:
                issues.append(Issue(name, value, str(error)))
    values |= numbered.values(issues)
    return undeclared


_MAX_NUMBER: Final = 100_000  # more would let one hostile header fill the memory with empty rows
_REPEATED: Final = "a repeated header; the field has the first value, raw has all"


class _NumberedHeaders:
    """The numbered headers of one message, collected until the last one is read."""

    __slots__ = ("_records", "_values")

    def __init__(self) -> None:
        self._values: dict[str, dict[tuple[int, ...], object]] = {}
        self._records: dict[str, tuple[type[RecordType], dict[int, list[tuple[str, str]]]]] = {}

    def add(self, header: Header, numbers: tuple[int, ...], name: str, value: str) -> None:
        """Collect a header; raises `ValueError` for one that isn't as declared."""
        field, codec = header
        if codec.record is not None:
            _, rows = self._records.setdefault(field, (codec.record, {}))
            rows.setdefault(numbers[0], []).append((name, value))
            return
        if codec.shape is Shape.NESTED and numbers[0] > _MAX_NUMBER:
            raise ValueError(f"numbered over {_MAX_NUMBER}")
        if numbers in self._values.get(field, ()):
            raise ValueError(_REPEATED)
        decoded = codec.decode(value)
        self._values.setdefault(field, {})[numbers] = decoded

    def values(self, issues: list[Issue]) -> dict[str, object]:
        """The values by field, in the order of their numbers."""
        values: dict[str, object] = {field: _arrange(found) for field, found in self._values.items()}
        for field, (kind, rows) in self._records.items():
            records = [kind.decode(row, issues) for _, row in sorted(rows.items())]
            values[field] = [record for record in records if record is not None]
        return values


def _list_of(values: dict[str, object], field: str) -> list[object]:
    return cast("list[object]", values.setdefault(field, []))


def _mapping_of(values: dict[str, object], field: str) -> dict[str, object]:
    return cast("dict[str, object]", values.setdefault(field, {}))


def _arrange(found: Mapping[tuple[int, ...], object]) -> list[object]:
    """Values by number: a list, or a list of rows where there are two numbers."""
    ordered = sorted(found.items())
    if len(ordered[0][0]) < 2:
        return [value for _, value in ordered]
    rows: list[list[object]] = [[] for _ in range(ordered[-1][0][0] + 1)]
    for (row, _), value in ordered:
        rows[row].append(value)
    return [*rows]
