"""The overlay's TOML: ``overlay/*.toml``, read into the entries of `entries.py`.

Every table that states a fact names its evidence, and an unknown key is refused.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from amitypes_codegen.errors import OverlayError
from amitypes_codegen.overlay.entries import (
    GROUPS,
    ActionEntry,
    CodeEntry,
    CodesEntry,
    EventEntry,
    FamilyEntry,
    Group,
    HeaderEntry,
    LaterEntry,
    Origin,
    Overlay,
    ParameterEntry,
    Rule,
    SnapshotEntry,
    TypeEntry,
    join,
)
from amitypes_codegen.specs.spec import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from amitypes_codegen.specs.spec import SnapshotKind

_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)


def load_overlay(paths: Iterable[Path | str], *, strict: bool = True) -> Overlay:
    """Reads overlay files.

    Args:
        paths: Files, and folders whose ``*.toml`` are read.
        strict: Whether entries that don't fit the specs are refused; True by default.

    Returns:
        The entries, in the files' order, but those first that make an event or add headers: the others refer to them.

    Raises:
        OverlayError: If a file can't be read or isn't an overlay; the message names the file and the key.
    """
    found = join(_load_file(file, strict=strict) for path in paths for file in _files(Path(path)))
    return replace(
        found,
        events=tuple(
            sorted(found.events, key=lambda entry: not (entry.fields or entry.bare or entry.snapshots or entry.wire))
        ),
        actions=tuple(sorted(found.actions, key=lambda entry: bool(entry.always) or entry.acknowledged)),
    )


def _files(path: Path) -> Sequence[Path]:
    if path.is_dir():
        return sorted(path.glob("*.toml"))
    if path.is_file():
        return [path]
    raise OverlayError("there is no such file or folder", path=path)


def _load_file(path: Path, *, strict: bool) -> Overlay:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OverlayError(f"can't be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise OverlayError(f"isn't UTF-8: {error.reason} at byte {error.start}", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise OverlayError(f"isn't TOML: {error}", path=path) from error
    root = _Table(document, Origin(path=path, key="", strict=strict))
    overlay = Overlay(
        actions=(*(_action(table, name) for name, table in root.tables("action")), *_acknowledged(root)),
        events=tuple(_event(table, name) for name, table in root.tables("event")),
        rules=tuple(_rule(table) for table in root.array("rule")),
        snapshots=tuple(_snapshot_entry(table, name) for name, table in root.tables("snapshot")),
        families=tuple(_family(table, name) for name, table in root.tables("family")),
        codes=tuple(_codes(table, name) for name, table in root.tables("codes")),
    )
    root.close()
    return overlay


_T = TypeVar("_T")


class _Table:
    """A table of the file; what is left in it when it is closed was unknown."""

    def __init__(self, members: Mapping[str, object], origin: Origin) -> None:
        self.origin = origin
        self._members = dict(members)

    def evidence(self) -> None:
        """Demands that the entry says how it is known, which goes with it from here.

        Words of our own state no fact, so they need none.
        """
        only_words = _only_summaries(self._members)
        evidence = (self.string("evidence") or "").strip()
        if not evidence and not only_words:
            raise self.origin.error("has no evidence; say in which source, or on which server, it was seen")
        self.origin = replace(self.origin, evidence=evidence)

    def string(self, key: str) -> str | None:
        return self._take(key, str, "a string")

    def summary(self) -> str:
        """A line without its full stop, or nothing."""
        text = self.string("summary")
        if text is None:
            return ""
        if text.splitlines() != [text] or text != text.strip() or text.endswith("."):
            raise self.origin.error("expected one line without a full stop at its end", "summary")
        return text

    def flag(self, key: str) -> bool | None:
        return self._take(key, bool, "true or false")

    def number(self, key: str) -> int | None:
        value = self._take(key, int, "a whole number")
        if isinstance(value, bool):
            raise self.origin.error("expected a whole number", key)
        return value

    def strings(self, key: str, *, by_case: bool = False) -> tuple[str, ...]:
        """An array of strings, none of them twice; names are the same in any case."""
        values = self._take(key, list, "an array of strings") or []
        if not all(isinstance(value, str) for value in values):
            raise self.origin.error("expected an array of strings", key)
        if len({value if by_case else value.lower() for value in values}) < len(values):
            raise self.origin.error("names something twice", key)
        return tuple(values)

    def branches(self) -> frozenset[int] | None:
        values = self._take("branches", list, "an array of branches")
        if values is None:
            return None
        if not values or not all(type(value) is int for value in values):
            raise self.origin.error("expected an array of branches, such as [20, 22]", "branches")
        return frozenset(values)

    def entries(self, key: str) -> list[object]:
        return self._take(key, list, "an array") or []

    def empty(self, key: str) -> bool:
        """Whether it has an array with nothing in it."""
        return self._members.get(key) == []

    def mapping(self, key: str) -> dict[str, object]:
        return self._take(key, dict, "a table") or {}

    def tables(self, key: str) -> list[tuple[str, _Table]]:
        return [(name, self.below(value, f"{key}.{name}")) for name, value in self.mapping(key).items()]

    def array(self, key: str) -> list[_Table]:
        return [self.below(value, f"{key}[{index}]") for index, value in enumerate(self.entries(key))]

    def below(self, value: object, key: str) -> _Table:
        path = f"{self.origin.key}.{key}" if self.origin.key else key
        origin = Origin(path=self.origin.path, key=path, strict=self.origin.strict)
        if not isinstance(value, dict):
            raise origin.error("expected a table")
        return _Table(cast("dict[str, object]", value), origin)

    def close(self) -> None:
        if self._members:
            unknown = next(iter(self._members))
            if self.origin.key:
                raise self.origin.error("is no key of an overlay", unknown)
            raise OverlayError("is no key of an overlay", path=self.origin.path, element=unknown)

    def _take(self, key: str, kind: type[_T], expected: str) -> _T | None:
        value = self._members.pop(key, None)
        if value is not None and not isinstance(value, kind):
            raise self.origin.error(f"expected {expected}", key)
        return value


def _only_summaries(members: Mapping[str, object]) -> bool:
    return bool(members) and all(
        key == "summary" or (isinstance(value, dict) and _only_summaries(cast("dict[str, object]", value)))
        for key, value in members.items()
    )


def _action(table: _Table, name: str) -> ActionEntry:
    table.evidence()
    entry = ActionEntry(
        origin=table.origin,
        name=name,
        items=table.strings("items"),
        complete=table.string("complete"),
        untagged=bool(table.flag("untagged")),
        text=bool(table.flag("text")),
        anonymous=table.strings("anonymous"),
        events=table.strings("events"),
        response=tuple(_header(header) for header in table.array("response")),
        always=table.strings("always"),
        optional=table.strings("optional"),
        later=_later(table),
        parameters={key: _parameter(parameter) for key, parameter in table.tables("parameters")},
        summary=table.summary(),
    )
    table.close()
    if entry.items and not entry.complete:
        raise table.origin.error("has items, but doesn't say which event completes the list", "complete")
    if not set(entry.anonymous) <= set(entry.items):
        raise table.origin.error("names an event that isn't among the items", "anonymous")
    if entry.events and entry.complete:
        raise table.origin.error("has a list, whose events are its items", "events")
    if entry.response and entry.items:
        raise table.origin.error("has items; the head of a list is a plain response", "response")
    _distinct(table.origin, "response", entry.response)
    return entry


def _acknowledged(root: _Table) -> Iterable[ActionEntry]:
    for name, evidence in root.mapping("acknowledged").items():
        origin = replace(root.origin, key=f"acknowledged.{name}")
        if not isinstance(evidence, str) or not evidence.strip():
            raise origin.error("has no evidence; say which function answers it")
        yield ActionEntry(origin=replace(origin, evidence=evidence), name=name, acknowledged=True)


def _later(table: _Table) -> LaterEntry | None:
    if not (members := table.mapping("later")):
        return None
    below = table.below(members, "later")
    event, by, only_with = below.string("event"), below.string("by"), below.string("only_with")
    below.close()
    if not event or not by:
        raise below.origin.error("has to name the event, and by which header it belongs to the action")
    return LaterEntry(event=event, by=by, only_with=only_with)


def _parameter(table: _Table) -> ParameterEntry:
    entry = ParameterEntry(
        type=_type(table),
        required=table.flag("required"),
        name=table.string("name"),
        omit=bool(table.flag("omit")),
        summary=table.summary(),
    )
    table.close()
    if entry == ParameterEntry():
        raise table.origin.error("says nothing")
    if entry.omit and entry != ParameterEntry(omit=True):
        raise table.origin.error("is omitted, so nothing else can be said of it")
    return entry


def _event(table: _Table, name: str) -> EventEntry:
    table.evidence()
    types = {key: _type_of(table, value, key) for key, value in table.mapping("types").items()}
    bare = table.empty("fields")
    entry = EventEntry(
        origin=table.origin,
        name=name,
        wire=table.string("wire"),
        privileges=table.strings("privileges"),
        branches=table.branches(),
        fields=tuple(_field(table, value, index) for index, value in enumerate(table.entries("fields"))),
        bare=bare,
        snapshots=tuple(_snapshot(snapshot) for snapshot in table.array("snapshots")),
        types=types,
        omit=table.strings("omit"),
        free=bool(table.flag("free")),
        always=table.strings("always"),
        optional=table.strings("optional"),
        sometimes=table.strings("sometimes"),
        summary=table.summary(),
    )
    table.close()
    _distinct(table.origin, "fields", entry.fields)
    return entry


def _type_of(table: _Table, value: object, key: str) -> TypeEntry:
    if isinstance(value, str):
        return TypeEntry(type=value)
    if not isinstance(value, dict):
        raise table.origin.error("expected a type, or a table with one", "types", key)
    below = table.below(value, f"types.{key}")
    entry = _type(below)
    below.close()
    if entry is None:
        raise below.origin.error("has no type")
    return entry


def _type(table: _Table) -> TypeEntry | None:
    """The type that a table gives: an enumeration where it has values alone, a number where it has codes alone."""
    kind, values, codes = table.string("type"), table.strings("values", by_case=True), table.string("codes")
    if values and codes:
        raise table.origin.error("has words, so numbers have no meanings", "codes")
    kind = kind or ("enumeration" if values else "int" if codes else None)
    return TypeEntry(type=kind, values=values, codes=codes) if kind else None


def _field(table: _Table, value: object, index: int) -> HeaderEntry:
    if isinstance(value, str):
        return HeaderEntry(name=value)
    return _header(table.below(value, f"fields[{index}]"))


def _header(table: _Table) -> HeaderEntry:
    name, made = table.string("name"), table.string("field")
    if name is None:
        raise table.origin.error("has no name")
    if not name and not made:
        raise table.origin.error("has no name on the wire, so it needs one in Python", "field")
    described = _type(table)
    header = HeaderEntry(
        name=name,
        type=described.type if described else None,
        values=described.values if described else (),
        codes=described.codes if described else None,
        branches=table.branches(),
        field=made,
    )
    table.close()
    return header


def _snapshot(table: _Table) -> Snapshot:
    snapshot = Snapshot(kind=_kind(table, table.string("kind") or ""), prefix=table.string("prefix") or "")
    table.close()
    return snapshot


def _snapshot_entry(table: _Table, name: str) -> SnapshotEntry:
    table.evidence()
    entry = SnapshotEntry(
        origin=table.origin,
        kind=_kind(table, name),
        headers=tuple(_field(table, value, index) for index, value in enumerate(table.entries("fields"))),
        always=table.strings("always"),
    )
    table.close()
    _distinct(table.origin, "fields", entry.headers)
    if stray := set(entry.always) - {header.name for header in entry.headers}:
        raise table.origin.error(f"{min(stray)} is none of its fields", "always")
    return entry


def _kind(table: _Table, name: str) -> SnapshotKind:
    if name == "channel":
        return "channel"
    if name == "bridge":
        return "bridge"
    raise table.origin.error(f"{name!r} is no snapshot; expected channel or bridge")


def _family(table: _Table, name: str) -> FamilyEntry:
    table.evidence()
    entry = FamilyEntry(
        origin=table.origin,
        name=name,
        summary=table.summary(),
        snapshots=tuple(_snapshot(snapshot) for snapshot in table.array("snapshots")),
        headers=table.strings("headers"),
        events=table.strings("events"),
    )
    table.close()
    _check_class(entry)
    if not entry.snapshots and not entry.headers:
        raise table.origin.error("has neither snapshots nor headers, so its events share nothing")
    return entry


def _codes(table: _Table, name: str) -> CodesEntry:
    table.evidence()
    entry = CodesEntry(
        origin=table.origin,
        name=name,
        summary=table.summary(),
        values=tuple(_code(value, key) for key, value in table.tables("values")),
    )
    table.close()
    _check_class(entry)
    if not entry.values:
        raise table.origin.error("has no values")
    named: dict[int, str] = {}
    for value in entry.values:
        if (other := named.setdefault(value.code, value.name)) != value.name:
            raise table.origin.error(f"has the number of {other}", "values", value.name)
    return entry


def _check_class(entry: CodesEntry | FamilyEntry) -> None:
    if not entry.name.isidentifier() or not entry.name[0].isupper():
        raise entry.origin.error("is no name for a class")
    if not entry.summary:
        raise entry.origin.error("has no summary")


def _code(table: _Table, name: str) -> CodeEntry:
    code, text = table.number("code"), table.string("text")
    table.close()
    if not _CONSTANT.fullmatch(name):
        raise table.origin.error("is no name for a constant, such as NORMAL_CLEARING")
    if code is None:
        raise table.origin.error("has no code: the number on the wire")
    return CodeEntry(name=name, code=code, text=text or "")


def _rule(table: _Table) -> Rule:
    table.evidence()
    kind, headers, group = _type(table), table.strings("headers"), table.string("in")
    table.close()
    if kind is None:
        raise table.origin.error("has no type")
    if not headers:
        raise table.origin.error("names no headers")
    groups: tuple[Group, ...] = tuple(each for each in GROUPS if group in {None, each})
    if not groups:
        raise table.origin.error(f"expected one of {', '.join(GROUPS)}", "in")
    return Rule(origin=table.origin, type=kind, headers=headers, groups=groups)


def _distinct(origin: Origin, key: str, headers: Iterable[HeaderEntry]) -> None:
    seen: set[str] = set()
    for header in headers:
        if header.name.lower() in seen:
            raise origin.error(f"has {header.name} twice", key)
        seen.add(header.name.lower())
