"""Headers to values, one after another: what takes a message apart where nothing is known of it beforehand.

Nothing raises here: what isn't as declared is an `Issue`, and what isn't declared is handed back.
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

__all__ = ["decode_headers", "decode_one"]


def decode_one(header: Header, name: str, value: str, values: dict[str, object], issues: list[Issue]) -> None:
    """Decode a header that is a value by itself.

    Args:
        header: What is declared of it.
        name: Its name on the wire.
        value: Its text.
        values: Takes the value, by field.
        issues: Takes what is wrong with it.
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
    free: bool = False,
    depth: int = 0,
) -> list[tuple[str, str]]:
    """Sort headers into values, issues and the undeclared ones.

    Args:
        declared: What is declared, by names in lower case.
        headers: The headers in wire order.
        values: Takes the values, by field.
        issues: Takes what couldn't be decoded as declared.
        free: Whether any header is allowed: one that has a declared name but not its type then isn't that one; default:
            False.
        depth: How many numbers of a name have been looked at already, as they tell the record; default: none.

    Returns:
        The undeclared headers.
    """
    undeclared: list[tuple[str, str]] = []
    numbered = _Numbered()
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
            if free:
                undeclared.append((name, value))
            else:
                issues.append(Issue(name, value, str(error)))
    values |= numbered.values(issues)
    return undeclared


_MAX_NUMBER: Final = 100_000  # more would let one hostile header fill the memory with a family's gaps
_REPEATED: Final = "came again; the first one counts, raw has all"


class _Numbered:
    """The headers with numbers of one message, until all of them are known."""

    __slots__ = ("_families", "_records")

    def __init__(self) -> None:
        self._families: dict[str, dict[tuple[int, ...], object]] = {}
        self._records: dict[str, tuple[type[RecordType], dict[int, list[tuple[str, str]]]]] = {}

    def add(self, header: Header, numbers: tuple[int, ...], name: str, value: str) -> None:
        """Take in a header; raises `ValueError` for one that can't be of its family."""
        field, codec = header
        if codec.record is not None:
            _, rows = self._records.setdefault(field, (codec.record, {}))
            rows.setdefault(numbers[0], []).append((name, value))
            return
        if codec.shape is Shape.NESTED and numbers[0] > _MAX_NUMBER:
            raise ValueError(f"numbered over {_MAX_NUMBER}")
        if numbers in self._families.get(field, ()):
            raise ValueError(_REPEATED)
        decoded = codec.decode(value)
        self._families.setdefault(field, {})[numbers] = decoded

    def values(self, issues: list[Issue]) -> dict[str, object]:
        """The values by field, in the order of their numbers."""
        values: dict[str, object] = {field: _arrange(found) for field, found in self._families.items()}
        for field, (kind, rows) in self._records.items():
            records = [kind.decode(row, issues) for _, row in sorted(rows.items())]
            values[field] = [record for record in records if record is not None]
        return values


def _list_of(values: dict[str, object], field: str) -> list[object]:
    return cast("list[object]", values.setdefault(field, []))


def _mapping_of(values: dict[str, object], field: str) -> dict[str, object]:
    return cast("dict[str, object]", values.setdefault(field, {}))


def _arrange(found: Mapping[tuple[int, ...], object]) -> list[object]:
    """A family's values by number: a list, or a list of rows where there are two numbers."""
    ordered = sorted(found.items())
    if len(ordered[0][0]) < 2:
        return [value for _, value in ordered]
    rows: list[list[object]] = [[] for _ in range(ordered[-1][0][0] + 1)]
    for (row, _), value in ordered:
        rows[row].append(value)
    return [*rows]
