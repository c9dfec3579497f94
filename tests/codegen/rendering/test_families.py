"""Families as classes that events inherit from, and groups of headers as one value each."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, NoneType
from typing import get_args, get_type_hints

import pytest
from amitypes_codegen.errors import NamingError
from amitypes_codegen.model import names
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering import render
from amitypes_codegen.specs.folder import load_specs
from amitypes_codegen.specs.prose import Prose, Text
from amitypes_codegen.specs.spec import Event, Snapshot

from amitypes import events
from amitypes._generated import events as generated
from amitypes._generated._events.families import FAMILIES as COMMITTED
from amitypes._models.base import declared_headers
from amitypes._protocol.message import Message
from amitypes.testing import FakeAsterisk
from tests.codegen.builders import SPECS, event, imported, merged, spec
from tests.codegen.small_families import BRIDGE, CHANNEL, DEST, FAMILIES, ROOM, SNAPSHOTS


def made(folder: Path, *things: Event) -> dict[str, str]:
    """The files of a package, from events and the families above."""
    return render.render(merged(folder, spec(22, *things), toml=SNAPSHOTS + FAMILIES))


def fields(module: ModuleType, name: str) -> list[str]:
    return [field for field in getattr(module.events, name).model_fields if field not in events.Event.model_fields]


def test_a_family_with_the_name_of_an_event_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NamingError, match="family RoomEvent: is the name of an event's class"):
        made(tmp_path, event("A", CHANNEL, BRIDGE, *ROOM), event("RoomEvent"))


def test_an_event_declares_only_what_no_family_has(tmp_path: Path) -> None:
    files = made(tmp_path, event("A", CHANNEL, BRIDGE, *ROOM, "Own"))
    text = files["_events/a.py"]
    assert "class A(RoomEvent, BridgeEvent, ChannelEvent):" in text
    assert "Inherits the fields of `ChannelEvent`, `BridgeEvent` and `RoomEvent`." in text
    assert text.count("Header(") == 1
    assert "own: str" in text
    assert "room" not in text.partition('"""\n')[2].partition("own")[0]
    assert "size: int | None = None" in files["_events/families/room_event.py"]


def test_fields_keep_the_order_of_the_wire(tmp_path: Path) -> None:
    things = [
        event("Before", "Own", CHANNEL, BRIDGE),
        event("After", CHANNEL, BRIDGE, "Own"),
        event("Between", "Room", "Own", "Size"),
        event("Turned", "Size", "Room"),
        event("Around", "First", CHANNEL, "Second", *ROOM),
    ]
    with imported(tmp_path, spec(22, *things), toml=SNAPSHOTS + FAMILIES) as package:
        channel = ["channel", "channel_state", "tenantid"]
        orders = {
            "Before": ["own", *channel, "bridge_uniqueid"],
            "After": [*channel, "bridge_uniqueid", "own"],
            "Between": ["room", "own", "size"],
            "Turned": ["size", "room"],
            "Around": ["first", *channel, "second", "room", "size"],
        }
        for name, order in orders.items():
            kind = getattr(package.events, name)
            assert fields(package, name) == order
            assert [each.field for each in declared_headers(kind).values()][2:] == order
            assert list(kind().model_dump())[3:] == order
            assert list(kind.decode(Message(b"Event: x")).model_dump())[3:] == order
            assert list(kind.model_json_schema()["properties"])[3:] == order


def test_a_field_that_is_not_always_there_is_each_event_s_own(tmp_path: Path) -> None:
    toml = "[event.Sure]\nevidence='x'\nalways=['Size']\n"
    things = [event("Sure", *ROOM, CHANNEL, BRIDGE), event("Unsure", *ROOM, CHANNEL, BRIDGE)]
    with imported(tmp_path, spec(22, *things), toml=SNAPSHOTS + FAMILIES + toml) as package:
        family = package.events.RoomEvent
        assert "size" not in family.model_fields
        assert family.wire_headers["Size"].field == "size"
        assert package.events.Sure.model_fields["size"].annotation is int
        assert package.events.Unsure.model_fields["size"].annotation == int | None
        assert fields(package, "Sure")[:2] == ["room", "size"]
        assert "Each event declares `size` itself" in (family.__doc__ or "")


def test_an_event_with_another_type_for_a_header_is_not_of_the_family(tmp_path: Path) -> None:
    toml = "[event.Odd]\nevidence='x'\ntypes.Size='float'\n"
    things = [event("Even", *ROOM, CHANNEL, BRIDGE), event("More", *ROOM), event("Odd", *ROOM)]
    with imported(tmp_path, spec(22, *things), toml=SNAPSHOTS + FAMILIES + toml) as package:
        assert issubclass(package.events.Even, package.events.RoomEvent)
        assert not issubclass(package.events.Odd, package.events.RoomEvent)
        assert package.events.Odd.model_fields["size"].annotation == float | None
        assert package.Client.registry.family("RoomEvent") == {"even", "more"}


