"""Events of families."""

from __future__ import annotations

from typing import ClassVar

import pytest

from amitypes import events
from amitypes._protocol.message import Message


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
