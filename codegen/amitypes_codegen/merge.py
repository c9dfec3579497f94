"""The specs of several branches and the overlay, made one: every fact with the branches in which it holds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from . import spec as documented
from .errors import CodegenError, NamingError
from .overlay import (
    ActionEntry,
    CodesEntry,
    EventEntry,
    Group,
    HeaderEntry,
    LaterEntry,
    Origin,
    Overlay,
    ParameterEntry,
    Rule,
    TypeEntry,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Branches: TypeAlias = frozenset[int]

Answer: TypeAlias = Literal["list", "text", "response", "acknowledgement"]
"""An answer that is a list of events, bare text, a response with headers of its own, or one without."""

ACTION_ID = "actionid"
"""The header that every message may carry; the runtime's base models have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A documented value of a header."""

    name: str
    branches: Branches


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A parameter of an action, or a header of an event or of a response.

    Attributes:
        name: Its name on the wire, as the newest branch spells it.
        base: The name without a snapshot's prefix, by which rules know it.
        branches: Where it is documented or known.
        required: Where it is required.
        always: The entry of the overlay by which every message has it; None where it may be missing.
        snapshot: The prefix of the snapshot that it belongs to; None where it is the message's own.
        default: The default that the newest branch documents.
        multiple: Whether it may come repeatedly.
        separator: What separates several values in one.
        values: The documented values.
        type: The type that the overlay gives it.
        codes: The table of codes that has the meanings of its numbers.
        typed_by: The entry of the overlay that does.
        python_name: The name that the overlay gives it.
        summary: What it is, in a line, where its name doesn't say it.
    """

    name: str
    base: str
    branches: Branches
    required: Branches = frozenset()
    always: Origin | None = None
    snapshot: str | None = None
    default: str | None = None
    multiple: bool = False
    separator: str | None = None
    values: tuple[Value, ...] = ()
    type: str | None = None
    codes: str | None = None
    typed_by: Origin | None = None
    python_name: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action, and what is known of its answer."""

    name: str
    branches: Branches
    modules: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    parameters: tuple[Header, ...] = ()
    items: tuple[str, ...] = ()
    complete: str | None = None
    untagged: bool = False
    text: bool = False
    anonymous: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    """Those that may come with an answer that is no list; ``*`` for any."""
    response: tuple[Header, ...] = ()
    acknowledged: Origin | None = None
    """The entry of the overlay that says that the answer is a mere acknowledgement."""
    later: LaterEntry | None = None
    summary: str = ""
    """What it does, in a line."""

    @property
    def answer(self) -> Answer | None:
        """What its answer is; None where nobody has decided."""
        if self.complete:
            return "list"
        if self.text:
            return "text"
        if self.response:
            return "response"
        return "acknowledgement" if self.acknowledged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event."""

    name: str
    branches: Branches
    privileges: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    free: bool = False
    """Whether it has headers of any name, as the server's users please."""
    documented_as: str | None = None
    """Its name in Asterisk's documentation; None where that lacks it."""
    summary: str = ""
    """What it tells, in a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything known of the Asterisks that an SDK is for."""

    releases: Mapping[int, str]
    """The release that each branch was read from, the oldest branch first."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    """By name, sorted ignoring case."""
    events: Mapping[str, Event] = field(default_factory=dict)
    """By name, sorted ignoring case."""
    codes: Mapping[str, CodesEntry] = field(default_factory=dict)
    """The meanings of numbers: by name, sorted."""

    @property
    def branches(self) -> Branches:
        """All branches."""
        return frozenset(self.releases)


def merge(specs: Sequence[documented.Spec], overlay: Overlay) -> Model:
    """Makes specs and overlay one model.

    Args:
        specs: At least one spec; one for a branch.
        overlay: The facts that they lack.

    Returns:
        The model.

    Raises:
        CodegenError: If there is no spec, or two of one branch.
        NamingError: If two names of one branch differ in case only.
        OverlayError: If an entry names what isn't there, changes nothing or repeats the specs.
    """
    if not specs:
        raise CodegenError("there are no specs to generate from")
    ordered = sorted(specs, key=lambda spec: spec.branch, reverse=True)
    if len({spec.branch for spec in ordered}) < len(ordered):
        raise CodegenError("two specs are of the same branch; one release of each branch can be generated from")
    newest_first = [spec.branch for spec in ordered]
    expand = _Snapshots(overlay, newest_first)
    actions = _of_all({spec.branch: spec.actions for spec in ordered}, _action, lambda action: action.name)
    events = _of_all(
        {spec.branch: spec.events for spec in ordered}, lambda found: _event(found, expand), lambda event: event.name
    )
    known = frozenset(newest_first)
    for event_entry in overlay.events:
        with suppress(_SkippedError):
            event = _changed_event(event_entry, events, known, expand)
            events.pop(event.documented_as or event.name, None)
            events[event.name] = event
    for action_entry in overlay.actions:
        with suppress(_SkippedError):
            action = _changed_action(action_entry, actions, events, known)
            actions[action.name] = action
    expand.check_used()
    _check_lists(actions, events)
    rules = _Rules(overlay.rules)
    model = Model(
        releases={spec.branch: spec.release for spec in reversed(ordered)},
        actions=_sorted(
            {
                name: replace(
                    action,
                    parameters=rules.typed(action.parameters, "actions"),
                    response=rules.typed(action.response, "responses"),
                )
                for name, action in actions.items()
            }
        ),
        events=_sorted(
            {name: replace(event, headers=rules.typed(event.headers, "events")) for name, event in events.items()}
        ),
        codes=dict(sorted((entry.name, entry) for entry in overlay.codes)),
    )
    rules.check_used()
    _check_codes(model, overlay.codes)
    return model


_D = TypeVar("_D", documented.Action, documented.Event)
_M = TypeVar("_M", Action, Event)


def _of_all(
    by_branch: Mapping[int, Mapping[str, _D]], build: Callable[[dict[int, _D]], _M], name: Callable[[_M], str]
) -> dict[str, _M]:
    """What all branches document together; each thing is built from its entries by branch, the newest first."""
    found: dict[str, dict[int, _D]] = {}
    for branch, things in by_branch.items():
        for key, thing in things.items():
            other = found.setdefault(key.lower(), {}).setdefault(branch, thing)
            if other is not thing:
                raise NamingError(
                    f"{other.name!r} and {key!r} differ in nothing but case, which AMI ignores",
                    element=f"Asterisk {branch}",
                )
    return {name(made): made for made in (build(entries) for entries in found.values())}


def _sorted(things: Mapping[str, _M]) -> dict[str, _M]:
    return dict(sorted(things.items(), key=lambda pair: (pair[0].lower(), pair[0])))


def _action(found: dict[int, documented.Action]) -> Action:
    newest = next(iter(found.values()))
    responses = next((action.responses for action in found.values() if action.responses is not None), None)
    return Action(
        name=newest.name,
        branches=frozenset(found),
        modules=_united(action.modules for action in found.values()),
        since=newest.since or next((action.since for action in found.values() if action.since), ()),
        parameters=_merged(
            {
                branch: [_header(parameter, branch) for parameter in _flat(action.syntax)]
                for branch, action in found.items()
            }
        ),
        items=responses.items if responses else (),
        complete=_completing(responses) if responses else None,
    )


def _completing(responses: documented.Responses) -> str | None:
    complete = [name for name in responses.events if name.lower().endswith("complete")]
    return complete[0] if len(complete) == 1 else None


def _event(found: dict[int, documented.Event], expand: _Snapshots) -> Event:
    newest = next(iter(found.values()))
    instances = [instance for event in found.values() for instance in event.instances]
    return Event(
        name=newest.name,
        documented_as=newest.name,
        branches=frozenset(found),
        privileges=_united(instance.privileges for instance in instances),
        modules=_united([instance.module] if instance.module else [] for instance in instances),
        since=next((instance.since for instance in instances if instance.since), ()),
        headers=_merged(
            {
                branch: _united_headers(
                    [
                        header
                        for entry in instance.syntax
                        for header in (
                            expand(entry, frozenset({branch}))
                            if isinstance(entry, documented.Snapshot)
                            else [_header(parameter, branch) for parameter in _flat([entry])]
                        )
                    ]
                    for instance in event.instances
                )
                for branch, event in found.items()
            }
        ),
    )


def _flat(parameters: Iterable[documented.Parameter]) -> Iterable[documented.Parameter]:
    for parameter in parameters:
        yield parameter
        yield from _flat(parameter.parameters)


def _header(parameter: documented.Parameter, branch: int) -> Header:
    here = frozenset({branch})
    return Header(
        name=parameter.name,
        base=parameter.name,
        branches=here,
        required=here if parameter.required else frozenset(),
        default=parameter.default,
        multiple=parameter.multiple,
        separator=parameter.separator,
        values=tuple(Value(name=value.name, branches=here) for value in parameter.values),
    )


def _merged(by_branch: Mapping[int, Iterable[Header]]) -> tuple[Header, ...]:
    """The headers of several branches, the newest first, which decides the order."""
    return tuple(_united_headers(by_branch.values()))


def _united_headers(lists: Iterable[Iterable[Header]]) -> list[Header]:
    """Lists of headers as one: what only a later list has comes after what it follows there."""
    merged: dict[str, Header] = {}
    order: list[str] = []
    for headers in lists:
        place = 0
        for header in headers:
            key = header.name.lower()
            if key == ACTION_ID:
                continue
            if key in merged:
                merged[key] = _joined(merged[key], header)
                place = order.index(key) + 1
            else:
                merged[key] = header
                order.insert(place, key)
                place += 1
    return [merged[key] for key in order]


def _joined(newer: Header, older: Header) -> Header:
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


def _united(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


class _Snapshots:
    """The headers of the snapshots, and whether each was of use."""

    def __init__(self, overlay: Overlay, branches: Sequence[int]) -> None:
        self._entries = overlay.snapshots
        self._branches = frozenset(branches)
        self._used: set[str] = set()

    def __call__(self, snapshot: documented.Snapshot, branches: Branches) -> list[Header]:
        entries = [entry for entry in self._entries if entry.kind == snapshot.kind]
        if not entries:
            raise CodegenError(f"the overlay has no headers for the {snapshot.kind} snapshot", element="snapshot")
        self._used.add(snapshot.kind)
        return [
            replace(
                _of_entry(header, here, entry.origin),
                name=f"{snapshot.prefix}{header.name}",
                snapshot=snapshot.prefix,
                always=entry.origin if header.name in entry.always else None,
            )
            for entry in entries
            for header in entry.headers
            if (here := branches & (header.branches or branches))
        ]

    def check_used(self) -> None:
        for entry in self._entries:
            if entry.origin.strict and entry.kind not in self._used:
                raise entry.origin.error("is of no use: no event has this snapshot")
            for header in entry.headers:
                if entry.origin.strict and header.branches is not None and not header.branches <= self._branches:
                    raise entry.origin.error("names a branch that has no spec", header.name, "branches")


def _of_entry(entry: HeaderEntry, branches: Branches, origin: Origin) -> Header:
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


def _find(things: Mapping[str, _M], name: str, origin: Origin, what: str) -> _M:
    if name in things:
        return things[name]
    if near := next((known for known in things if known.lower() == name.lower()), None):
        raise origin.error(f"is spelled {near} in the specs")
    raise origin.error(f"no spec has {what} {name}")


class _SkippedError(Exception):
    """An entry that doesn't fit is of no concern here."""


