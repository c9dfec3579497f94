"""The current state of a server."""

from __future__ import annotations

import pytest

from amitypes import TCPClient, resync
from amitypes.errors import ActionError, UnsupportedActionError
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply

START: Reply = {"Response": "Success", "EventList": "start"}
MEMBER: Reply = {"Event": "QueueMember", "Queue": "support", "Name": "Ann", "Location": "PJSIP/ann"}
ENTRY: Reply = {"Event": "QueueEntry", "Queue": "support", "Position": "1", "Channel": "PJSIP/bob-1"}


def complete(name: str) -> Reply:
    return {"Event": name, "EventList": "Complete", "ListItems": "1"}


def script_bridges(asterisk: FakeAsterisk) -> None:
    asterisk.reply(
        "BridgeList",
        START,
        {"Event": "BridgeListItem", "BridgeUniqueid": "b1", "BridgeType": "basic", "BridgeNumChannels": "1"},
        {"Event": "BridgeListItem", "BridgeUniqueid": "gone", "BridgeType": "basic", "BridgeNumChannels": "0"},
        complete("BridgeListComplete"),
    )

    @asterisk.on_action("BridgeInfo")
    def info(action: ReceivedAction) -> list[Reply]:
        if action.get("BridgeUniqueid") == "gone":
            return [{"Response": "Error", "Message": "Specified BridgeUniqueid not found"}]
        channel: Reply = {"Event": "BridgeInfoChannel", "Channel": "PJSIP/bob-1", "Uniqueid": "1.1"}
        return [START, channel, complete("BridgeInfoComplete")]


def script_queues(asterisk: FakeAsterisk) -> None:
    asterisk.reply(
        "QueueStatus",
        START,
        *({"Event": "QueueParams", "Queue": queue, "Calls": "0"} for queue in ("support", "sales")),
        MEMBER,
        ENTRY,
        complete("QueueStatusComplete"),
    )


async def test_channels_are_listed_by_unique_id(asterisk: FakeAsterisk, client: TCPClient) -> None:
    assert await resync.channels(client) == {}
    await client.actions.originate(channel="PJSIP/alice", application="Wait", channel_id="my-id")
    found = await resync.channels(client)
    assert {uniqueid: channel.channel for uniqueid, channel in found.items()} == {"my-id": "PJSIP/alice-00000000"}


async def test_bridges_are_listed_with_their_channels(asterisk: FakeAsterisk, client: TCPClient) -> None:
    script_bridges(asterisk)
    found = await resync.bridges(client)
    assert list(found) == ["b1"]
    assert found["b1"].bridge.bridge_type == "basic"
    assert [channel.channel for channel in found["b1"].channels] == ["PJSIP/bob-1"]


async def test_listing_bridges_without_permission_raises(asterisk: FakeAsterisk, client: TCPClient) -> None:
    script_bridges(asterisk)
    asterisk.reply("BridgeInfo", {"Response": "Error", "Message": "Permission denied"})
    with pytest.raises(ActionError, match="Permission denied"):
        await resync.bridges(client)
    asterisk.reply("BridgeInfo", {"Response": "Error", "Message": "Invalid/unknown command: BridgeInfo."})
    with pytest.raises(UnsupportedActionError):
        await resync.bridges(client)


async def test_queues_are_listed_with_members_and_callers(asterisk: FakeAsterisk, client: TCPClient) -> None:
    assert await resync.queues(client) == {}  # the server has no such action
    script_queues(asterisk)
    found = await resync.queues(client)
    assert list(found) == ["support", "sales"]
    assert [member.name for member in found["support"].members] == ["Ann"]
    assert [caller.channel for caller in found["support"].callers] == ["PJSIP/bob-1"]
    assert found["sales"].members == []
    assert found["sales"].callers == []


async def test_a_snapshot_has_channels_bridges_and_queues(asterisk: FakeAsterisk, client: TCPClient) -> None:
    script_bridges(asterisk)
    script_queues(asterisk)
    taken = await resync.snapshot(client)
    assert (taken.channels, list(taken.bridges), list(taken.queues)) == ({}, ["b1"], ["support", "sales"])
