"""Findings as an overlay: the generator takes it, and what was found is known thereafter."""

from __future__ import annotations

import tomllib
from pathlib import Path

from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay import entries as overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering.render import render
from amitypes_codegen.specs.folder import load_specs
from amitypes_codegen.verify.judge import Judge
from amitypes_codegen.verify.package import Package

from amitypes._models.lists import ListResponse
from tests.codegen.builders import SPECS
from tests.codegen.verify.small_pbx import answered, entries, event, generate, heard, loaded, message

SHIPPED = Package("amitypes")
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
    assert loaded(entries(Judge(), SHIPPED), tmp_path) == overlay.Overlay()


def test_an_event_with_snapshots_types_and_families(tmp_path: Path) -> None:
    judge = heard(
        SHIPPED,
        *(
            event(
                "My-Event",
                **CHANNEL,
                **{f"Dest{name}": value for name, value in CHANNEL.items()},
                Depth=str(number),
                Shut="yes" if number % 2 else "no",
                Line_000001="x",
                Several=["a", "b"],
                ListItems=str(number),
            )
            for number in (1, 20, 300)
        ),
    )
    table = tomllib.loads(entries(judge, SHIPPED))["event"]["My-Event"]
    assert table == {
        "evidence": "seen on 22.10.1 on 2026-11-23",
        "privileges": ["call"],
        "snapshots": [{"kind": "channel", "prefix": ""}, {"kind": "channel", "prefix": "Dest"}],
        "fields": [
            {"name": "Depth", "type": "int"},
            {"name": "Shut", "type": "bool"},
            {"name": "Line-000000", "type": "family"},
            {"name": "Several", "type": "list"},
            "ListItems",  # a rule has its type
        ],
    }
    merged(entries(judge, SHIPPED), tmp_path)


def test_what_was_seen_is_not_in_it() -> None:
    judge = heard(SHIPPED, event("Private", Phone="+4915112345678", Password="hunter2"), event("Hangup", Cause="alice"))
    text = entries(judge, SHIPPED)
    for secret in ("15112345678", "hunter2", "alice"):
        assert secret not in text


def test_what_an_overlay_cant_say_is_a_comment(tmp_path: Path) -> None:
    judge = heard(
        SHIPPED,
        event("Odd Name", A="1"),
        event("HANGUP REQUEST", A="1"),
        event("Twice", Foo_Bar="1", FooBar="2"),
        b"Event: Hangup\r\na line without a colon\r\nGr\xc3\xbcezi: 1\r\nCause_txt: 2\r\n\r\n",
    )
    judge.offered("MyModuleShow")
    answered(
        SHIPPED, "QueueSummary", message(("Response", "Success"), ("EventList", "start"), ("Head", "1")), judge=judge
    )
    text = entries(judge, SHIPPED)
    assert set(tomllib.loads(text)) == {"event"}
    assert set(tomllib.loads(text)["event"]) - {"Hangup"} == {"Twice"}  # a Hangup has much that this one lacks
    for words in ("Odd Name", "MyModuleShow", "Head", "Gr?ezi", "without a colon"):
        assert words in text
    merged(text, tmp_path)


def test_an_event_without_headers_is_an_entry(tmp_path: Path) -> None:
    text = entries(heard(SHIPPED, event("Without")), SHIPPED)
    assert tomllib.loads(text)["event"]["Without"]["fields"] == []
    merged(text, tmp_path)


def test_corrections_of_what_is_declared(tmp_path: Path) -> None:
    judge = heard(
        SHIPPED,
        event("Hangup", Cause="sixteen", New="1"),
        event("Newchannel", Channel=["a", "b"]),
        event("DialEnd", DestChannelState=["1", "2"]),
    )
    answered(
        SHIPPED,
        "CoreStatus",
        message(("Response", "Success"), ("CoreCurrentCalls", "some"), ("More", "x")),
        judge=judge,
    )
    answered(
        SHIPPED,
        "Ping",
        message(("Response", "Success"), ("EventList", "start")),
        message(("Event", "Hangup")),
        message(("Event", "QueueSummaryComplete"), ("EventList", "Complete"), ("ListItems", "1")),
        judge=judge,
    )
    merged(entries(judge, SHIPPED), tmp_path)


def merged(text: str, folder: Path) -> None:
    """The specs take an overlay's text on top of their own, and everything is generated from them."""
    own = load_overlay([SPECS / "overlay"])
    render(merge(load_specs(SPECS), overlay.join([own, loaded(text, folder)])))


RECORDING = [
    *(
        event("Mine", Depth=str(number), Line_000002="x", Shut=word)
        for number, word in ((1, "yes"), (20, "no"), (300, "yes"))
    ),
    event("Ended", Channel="a", Cause="many", Extra=["1", "2"], ID_000001="7"),
    event("Ended", Channel=["a", "b"], Cause="1"),
    event("Loaded", Load="much"),
    event("Loaded"),
]
LIST = (
    message(("Response", "Success"), ("EventList", "start")),
    message(("Event", "Ended"), ("Channel", "a")),
    message(("Event", "Mine"), ("Depth", "1")),
    message(("Event", "PilesComplete"), ("EventList", "Complete"), ("ListItems", "2")),
)
PLAIN = message(("Response", "Success"), ("Calls", "many"), ("Weight", "1"))


def judged(package: Package) -> Judge:
    judge = heard(package, *RECORDING)
    for action in ("Piles", "Ask"):
        answered(package, action, *LIST, judge=judge)
    return answered(package, "State", PLAIN, judge=judge)


def test_the_round_trip(tmp_path: Path, package: Package) -> None:
    """A package that doesn't know what came, the overlay for it, and a package made with that, which does."""
    judge = judged(package)
    assert [(str(each.kind), each.name) for each in judge.findings()] == [
        ("event without a class", "Mine"),
        ("undeclared header", "Ended"),
        ("undeclared header", "Ended"),
        ("undeclared header", "State"),
        ("value not as declared", "Ended"),
        ("value not as declared", "Ended"),
        ("value not as declared", "Loaded"),
        ("value not as declared", "State"),
        ("header missing", "Loaded"),
        ("event in an answer that doesn't declare it", "Ask"),
        ("event in an answer that doesn't declare it", "Piles"),
    ]
    (tmp_path / "found.toml").write_text(entries(judge, package), encoding="utf-8")

    after = generate(tmp_path, "verified_pbx", tmp_path / "found.toml")
    assert judged(after).findings() == []
    ended, mine = after.registry.event_class("Ended"), after.registry.event_class("Mine")
    assert ended is not None
    assert mine is not None
    assert ended.model_fields["channel"].annotation == list[str]
    assert mine.model_fields["depth"].annotation == int | None
    assert mine.model_fields["shut"].annotation == bool | None
    answer = after.registry.response_class("Piles")
    assert answer is not None
    assert issubclass(answer, ListResponse)
    assert (answer.item_names, answer.complete_class) == (("Pile", "Ended", "Mine"), "PilesComplete")