def _changed_action(
    entry: ActionEntry, actions: Mapping[str, Action], events: Mapping[str, Event], known: Branches
) -> Action:
    origin = entry.origin
    if not origin.strict and entry.name not in actions:
        raise _SkippedError
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
            response[header.name.lower()] = _of_entry(header, branches, origin)
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


def _found_later(entry: ActionEntry, action: Action, events: Mapping[str, Event]) -> LaterEntry | None:
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


def _acknowledged(entry: ActionEntry, action: Action) -> Origin | None:
    """The entry that says that the answer is an acknowledgement; one that says more of it comes to correct that."""
    if not entry.acknowledged:
        return None if entry.complete or entry.text or entry.response else action.acknowledged
    if entry.origin.strict and action.answer not in {None, "acknowledgement"}:
        raise entry.origin.error(f"is no mere acknowledgement: its answer is known as a {action.answer}")
    return entry.origin


def _new_summary(new: str, known: str, origin: Origin, *below: str) -> str:
    if new and new == known and origin.strict:
        raise origin.error("repeats what another entry says", *below, "summary")
    return new or known


def _retyped(header: Header, described: TypeEntry, origin: Origin, *below: str) -> Header:
    """A header with another type, whose values take the place of documented ones."""
    values = header.values
    if described.values:
        if set(described.values) == {value.name for value in values} and origin.strict:
            raise origin.error("repeats the values that are documented", *below, "values")
        values = tuple(Value(name=value, branches=header.branches) for value in described.values)
    return replace(header, type=described.type, codes=described.codes, values=values, typed_by=origin)


