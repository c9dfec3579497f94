"""Filters, and the versions of Asterisk that know them."""

from __future__ import annotations

import pytest

from amitypes._protocol.event_filter import EventFilter, EventRules, needs_newer_asterisk
from amitypes._protocol.message import Message

ADVANCED = EventFilter(name="Newchannel", header="Channel", method="starts_with", match="PJSIP/")


@pytest.mark.parametrize(
    ("event_filter", "criteria", "text"),
    [
        (EventFilter(match="Event: Hangup"), "", "Event: Hangup"),
        (EventFilter(match="Event: Hangup", exclude=True), "", "!Event: Hangup"),
        (ADVANCED, "action(include),name(Newchannel),header(Channel),method(starts_with)", "PJSIP/"),
        (EventFilter(name="VarSet", method="none", exclude=True), "action(exclude),name(VarSet),method(none)", ""),
        (EventFilter(method="contains", match="!x"), "action(include),method(contains)", "!x"),
    ],
)
def test_a_filter_becomes_a_filter_action(event_filter: EventFilter, criteria: str, text: str) -> None:
    headers = dict(event_filter.to_headers())
    assert (headers["Action"], headers["Operation"]) == ("Filter", "Add")
    assert (headers.get("MatchCriteria", ""), headers["Filter"]) == (criteria, text)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "Hangup"},
        {"match": "!x"},
        {"method": "none"},
        {"method": "none", "name": "Hangup", "match": "x"},
        {"method": "glob", "match": "x"},
        {"match": "x", "name": "Hangup),action(exclude"},
        {"match": "x", "header": "a,b"},
    ],
)
def test_contradictory_filters_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"match|method|name"):
        EventFilter(**wrong)  # type: ignore[arg-type]  # a test's settings


@pytest.mark.parametrize(
    ("version", "known"),
    [
        *(("16.28.0", False), ("18.25.1", False), ("18.26.0", True), ("19.8.1", False), ("20.11.0", True)),
        *(("22.0.0", False), ("22.10.1", True), ("23.0.0", True), ("certified/18.9-cert5", False), ("GIT-x", True)),
    ],
)
def test_match_criteria_need_a_newer_asterisk(version: str, known: bool) -> None:
    assert needs_newer_asterisk(version, ADVANCED.to_headers()) is not known
    assert not needs_newer_asterisk(version, EventFilter(match="Event: Hangup").to_headers())


ACCEPTED = [Message(b"Response: Success\r\n")]
REFUSED = [Message(b"Response: Error\r\nMessage: Permission denied")]


def test_event_rules_record_what_succeeds() -> None:
    rules = EventRules(["call"], [EventFilter(match="x")])
    assert (rules.mask, rules.filters) == ("call", [EventFilter(match="x").to_headers()])
    assert rules.record([("Action", "Events"), ("ActionID", "1"), ("EventMask", "off")], ACCEPTED)
    assert rules.mask == "off"
    assert not rules.record([("Action", "Events"), ("EventMask", "on")], REFUSED)
    assert rules.mask == "off"
    added = EventFilter(match="y").to_headers()
    assert rules.record([*added, ("ActionID", "2")], ACCEPTED)
    assert not rules.record(added, ACCEPTED)
    assert not rules.record([("Action", "Ping")], ACCEPTED)
    assert rules.filters == [EventFilter(match="x").to_headers(), added]
