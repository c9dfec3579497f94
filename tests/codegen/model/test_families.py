"""Families of the overlay, found in the events."""

from __future__ import annotations

from pathlib import Path

import pytest
from amitypes_codegen.errors import OverlayError
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.entries import join
from amitypes_codegen.rendering import render

from tests.codegen.builders import event, facts, merged, spec
from tests.codegen.small_families import BRIDGE, CHANNEL, DEST, FAMILIES, ROOM, SNAPSHOTS


def test_a_family_holds_for_each_event_that_has_all_of_it(tmp_path: Path) -> None:
    things = [event("A", CHANNEL, BRIDGE, *ROOM), event("B", "Room"), event("C", DEST, *ROOM)]
    model = merged(tmp_path, spec(22, *things), toml=SNAPSHOTS + FAMILIES)
    assert {name: family.events for name, family in model.families.items()} == {
        "BridgeEvent": ("A",),
        "ChannelEvent": ("A",),
        "RoomEvent": ("A", "C"),
    }
    assert model.families["RoomEvent"].headers == ROOM


def test_a_family_with_listed_events_holds_for_no_others(tmp_path: Path) -> None:
    toml = "[family.F]\nevidence='x'\nsummary='x'\nheaders=['Room', 'Size']\nevents=['B']\n"
    model = merged(tmp_path, spec(22, event("A", *ROOM), event("B", *ROOM)), toml=toml)
    assert model.families["F"].events == ("B",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("summary='x'\nheaders=['Room']", r"family\.F: has no evidence"),
        ("evidence='x'\nheaders=['Room', 'Size']", r"family\.F: has no summary"),
        ("evidence='x'\nsummary='x'", "has neither snapshots nor headers"),
        ("evidence='x'\nsummary='x'\nheaders=['Rum']", "is unused: no event has these headers"),
        ("evidence='x'\nsummary='x'\nheaders=['Room', 'Size']\nevents=['Z']", r"events: no spec has an event Z"),
        ("evidence='x'\nsummary='x'\nheaders=['Room', 'Rum']\nevents=['A']", r"events: A doesn't have Rum"),
        (
            "evidence='x'\nsummary='x'\nheaders=['Room']\nsnapshots=[{kind='channel'}]\nevents=['A']",
            "A doesn't have the channel snapshot ''",
        ),
        ("evidence='x'\nsummary='x'\nheaders=['Room']\nevents=['A']", r"headers: all its events have Size too"),
        ("evidence='x'\nsummary='x'\nheaders=['Room', 'Size']\nfields=[]", r"fields: isn't a key of an overlay"),
    ],
)
def test_a_family_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(OverlayError, match=message):
        merged(tmp_path, spec(22, event("A", *ROOM)), toml=f"[family.F]\n{text}")


def test_a_name_that_is_no_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OverlayError, match="isn't a valid class name"):
        facts(tmp_path, "[family.room]\nevidence='x'\nsummary='x'\nheaders=['Room']")


def test_a_second_family_of_one_name_is_refused(tmp_path: Path) -> None:
    one = facts(tmp_path, "[family.F]\nevidence='x'\nsummary='x'\nheaders=['Room', 'Size']")
    with pytest.raises(OverlayError, match="another file has a family with this name"):
        merge([spec(22, event("A", *ROOM))], join([one, one]))


def test_for_one_server_a_family_has_what_that_server_has(tmp_path: Path) -> None:
    toml = "[family.F]\nevidence='x'\nsummary='x'\nheaders=['Room', 'Size']\nevents=['A', 'B']\n"
    model = merged(tmp_path, spec(22, event("A", "Room")), toml=toml, strict=False)
    assert (model.families["F"].events, model.families["F"].headers) == (("A",), ("Room",))
    model = merged(tmp_path, spec(22, event("Z")), toml=toml, strict=False)
    assert (model.families["F"].events, model.families["F"].headers) == ((), ())
    files = render.render(model, custom=True)
    assert '"F": ()' in files["_events/families/__init__.py"]
