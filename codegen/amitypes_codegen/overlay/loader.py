"""Reads the overlay's files, ``overlay/*.toml``, into the entries of `entries.py`.

A table without evidence and an unknown key are errors.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
    Origin,
    OutcomeEventEntry,
    Overlay,
    ParameterEntry,
    Rule,
    SnapshotEntry,
    TypeEntry,
    join,
)
from amitypes_codegen.overlay.table import Table
from amitypes_codegen.specs.spec import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amitypes_codegen.specs.spec import SnapshotKind

_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)


def load_overlay(paths: Iterable[Path | str], *, strict: bool = True) -> Overlay:
    """Reads overlay files.

    Args:
        paths: Files, and folders with ``*.toml`` files.
        strict: Whether entries that don't fit the specs are errors later on; default: True.

    Returns:
        The entries, in the order of the files. Those that add events and headers come first: others refer to them.

    Raises:
        OverlayError: If a file can't be read or has an invalid entry. The message names the file and the key.
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
    raise OverlayError("no such file or folder", path=path)


def _load_file(path: Path, *, strict: bool) -> Overlay:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OverlayError(f"can't be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise OverlayError(f"isn't UTF-8: {error.reason} at byte {error.start}", path=path) from error
    except tomllib.TOMLDecodeError as error:
        raise OverlayError(f"isn't TOML: {error}", path=path) from error
    root = Table(document, Origin(path=path, key="", strict=strict))
    overlay = Overlay(
        actions=(*(_action(table, name) for name, table in root.tables("action")), *_acknowledged(root)),
        events=tuple(_event(table, name) for name, table in root.tables("event")),
        rules=tuple(_rule(table) for table in root.array("rule")),
        snapshots=tuple(_snapshot_entry(table, name) for name, table in root.tables("snapshot")),
        families=tuple(_family(table, name) for name, table in root.tables("family")),
        codes=tuple(_codes(table, name) for name, table in root.tables("codes")),
    )
    root.refuse_unknown_keys()
    return overlay


def _action(table: Table, name: str) -> ActionEntry:
    table.read_evidence()
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
        later=_outcome_event(table),
        parameters={key: _parameter(parameter) for key, parameter in table.tables("parameters")},
        summary=table.summary(),
    )
    table.refuse_unknown_keys()
    if entry.items and not entry.complete:
        raise table.origin.error("is missing; name the event that completes the list", "complete")
    if not set(entry.anonymous) <= set(entry.items):
        raise table.origin.error("has an event that isn't in items", "anonymous")
    if entry.events and entry.complete:
        raise table.origin.error("can't be combined with a list; add the events to items", "events")
    if entry.response and entry.items:
        raise table.origin.error(
            "can't be combined with items; the response that starts a list has no fields of its own", "response"
        )
    _check_distinct(table.origin, "response", entry.response)
    return entry


def _acknowledged(root: Table) -> Iterable[ActionEntry]:
    for name, evidence in root.mapping("acknowledged").items():
        origin = replace(root.origin, key=f"acknowledged.{name}")
        if not isinstance(evidence, str) or not evidence.strip():
            raise origin.error("has no evidence; name the function that sends the response")
        yield ActionEntry(origin=replace(origin, evidence=evidence), name=name, acknowledged=True)


def _outcome_event(table: Table) -> OutcomeEventEntry | None:
    if not (members := table.mapping("later")):
        return None
    child = table.child(members, "later")
    event, by, only_with = child.string("event"), child.string("by"), child.string("only_with")
    child.refuse_unknown_keys()
    if not event or not by:
        raise child.origin.error("needs the keys event and by (the header that the event and the action share)")
    return OutcomeEventEntry(event=event, by=by, only_with=only_with)


def _parameter(table: Table) -> ParameterEntry:
    entry = ParameterEntry(
        type=_type(table),
        required=table.flag("required"),
        name=table.string("name"),
        omit=bool(table.flag("omit")),
        summary=table.summary(),
    )
    table.refuse_unknown_keys()
    if entry == ParameterEntry():
        raise table.origin.error("is empty; add a key or remove it")
    if entry.omit and entry != ParameterEntry(omit=True):
        raise table.origin.error("has omit = true, so it can't have other keys")
    return entry


def _event(table: Table, name: str) -> EventEntry:
    table.read_evidence()
    types = {key: _type_of(table, value, key) for key, value in table.mapping("types").items()}
    bare = table.has_empty_array("fields")
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
    table.refuse_unknown_keys()
    _check_distinct(table.origin, "fields", entry.fields)
    return entry


def _type_of(table: Table, value: object, key: str) -> TypeEntry:
    if isinstance(value, str):
        return TypeEntry(type=value)
    if not isinstance(value, dict):
        raise table.origin.error("expected a type, or a table with a type", "types", key)
    child = table.child(value, f"types.{key}")
    entry = _type(child)
    child.refuse_unknown_keys()
    if entry is None:
        raise child.origin.error("has no type")
    return entry