def _check_parameters(entry: ActionEntry, action: Action) -> None:
    known = {parameter.name.lower(): parameter.name for parameter in action.parameters}
    for name in entry.parameters:
        if name.lower() not in known:
            if entry.origin.strict:
                raise entry.origin.error("the action has no such parameter", "parameters", name)
        elif known[name.lower()] != name and entry.origin.strict:
            raise entry.origin.error(f"is spelled {known[name.lower()]} in the specs", "parameters", name)


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
        parameter = _retyped(parameter, patch.type, origin, "parameters", parameter.name)
    return replace(
        parameter,
        required=required,
        python_name=patch.name or parameter.python_name,
        summary=_new_summary(patch.summary, parameter.summary, origin, "parameters", parameter.name),
    )


def _changed_event(entry: EventEntry, events: Mapping[str, Event], known: Branches, expand: _Snapshots) -> Event:
    origin = entry.origin
    branches = _branches_of(entry.branches, known, origin)
    if not branches:
        raise _SkippedError
    near = next((name for name in events if name.lower() == entry.name.lower()), None)
    if near is not None and near != entry.name and origin.strict:
        raise origin.error(f"is spelled {near} in the specs")
    added = _added_headers(entry, branches, known, expand)
    if near is not None:
        return _extended(entry, events[near], added)
    if entry.types or entry.omit or not (entry.fields or entry.snapshots):
        if not origin.strict:
            raise _SkippedError
        raise origin.error(
            "no spec has this event; one of the overlay's own needs fields, and their types stand in them"
        )
    headers = {header.name.lower(): header for header in _united_headers([added])}
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


