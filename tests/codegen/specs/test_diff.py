"""The differences between two specs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from amitypes_codegen.specs import diff
from amitypes_codegen.specs.diff import Change
from amitypes_codegen.specs.folder import load_spec
from amitypes_codegen.specs.spec import (
    Action,
    EnumValue,
    Event,
    EventInstance,
    Parameter,
    Reference,
    Responses,
    Snapshot,
    Spec,
)

SPECS = Path(__file__).resolve().parents[3] / "specs"
A = Parameter(name="A")


def spec(actions: Sequence[Action] = (), events: Sequence[Event] = (), release: str = "22.10.1") -> Spec:
    return Spec(
        branch=22,
        release=release,
        ami_version="11.0.0",
        actions={entry.name: entry for entry in actions},
        events={entry.name: entry for entry in events},
    )


def parameter(**changes: object) -> Action:
    return Action(name="Do", syntax=(replace(A, **changes),))  # type: ignore[arg-type]


def event(*syntax: Parameter | Snapshot, privileges: tuple[str, ...] = ("call",), module: str | None = None) -> Event:
    instance = EventInstance(syntax=syntax, privileges=privileges, module=module)
    return Event(name="Done", instances=(instance,))


def values(*names: str) -> tuple[EnumValue, ...]:
    return tuple(EnumValue(name=name) for name in names)


def added(what: str, name: str) -> Change:
    return Change(kind="added", what=what, name=name)


def removed(what: str, name: str) -> Change:
    return Change(kind="removed", what=what, name=name)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (Action(name="Do"), parameter(), [added("parameter", "A")]),
        (parameter(), Action(name="Do"), [removed("parameter", "A")]),
        (
            parameter(),
            parameter(required=True),
            [Change(kind="changed", what="required", name="A", old=False, new=True)],
        ),
        (parameter(default="1"), parameter(), [Change(kind="changed", what="default", name="A", old="1", new=None)]),
        (
            parameter(),
            parameter(multiple=True),
            [Change(kind="changed", what="multiple", name="A", old=False, new=True)],
        ),
        (
            parameter(),
            parameter(separator="|"),
            [Change(kind="changed", what="separator", name="A", old=None, new="|")],
        ),
        (
            parameter(values=values("x", "y")),
            parameter(values=values("y", "z")),
            [added("value", "A/z"), removed("value", "A/x")],
        ),
        (
            parameter(values=(EnumValue(name="x", values=values("y")),)),
            parameter(values=values("x")),
            [removed("value", "A/x/y")],
        ),
        (parameter(), parameter(parameters=(A,)), [added("parameter", "A/A")]),
        (
            Action(name="Do"),
            Action(name="Do", responses=Responses(items=("Item",), events=("DoComplete",))),
            [
                Change(kind="changed", what="responses", old=False, new=True),
                added("response item", "Item"),
                added("response event", "DoComplete"),
            ],
        ),
        (
            Action(name="Do"),
            Action(name="Do", since=("1.0",), synopsis=True, see_also=(Reference(type="a", name="b"),)),
            [],
        ),
        (
            Action(name="Do", syntax=(A, Parameter(name="B"))),
            Action(name="Do", syntax=(Parameter(name="B"), A)),
            [],
        ),
    ],
)
def test_changes_of_an_action(old: Action, new: Action, expected: list[Change]) -> None:
    changes = diff.compare(spec([old]), spec([new]))
    assert list(changes.actions.changed.get("Do", ())) == expected
    assert bool(changes) == bool(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (event(), event(A), [added("parameter", "A")]),
        (event(privileges=("cel",)), event(), [added("privilege", "call"), removed("privilege", "cel")]),
        (
            event(Snapshot(kind="channel")),
            event(Snapshot(kind="channel", prefix="Dest"), Snapshot(kind="bridge")),
            [
                added("snapshot", "bridge"),
                added("snapshot", "channel with prefix Dest"),
                removed("snapshot", "channel"),
            ],
        ),
        (event(module="a"), event(module="b"), [added("module", "b"), removed("module", "a")]),
        (event(), event(module="b"), []),
        (event(), replace(event(), nested=True), [Change(kind="changed", what="nested", old=False, new=True)]),
        (event(A), Event(name="Done", instances=event(A).instances * 2), []),
    ],
)
def test_changes_of_an_event(old: Event, new: Event, expected: list[Change]) -> None:
    changes = diff.compare(spec(events=[old]), spec(events=[new]))
    assert list(changes.events.changed.get("Done", ())) == expected
    assert bool(changes) == bool(expected)


def changes() -> diff.Changes:
    old = spec([Action(name="Gone"), parameter(required=True)], [event()])
    new = spec([Action(name="New"), parameter(default="1", values=values("x"))], release="22.11.0")
    return diff.compare(old, new)


def test_the_text_lists_one_change_a_line() -> None:
    assert (
        changes().as_text()
        == """\
Asterisk 22.10.1 (AMI 11.0.0) -> Asterisk 22.11.0 (AMI 11.0.0)

Actions: 1 added, 1 removed, 1 changed
  + New
  - Gone
  ~ Do
      ~ A: required yes -> no
      ~ A: default none -> 1
      + value A/x

Events: 0 added, 1 removed, 0 changed
  - Done
"""
    )
    assert "No changes." in diff.compare(spec(), spec()).as_text()


def test_the_json_has_all_changes() -> None:
    side = {"branch": 22, "release": "22.10.1", "ami_version": "11.0.0"}
    assert json.loads(json.dumps(changes().as_dict())) == {
        "old": side,
        "new": side | {"release": "22.11.0"},
        "actions": {
            "added": ["New"],
            "removed": ["Gone"],
            "changed": {
                "Do": [
                    {"change": "changed", "what": "required", "name": "A", "old": True, "new": False},
                    {"change": "changed", "what": "default", "name": "A", "old": None, "new": "1"},
                    {"change": "added", "what": "value", "name": "A/x"},
                ]
            },
        },
        "events": {"added": [], "removed": ["Done"], "changed": {}},
    }


def test_the_known_changes_from_16_to_23_are_found() -> None:
    found = diff.compare(load_spec(SPECS / "asterisk-16.json"), load_spec(SPECS / "asterisk-23.json"))
    assert found.actions.added == (
        "CoreShowChannelMap",
        "DAHDIShowStatus",
        "PJSIPHangup",
        "PJSIPSetMaintenance",
        "PJSIPShowMaintenance",
        "SendFlash",
        "VoicemailBoxSummary",
        "VoicemailForward",
        "VoicemailMove",
        "VoicemailRemove",
    )
    assert len(found.actions.removed) == 16
    flips = {
        (action, change.name)
        for action, all_changes in found.actions.changed.items()
        for change in all_changes
        if change.what == "required"
    }
    assert flips == {("AOCMessage", "Channel"), ("AOCMessage", "ChargeType"), ("PJSIPNotify", "Variable")}
    assert not diff.compare(*(load_spec(SPECS / f"asterisk-{branch}.json") for branch in (22, 23)))
