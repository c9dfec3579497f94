"""Finds the events of each family, and the headers that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes_codegen.model.definitions import Family
from amitypes_codegen.model.headers import unite_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from amitypes_codegen.model.definitions import Event
    from amitypes_codegen.overlay.entries import FamilyEntry


def find_families(entries: Sequence[FamilyEntry], events: Mapping[str, Event]) -> dict[str, Family]:
    """Resolves the overlay's entries for families.

    Args:
        entries: The entries.
        events: The events by name, with typed headers.

    Returns:
        The families by name, sorted. A family without an event in these specs has neither events nor headers.

    Raises:
        OverlayError: If a strict entry has an unknown event or header, matches no event, or lacks a header that all its
            events share; or if two entries have the same name.
    """
    families: dict[str, Family] = {}
    for entry in entries:
        if entry.name in families:
            raise entry.origin.error("another file has a family with this name; rename one of them")
        families[entry.name] = _family(entry, events)
    for entry in entries:
        if entry.origin.strict and entry.events:
            _check_complete(families[entry.name], families.values(), events)
    return dict(sorted(families.items()))


def _family(entry: FamilyEntry, events: Mapping[str, Event]) -> Family:
    members = _members(entry, events)
    if not members and entry.origin.strict:
        raise entry.origin.error("is unused: no event has these headers")
    common = set(entry.headers).intersection(*({header.name for header in event.headers} for event in members))
    return Family(
        origin=entry.origin,
        name=entry.name,
        summary=entry.summary,
        snapshots=entry.snapshots,
        headers=tuple(
            header.name
            for header in unite_headers(
                [header for header in event.headers if header.snapshot in entry.snapshots or header.name in common]
                for event in members
            )
        ),
        events=tuple(event.name for event in members),
    )


def _members(entry: FamilyEntry, events: Mapping[str, Event]) -> Sequence[Event]:
    if not entry.events:
        return [event for event in events.values() if not list(_missing_from(entry, event))]
    named = {name.lower() for name in entry.events}
    members = [event for event in events.values() if event.name.lower() in named]
    if entry.origin.strict:
        if unknown := set(entry.events) - {event.name for event in members}:
            raise entry.origin.error(f"no spec has an event {min(unknown)}", "events")
        for event in members:
            for name in _missing_from(entry, event):
                raise entry.origin.error(f"{event.name} doesn't have {name}", "events")
    return members


def _missing_from(entry: FamilyEntry, event: Event) -> Iterable[str]:
    """The headers and snapshots of a family that an event lacks."""
    names = {header.name for header in event.headers}
    snapshots = {header.snapshot for header in event.headers}
    yield from (name for name in entry.headers if name not in names)
    yield from (f"the {each.kind} snapshot {each.prefix!r}" for each in entry.snapshots if each not in snapshots)


def _check_complete(family: Family, families: Iterable[Family], events: Mapping[str, Event]) -> None:
    """Checks that a family has every header that all its events share, unless another of their families has it."""
    shared = set.intersection(*({header.name for header in events[name].headers} for name in family.events))
    declared = {name for other in families if {*family.events} <= {*other.events} for name in other.headers}
    if missing := shared - declared:
        raise family.origin.error(f"all its events have {min(missing)} too; add it", "headers")