def _added_headers(entry: EventEntry, branches: Branches, known: Branches, expand: _Snapshots) -> list[Header]:
    return [
        *(header for snapshot in entry.snapshots for header in expand(snapshot, branches)),
        *(
            _of_entry(header, here, entry.origin)
            for header in entry.fields
            if (here := branches & _branches_of(header.branches, known, entry.origin, header.name))
        ),
    ]


def _extended(entry: EventEntry, event: Event, added: Sequence[Header]) -> Event:
    """An event of the specs with what an entry adds to it, or corrects."""
    origin = entry.origin
    if entry == EventEntry(origin=origin, name=entry.name):
        raise origin.error("says nothing")
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
        headers[header.name.lower()] = header if there is None else _joined(there, header)
    for name, kind in entry.types.items():
        if found := _header_of(headers, name, origin, "types"):
            headers[name.lower()] = _retyped(found, kind, origin, "types", name)
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
        privileges=_united([event.privileges, entry.privileges]),
        headers=tuple(headers.values()),
        free=event.free or entry.free,
        summary=_new_summary(entry.summary, event.summary, origin),
    )


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
    found = {key: header for key, header in headers.items() if header.snapshot == prefix and header.always}
    if not found and origin.strict:
        raise origin.error("the event has no snapshot of this prefix that is always there", "sometimes", repr(prefix))
    headers |= {key: replace(header, always=None) for key, header in found.items()}


