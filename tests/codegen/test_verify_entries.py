"""Findings as an overlay: the generator takes it, and what was found is known thereafter."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from amitypes_codegen import overlay, specfile
from amitypes_codegen.merge import merge
from amitypes_codegen.render import render
from amitypes_codegen.verify.facts import Facts
from amitypes_codegen.verify.judge import Judge
from amitypes_codegen.verify.package import Package

from tests.codegen.generating import SPECS, action, imported, parameter, spec
from tests.codegen.generating import event as documented
from tests.codegen.verifying import answered, entries, event, heard, loaded, message

CHANNEL = {
    "Channel": "PJSIP/alice-00000001",
    "ChannelState": "6",
    "ChannelStateDesc": "Up",
    "CallerIDNum": "100",
    "CallerIDName": "Alice",
    "ConnectedLineNum": "200",
    "ConnectedLineName": "Bob",
    "Language": "en",
    "AccountCode": "",
    "Context": "default",
    "Exten": "200",
    "Priority": "1",
    "Uniqueid": "1700000000.1",
    "Linkedid": "1700000000.1",
}


def test_nothing_found_is_an_empty_overlay(tmp_path: Path) -> None:
    assert loaded(entries(Judge()), tmp_path) == overlay.Overlay()


def test_an_event_with_snapshots_types_and_families(tmp_path: Path) -> None:
    judge = heard(
        *(
            event(
                "My-Event",
                **CHANNEL,
                **{f"Dest{name}": value for name, value in CHANNEL.items()},
                Depth=str(number),
                Muted="yes" if number % 2 else "no",
                Line_000001="x",
                Several=["a", "b"],
                ListItems=str(number),
            )
            for number in (1, 20, 300)
        )
    )
    table = tomllib.loads(entries(judge))["event"]["My-Event"]
    assert table == {
        "evidence": "seen on 22.10.1 on 2026-11-23",
        "privileges": ["call"],
        "snapshots": [{"kind": "channel", "prefix": ""}, {"kind": "channel", "prefix": "Dest"}],
        "fields": [
            {"name": "Depth", "type": "int"},
            {"name": "Muted", "type": "bool"},
            {"name": "Line-000000", "type": "family"},
            {"name": "Several", "type": "list"},
            {"name": "ListItems", "type": "int"},
        ],
    }
    merged(entries(judge), tmp_path)


def test_what_was_seen_is_not_in_it() -> None:
    judge = heard(event("Private", Phone="+4915112345678", Password="hunter2"), event("Hangup", Cause="alice"))
    text = entries(judge)
    for secret in ("15112345678", "hunter2", "alice"):
        assert secret not in text


def test_what_an_overlay_cant_say_is_a_comment(tmp_path: Path) -> None:
    judge = heard(
        event("Without"),
        event("Odd Name", A="1"),
        event("HANGUP REQUEST", A="1"),
        event("Twice", Foo_Bar="1", FooBar="2"),
        b"Event: Hangup\r\na line without a colon\r\nGr\xc3\xbcezi: 1\r\nCause_txt: 2\r\n\r\n",
    )
    judge.offered("MyModuleShow")
    answered("QueueSummary", message(("Response", "Success"), ("EventList", "start"), ("Head", "1")), judge=judge)
    text = entries(judge)
    assert set(tomllib.loads(text)) == {"event"}
    assert set(tomllib.loads(text)["event"]) == {"Twice"}
    for words in ("event.Without: has no header", "Odd Name", "MyModuleShow", "Head", "Gr?ezi", "without a colon"):
        assert words in text
    merged(text, tmp_path)


def test_corrections_of_what_is_declared(tmp_path: Path) -> None:
    judge = heard(
        event("Hangup", Cause="sixteen", New="1"),
        event("Newchannel", Channel=["a", "b"]),
        event("DialEnd", DestChannelState=["1", "2"]),
    )
    answered("CoreStatus", message(("Response", "Success"), ("CoreCurrentCalls", "some"), ("More", "x")), judge=judge)
    answered(
        "Ping",
        message(("Response", "Success"), ("EventList", "start")),
        message(("Event", "Hangup")),
        message(("Event", "QueueSummaryComplete"), ("EventList", "Complete"), ("ListItems", "1")),
        judge=judge,
    )
    merged(entries(judge), tmp_path)


def merged(text: str, folder: Path) -> None:
    """The specs take an overlay's text on top of their own, and everything is generated from them."""
    own = overlay.load([SPECS / "overlay"])
    render(merge(specfile.load_all(SPECS), overlay.join([own, loaded(text, folder)])))


def test_the_round_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that doesn't know a recording, the overlay for it, and a package with it that does."""
    monkeypatch.syspath_prepend(tmp_path)
    recording = [
        *(event("Mine", Depth=str(number), Line_000002="x", Muted=word)
          for number, word in ((1, "yes"), (20, "no"), (300, "yes"))),
        event("Known", Channel="a", Count="many", Extra=["1", "2"], ID_000001="7"),
        event("Known", Channel=["a", "b"], Count="1"),
    ]  # fmt: skip
    answer = [
        message(("Response", "Success"), ("EventList", "start")),
        message(("Event", "Known"), ("Channel", "a")),
        message(("Event", "Mine"), ("Depth", "1")),
        message(("Event", "ShowComplete"), ("EventList", "Complete"), ("ListItems", "2")),
    ]
    plain = message(("Response", "Success"), ("Uptime", "long"), ("Weight", "1"))
    things = (
        documented("Known", "Channel", "Count"),
        documented("ShowComplete", "EventList", "ListItems"),
        action("Show"),
        action("Tell", parameter("Of")),
    )
    facts = """
[event.Known]
evidence = "x"
types = { Count = "int" }
[action.Tell]
evidence = "x"
response = [{ name = "Uptime", type = "int" }]
"""

    def judged(name: str) -> tuple[Judge, Package]:
        package = Package(name)
        judge = heard(*recording, package=package)
        answered("Show", *answer, package=package, judge=judge)
        return answered("Tell", plain, package=package, judge=judge), package

    with imported(tmp_path, spec(22, *things), toml=facts) as before:
        judge, package = judged(before.__name__)
        assert len(judge.findings()) == 8
        text = entries(judge, package, known=Facts(overlay.Overlay()))
    with imported(tmp_path, spec(22, *things), toml=facts + text) as after:
        judge, _ = judged(after.__name__)
        assert [(str(finding.kind), finding.name, finding.problem) for finding in judge.findings()] == []
        known = after.events.by_name("Known")
        assert known.model_fields["channel"].annotation == list[str]
        mine = after.events.by_name("Mine")
        assert mine.model_fields["depth"].annotation == int | None