def _type(table: Table) -> TypeEntry | None:
    """The type in a table: by default an enumeration if it has values, an integer if it has codes."""
    kind, values, codes = table.string("type"), table.strings("values", case_sensitive=True), table.string("codes")
    if values and codes:
        raise table.origin.error("can't be combined with values; codes are for numbers", "codes")
    kind = kind or ("enumeration" if values else "int" if codes else None)
    return TypeEntry(type=kind, values=values, codes=codes) if kind else None


def _field(table: Table, value: object, index: int) -> HeaderEntry:
    if isinstance(value, str):
        return HeaderEntry(name=value)
    return _header(table.child(value, f"fields[{index}]"))


def _header(table: Table) -> HeaderEntry:
    name, python_name = table.string("name"), table.string("field")
    if name is None:
        raise table.origin.error("has no name")
    if not name and not python_name:
        raise table.origin.error("is missing; a header without a name on the wire needs a name in Python", "field")
    described = _type(table)
    header = HeaderEntry(
        name=name,
        type=described.type if described else None,
        values=described.values if described else (),
        codes=described.codes if described else None,
        branches=table.branches(),
        field=python_name,
    )
    table.refuse_unknown_keys()
    return header


def _snapshot(table: Table) -> Snapshot:
    snapshot = Snapshot(kind=_kind(table, table.string("kind") or ""), prefix=table.string("prefix") or "")
    table.refuse_unknown_keys()
    return snapshot


def _snapshot_entry(table: Table, name: str) -> SnapshotEntry:
    table.read_evidence()
    entry = SnapshotEntry(
        origin=table.origin,
        kind=_kind(table, name),
        headers=tuple(_field(table, value, index) for index, value in enumerate(table.entries("fields"))),
        always=table.strings("always"),
    )
    table.refuse_unknown_keys()
    _check_distinct(table.origin, "fields", entry.headers)
    if unknown := set(entry.always) - {header.name for header in entry.headers}:
        raise table.origin.error(f"{min(unknown)} isn't in fields", "always")
    return entry


def _kind(table: Table, name: str) -> SnapshotKind:
    if name == "channel":
        return "channel"
    if name == "bridge":
        return "bridge"
    raise table.origin.error(f"{name!r} isn't a snapshot; expected channel or bridge")


def _family(table: Table, name: str) -> FamilyEntry:
    table.read_evidence()
    entry = FamilyEntry(
        origin=table.origin,
        name=name,
        summary=table.summary(),
        snapshots=tuple(_snapshot(snapshot) for snapshot in table.array("snapshots")),
        headers=table.strings("headers"),
        events=table.strings("events"),
    )
    table.refuse_unknown_keys()
    _check_class_name_and_summary(entry)
    if not entry.snapshots and not entry.headers:
        raise table.origin.error("has neither snapshots nor headers; add what its events share")
    return entry


def _codes(table: Table, name: str) -> CodesEntry:
    table.read_evidence()
    entry = CodesEntry(
        origin=table.origin,
        name=name,
        summary=table.summary(),
        values=tuple(_code(value, key) for key, value in table.tables("values")),
    )
    table.refuse_unknown_keys()
    _check_class_name_and_summary(entry)
    if not entry.values:
        raise table.origin.error("has no values; add at least one code")
    names: dict[int, str] = {}
    for value in entry.values:
        if (other := names.setdefault(value.code, value.name)) != value.name:
            raise table.origin.error(f"has the same number as {other}", "values", value.name)
    return entry


def _check_class_name_and_summary(entry: CodesEntry | FamilyEntry) -> None:
    if not entry.name.isidentifier() or not entry.name[0].isupper():
        raise entry.origin.error("isn't a valid class name; expected a name such as BridgeEvent")
    if not entry.summary:
        raise entry.origin.error("has no summary; describe it in one line")


def _code(table: Table, name: str) -> CodeEntry:
    code, text = table.number("code"), table.string("text")
    table.refuse_unknown_keys()
    if not _CONSTANT.fullmatch(name):
        raise table.origin.error("isn't a valid constant name; expected a name such as NORMAL_CLEARING")
    if code is None:
        raise table.origin.error("has no code; add the number on the wire")
    return CodeEntry(name=name, code=code, text=text or "")


def _rule(table: Table) -> Rule:
    table.read_evidence()
    kind, headers, group = _type(table), table.strings("headers"), table.string("in")
    table.refuse_unknown_keys()
    if kind is None:
        raise table.origin.error("has no type")
    if not headers:
        raise table.origin.error("has no headers; name at least one")
    groups: tuple[Group, ...] = tuple(each for each in GROUPS if group in {None, each})
    if not groups:
        raise table.origin.error(f"expected one of {', '.join(GROUPS)}", "in")
    return Rule(origin=table.origin, type=kind, headers=headers, groups=groups)


def _check_distinct(origin: Origin, key: str, headers: Iterable[HeaderEntry]) -> None:
    seen: set[str] = set()
    for header in headers:
        if header.name.lower() in seen:
            raise origin.error(f"has {header.name} twice", key)
        seen.add(header.name.lower())
