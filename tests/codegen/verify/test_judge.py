"""The judge: decoded messages in, findings out."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.judge import Judge, Kind, base_name
from amitypes_codegen.verify.package import Package, branches_of

from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message
from amitypes._protocol.session import Session
from tests.codegen.builders import SPECS
from tests.codegen.verify.small_pbx import answered, event, heard, message, shipped
from tests.unit.arrivals import flat

SUCCESS = ("Response", "Success")
START = ("EventList", "start")


def summary(judge: Judge) -> list[tuple[Kind, str, str]]:
    return [(finding.kind, finding.name, finding.header.name if finding.header else "") for finding in judge.findings()]


def test_what_is_declared_is_no_finding(package: Package) -> None:
    judge = heard(package, event("Ended", Channel="PJSIP/a-1", Cause="16", Uniqueid="1.2", ChanVariable=["a=b", "c=d"]))
    assert judge.findings() == judge.suspects() == []
    assert judge.events == {"Ended": 1}


def test_an_event_without_a_class_comes_with_all_its_headers(package: Package) -> None:
    judge = heard(
        package,
        event("Strange", Depth="1", Line_000003="x"),
        event("strange", Depth=["2", "3"], Line_000004="y"),
    )
    (found,) = judge.findings()
    assert (found.kind, found.name, found.count, found.privileges) == (Kind.EVENT, "Strange", 2, ("call",))
    assert [(seen.name, seen.count, seen.values, seen.repeated) for seen in found.headers] == [
        ("Depth", 2, ("1", "2", "3"), True),
        ("Line-000000", 2, ("x", "y"), False),
    ]
    assert "2" not in repr(found.headers[0].values and found.headers[0]).replace("count=2", "")


def test_undeclared_headers_and_values_that_do_not_fit(package: Package) -> None:
    judge = heard(
        package, event("Ended", New="1"), event("Ended", NEW="2", Cause="sixteen"), event("Ended", Cause=["1", "2"])
    )
    assert summary(judge) == [
        (Kind.HEADER, "Ended", "New"),
        (Kind.VALUE, "Ended", "Cause"),
        (Kind.VALUE, "Ended", "Cause"),
    ]
    header, repeated, unfit = judge.findings()
    assert header.header is not None
    assert (header.count, header.header.values) == (2, ("1", "2"))
    assert "repeated" in repeated.problem
    assert repeated.header is not None
    assert repeated.header.repeated
    assert unfit.problem == "not an integer"


def test_what_is_declared_as_always_there(package: Package) -> None:
    judge = heard(package, event("Loaded"), event("Loaded", Load="<unknown>"), event("Loaded", Load="much"))
    assert summary(judge) == [(Kind.VALUE, "Loaded", "Load"), (Kind.MISSING, "Loaded", "Load")]
    value, missing = judge.findings()
    assert (value.always, value.problem, missing.count) == (True, "not an integer", 2)


def test_what_is_free_is_no_finding(package: Package) -> None:
    judge = heard(
        package,
        event("UserEvent", UserEvent="Any", Whatever="1", Uniqueid=["1", "2"]),
        event("Cdr", LinkedID="1"),
    )
    assert judge.findings() == []


def test_what_no_event_is_not_judged(package: Package) -> None:
    judge = heard(package, b"Response: Error\r\nMessage: Said twice\r\n\r\n", b"bare text\r\n\r\n")
    assert (judge.findings(), judge.unattributed, judge.events) == ([], 2, {})


@pytest.mark.parametrize("end", [b"", b"\r\nMore: " + b"x" * 2000 + b"\r\n\r\n"], ids=["cut off", "too long"])
def test_a_message_that_is_not_whole_is_not_judged(package: Package, end: bytes) -> None:
    session = Session({}, banner=False, limits=Limits(message=1000))
    (cut,) = [*flat(session.receive(b"Event: Ended\r\nCause: many\r\nNew" + end)), *flat(session.end(cut=True))]
    assert isinstance(cut, Message)
    judge = Judge()
    judge.event(package.registry.decode_event(cut))
    assert (judge.findings(), judge.unattributed) == ([], 1)


def test_texts_that_look_like_more_are_questions_unless_reviewed(package: Package) -> None:
    asked = []

    def reviewed(group: str, name: str, header: str) -> bool:
        asked.append((group, name, header))
        return header == "Channel"

    judge = heard(
        package,
        *(event("Ended", Channel=f"{number}", Cause_txt=f"{number}") for number in range(3)),
        judge=Judge(reviewed),
    )
    (suspect,) = judge.suspects()
    assert suspect.header is not None
    assert (suspect.kind, suspect.header.name, suspect.problem) == (Kind.TEXT, "Cause-txt", "number")
    assert judge.findings() == []
    assert ("events", "Ended", "Channel") in asked


def test_the_overlay_tells_what_was_reviewed() -> None:
    known = shipped()
    assert known.is_reviewed("events", "Hangup", "Channel")
    assert known.is_reviewed("events", "AttendedTransfer", "TransferTargetChannel")
    assert known.is_reviewed("events", "Hangup", "Privilege")
    assert not known.is_reviewed("events", "Hangup", "Cause")
    assert not known.is_reviewed("events", "Hangup", "NeverHeardOf")


def test_a_list_as_declared(package: Package) -> None:
    judge = answered(
        package,
        "Piles",
        message(SUCCESS, START),
        message(("Event", "Pile"), ("Name", "a"), ("Height", "1")),
        message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    assert judge.findings() == []
    assert judge.events == {"Pile": 1, "PilesComplete": 1}
    assert judge.accepted == {"Piles"}


def test_a_list_with_something_else_in_it(package: Package) -> None:
    judge = answered(
        package,
        "Piles",
        message(SUCCESS, START, ("Head", "1")),
        message(("Event", "Ended")),
        message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    assert summary(judge) == [(Kind.HEADER, "Piles", "Head"), (Kind.ITEM, "Piles", "")]
    item = judge.findings()[1]
    assert (item.declared, item.items, item.complete) == (("Pile",), ("Ended",), "PilesComplete")


def test_a_list_that_came_as_a_plain_answer(package: Package) -> None:
    assert summary(answered(package, "Piles", message(SUCCESS))) == [(Kind.NO_LIST, "Piles", "")]


def test_a_plain_answer_that_came_as_a_list(package: Package) -> None:
    judge = answered(
        package,
        "State",
        message(SUCCESS, START),
        message(("Event", "Ended")),
        message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    item = next(finding for finding in judge.findings() if finding.kind is Kind.ITEM)
    assert (item.declared, item.items, item.complete) == ((), ("Ended",), "PilesComplete")


def test_a_refusal_is_an_answer_too(package: Package) -> None:
    judge = answered(package, "Ask", message(("Response", "Error"), ("Message", "No"), ("Why", "1")))
    assert judge.refused == {"Ask": "No"}
    assert summary(judge) == [(Kind.HEADER, "Ask", "Why")]


def test_actions_without_a_class_and_answers_without_an_end() -> None:
    judge = Judge()
    judge.offered("MyModuleShow")
    judge.unfinished("Status")
    assert summary(judge) == [(Kind.UNFINISHED, "Status", ""), (Kind.ACTION, "MyModuleShow", "")]


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("Channel", "Channel"),
        ("Line-000003", "Line-000000"),
        ("Line-000003-000010", "Line-000000-000000"),
        ("UnitAmount(12)", "UnitAmount(0)"),
        ("Charge/Units(3)/NumberOf", "Charge/Units(0)/NumberOf"),
        ("Report3SourceSSRC", "ReportXSourceSSRC"),
        ("ChanVariable(SIP/1)", "ChanVariable"),
        ("", ""),
    ],
)
def test_the_base_of_a_name(name: str, base: str) -> None:
    assert base_name(name) == base


def test_the_docstrings_tell_every_actions_branches(package: Package) -> None:
    from amitypes_codegen.model.merge import merge
    from amitypes_codegen.overlay.loader import load_overlay
    from amitypes_codegen.specs.folder import load_specs

    model = merge(load_specs(SPECS), load_overlay([SPECS / "overlay"]))
    shipped_types = Package("amitypes")
    for branch in model.branches:
        known = sorted(name for name, action in model.actions.items() if branch in action.branches)
        assert sorted(shipped_types.actions_of(branch)) == known


@pytest.mark.parametrize(
    ("docstring", "branches"),
    [
        ("The action ``A``. Asterisk 16; removed in 18.", {16}),
        ("Of Asterisk 13.\n\n    The action ``A``. Asterisk 22.10.1, since 12.0.0.", {22}),
        ("The action ``A``. Asterisk 20 and 22.", {20, 22}),
        ("The action ``A``. Asterisk 16, 18, 20 and 22.", {16, 18, 20, 22}),
        ("", set()),
    ],
)
def test_the_branches_of_a_docstring(docstring: str, branches: set[int]) -> None:
    assert branches_of(docstring) == branches
