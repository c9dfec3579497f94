"""Findings as overlay entries: the package that is generated with them has no findings."""

from __future__ import annotations

import tomllib
from pathlib import Path

from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.entries import Overlay, join
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering.render import render
from amitypes_codegen.specs.folder import load_specs
from amitypes_codegen.verify.checker import Checker
from amitypes_codegen.verify.package import Package

from amitypes.responses import ListResponse
from tests.codegen.builders import SPECS
from tests.codegen.verify.small_pbx import (
    checked_events,
    checked_response,
    event,
    generate,
    loaded,
    message,
    overlay_of,
)

AMITYPES = Package("amitypes")
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


def test_without_findings_the_overlay_is_empty(tmp_path: Path) -> None:
    assert loaded(overlay_of(Checker(), AMITYPES), tmp_path) == Overlay()


def test_the_entry_of_an_event_has_snapshots_types_and_families(tmp_path: Path) -> None:
    checker = checked_events(
        AMITYPES,
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
    table = tomllib.loads(overlay_of(checker, AMITYPES))["event"]["My-Event"]
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
    merged(overlay_of(checker, AMITYPES), tmp_path)


def test_the_overlay_has_no_received_values() -> None:
    checker = checked_events(
        AMITYPES, event("Private", Phone="+4915112345678", Password="hunter2"), event("Hangup", Cause="alice")
    )
    text = overlay_of(checker, AMITYPES)
    for secret in ("15112345678", "hunter2", "alice"):
        assert secret not in text


def test_findings_without_an_entry_are_comments(tmp_path: Path) -> None:
    checker = checked_events(
        AMITYPES,
        event("Odd Name", A="1"),
        event("HANGUP REQUEST", A="1"),
        event("Twice", Foo_Bar="1", FooBar="2"),
        b"Event: Hangup\r\na line without a colon\r\nGr\xc3\xbcezi: 1\r\nCause_txt: 2\r\n\r\n",
    )
    checker.offered("MyModuleShow")
    checked_response(
        AMITYPES,
        "QueueSummary",
        message(("Response", "Success"), ("EventList", "start"), ("Head", "1")),
        checker=checker,
    )
    text = overlay_of(checker, AMITYPES)
    assert set(tomllib.loads(text)) == {"event"}
    assert set(tomllib.loads(text)["event"]) - {"Hangup"} == {"Twice"}  # this Hangup lacks many headers
    for comment in ("Odd Name", "MyModuleShow", "Head", "Gr?ezi", "without a colon"):
        assert comment in text
    merged(text, tmp_path)


def test_an_event_without_headers_has_an_entry(tmp_path: Path) -> None:
    text = overlay_of(checked_events(AMITYPES, event("Without")), AMITYPES)
    assert tomllib.loads(text)["event"]["Without"]["fields"] == []
    merged(text, tmp_path)


def test_corrections_of_declared_types_fit_the_specs(tmp_path: Path) -> None:
    checker = checked_events(
        AMITYPES,
        event("Hangup", Cause="sixteen", New="1"),
        event("Newchannel", Channel=["a", "b"]),
        event("DialEnd", DestChannelState=["1", "2"]),
    )
    checked_response(
        AMITYPES,
        "CoreStatus",
        message(("Response", "Success"), ("CoreCurrentCalls", "some"), ("More", "x")),
        checker=checker,
    )
    checked_response(
        AMITYPES,
        "Ping",
        message(("Response", "Success"), ("EventList", "start")),
        message(("Event", "Hangup")),
        message(("Event", "QueueSummaryComplete"), ("EventList", "Complete"), ("ListItems", "1")),
        checker=checker,
    )
    merged(overlay_of(checker, AMITYPES), tmp_path)


def merged(text: str, folder: Path) -> None:
    """Generates from the specs with an overlay in addition to their own."""
    own = load_overlay([SPECS / "overlay"])
    render(merge(load_specs(SPECS), join([own, loaded(text, folder)])))


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


def checked(package: Package) -> Checker:
    checker = checked_events(package, *RECORDING)
    for action in ("Piles", "Ask"):
        checked_response(package, action, *LIST, checker=checker)
    return checked_response(package, "State", PLAIN, checker=checker)


def test_a_package_generated_with_the_overlay_has_no_findings(tmp_path: Path, package: Package) -> None:
    checker = checked(package)
    assert [(str(each.kind), each.name) for each in checker.findings()] == [
        ("event without a class", "Mine"),
        ("undeclared header", "Ended"),
        ("undeclared header", "Ended"),
        ("undeclared header", "State"),
        ("value of another type", "Ended"),
        ("value of another type", "Ended"),
        ("value of another type", "Loaded"),
        ("value of another type", "State"),
        ("missing header", "Loaded"),
        ("undeclared event in a response", "Ask"),
        ("undeclared event in a response", "Piles"),
    ]
    (tmp_path / "found.toml").write_text(overlay_of(checker, package), encoding="utf-8")

    after = generate(tmp_path, "verified_pbx", tmp_path / "found.toml")
    assert checked(after).findings() == []
    ended, mine = after.registry.event_class("Ended"), after.registry.event_class("Mine")
    assert ended is not None
    assert mine is not None
    assert ended.model_fields["channel"].annotation == list[str]
    assert mine.model_fields["depth"].annotation == int | None
    assert mine.model_fields["shut"].annotation == bool | None
    response = after.registry.response_class("Piles")
    assert response is not None
    assert issubclass(response, ListResponse)
    assert (response.item_events, response.complete_event) == (("Pile", "Ended", "Mine"), "PilesComplete")
