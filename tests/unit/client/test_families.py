"""Subscriptions to families of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes import events
from tests.waiting import wait_until

if TYPE_CHECKING:
    from amitypes import TCPClient
    from amitypes.testing import FakeAsterisk

LAST = "FullyBooted"


def send(asterisk: FakeAsterisk, *names: str) -> None:
    for number, name in enumerate(names):
        asterisk.send_event(name, {"Channel": f"PJSIP/{number}"})
    asterisk.send_event(LAST)


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
