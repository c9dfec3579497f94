"""The judge: decoded messages in, findings out."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.judge import Judge, Kind, base_name
from amitypes_codegen.verify.package import Package, branches_of

from tests.codegen.generating import SPECS
from tests.codegen.verifying import answered, entries, event, facts, heard, message

SUCCESS = ("Response", "Success")
START = ("EventList", "start")


def summary(judge: Judge) -> list[tuple[Kind, str, str]]:
    return [(finding.kind, finding.name, finding.header.name if finding.header else "") for finding in judge.findings()]


def test_what_is_declared_is_no_finding() -> None:
    judge = heard(event("Hangup", Channel="PJSIP/a-1", Cause="16", Uniqueid="1.2", ChanVariable=["a=b", "c=d"]))
    assert judge.findings() == judge.suspects() == []
    assert judge.events == {"Hangup": 1}


def test_an_event_without_a_class_comes_with_all_its_headers() -> None:
    judge = heard(
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


def test_undeclared_headers_and_values_that_do_not_fit() -> None:
    judge = heard(
        event("Hangup", New="1"), event("Hangup", NEW="2", Cause="sixteen"), event("Hangup", Cause=["1", "2"])
    )
    assert summary(judge) == [
        (Kind.HEADER, "Hangup", "New"),
        (Kind.VALUE, "Hangup", "Cause"),
        (Kind.VALUE, "Hangup", "Cause"),
    ]
    header, repeated, unfit = judge.findings()
    assert header.header is not None
    assert (header.count, header.header.values) == (2, ("1", "2"))
    assert "came again" in repeated.problem
    assert repeated.header is not None
    assert repeated.header.repeated
    assert unfit.problem == "not an integer"


def test_what_is_free_is_no_finding() -> None:
    judge = heard(
        event("UserEvent", UserEvent="Any", Whatever="1", Uniqueid=["1", "2"]),
        event("Cdr", LinkedID="1"),
    )
    assert judge.findings() == []


def test_what_no_event_is_not_judged() -> None:
    judge = heard(b"Response: Error\r\nMessage: Said twice\r\n\r\n", b"bare text\r\n\r\n")
    assert (judge.findings(), judge.unattributed, judge.events) == ([], 2, {})


def test_texts_that_look_like_more_are_questions_unless_reviewed() -> None:
    asked = []

    def reviewed(group: str, name: str, header: str) -> bool:
        asked.append((group, name, header))
        return header == "Channel"

    judge = heard(
        *(event("Hangup", Channel=f"{number}", Cause_txt=f"{number}") for number in range(3)), judge=Judge(reviewed)
    )
    (suspect,) = judge.suspects()
    assert suspect.header is not None
    assert (suspect.kind, suspect.header.name, suspect.problem) == (Kind.TEXT, "Cause-txt", "number")
    assert judge.findings() == []
    assert ("events", "Hangup", "Channel") in asked


def test_the_overlay_tells_what_was_reviewed() -> None:
    known = facts()
    assert known.is_reviewed("events", "Hangup", "Channel")
    assert known.is_reviewed("events", "AttendedTransfer", "TransferTargetChannel")
    assert known.is_reviewed("events", "Hangup", "Privilege")
    assert not known.is_reviewed("events", "Hangup", "Cause")
    assert not known.is_reviewed("events", "Hangup", "NeverHeardOf")


def test_a_list_as_declared() -> None:
    judge = answered(
        "QueueSummary",
        message(SUCCESS, START),
        message(("Event", "QueueSummary"), ("Queue", "a"), ("LoggedIn", "1")),
        message(("Event", "QueueSummaryComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    assert judge.findings() == []
    assert judge.events == {"QueueSummary": 1, "QueueSummaryComplete": 1}
    assert judge.accepted == {"QueueSummary"}


def test_a_list_with_something_else_in_it() -> None:
    judge = answered(
        "QueueSummary",
        message(SUCCESS, START, ("Head", "1")),
        message(("Event", "Hangup")),
        message(("Event", "QueueSummaryComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    assert summary(judge) == [(Kind.HEADER, "QueueSummary", "Head"), (Kind.ITEM, "QueueSummary", "")]
    item = judge.findings()[1]
    assert (item.declared, item.items, item.complete) == (("QueueSummary",), ("Hangup",), "QueueSummaryComplete")


def test_a_list_that_came_as_a_plain_answer() -> None:
    assert summary(answered("QueueSummary", message(SUCCESS))) == [(Kind.NO_LIST, "QueueSummary", "")]


def test_a_plain_answer_that_came_as_a_list() -> None:
    judge = answered(
        "CoreStatus",
        message(SUCCESS, START),
        message(("Event", "Hangup")),
        message(("Event", "QueueSummaryComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    item = next(finding for finding in judge.findings() if finding.kind is Kind.ITEM)
    assert (item.declared, item.items, item.complete) == ((), ("Hangup",), "QueueSummaryComplete")


def test_a_refusal_is_an_answer_too() -> None:
    judge = answered("Challenge", message(("Response", "Error"), ("Message", "No"), ("Why", "1")))
    assert judge.refused == {"Challenge": "No"}
    assert summary(judge) == [(Kind.HEADER, "Challenge", "Why")]


def test_actions_without_a_class_and_answers_without_an_end() -> None:
    judge = Judge()
    judge.offered("MyModuleShow")
    judge.unfinished("Status")
    assert summary(judge) == [(Kind.UNFINISHED, "Status", ""), (Kind.ACTION, "MyModuleShow", "")]
    assert "MyModuleShow" in entries(judge)


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


def test_the_docstrings_tell_every_actions_branches() -> None:
    from amitypes_codegen import overlay, specfile
    from amitypes_codegen.merge import merge

    model = merge(specfile.load_all(SPECS), overlay.load([SPECS / "overlay"]))
    package = Package("amitypes")
    for branch in model.branches:
        known = sorted(name for name, action in model.actions.items() if branch in action.branches)
        assert sorted(package.actions_of(branch)) == known


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
