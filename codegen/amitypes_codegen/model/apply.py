"""The overlay's entries, laid over what the specs say: each must find its place, and change something there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from amitypes_codegen.model.definitions import ACTION_ID, Action, Event, Header
from amitypes_codegen.model.headers import header_from_entry, join_headers, unite_headers, with_type
from amitypes_codegen.overlay.entries import ActionEntry, EventEntry, ParameterEntry
from amitypes_codegen.specs.unite import unite_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amitypes_codegen.model.definitions import Branches
    from amitypes_codegen.model.snapshots import Snapshots
    from amitypes_codegen.overlay.entries import Origin, OutcomeEventEntry

_M = TypeVar("_M", Action, Event)


class SkippedError(Exception):
    """The entry doesn't fit, and needn't: it was written for more servers than these."""


def corrected_action(
    entry: ActionEntry, actions: Mapping[str, Action], events: Mapping[str, Event], known: Branches
) -> Action:
    """Lays an entry over its action.

    Args:
        entry: The entry.
        actions: All actions as they are known so far.
        events: All events, with the overlay's own.
        known: The branches that there are specs of.

    Returns:
        The action as the entry has it.

    Raises:
        SkippedError: If the entry doesn't fit and needn't.
        OverlayError: If it doesn't fit, changes nothing or repeats the specs.
    """
    origin = entry.origin
    if not origin.strict and entry.name not in actions:
        raise SkippedError
    action = _find(actions, entry.name, origin, "an action")
    if entry == ActionEntry(origin=origin, name=entry.name):
        raise origin.error("says nothing")
    if entry.items or entry.complete:
        action = _with_list(action, entry, events)
    if entry.untagged and not action.complete and origin.strict:
        raise origin.error("needs the event that completes the answer", "untagged")
    if entry.events and action.complete and origin.strict:
        raise origin.error("answers with a list, whose events are its items", "events")
    if origin.strict and (stray := [name for name in entry.events if name != "*" and name not in events]):
        raise origin.error(f"there is no event {stray[0]}", "events")
    if entry.response and action.items and origin.strict:
        raise origin.error("answers with a list, and the head of a list is a plain response", "response")
    _check_parameters(entry, action)
    response = {header.name.lower(): header for header in action.response}  # of other entries
    _mark_optional(entry, response)
    for header in () if action.items else entry.response:
        if branches := action.branches & _branches_of(header.branches, known, origin, header.name):
            response[header.name.lower()] = header_from_entry(header, branches, origin)
    _mark_always(entry, response, action.branches)
    patched = (_patched(parameter, entry.parameters.get(parameter.name), origin) for parameter in action.parameters)
    return replace(
        action,
        parameters=tuple(parameter for parameter in patched if parameter is not None),
        untagged=action.untagged or (entry.untagged and action.complete is not None),
        text=action.text or entry.text,
        anonymous=tuple(name for name in entry.anonymous if name in action.items) or action.anonymous,
        events=action.events or tuple(name for name in entry.events if name == "*" or name in events),
        response=tuple(response.values()),
        acknowledged=_acknowledged(entry, action),
        later=_found_later(entry, action, events) or action.later,
        summary=_new_summary(entry.summary, action.summary, origin),
    )


def _check_parameters(entry: ActionEntry, action: Action) -> None:
    known = {parameter.name.lower(): parameter.name for parameter in action.parameters}
    for name in entry.parameters:
        if name.lower() not in known:
            if entry.origin.strict:
                raise entry.origin.error("the action has no such parameter", "parameters", name)
        elif known[name.lower()] != name and entry.origin.strict:
            raise entry.origin.error(f"is spelled {known[name.lower()]} in the specs", "parameters", name)


def _patched(parameter: Header, patch: ParameterEntry | None, origin: Origin) -> Header | None:
    if patch is None:
        return parameter
    if patch.omit:
        return None
    required = parameter.required
    if patch.required is not None:
        required = parameter.branches if patch.required else frozenset()
        if required == parameter.required and origin.strict:
            raise origin.error("repeats what the specs say", "parameters", parameter.name, "required")
    if patch.type is not None:
        parameter = with_type(parameter, patch.type, origin, "parameters", parameter.name)
    return replace(
        parameter,
        required=required,
        python_name=patch.name or parameter.python_name,
        summary=_new_summary(patch.summary, parameter.summary, origin, "parameters", parameter.name),
    )


def _with_list(action: Action, entry: ActionEntry, events: Mapping[str, Event]) -> Action:
    items, complete = entry.items or action.items, entry.complete or action.complete
    if entry.origin.strict:
        if (items, complete) == (action.items, action.complete):
            raise entry.origin.error("repeats what the specs say of the list", "items" if entry.items else "complete")
        for name in (*items, *([complete] if complete else [])):
            _find(events, name, entry.origin, "an event")
    elif complete not in events:
        return action
    return replace(action, items=tuple(name for name in items if name in events), complete=complete)


def _acknowledged(entry: ActionEntry, action: Action) -> Origin | None:
    """The entry that says that the answer is an acknowledgement; one that says more of it comes to correct that."""
    if not entry.acknowledged:
        return None if entry.complete or entry.text or entry.response else action.acknowledged
    if entry.origin.strict and action.answer not in {None, "acknowledgement"}:
        raise entry.origin.error(f"is no mere acknowledgement: its answer is known as a {action.answer}")
    return entry.origin


def _found_later(entry: ActionEntry, action: Action, events: Mapping[str, Event]) -> OutcomeEventEntry | None:
    """The event that comes later, where it has the header by which it belongs to the action."""
    later, origin = entry.later, entry.origin
    if later is None or (not origin.strict and later.event not in events):
        return None
    event = _find(events, later.event, origin, "an event")
    for whose, headers, name in (
        ("the action", action.parameters, later.by),
        ("the event", event.headers, later.by),
        ("the action", action.parameters, later.only_with or later.by),
    ):
        if name.lower() not in {ACTION_ID, *(header.name.lower() for header in headers)}:
            if origin.strict:
                raise origin.error(f"{whose} has no {name}", "later")
            return None
    return later


def corrected_event(entry: EventEntry, events: Mapping[str, Event], known: Branches, expand: Snapshots) -> Event:
    """Lays an entry over its event, or makes the event that no spec has.

    Args:
        entry: The entry.
        events: All events as they are known so far.
        known: The branches that there are specs of.
        expand: The headers of snapshots.

    Returns:
        The event as the entry has it; of another name than the entry where servers spell it in another way.

    Raises:
        SkippedError: If the entry doesn't fit and needn't.
        OverlayError: If it doesn't fit, changes nothing or repeats the specs.
    """
    origin = entry.origin
    branches = _branches_of(entry.branches, known, origin)
    if not branches:
        raise SkippedError
    near = next((name for name in events if name.lower() == entry.name.lower()), None)
    if near is not None and near != entry.name and origin.strict:
        raise origin.error(f"is spelled {near} in the specs")
    added = _added_headers(entry, branches, known, expand)
    if near is not None:
        return _extended(entry, events[near], added)
    if entry.types or entry.omit or not (entry.fields or entry.bare or entry.snapshots):
        if not origin.strict:
            raise SkippedError
        raise origin.error(
            "no spec has this event; one of the overlay's own needs fields, and their types stand in them"
        )
    headers = {header.name.lower(): header for header in unite_headers([added])}
    for prefix in entry.sometimes:
        _mark_sometimes(prefix, headers, origin)
    _mark_always(entry, headers, branches)
    return Event(
        name=entry.name,
        branches=branches,
        privileges=entry.privileges,
        headers=tuple(headers.values()),
        free=entry.free,
        summary=entry.summary,
    )


def _extended(entry: EventEntry, event: Event, added: Sequence[Header]) -> Event:
    """An event of the specs with what an entry adds to it, or corrects."""
    origin = entry.origin
    if entry == EventEntry(origin=origin, name=entry.name):
        raise origin.error("says nothing")
    if entry.bare and origin.strict:
        raise origin.error("adds nothing: the specs have this event", "fields")
    if entry.wire == event.name and origin.strict:
        raise origin.error("repeats what the specs say", "wire")
    if entry.privileges and set(entry.privileges) <= set(event.privileges) and origin.strict:
        raise origin.error("repeats what the specs say", "privileges")
    if entry.branches and entry.branches <= event.branches and not added and origin.strict:
        raise origin.error("repeats what the specs say", "branches")
    headers = {header.name.lower(): header for header in event.headers}
    _mark_optional(entry, headers)
    for header in added:
        there = headers.get(header.name.lower())
        if there is not None and header.branches <= there.branches and origin.strict:
            raise origin.error(f"the specs have {there.name} already", "fields")
        headers[header.name.lower()] = header if there is None else join_headers(there, header)
    for name, kind in entry.types.items():
        if found := _header_of(headers, name, origin, "types"):
            headers[name.lower()] = with_type(found, kind, origin, "types", name)
    for name in entry.omit:
        if _header_of(headers, name, origin, "omit"):
            del headers[name.lower()]
    branches = event.branches | (entry.branches or frozenset())
    for prefix in entry.sometimes:
        _mark_sometimes(prefix, headers, origin)
    _mark_always(entry, headers, branches)
    return replace(
        event,
        name=entry.wire or event.name,
        branches=branches,
        privileges=unite_names([event.privileges, entry.privileges]),
        headers=tuple(headers.values()),
        free=event.free or entry.free,
        summary=_new_summary(entry.summary, event.summary, origin),
    )


def _added_headers(entry: EventEntry, branches: Branches, known: Branches, expand: Snapshots) -> list[Header]:
    return [
        *(header for snapshot in entry.snapshots for header in expand(snapshot, branches)),
        *(
            header_from_entry(header, here, entry.origin)
            for header in entry.fields
            if (here := branches & _branches_of(header.branches, known, entry.origin, header.name))
        ),
    ]


def _new_summary(new: str, known: str, origin: Origin, *below: str) -> str:
    if new and new == known and origin.strict:
        raise origin.error("repeats what another entry says", *below, "summary")
    return new or known


def _mark_always(entry: ActionEntry | EventEntry, headers: dict[str, Header], branches: Branches) -> None:
    """Takes down which headers every message has."""
    origin = entry.origin
    for name in entry.always:
        if found := _header_of(headers, name, origin, "always"):
            if origin.strict and found.always:
                raise origin.error(f"repeats what {found.always.key} says", "always", name)
            if found.branches >= branches:
                headers[name.lower()] = replace(found, always=origin)
            elif origin.strict:
                raise origin.error("some branches don't have it, so it can't always be there", "always", name)


def _mark_optional(entry: ActionEntry | EventEntry, headers: dict[str, Header]) -> None:
    """Takes down which headers may be missing, whatever entries before say."""
    for name in entry.optional:
        found = _header_of(headers, name, entry.origin, "optional")
        if found is not None and found.always is not None:
            headers[name.lower()] = replace(found, always=None)
        elif entry.origin.strict:
            raise entry.origin.error("nothing says that it is always there", "optional", name)


def _mark_sometimes(prefix: str, headers: dict[str, Header], origin: Origin) -> None:
    """Takes down that a snapshot may be missing."""
    found = {key: header for key, header in headers.items() if header.always and _is_of(prefix, header)}
    if not found and origin.strict:
        raise origin.error("the event has no snapshot of this prefix that is always there", "sometimes", repr(prefix))
    headers |= {key: replace(header, always=None) for key, header in found.items()}


def _is_of(prefix: str, header: Header) -> bool:
    return header.snapshot is not None and header.snapshot.prefix == prefix


def _header_of(headers: Mapping[str, Header], name: str, origin: Origin, key: str) -> Header | None:
    found = headers.get(name.lower())
    if found is not None and found.name == name:
        return found
    if not origin.strict:
        return found
    if found is None:
        raise origin.error("there is no such header", key, name)
    raise origin.error(f"is spelled {found.name} in the specs", key, name)


def _find(things: Mapping[str, _M], name: str, origin: Origin, what: str) -> _M:
    if name in things:
        return things[name]
    if near := next((known for known in things if known.lower() == name.lower()), None):
        raise origin.error(f"is spelled {near} in the specs")
    raise origin.error(f"no spec has {what} {name}")


def _branches_of(named: Branches | None, known: Branches, origin: Origin, *below: str) -> Branches:
    if named is None:
        return known
    if origin.strict and not named <= known:
        raise origin.error("names a branch that has no spec", *below, "branches")
    return named & known
