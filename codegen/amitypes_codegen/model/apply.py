"""Applies the entries of the overlay to actions and events; one that changes nothing is an error."""

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
    """The entry doesn't fit these specs, and isn't strict: it is for other branches."""


def apply_action_entry(
    entry: ActionEntry, actions: Mapping[str, Action], events: Mapping[str, Event], known: Branches
) -> Action:
    """Applies an entry to its action.

    Args:
        entry: The entry.
        actions: All actions, with the entries applied so far.
        events: All events, with those that the overlay adds.
        known: The branches of the specs.

    Returns:
        The corrected action.

    Raises:
        SkippedError: If the entry doesn't fit and isn't strict.
        OverlayError: If a strict entry doesn't fit, changes nothing or repeats the specs.
    """
    origin = entry.origin
    if not origin.strict and entry.name not in actions:
        raise SkippedError
    action = _find(actions, entry.name, origin, "an action")
    if entry == ActionEntry(origin=origin, name=entry.name):
        raise origin.error("is empty; add a key or remove it")
    if entry.items or entry.complete:
        action = _with_list(action, entry, events)
    if entry.untagged and not action.complete and origin.strict:
        raise origin.error("needs the event that completes the list; add complete", "untagged")
    if entry.events and action.complete and origin.strict:
        raise origin.error("can't be combined with a list; add the events to items", "events")
    if origin.strict and (unknown := [name for name in entry.events if name != "*" and name not in events]):
        raise origin.error(f"no spec has an event {unknown[0]}", "events")
    if entry.response and action.items and origin.strict:
        raise origin.error(
            "the action answers with a list; the response that starts a list has no fields of its own", "response"
        )
    _check_parameters(entry, action)
    response = {header.name.lower(): header for header in action.response}  # from earlier entries
    _mark_optional(entry, response)
    for header in () if action.items else entry.response:
        if branches := action.branches & _branches_of(header.branches, known, origin, header.name):
            response[header.name.lower()] = header_from_entry(header, branches, origin)
    _mark_always(entry, response, action.branches)
    parameters = (
        _apply_parameter_entry(parameter, entry.parameters.get(parameter.name), origin)
        for parameter in action.parameters
    )
    return replace(
        action,
        parameters=tuple(parameter for parameter in parameters if parameter is not None),
        untagged=action.untagged or (entry.untagged and action.complete is not None),
        text=action.text or entry.text,
        anonymous=tuple(name for name in entry.anonymous if name in action.items) or action.anonymous,
        events=action.events or tuple(name for name in entry.events if name == "*" or name in events),
        response=tuple(response.values()),
        acknowledged=_acknowledgement_entry(entry, action),
        outcome_event=_outcome_event(entry, action, events) or action.outcome_event,
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


def _apply_parameter_entry(parameter: Header, entry: ParameterEntry | None, origin: Origin) -> Header | None:
    if entry is None:
        return parameter
    if entry.omit:
        return None
    required = parameter.required
    if entry.required is not None:
        required = parameter.branches if entry.required else frozenset()
        if required == parameter.required and origin.strict:
            raise origin.error("repeats the specs; remove it", "parameters", parameter.name, "required")
    if entry.type is not None:
        parameter = with_type(parameter, entry.type, origin, "parameters", parameter.name)
    return replace(
        parameter,
        required=required,
        python_name=entry.name or parameter.python_name,
        summary=_new_summary(entry.summary, parameter.summary, origin, "parameters", parameter.name),
    )


def _with_list(action: Action, entry: ActionEntry, events: Mapping[str, Event]) -> Action:
    items, complete = entry.items or action.items, entry.complete or action.complete
    if entry.origin.strict:
        if (items, complete) == (action.items, action.complete):
            raise entry.origin.error("repeats the list in the specs; remove it", "items" if entry.items else "complete")
        for name in (*items, *([complete] if complete else [])):
            _find(events, name, entry.origin, "an event")
    elif complete not in events:
        return action
    return replace(action, items=tuple(name for name in items if name in events), complete=complete)


def _acknowledgement_entry(entry: ActionEntry, action: Action) -> Origin | None:
    """The origin of the entry by which the response is an acknowledgement; None if a later entry says otherwise."""
    if not entry.acknowledged:
        return None if entry.complete or entry.text or entry.response else action.acknowledged
    if entry.origin.strict and action.response_kind not in {None, "acknowledgement"}:
        raise entry.origin.error(f"isn't an acknowledgement: another entry or the specs have a {action.response_kind}")
    return entry.origin


def _outcome_event(entry: ActionEntry, action: Action, events: Mapping[str, Event]) -> OutcomeEventEntry | None:
    """The event that reports the outcome; None if it lacks the header that it shares with the action."""
    outcome, origin = entry.later, entry.origin
    if outcome is None or (not origin.strict and outcome.event not in events):
        return None
    event = _find(events, outcome.event, origin, "an event")
    for whose, headers, name in (
        ("the action", action.parameters, outcome.by),
        ("the event", event.headers, outcome.by),
        ("the action", action.parameters, outcome.only_with or outcome.by),
    ):
        if name.lower() not in {ACTION_ID, *(header.name.lower() for header in headers)}:
            if origin.strict:
                raise origin.error(f"{whose} has no {name}", "later")
            return None
    return outcome


def apply_event_entry(entry: EventEntry, events: Mapping[str, Event], known: Branches, expand: Snapshots) -> Event:
    """Applies an entry to its event, or creates an event that no spec has.

    Args:
        entry: The entry.
        events: All events, with the entries applied so far.
        known: The branches of the specs.
        expand: The headers of snapshots.

    Returns:
        The corrected event, which has the name in `EventEntry.wire` if that is set.

    Raises:
        SkippedError: If the entry doesn't fit and isn't strict.
        OverlayError: If a strict entry doesn't fit, changes nothing or repeats the specs.
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
        return _extend_event(entry, events[near], added)
    if entry.types or entry.omit or not (entry.fields or entry.bare or entry.snapshots):
        if not origin.strict:
            raise SkippedError
        raise origin.error("no spec has this event; to add it, list its headers and their types in fields")
    headers = {header.name.lower(): header for header in unite_headers([added])}
    for prefix in entry.sometimes:
        _mark_optional_snapshot(prefix, headers, origin)
    _mark_always(entry, headers, branches)
    return Event(
        name=entry.name,
        branches=branches,
        privileges=entry.privileges,
        headers=tuple(headers.values()),
        free=entry.free,
        summary=entry.summary,
    )


def _extend_event(entry: EventEntry, event: Event, added: Sequence[Header]) -> Event:
    """Applies an entry to an event of the specs."""
    origin = entry.origin
    if entry == EventEntry(origin=origin, name=entry.name):
        raise origin.error("is empty; add a key or remove it")
    if entry.bare and origin.strict:
        raise origin.error("is empty, but the specs have this event; remove it", "fields")
    if entry.wire == event.name and origin.strict:
        raise origin.error("repeats the specs; remove it", "wire")
    if entry.privileges and set(entry.privileges) <= set(event.privileges) and origin.strict:
        raise origin.error("repeats the specs; remove it", "privileges")
    if entry.branches and entry.branches <= event.branches and not added and origin.strict:
        raise origin.error("repeats the specs; remove it", "branches")
    headers = {header.name.lower(): header for header in event.headers}
    _mark_optional(entry, headers)
    for header in added:
        there = headers.get(header.name.lower())
        if there is not None and header.branches <= there.branches and origin.strict:
            raise origin.error(f"the specs have {there.name} already; remove it", "fields")
        headers[header.name.lower()] = header if there is None else join_headers(there, header)
    for name, kind in entry.types.items():
        if found := _find_header(headers, name, origin, "types"):
            headers[name.lower()] = with_type(found, kind, origin, "types", name)
    for name in entry.omit:
        if _find_header(headers, name, origin, "omit"):
            del headers[name.lower()]
    branches = event.branches | (entry.branches or frozenset())
    for prefix in entry.sometimes:
        _mark_optional_snapshot(prefix, headers, origin)
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
        raise origin.error("repeats another entry; remove it", *below, "summary")
    return new or known


def _mark_always(entry: ActionEntry | EventEntry, headers: dict[str, Header], branches: Branches) -> None:
    """Marks the headers that are always present."""
    origin = entry.origin
    for name in entry.always:
        if found := _find_header(headers, name, origin, "always"):
            if origin.strict and found.always:
                raise origin.error(f"repeats {found.always.key}; remove it", "always", name)
            if found.branches >= branches:
                headers[name.lower()] = replace(found, always=origin)
            elif origin.strict:
                raise origin.error("some branches don't have it, so it isn't always present", "always", name)


def _mark_optional(entry: ActionEntry | EventEntry, headers: dict[str, Header]) -> None:
    """Marks headers that may be missing, although an earlier entry lists them in `always`."""
    for name in entry.optional:
        found = _find_header(headers, name, entry.origin, "optional")
        if found is not None and found.always is not None:
            headers[name.lower()] = replace(found, always=None)
        elif entry.origin.strict:
            raise entry.origin.error("no entry has it in always; remove it", "optional", name)


def _mark_optional_snapshot(prefix: str, headers: dict[str, Header], origin: Origin) -> None:
    """Marks a snapshot that may be missing."""
    found = {key: header for key, header in headers.items() if header.always and _has_prefix(prefix, header)}
    if not found and origin.strict:
        raise origin.error(
            "the event has no snapshot with this prefix that is always present", "sometimes", repr(prefix)
        )
    headers |= {key: replace(header, always=None) for key, header in found.items()}


def _has_prefix(prefix: str, header: Header) -> bool:
    return header.snapshot is not None and header.snapshot.prefix == prefix


def _find_header(headers: Mapping[str, Header], name: str, origin: Origin, key: str) -> Header | None:
    found = headers.get(name.lower())
    if found is not None and found.name == name:
        return found
    if not origin.strict:
        return found
    if found is None:
        raise origin.error("no such header", key, name)
    raise origin.error(f"is spelled {found.name} in the specs", key, name)


def _find(models: Mapping[str, _M], name: str, origin: Origin, kind: str) -> _M:
    if name in models:
        return models[name]
    if near := next((known for known in models if known.lower() == name.lower()), None):
        raise origin.error(f"is spelled {near} in the specs")
    raise origin.error(f"no spec has {kind} {name}")


def _branches_of(branches: Branches | None, known: Branches, origin: Origin, *below: str) -> Branches:
    if branches is None:
        return known
    if origin.strict and not branches <= known:
        raise origin.error("has a branch without a spec", *below, "branches")
    return branches & known
