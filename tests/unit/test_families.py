"""Families of events: subscribing to them, and the groups of headers that are one value each."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, ClassVar

import pytest

from amitypes import events
from amitypes._models.registry import Registry
from amitypes._protocol.message import Message
from tests.unit.test_imports import loaded
from tests.waiting import wait_until

if TYPE_CHECKING:
    from amitypes import TCPClient
    from amitypes.testing import FakeAsterisk

LAST = "FullyBooted"


def send(asterisk: FakeAsterisk, *names: str) -> None:
    for number, name in enumerate(names):
        asterisk.send_event(name, {"Channel": f"PJSIP/{number}"})
    asterisk.send_event(LAST)


# Subscriptions


async def test_a_handler_of_a_family_gets_the_events_of_the_family(asterisk: FakeAsterisk, client: TCPClient) -> None:
    handled: list[events.ChannelEvent] = []
    every = client.events(events.FullyBooted)

    @client.on(events.ChannelEvent)
    async def handle(event: events.ChannelEvent) -> None:
        handled.append(event)

    send(asterisk, "Newchannel", "PeerStatus", "BridgeCreate", "Nonsense", "HANGUP", "Newchannel", "PeerStatus")
    await anext(every)
    await wait_until(lambda: len(handled) == 3)
    assert [type(event) for event in handled] == [events.Newchannel, events.Hangup, events.Newchannel]
    assert [event.channel for event in handled] == ["PJSIP/0", "PJSIP/4", "PJSIP/5"]


async def test_an_iterator_takes_families_and_events_together(asterisk: FakeAsterisk, client: TCPClient) -> None:
    async with client.events(events.BridgeEvent, events.SecurityEvent, events.FullyBooted) as stream:
        send(asterisk, "Hangup", "BridgeCreate", "SuccessfulAuth", "Newchannel", "BridgeEnter")
        found = [type(await anext(stream)) for _ in range(4)]
    assert found == [events.BridgeCreate, events.SuccessfulAuth, events.BridgeEnter, events.FullyBooted]


async def test_an_event_of_two_families_comes_once(asterisk: FakeAsterisk, client: TCPClient) -> None:
    async with client.events(events.ChannelEvent, events.BridgeEvent, events.FullyBooted) as stream:
        send(asterisk, "BridgeEnter")
        assert [type(await anext(stream)) for _ in range(2)] == [events.BridgeEnter, events.FullyBooted]


async def test_waiting_for_one_of_a_family(asterisk: FakeAsterisk, client: TCPClient) -> None:
    waiting = client.wait_for(events.ChannelEvent, lambda event: event.channel == "PJSIP/2", timeout=30)
    send(asterisk, "Newchannel", "PeerStatus", "Hangup")
    assert type(await waiting) is events.Hangup


async def test_a_family_no_longer_subscribed_to_makes_way_for_others(asterisk: FakeAsterisk, client: TCPClient) -> None:
    async with client.events(events.ChannelEvent, events.FullyBooted) as first:
        send(asterisk, "Hangup", "PeerStatus")
        assert [type(await anext(first)) for _ in range(2)] == [events.Hangup, events.FullyBooted]
    async with client.events(events.BridgeEvent, events.PeerStatus, events.FullyBooted) as second:
        send(asterisk, "Hangup", "PeerStatus", "BridgeCreate")
        found = [type(await anext(second)) for _ in range(3)]
    assert found == [events.PeerStatus, events.BridgeCreate, events.FullyBooted]


async def test_families_of_a_real_call(asterisk: FakeAsterisk, client: TCPClient) -> None:
    async with client.events(events.ChannelEvent, events.OriginateResponse) as stream:
        await client.actions.originate(
            channel="Local/200@from-internal", exten="101", context="from-internal", priority=1, async_=True
        )
        found = [await anext(stream) for _ in range(3)]
    assert found[0].wire_name == "Newchannel"
    assert all(isinstance(event, events.ChannelEvent | events.OriginateResponse) for event in found)


async def test_a_class_that_is_no_event_of_the_wire_is_refused(client: TCPClient) -> None:
    class Mine(events.ChannelEvent):
        """A subclass of a family that no message becomes."""

    for subscribe in (client.on, client.events, client.wait_for):
        with pytest.raises(TypeError, match="Mine is neither an event of AMI nor a family"):
            subscribe(Mine)


async def test_a_subclass_of_an_event_stands_for_that_event(asterisk: FakeAsterisk, client: TCPClient) -> None:
    class Mine(events.Hangup):
        """A subclass with the event's name."""

    async with client.events(Mine) as stream:
        send(asterisk, "Newchannel", "Hangup")
        assert (await anext(stream)).wire_name == "Hangup"


