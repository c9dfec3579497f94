"""Decoded messages are compared with their types."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.checker import Checker
from amitypes_codegen.verify.findings import FindingKind
from amitypes_codegen.verify.package import Package

from amitypes import Limits
from amitypes._protocol.message import Message
from amitypes._protocol.session import Session
from tests.codegen.verify.small_pbx import checked_events, checked_response, event, message
from tests.unit.protocol.routed import flat

SUCCESS = ("Response", "Success")
START = ("EventList", "start")


def summary(checker: Checker) -> list[tuple[FindingKind, str, str]]:
    return [
        (finding.kind, finding.name, finding.header.name if finding.header else "") for finding in checker.findings()
    ]


def test_a_declared_event_has_no_findings(package: Package) -> None:
    checker = checked_events(
        package, event("Ended", Channel="PJSIP/a-1", Cause="16", Uniqueid="1.2", ChanVariable=["a=b", "c=d"])
    )
    assert checker.findings() == checker.suspects() == []
    assert checker.events == {"Ended": 1}


def test_the_finding_of_an_event_without_a_class_has_all_its_headers(package: Package) -> None:
    checker = checked_events(
        package,
        event("Strange", Depth="1", Line_000003="x"),
        event("strange", Depth=["2", "3"], Line_000004="y"),
    )
    (found,) = checker.findings()
    assert (found.kind, found.name, found.count, found.privileges) == (FindingKind.EVENT, "Strange", 2, ("call",))
    assert [(header.name, header.count, header.values, header.repeated) for header in found.headers] == [
        ("Depth", 2, ("1", "2", "3"), True),
        ("Line-000000", 2, ("x", "y"), False),
    ]
    assert "2" not in repr(found.headers[0].values and found.headers[0]).replace("count=2", "")


def test_undeclared_headers_and_values_of_another_type_are_findings(package: Package) -> None:
    checker = checked_events(
        package, event("Ended", New="1"), event("Ended", NEW="2", Cause="sixteen"), event("Ended", Cause=["1", "2"])
    )
    assert summary(checker) == [
        (FindingKind.HEADER, "Ended", "New"),
        (FindingKind.VALUE, "Ended", "Cause"),
        (FindingKind.VALUE, "Ended", "Cause"),
    ]
    header, repeated, unfit = checker.findings()
    assert header.header is not None
    assert (header.count, header.header.values) == (2, ("1", "2"))
    assert "repeated" in repeated.problem
    assert repeated.header is not None
    assert repeated.header.repeated
    assert unfit.problem == "not an integer"


def test_missing_headers_that_are_declared_as_always_present_are_findings(package: Package) -> None:
    checker = checked_events(package, event("Loaded"), event("Loaded", Load="<unknown>"), event("Loaded", Load="much"))
    assert summary(checker) == [(FindingKind.VALUE, "Loaded", "Load"), (FindingKind.MISSING, "Loaded", "Load")]
    value, missing = checker.findings()
    assert (value.always, value.problem, missing.count) == (True, "not an integer", 2)


def test_headers_of_events_with_free_headers_are_no_findings(package: Package) -> None:
    checker = checked_events(
        package,
        event("UserEvent", UserEvent="Any", Whatever="1", Uniqueid=["1", "2"]),
        event("Cdr", LinkedID="1"),
    )
    assert checker.findings() == []


def test_messages_that_are_no_events_are_not_checked(package: Package) -> None:
    checker = checked_events(package, b"Response: Error\r\nMessage: Said twice\r\n\r\n", b"bare text\r\n\r\n")
    assert (checker.findings(), checker.not_checked, checker.events) == ([], 2, {})


@pytest.mark.parametrize("end", [b"", b"\r\nMore: " + b"x" * 2000 + b"\r\n\r\n"], ids=["connection lost", "too long"])
def test_a_truncated_message_is_not_checked(package: Package, end: bytes) -> None:
    session = Session({}, banner=False, limits=Limits(message=1000))
    (truncated,) = [
        *flat(session.receive(b"Event: Ended\r\nCause: many\r\nNew" + end)),
        *flat(session.end(may_be_truncated=True)),
    ]
    assert isinstance(truncated, Message)
    checker = Checker()
    checker.event(package.registry.decode_event(truncated))
    assert (checker.findings(), checker.not_checked) == ([], 1)


def test_unreviewed_texts_that_look_like_another_type_are_suspects(package: Package) -> None:
    calls = []

    def is_reviewed(group: str, name: str, header: str) -> bool:
        calls.append((group, name, header))
        return header == "Channel"

    checker = checked_events(
        package,
        *(event("Ended", Channel=f"{number}", Cause_txt=f"{number}") for number in range(3)),
        checker=Checker(is_reviewed),
    )
    (suspect,) = checker.suspects()
    assert suspect.header is not None
    assert (suspect.kind, suspect.header.name, suspect.problem) == (FindingKind.TEXT, "Cause-txt", "number")
    assert checker.findings() == []
    assert ("events", "Ended", "Channel") in calls


def test_a_declared_list_has_no_findings(package: Package) -> None:
    checker = checked_response(
        package,
        "Piles",
        message(SUCCESS, START),
        message(("Event", "Pile"), ("Name", "a"), ("Height", "1")),
        message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    assert checker.findings() == []
    assert checker.events == {"Pile": 1, "PilesComplete": 1}
    assert checker.succeeded == {"Piles"}


def test_an_undeclared_event_in_a_list_is_a_finding(package: Package) -> None:
    checker = checked_response(
        package,
        "Piles",
        message(SUCCESS, START, ("Head", "1")),
        message(("Event", "Ended")),
        message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    assert summary(checker) == [(FindingKind.HEADER, "Piles", "Head"), (FindingKind.ITEM, "Piles", "")]
    item = checker.findings()[1]
    assert (item.declared, item.items, item.complete) == (("Pile",), ("Ended",), "PilesComplete")


def test_a_plain_response_that_is_declared_as_a_list_is_a_finding(package: Package) -> None:
    assert summary(checked_response(package, "Piles", message(SUCCESS))) == [(FindingKind.NO_LIST, "Piles", "")]


def test_a_list_that_is_declared_as_a_plain_response_is_a_finding(package: Package) -> None:
    checker = checked_response(
        package,
        "State",
        message(SUCCESS, START),
        message(("Event", "Ended")),
        message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "1")),
    )
    item = next(finding for finding in checker.findings() if finding.kind is FindingKind.ITEM)
    assert (item.declared, item.items, item.complete) == ((), ("Ended",), "PilesComplete")


def test_an_error_response_is_checked_too(package: Package) -> None:
    checker = checked_response(package, "Ask", message(("Response", "Error"), ("Message", "No"), ("Why", "1")))
    assert checker.refused == {"Ask": "No"}
    assert summary(checker) == [(FindingKind.HEADER, "Ask", "Why")]


def test_actions_without_a_class_and_incomplete_responses_are_findings() -> None:
    checker = Checker()
    checker.offered("MyModuleShow")
    checker.unfinished("Status")
    assert summary(checker) == [(FindingKind.UNFINISHED, "Status", ""), (FindingKind.ACTION, "MyModuleShow", "")]
