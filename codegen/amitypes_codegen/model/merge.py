"""Merges the specs of several branches and the overlay into one model, which records the branches of each fact."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from amitypes_codegen.errors import CodegenError, NamingError
from amitypes_codegen.model.apply import SkippedError, apply_action_entry, apply_event_entry
from amitypes_codegen.model.definitions import Action, Event, Header, Model, Value
from amitypes_codegen.model.families import find_families
from amitypes_codegen.model.headers import unite_headers
from amitypes_codegen.model.snapshots import Snapshots
from amitypes_codegen.model.type_rules import TypeRules
from amitypes_codegen.specs import spec as documented
from amitypes_codegen.specs.unite import unite_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from amitypes_codegen.overlay.entries import CodesEntry, Overlay

_D = TypeVar("_D", documented.Action, documented.Event)
_M = TypeVar("_M", Action, Event)


def merge(specs: Sequence[documented.Spec], overlay: Overlay) -> Model:
    """Merges specs and overlay into one model.

    Args:
        specs: At least one spec, and at most one of each branch.
        overlay: The corrections and additions.

    Returns:
        The model.

    Raises:
        CodegenError: If there is no spec, if two specs are of the same branch, or if a list lacks an event.
        NamingError: If two names in one branch differ only in case.
        OverlayError: If a strict entry doesn't fit, changes nothing or repeats the specs.
    """
    if not specs:
        raise CodegenError("no specs to generate from")
    ordered = sorted(specs, key=lambda spec: spec.branch, reverse=True)
    if len({spec.branch for spec in ordered}) < len(ordered):
        raise CodegenError("two specs are of the same branch; keep one of them")
    newest_first = [spec.branch for spec in ordered]
    expand = Snapshots(overlay, newest_first)
    actions = _merge_branches({spec.branch: spec.actions for spec in ordered}, _action, lambda action: action.name)
    events = _merge_branches(
        {spec.branch: spec.events for spec in ordered}, lambda found: _event(found, expand), lambda event: event.name
    )
    known = frozenset(newest_first)
    for event_entry in overlay.events:
        with suppress(SkippedError):
            event = apply_event_entry(event_entry, events, known, expand)
            events.pop(event.documented_as or event.name, None)
            events[event.name] = event
    for action_entry in overlay.actions:
        with suppress(SkippedError):
            action = apply_action_entry(action_entry, actions, events, known)
            actions[action.name] = action
    expand.check_used()
    _check_lists(actions, events)
    rules = TypeRules(overlay.rules)
    typed_events = _sorted(
        {name: replace(event, headers=rules.apply(event.headers, "events")) for name, event in events.items()}
    )
    model = Model(
        releases={spec.branch: spec.release for spec in reversed(ordered)},
        actions=_sorted(
            {
                name: replace(
                    action,
                    parameters=rules.apply(action.parameters, "actions"),
                    response=rules.apply(action.response, "responses"),
                )
                for name, action in actions.items()
            }
        ),
        events=typed_events,
        families=find_families(overlay.families, typed_events),
        codes=dict(sorted((entry.name, entry) for entry in overlay.codes)),
    )
    rules.check_used()
    _check_codes(model, overlay.codes)
    return model


def _merge_branches(
    by_branch: Mapping[int, Mapping[str, _D]], build: Callable[[dict[int, _D]], _M], name: Callable[[_M], str]
) -> dict[str, _M]:
    """Builds one model of each name from its documentation by branch, the newest branch first."""
    found: dict[str, dict[int, _D]] = {}
    for branch, entries in by_branch.items():
        for key, entry in entries.items():
            other = found.setdefault(key.lower(), {}).setdefault(branch, entry)
            if other is not entry:
                raise NamingError(
                    f"{other.name!r} and {key!r} differ only in case, which AMI ignores",
                    element=f"Asterisk {branch}",
                )
    return {name(built): built for built in map(build, found.values())}


def _sorted(models: Mapping[str, _M]) -> dict[str, _M]:
    return dict(sorted(models.items(), key=lambda pair: (pair[0].lower(), pair[0])))


def _action(found: dict[int, documented.Action]) -> Action:
    newest = next(iter(found.values()))
    responses = next((action.responses for action in found.values() if action.responses is not None), None)
    return Action(
        name=newest.name,
        branches=frozenset(found),
        modules=unite_names(action.modules for action in found.values()),
        since=newest.since or next((action.since for action in found.values() if action.since), ()),
        parameters=_merge_headers(
            {
                branch: [_header(parameter, branch) for parameter in _flatten(action.syntax)]
                for branch, action in found.items()
            }
        ),
        items=responses.items if responses else (),
        complete=_completing_event(responses) if responses else None,
    )


def _completing_event(responses: documented.Responses) -> str | None:
    complete = [name for name in responses.events if name.lower().endswith("complete")]
    return complete[0] if len(complete) == 1 else None


def _event(found: dict[int, documented.Event], expand: Snapshots) -> Event:
    newest = next(iter(found.values()))
    instances = [instance for event in found.values() for instance in event.instances]
    return Event(
        name=newest.name,
        documented_as=newest.name,
        branches=frozenset(found),
        privileges=unite_names(instance.privileges for instance in instances),
        modules=unite_names([instance.module] if instance.module else [] for instance in instances),
        since=next((instance.since for instance in instances if instance.since), ()),
        headers=_merge_headers(
            {
                branch: unite_headers(
                    [
                        header
                        for entry in instance.syntax
                        for header in (
                            expand(entry, frozenset({branch}))
                            if isinstance(entry, documented.Snapshot)
                            else [_header(parameter, branch) for parameter in _flatten([entry])]
                        )
                    ]
                    for instance in event.instances
                )
                for branch, event in found.items()
            }
        ),
    )


def _flatten(parameters: Iterable[documented.Parameter]) -> Iterable[documented.Parameter]:
    for parameter in parameters:
        yield parameter
        yield from _flatten(parameter.parameters)


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


def _merge_headers(by_branch: Mapping[int, Iterable[Header]]) -> tuple[Header, ...]:
    """Unites the headers of several branches. The newest branch comes first and decides the order."""
    return tuple(unite_headers(by_branch.values()))


def _check_codes(model: Model, entries: Iterable[CodesEntry]) -> None:
    """Checks that every table of codes is used, and that every header's table exists and fits the header's type."""
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
            raise entry.origin.error("another file has codes with this name; rename one of them")
        seen.add(entry.name)
        if entry.name not in used and entry.origin.strict:
            raise entry.origin.error("is unused: no header has these codes")


def _check_lists(actions: Mapping[str, Action], events: Mapping[str, Event]) -> None:
    for action in actions.values():
        for name in (*action.items, *([action.complete] if action.complete else [])):
            if name not in events:
                raise CodegenError(
                    f"its list has the event {name}, which neither the specs nor the overlay have",
                    element=f"action {action.name}",
                )
        if action.items and action.complete is None:
            raise CodegenError(
                f"no event completes its list; add items and complete to [action.{action.name}] in an overlay",
                element=f"action {action.name}",
            )