def test_subscribing_to_a_family_loads_none_of_its_events() -> None:
    modules = loaded(
        "from amitypes import TCPClient, events\n"
        "async def main():\n"
        "    TCPClient('localhost').events(events.ChannelEvent)\n"
        "import asyncio\n"
        "asyncio.run(main())"
    )
    assert "amitypes._generated.events.families.channel_event" in modules
    assert "amitypes._generated.events.hangup" not in modules


def test_the_registry_knows_the_events_of_a_family() -> None:
    registry = Registry("amitypes._generated")
    assert registry.family("DialEvent") == frozenset({"dialbegin", "dialend", "dialstate"})
    assert registry.family("Hangup") is None


# Classes


def test_a_family_has_what_its_events_share() -> None:
    event = events.BridgeEnter.decode(
        Message(
            b"Event: BridgeEnter\r\nBridgeUniqueid: b\r\nBridgeNumChannels: 2\r\nChannel: c\r\n"
            b"ChannelState: 6\r\nPriority: 1\r\nUniqueid: 1.2\r\nSwapUniqueid: 1.1"
        )
    )
    assert isinstance(event, events.ChannelEvent)
    assert isinstance(event, events.BridgeEvent)
    assert not isinstance(event, events.DialEvent)
    match event:
        case events.ChannelEvent(uniqueid=uniqueid):
            assert uniqueid == "1.2"
        case _:
            pytest.fail("no ChannelEvent")
    assert (event.missing, event.issues, event.extra_headers) == ((), (), {})
    assert list(event.model_dump())[3:5] == ["bridge_uniqueid", "bridge_type"]


def test_a_header_that_a_family_has_and_an_event_lacks_is_missing() -> None:
    event = events.Hangup.decode(Message(b"Event: Hangup\r\nChannel: c\r\nPriority: 1"))
    assert event.missing == ("ChannelState",)


def test_a_class_may_inherit_from_families_by_hand() -> None:
    class Mine(events.ChannelEvent, events.BridgeEvent):
        """As a package with an event that the generator doesn't know might have it."""

        wire_name: ClassVar[str] = "Mine"
        channel_state: int | None = None
        priority: int | None = None
        bridge_num_channels: int | None = None

    mine = Mine.decode(Message(b"Event: Mine\r\nBridgeNumChannels: 1\r\nChannel: c\r\nChannelState: 6"))
    assert (mine.bridge_num_channels, mine.channel, mine.channel_state) == (1, "c", 6)
    assert list(Mine.model_fields)[3:5] == ["bridge_uniqueid", "bridge_type"]


# Groups of headers as one value

DIALLED = events.DialBegin.decode(
    Message(
        b"Event: DialBegin\r\nDestChannel: PJSIP/bob-1\r\nDestChannelState: 0\r\nDestChannelStateDesc: Down\r\n"
        b"DestPriority: 1\r\nDestUniqueid: 1.2\r\nDestLinkedid: 1.1\r\nDestChanVariable: a=b"
    )
)


def test_a_prefixed_group_is_one_value() -> None:
    assert DIALLED.dest == events.ChannelSnapshot(
        channel="PJSIP/bob-1",
        channel_state=0,
        channel_state_desc="Down",
        priority=1,
        uniqueid="1.2",
        linkedid="1.1",
        chan_variable={"a": "b"},
    )


def test_a_group_that_did_not_come_is_none() -> None:
    assert DIALLED.channel_snapshot is None
    transfer = events.AttendedTransfer.decode(Message(b"Event: AttendedTransfer\r\nSecondBridgeUniqueid: b"))
    assert (transfer.transfer_target, transfer.orig_bridge) == (None, None)
    assert transfer.second_bridge == events.BridgeSnapshot(bridge_uniqueid="b")


def test_a_group_with_a_zero_alone_came() -> None:
    assert events.Newchannel(channel_state=0, priority=1).channel_snapshot is not None


def test_an_unprefixed_group_is_one_value_in_its_family() -> None:
    hangup = events.Hangup(channel="c", channel_state=6, priority=1, uniqueid="1.2")
    assert hangup.channel_snapshot == events.ChannelSnapshot(channel="c", channel_state=6, priority=1, uniqueid="1.2")


def test_a_snapshot_is_a_frozen_value() -> None:
    snapshot = DIALLED.dest
    assert snapshot is not None
    with pytest.raises(FrozenInstanceError):
        snapshot.channel = "x"  # type: ignore[misc] # that is the point
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
    match snapshot:
        case events.ChannelSnapshot(uniqueid=uniqueid):
            assert uniqueid == "1.2"
        case _:
            pytest.fail("no ChannelSnapshot")