def _header_of(headers: Mapping[str, Header], name: str, origin: Origin, key: str) -> Header | None:
    found = headers.get(name.lower())
    if found is not None and found.name == name:
        return found
    if not origin.strict:
        return found
    if found is None:
        raise origin.error("there is no such header", key, name)
    raise origin.error(f"is spelled {found.name} in the specs", key, name)


def _branches_of(named: Branches | None, known: Branches, origin: Origin, *below: str) -> Branches:
    if named is None:
        return known
    if origin.strict and not named <= known:
        raise origin.error("names a branch that has no spec", *below, "branches")
    return named & known


def _check_codes(model: Model, entries: Iterable[CodesEntry]) -> None:
    """Every table of codes has a header, and every header's table is there and fits its type."""
    headers = [
        *((name, header) for name, action in model.actions.items() for header in action.parameters),
        *((name, header) for name, event in model.events.items() for header in event.headers),
        *((name, header) for name, action in model.actions.items() for header in action.response),
    ]
    used = set[str]()
    for name, header in headers:
        if header.codes is None or header.typed_by is None:
            continue
        used.add(header.codes)
        if header.codes not in model.codes:
            raise header.typed_by.error(f"there is no [codes.{header.codes}] for {header.name} of {name}", "codes")
        if "int" not in (header.type or ""):
            raise header.typed_by.error(f"codes are for numbers, and {header.name} is {header.type}", "codes")
    seen = set[str]()
    for entry in entries:
        if entry.name in seen:
            raise entry.origin.error("another file has codes of this name")
        seen.add(entry.name)
        if entry.name not in used and entry.origin.strict:
            raise entry.origin.error("is of no use: no header has these codes")


def _check_lists(actions: Mapping[str, Action], events: Mapping[str, Event]) -> None:
    for action in actions.values():
        for name in (*action.items, *([action.complete] if action.complete else [])):
            if name not in events:
                raise CodegenError(
                    f"its answer has the event {name}, which neither the specs nor the overlay have",
                    element=f"action {action.name}",
                )
        if action.items and action.complete is None:
            raise CodegenError(
                "it isn't known which event completes its list; say so in an overlay: "
                f"[action.{action.name}] with items, complete and evidence",
                element=f"action {action.name}",
            )


class _Rules:
    """The rules for types, by header and group, and which of them were of use."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[tuple[Group, str], tuple[Rule, str]] = {}
        self._used: set[tuple[Origin, str]] = set()
        for rule in rules:
            for name in rule.headers:
                for group in rule.groups:
                    other = self._rules.setdefault((group, name.lower()), (rule, name))
                    if other[0] is not rule:
                        raise rule.origin.error(f"there is a rule for it already: {other[0].origin.key}", name)

    def typed(self, headers: Iterable[Header], group: Group) -> tuple[Header, ...]:
        """The headers with the types of the rules, where nothing nearer gave them one."""
        return tuple(self._typed(header, group) for header in headers)

    def _typed(self, header: Header, group: Group) -> Header:
        if header.type is not None or (group, header.base.lower()) not in self._rules:
            return header
        rule, name = self._rules[group, header.base.lower()]
        self._used.add((rule.origin, name))
        return _retyped(header, rule.type, rule.origin, name)

    def check_used(self) -> None:
        for rule, name in self._rules.values():
            if rule.origin.strict and (rule.origin, name) not in self._used:
                raise rule.origin.error("matches no header that has no type of its own", name)
