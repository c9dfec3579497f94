"""Bridges: made, listed, looked into, left and destroyed; and transfers between them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive


async def bridged(drive: Drive) -> None:
    created = drive.expect(events.BridgeCreate)
    entered = drive.expect(events.BridgeEnter)
    one, two = await drive.call("wait", "Milliwatt", ""), await drive.call("wait", "Milliwatt", "")
    await drive.do(actions.Bridge(channel1=one, channel2=two, tone="Both"))
    await asyncio.gather(created, entered)
    bridge = (await entered).bridge_uniqueid
    await drive.do(actions.BridgeList())
    await drive.do(actions.BridgeList(bridge_type="basic"))
    await drive.do(actions.BridgeInfo(bridge_uniqueid=bridge))
    await drive.do(actions.CoreShowChannels())
    await drive.do(actions.Status(variables=["CHANNEL(state)", "BRIDGEPEER"], all_variables=True))
    if drive.offers(actions.CoreShowChannelMap):
        await drive.do(actions.CoreShowChannelMap(channel=one))
    left = drive.expect(events.BridgeLeave)
    await drive.do(actions.BridgeKick(channel=two, bridge_uniqueid=bridge))
    await left


async def destroyed(drive: Drive) -> None:
    entered = drive.expect(events.BridgeEnter)
    await drive.call("bridge-wait")
    bridge = (await entered).bridge_uniqueid
    gone = drive.expect(events.BridgeDestroy, lambda event: event.bridge_uniqueid == bridge)
    await drive.do(actions.BridgeDestroy(bridge_uniqueid=bridge))
    await gone
    await drive.refused(actions.BridgeDestroy(bridge_uniqueid=bridge))


async def technologies(drive: Drive) -> None:
    await drive.do(actions.BridgeTechnologySuspend(bridge_technology="holding_bridge"))
    listed = await drive.do(actions.BridgeTechnologyList())
    assert any(item.bridge_suspended for item in listed.items)
    await drive.do(actions.BridgeTechnologyUnsuspend(bridge_technology="holding_bridge"))


def is_second(event: events.BridgeEnter) -> bool:
    """Whether a bridge has two channels now."""
    return event.bridge_num_channels == 2


async def transferred_by_action(drive: Drive) -> None:
    await drive.set_global("TARGET", "Local/wait@conformance/n")
    await drive.set_global("OPTIONS", "tTkKwWxX")
    # Asterisk transfers a channel only once its peer is in the bridge, too.
    entered = drive.expect(events.BridgeEnter, is_second)
    await drive.call("dial", "Milliwatt", "")
    channel = (await entered).channel
    transferred = drive.expect(events.BlindTransfer)
    await drive.do(actions.BlindTransfer(channel=channel, exten="wait", context="conformance"))
    await transferred
    await drive.refused(actions.BlindTransfer(channel="none", exten="wait", context="conformance"))


async def transfers_refused(drive: Drive) -> None:
    """A parked channel isn't transferred; the event says so, and the answer, too."""
    parked = drive.expect(events.ParkedCall)
    await drive.call("park", "Milliwatt", "")
    channel = (await parked).parkee_channel
    refused = drive.expect(events.BlindTransfer, lambda event: event.result != "Success")
    await drive.refused(actions.BlindTransfer(channel=channel, exten="wait", context="conformance"))
    assert (await refused).result == "Invalid"
    alone = await drive.call("wait")
    await drive.refused(actions.BlindTransfer(channel=alone, exten="wait", context="conformance"))


async def transferred_attended(drive: Drive) -> None:
    """With all three in one bridge in between: that merges two bridges."""
    transferer, _ = await consultation(drive)
    merged = drive.expect(events.BridgeMerge)
    for digit in "*3":
        await drive.do(
            actions.PlayDTMF(channel=transferer, digit=digit, duration=timedelta(milliseconds=100), receive=True)
        )
    await merged


async def transfer_completed(drive: Drive) -> None:
    transferer, _ = await consultation(drive)
    done = drive.expect(events.AttendedTransfer)
    await drive.do(actions.Hangup(channel=transferer))
    assert (await done).result == "Success"


async def consultation(drive: Drive) -> tuple[str, str]:
    """A call whose called side is about to be transferred: who transfers, and the bridge that it left for that."""
    await drive.set_global("TARGET", "Local/wait@conformance/n")
    await drive.set_global("OPTIONS", "tT")
    entered = drive.expect(events.BridgeEnter, lambda event: event.channel.endswith(";2"))
    connected = drive.expect(events.BridgeEnter, is_second)
    await drive.call("dial", "Milliwatt", "")
    await connected
    transferer, first = (await entered).channel, (await entered).bridge_uniqueid
    consulting = drive.expect(
        events.BridgeEnter, lambda event: event.channel == transferer and event.bridge_uniqueid != first
    )
    await drive.do(actions.Atxfer(channel=transferer, exten="7001", context="conformance"))
    await consulting
    return transferer, first


async def transfer_cancelled(drive: Drive) -> None:
    transferer, first = await consultation(drive)
    back = drive.expect(
        events.BridgeEnter, lambda event: event.channel == transferer and event.bridge_uniqueid == first
    )
    await drive.do(actions.CancelAtxfer(channel=transferer))
    await back
    await drive.refused(actions.Atxfer(channel="none", exten="wait", context="conformance"))
    await drive.refused(actions.CancelAtxfer(channel="none"))


async def redirected(drive: Drive) -> None:
    one, two = await drive.call("wait", "Milliwatt", ""), await drive.call("wait", "Milliwatt", "")
    arrived = drive.expect(events.Newexten, lambda event: event.exten == "music")
    await drive.do(
        actions.Redirect(
            channel=one, exten="music", context="conformance", priority=1,
            extra_channel=two, extra_exten="echo", extra_context="conformance", extra_priority=1,
        )
    )  # fmt: skip
    await arrived
    await drive.refused(actions.Redirect(channel="none", exten="music", context="conformance", priority=1))


SCENARIOS = (
    bridged,
    destroyed,
    technologies,
    transferred_by_action,
    transfers_refused,
    transferred_attended,
    transfer_cancelled,
    transfer_completed,
    redirected,
)
