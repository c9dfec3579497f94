"""Decides what events inherit: the fields of their families, and the properties for their snapshots.

A family declares the headers that all its events have, and the fields that have the same type in all of them. If a
field may be None in some events only, the family declares the header and each event the field: type checkers don't let
a subclass narrow the type of a mutable attribute.

The headers of an event are in the order of the wire. Inherited headers usually come first; if they don't, the event
repeats them in their place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amitypes_codegen.model import names, types
from amitypes_codegen.model.headers import unite_headers
from amitypes_codegen.rendering import docstrings
from amitypes_codegen.rendering.docstrings import Owner
from amitypes_codegen.rendering.expressions import imports, literal_tuple
from amitypes_codegen.rendering.fields import fields_of
from amitypes_codegen.rendering.view import FamilyView, GroupView, SnapshotView
from amitypes_codegen.specs.prose import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from amitypes_codegen.model.definitions import Event, Family, Model
    from amitypes_codegen.rendering.docstrings import Facts
    from amitypes_codegen.rendering.expressions import Import
    from amitypes_codegen.rendering.view import FieldView
    from amitypes_codegen.specs.spec import Snapshot, SnapshotKind

_CLASSES: Mapping[SnapshotKind, str] = {"bridge": "BridgeSnapshot", "channel": "ChannelSnapshot"}
_FACTORIES = {"[]": "field(default_factory=list)", "{}": "field(default_factory=dict)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """What an event inherits, and what it declares itself.

    Attributes:
        families: Its families, in the order of their headers.
        headers: The lines of its own map of headers.
        fields: The fields that it declares.
        groups: The groups of headers that none of its families declares.
    """

    families: tuple[FamilyView, ...]
    headers: tuple[str, ...]
    fields: tuple[FieldView, ...]
    groups: tuple[GroupView, ...]


def family_of(
    family: Family,
    events: Mapping[str, Event],
    fields_by_event: Mapping[str, Sequence[FieldView]],
    facts: Facts,
    words: Mapping[str, Text],
) -> FamilyView:
    """Decides what the class of a family declares.

    Args:
        family: The family.
        events: All events, by name.
        fields_by_event: The fields of each event.
        facts: The releases and lists of words of the model.
        words: The prose of the user's own documentation, by event; empty for none.

    Returns:
        The view. It excludes an event to which a user's overlay gives a different type of a header than most have.
    """
    of_events = {
        name: {field.header: field for field in fields_by_event[name] if field.header in family.headers}
        for name in family.events
    }
    usual = {
        header: _most_common(each[header].entry for each in of_events.values() if header in each)
        for header in family.headers
    }
    members = {
        name: fields
        for name, fields in of_events.items()
        if all(field.entry == usual[header] for header, field in fields.items())
    }
    headers = unite_headers(
        [header for header in events[name].headers if header.name in family.headers] for name in members
    )
    branches = frozenset(branch for header in headers for branch in header.branches)
    described = {name: text for event in members if event in words for name, text in words[event].parameters.items()}
    owner = Owner("event", f"family {family.name}", branches)
    declared = fields_of(headers, owner, facts, Text(parameters=described))
    shared = tuple(
        field
        for field in declared
        if all(
            (each[field.header].annotation, each[field.header].default) == (field.annotation, field.default)
            for each in members.values()
            if field.header in each
        )
    )
    taken = {field.name for name in members for field in fields_by_event[name]}
    groups = tuple(_group(snapshot, taken) for snapshot in family.snapshots)
    # A family's module is one folder further down than an event's.
    needed = {("...", name) if module == ".." else (module, name) for module, name in _needed(declared, shared, groups)}
    needed.add(("amitypes.runtime", "Event"))
    return FamilyView(
        name=family.name,
        class_name=family.name,
        module=names.module_name(family.name),
        doc=docstrings.of_family(family.summary, [field.name for field in declared if field not in shared], [*members]),
        fields=shared,
        declared=declared,
        header_lines=tuple(field.entry for field in declared),
        groups=groups,
        snapshots=family.snapshots,
        events=tuple(members),
        keys=literal_tuple(name.lower() for name in members),
        imports=imports(needed),
        typing_imports=group_imports(groups, "..snapshots"),
    )


def _most_common(entries: Iterable[str]) -> str:
    return Counter(entries).most_common(1)[0][0]


def inheritance(event: Event, fields: Sequence[FieldView], families: Iterable[FamilyView]) -> Inheritance:
    """Decides what an event inherits.

    Args:
        event: The event.
        fields: All its fields.
        families: All families.

    Returns:
        What the event inherits, and what it declares itself.
    """
    place = {field.header: index for index, field in enumerate(fields)}
    own_families = sorted(
        (family for family in families if event.name in family.events),
        key=lambda family: min((place[field.header] for field in family.declared if field.header in place), default=0),
    )
    inherited = {field.header: index for index, field in enumerate(f for each in own_families for f in each.declared)}
    declared = {field.header for family in own_families for field in family.fields}
    taken = {snapshot for family in own_families for snapshot in family.snapshots}
    groups = dict.fromkeys(header.snapshot for header in event.headers if header.snapshot is not None)
    return Inheritance(
        families=tuple(own_families),
        headers=_own_headers(fields, inherited, own_families),
        fields=tuple(field for field in fields if field.header not in declared),
        groups=tuple(
            _group(snapshot, {field.name for field in fields}) for snapshot in groups if snapshot not in taken
        ),
    )


def _own_headers(
    fields: Sequence[FieldView], inherited: Mapping[str, int], families: Iterable[FamilyView]
) -> tuple[str, ...]:
    """The lines of an event's map of headers: all headers from the first one that isn't inherited in order."""
    first, last = 0, -1
    while first < len(fields) and inherited.get(fields[first].header, -1) > last:
        last = inherited[fields[first].header]
        first += 1
    lines: list[str] = []
    rest = list(fields[first:])
    while rest:
        whole = next((each for each in families if _begins_with(rest, each.declared)), None)
        lines.append(f"**{whole.class_name}.wire_headers" if whole else rest[0].entry)
        del rest[: len(whole.declared) if whole else 1]
    return tuple(lines)


def _begins_with(fields: Sequence[FieldView], others: Sequence[FieldView]) -> bool:
    return bool(others) and [field.entry for field in fields[: len(others)]] == [field.entry for field in others]


def snapshots_of(model: Model, facts: Facts) -> tuple[SnapshotView, ...]:
    """Decides what the classes of snapshots declare.

    Args:
        model: The merged model.
        facts: The releases and lists of words of the model.

    Returns:
        One class for each kind, with the headers that the snapshots of all events have.
    """
    views: list[SnapshotView] = []
    for kind, class_name in _CLASSES.items():
        headers = unite_headers(
            [
                replace(header, name=header.base, always=None)
                for header in event.headers
                if header.snapshot is not None and header.snapshot.kind == kind
            ]
            for event in model.events.values()
        )
        owner = Owner(
            "event", f"the {kind} snapshot", frozenset(branch for each in headers for branch in each.branches)
        )
        fields = tuple(
            replace(field, default=_FACTORIES.get(field.default, field.default))
            for field in fields_of(headers, owner, facts, None)
        )
        views.append(SnapshotView(class_name=class_name, doc=docstrings.of_snapshot(kind), fields=fields))
    return tuple(views)


def snapshot_imports(views: Iterable[SnapshotView]) -> tuple[Import, ...]:
    """The imports of the module of the snapshots."""
    needed = {("dataclasses", "dataclass"), ("dataclasses", "field"), ("amitypes.runtime", "Snapshot")}
    return imports(
        needed | {pair for view in views for field in view.fields for pair in types.imports(field.annotation)}
    )


def event_imports(made: Inheritance) -> set[tuple[str, str]]:
    """The imports for what an event inherits and declares, as pairs of module and name."""
    needed = _needed([], made.fields, made.groups)
    needed |= {pair for line in made.headers for pair in types.imports(line)}
    needed |= {(f".families.{family.module}", family.class_name) for family in made.families}
    if any("Header(" in line for line in made.headers):
        needed.add(("amitypes.runtime", "Header"))
    return needed | ({("collections.abc", "Mapping")} if made.headers else set())


def _needed(
    headers: Iterable[FieldView], fields: Iterable[FieldView], groups: Iterable[GroupView]
) -> set[tuple[str, str]]:
    needed = {("typing", "ClassVar")}
    for header in headers:
        needed |= {("collections.abc", "Mapping"), ("amitypes.runtime", "Header")} | types.imports(header.codec)
    for field in fields:
        needed |= types.imports(field.annotation)
    return needed | ({("typing", "TYPE_CHECKING")} if groups else set())


def group_imports(groups: Iterable[GroupView], module: str) -> tuple[Import, ...]:
    """The imports of groups for type checkers only: the snapshots' classes are loaded on first use."""
    return imports((module, group.class_name) for group in groups)


def _group(snapshot: Snapshot, taken: set[str]) -> GroupView:
    """The property for a snapshot. Its name is none of those in `taken`."""
    kind, prefix = snapshot.kind, snapshot.prefix
    name = names.field_name(prefix if kind == "channel" else f"{prefix}Bridge", "event") if prefix else ""
    if not name or name in taken:
        name = f"{names.snake(prefix)}_{kind}_snapshot".lstrip("_")
    return GroupView(
        name=name,
        class_name=_CLASSES[kind],
        prefix=f"{names.snake(prefix)}_" if prefix else "",
        doc=docstrings.of_group(snapshot),
    )
