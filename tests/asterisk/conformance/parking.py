"""Parked calls, with each way out."""

from __future__ import annotations

from datetime import timedelta

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive


async def taken_up(drive: Drive) -> None:
    parked, taken = drive.expect(events.ParkedCall), drive.expect(events.UnParkedCall)
    await drive.call("park")
    space = (await parked).parking_space
    await drive.do(actions.Parkinglots())
    listed = await drive.do(actions.ParkedCalls())
    assert listed.items
    await drive.do(actions.ParkedCalls(parkinglot="default"))
    await drive.set_global("SPACE", space)
    await drive.call("unpark")
    await taken


async def given_up(drive: Drive) -> None:
    parked, gone = drive.expect(events.ParkedCall), drive.expect(events.ParkedCallGiveUp)
    channel = await drive.call("park")
    await parked
    await drive.do(actions.Hangup(channel=channel))
    await gone


async def timed_out(drive: Drive) -> None:
    late = drive.expect(events.ParkedCallTimeOut)
    await drive.call("park-short")
    await late


async def by_action(drive: Drive) -> None:
    parked = drive.expect(events.ParkedCall)
    channel = await drive.call("wait", "MusicOnHold", "default")
    await drive.do(actions.Park(channel=channel, timeout=timedelta(seconds=30), parkinglot="default"))
    await parked
    await drive.refused(actions.Park(channel="none"))


async def swapped(drive: Drive) -> None:
    swap = drive.expect(events.ParkedCallSwap)
    await drive.originate("PJSIP/optimized-park@loopback", "Milliwatt", "")
    await swap


SCENARIOS = (taken_up, given_up, timed_out, by_action, swapped)