def test_the_user_s_own_documentation_goes_where_the_field_is(tmp_path: Path) -> None:
    model = merged(tmp_path, spec(22, event("A", *ROOM, CHANNEL, BRIDGE)), toml=SNAPSHOTS + FAMILIES)
    prose = Prose(actions={}, events={"A": Text(parameters={"Room": "Where it is."})})
    files = render.render(model, custom=True, prose=prose)
    assert "Where it is." in files["_events/families/room_event.py"]
    assert "Where it is." not in files["_events/a.py"]


# Groups of headers as one value


def test_a_prefixed_group_is_one_value(tmp_path: Path) -> None:
    second = Snapshot(kind="bridge", prefix="Second")
    with imported(
        tmp_path, spec(22, event("A", CHANNEL, BRIDGE, *ROOM, DEST, second)), toml=SNAPSHOTS + FAMILIES
    ) as package:
        found = package.events.A(dest_channel="b", dest_channel_state=0, second_bridge_uniqueid="c")
        assert found.dest == package.events.ChannelSnapshot(channel="b", channel_state=0)
        assert found.second_bridge == package.events.BridgeSnapshot(bridge_uniqueid="c")
        assert (found.channel_snapshot, found.bridge_snapshot) == (None, None)


def test_a_group_whose_name_is_taken_has_a_longer_one(tmp_path: Path) -> None:
    with imported(
        tmp_path, spec(22, event("A", CHANNEL, BRIDGE, *ROOM, DEST, "Dest")), toml=SNAPSHOTS + FAMILIES
    ) as package:
        found = package.events.A(dest="x", dest_channel="b")
        assert found.dest == "x"
        assert found.dest_channel_snapshot.channel == "b"


def test_a_group_that_no_family_has_is_the_event_s_own(tmp_path: Path) -> None:
    with imported(tmp_path, spec(22, event("A", CHANNEL, BRIDGE)), toml=SNAPSHOTS) as package:
        assert package.events.A(channel="a").channel_snapshot.channel == "a"
        assert package.events.A().bridge_snapshot is None


# What is committed


def test_no_event_of_a_family_is_left_out() -> None:
    model = merge(load_specs(SPECS), load_overlay([SPECS / "overlay"]))
    assert {name: {each.lower() for each in family.events} for name, family in model.families.items()} == {
        name: set(found) for name, found in COMMITTED.items()
    }


def test_the_table_of_families_says_what_the_classes_do() -> None:
    by_name: dict[str, str] = vars(generated)["BY_NAME"]
    kinds = [getattr(generated, name) for name in by_name.values()]
    for name, found in COMMITTED.items():
        family = getattr(events, name)
        assert family.wire_name == ""
        assert {kind.wire_name.lower() for kind in kinds if issubclass(kind, family)} == set(found)


def test_a_group_s_fields_have_the_types_of_its_snapshot_s() -> None:
    model = merge(load_specs(SPECS), load_overlay([SPECS / "overlay"]))
    fields_of = {"channel": get_type_hints(events.ChannelSnapshot), "bridge": get_type_hints(events.BridgeSnapshot)}
    for name, found in model.events.items():
        kind = events.by_name(name)
        headers = declared_headers(kind)
        for header in found.headers:
            if (snapshot := header.snapshot) is None:
                continue
            prefix = f"{names.snake(snapshot.prefix)}_" if snapshot.prefix else ""
            field = headers[header.name].field
            assert field.startswith(prefix), (name, field)
            wanted = fields_of[snapshot.kind][field.removeprefix(prefix)]
            allowed = {wanted, *(get_args(wanted) if NoneType in get_args(wanted) else ())}
            assert kind.model_fields[field].annotation in allowed, (name, field)


@pytest.mark.parametrize("name", ["ChannelEvent", "ListComplete", "ChannelSnapshot"])
def test_a_family_is_no_event_of_the_wire(name: str) -> None:
    with pytest.raises(KeyError):
        events.by_name(name)


# The clients of a user's own package


@pytest.mark.parametrize("whose", ["amitypes", "its own"])
async def test_a_family_stands_for_the_events_of_the_client_s_own_package(tmp_path: Path, whose: str) -> None:
    toml = "[event.Mine]\nevidence='x'\nsnapshots=[{kind='channel'}]\n"
    things = [event("Hangup", CHANNEL), event("A", CHANNEL, BRIDGE, *ROOM)]
    with imported(tmp_path, spec(22, *things), toml=SNAPSHOTS + FAMILIES + toml) as package:
        family = events.ChannelEvent if whose == "amitypes" else package.events.ChannelEvent
        async with FakeAsterisk() as asterisk:
            client = package.TCPClient(asterisk.host, asterisk.port, username="hello", password="world")
            async with client, client.events(family) as stream:
                for name in ("Newchannel", "Mine", "Nonsense", "Hangup"):
                    asterisk.send_event(name, {"Channel": name})
                found = [await anext(stream) for _ in range(2)]
        assert [type(each) for each in found] == [package.events.Mine, package.events.Hangup]
        assert [each.channel for each in found] == ["Mine", "Hangup"]
