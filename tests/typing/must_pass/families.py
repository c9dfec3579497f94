"""Families of events, and groups of headers as one value each."""

from collections.abc import Awaitable, Callable
from typing import assert_type

from amitypes import TCPClient, events


async def handlers(client: TCPClient) -> None:
    @client.on(events.ChannelEvent)
    async def channel(event: events.ChannelEvent) -> None:
        assert_type(event.channel, str)
        assert_type(event.uniqueid, str)
        assert_type(event.chan_variable, dict[str, str])
        assert_type(event.channel_snapshot, events.ChannelSnapshot | None)

    assert_type(channel, Callable[[events.ChannelEvent], Awaitable[None]])

    @client.on(events.BridgeEvent, events.ChannelEvent)
    async def either(event: events.BridgeEvent | events.ChannelEvent) -> None:
        if isinstance(event, events.BridgeEvent):
            assert_type(event.bridge_uniqueid, str)

    # A handler of a family handles each of its events.
    client.on(events.Hangup)(channel)
    client.on(events.BridgeEnter)(channel)
    client.on(events.BridgeEnter)(either)


async def iteration(client: TCPClient) -> None:
    async for event in client.events(events.QueueMemberEvent, events.ListComplete):
        assert_type(event, events.QueueMemberEvent | events.ListComplete)
        match event:
            case events.QueueMemberPause():
                assert_type(event.paused, bool)
                assert_type(event.reason, str)
            case events.QueueMemberEvent():
                assert_type(event.member_name, str)
                assert_type(event.penalty, int)
            case events.ListComplete():
                assert_type(event.list_items, int)
    member = await client.wait_for(events.SecurityEvent, lambda event: event.remote_address != "")
    assert_type(member, events.SecurityEvent)


def narrowing(event: events.Event) -> str:
    match event:
        case events.DialEvent():
            return event.dest.uniqueid if event.dest else ""
        case events.ChannelEvent(uniqueid=uniqueid):
            return uniqueid
        case _:
            return ""


def fields(hangup: events.Hangup, entered: events.BridgeEnter, begun: events.DialBegin) -> None:
    assert_type(hangup.channel_state, int)
    assert_type(entered.bridge_num_channels, int)
    assert_type(entered.priority, int)
    assert_type(begun.channel_state, int | None)
    assert_type(begun.dest_channel_state, int)
    both: tuple[events.ChannelEvent, events.BridgeEvent] = (entered, entered)
    print(both, events.Hangup(channel="c", channel_state=6, priority=1, cause=16))


def snapshots(begun: events.DialBegin, transfer: events.AttendedTransfer) -> None:
    assert_type(begun.dest, events.ChannelSnapshot | None)
    assert_type(transfer.transfer_target, events.ChannelSnapshot | None)
    assert_type(transfer.orig_bridge, events.BridgeSnapshot | None)
    if begun.dest is not None:
        assert_type(begun.dest.channel, str)
        assert_type(begun.dest.channel_state, int | None)
