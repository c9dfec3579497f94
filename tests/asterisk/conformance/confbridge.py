"""Conferences: joined, talked in, muted, locked, recorded, shown, left."""

from __future__ import annotations

import asyncio

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive


async def conference(drive: Drive) -> None:
    started, joined = drive.expect(events.ConfbridgeStart), drive.expect(events.ConfbridgeJoin)
    talking = drive.expect(events.ConfbridgeTalking)
    await drive.call("conference", "Milliwatt", "")
    await asyncio.gather(started, joined)
    member = (await joined).channel
    second = drive.expect(events.ConfbridgeJoin)
    await drive.call("conference")
    other = (await second).channel
    await talking
    await drive.do(actions.ConfbridgeListRooms())
    listed = await drive.do(actions.ConfbridgeList(conference="drive"))
    assert len(listed.items) == 2
    muted, unmuted = drive.expect(events.ConfbridgeMute), drive.expect(events.ConfbridgeUnmute)
    await drive.do(actions.ConfbridgeMute(conference="drive", channel=member))
    await drive.do(actions.ConfbridgeList(conference="drive"))
    await drive.do(actions.ConfbridgeUnmute(conference="drive", channel=member))
    await asyncio.gather(muted, unmuted)
    await drive.do(actions.ConfbridgeLock(conference="drive"))
    await drive.do(actions.ConfbridgeListRooms())
    await drive.do(actions.ConfbridgeUnlock(conference="drive"))
    video = drive.expect(events.BridgeVideoSourceUpdate)
    await drive.do(actions.ConfbridgeSetSingleVideoSrc(conference="drive", channel=other))
    await video
    record, stop = drive.expect(events.ConfbridgeRecord), drive.expect(events.ConfbridgeStopRecord)
    await drive.do(actions.ConfbridgeStartRecord(conference="drive", record_file="/tmp/drive.wav"))
    await record
    await drive.do(actions.ConfbridgeStopRecord(conference="drive"))
    await stop
    left, ended = drive.expect(events.ConfbridgeLeave), drive.expect(events.ConfbridgeEnd)
    await drive.do(actions.ConfbridgeKick(conference="drive", channel=other))
    await left
    await drive.do(actions.ConfbridgeKick(conference="drive", channel="all"))
    await ended
    await drive.refused(actions.ConfbridgeList(conference="drive"))


async def marked(drive: Drive) -> None:
    waiting = drive.expect(events.ConfbridgeJoin)
    await drive.call("conference-waiting")
    await waiting
    await drive.do(actions.ConfbridgeList(conference="marked"))
    joined = drive.expect(events.ConfbridgeJoin)
    leader = await drive.call("conference-marked")
    await joined
    await drive.do(actions.ConfbridgeList(conference="marked"))
    await drive.do(actions.ConfbridgeListRooms())
    ended = drive.expect(events.ConfbridgeEnd)
    await drive.do(actions.Hangup(channel=leader))
    await ended


SCENARIOS = (conference, marked)
