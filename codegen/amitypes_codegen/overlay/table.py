"""A reader for one table of an overlay file, which checks each value and refuses unknown keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from amitypes_codegen.errors import OverlayError
from amitypes_codegen.overlay.entries import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")


class Table:
    """A table of an overlay file. Each method that reads a key removes it; the keys that remain are unknown.

    Args:
        members: The keys and values.
        origin: The place in the file, for error messages.

    Attributes:
        origin: The place in the file, with the table's evidence once that is read.
    """

    def __init__(self, members: Mapping[str, object], origin: Origin) -> None:
        self.origin = origin
        self._members = dict(members)

    def read_evidence(self) -> None:
        """Reads the required evidence into `origin`.

        A table of summaries alone needs none: summaries are written for the SDK and state no fact about Asterisk.

        Raises:
            OverlayError: If the evidence is missing.
        """
        needs_evidence = not _has_only_summaries(self._members)
        evidence = (self.string("evidence") or "").strip()
        if needs_evidence and not evidence:
            raise self.origin.error("has no evidence; name the source file or the server that shows it")
        self.origin = replace(self.origin, evidence=evidence)

    def string(self, key: str) -> str | None:
        """A string; None if the key is missing."""
        return self._take(key, str, "a string")

    def summary(self) -> str:
        """The summary: one line without a full stop, or an empty string."""
        text = self.string("summary")
        if text is None:
            return ""
        if text.splitlines() != [text] or text != text.strip() or text.endswith("."):
            raise self.origin.error("expected one line without a full stop at its end", "summary")
        return text

    def flag(self, key: str) -> bool | None:
        """A boolean; None if the key is missing."""
        return self._take(key, bool, "true or false")

    def number(self, key: str) -> int | None:
        """An integer; None if the key is missing."""
        value = self._take(key, int, "a whole number")
        if isinstance(value, bool):
            raise self.origin.error("expected a whole number", key)
        return value

    def strings(self, key: str, *, case_sensitive: bool = False) -> tuple[str, ...]:
        """An array of distinct strings. They are compared without regard to case unless `case_sensitive` is true."""
        values = self._take(key, list, "an array of strings") or []
        if not all(isinstance(value, str) for value in values):
            raise self.origin.error("expected an array of strings", key)
        if len({value if case_sensitive else value.lower() for value in values}) < len(values):
            raise self.origin.error("has the same string twice", key)
        return tuple(values)

    def branches(self) -> frozenset[int] | None:
        """The Asterisk branches under the key ``branches``; None if the key is missing."""
        values = self._take("branches", list, "an array of branches")
        if values is None:
            return None
        if not values or not all(type(value) is int for value in values):
            raise self.origin.error("expected an array of branches, such as [20, 22]", "branches")
        return frozenset(values)

    def entries(self, key: str) -> list[object]:
        """An array of any values; empty if the key is missing."""
        return self._take(key, list, "an array") or []

    def has_empty_array(self, key: str) -> bool:
        """Whether the key's value is an empty array. The key isn't removed."""
        return self._members.get(key) == []

    def mapping(self, key: str) -> dict[str, object]:
        """A table as a dict; empty if the key is missing."""
        return self._take(key, dict, "a table") or {}

    def tables(self, key: str) -> list[tuple[str, Table]]:
        """The tables within a table, with their keys."""
        return [(name, self.child(value, f"{key}.{name}")) for name, value in self.mapping(key).items()]

    def array(self, key: str) -> list[Table]:
        """An array of tables."""
        return [self.child(value, f"{key}[{index}]") for index, value in enumerate(self.entries(key))]

    def child(self, value: object, key: str) -> Table:
        """A value of this table as a table; `key` is its key, for error messages."""
        path = f"{self.origin.key}.{key}" if self.origin.key else key
        origin = Origin(path=self.origin.path, key=path, strict=self.origin.strict)
        if not isinstance(value, dict):
            raise origin.error("expected a table")
        return Table(cast("dict[str, object]", value), origin)

    def refuse_unknown_keys(self) -> None:
        """Checks that no keys remain.

        Raises:
            OverlayError: If a key remains.
        """
        if self._members:
            unknown = next(iter(self._members))
            if self.origin.key:
                raise self.origin.error("isn't a key of an overlay", unknown)
            raise OverlayError("isn't a key of an overlay", path=self.origin.path, element=unknown)

    def _take(self, key: str, kind: type[_T], expected: str) -> _T | None:
        value = self._members.pop(key, None)
        if value is not None and not isinstance(value, kind):
            raise self.origin.error(f"expected {expected}", key)
        return value


def _has_only_summaries(members: Mapping[str, object]) -> bool:
    return bool(members) and all(
        key == "summary" or (isinstance(value, dict) and _has_only_summaries(cast("dict[str, object]", value)))
        for key, value in members.items()
    )
