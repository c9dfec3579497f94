"""Queues: their members come, ring, answer and go, and so do their callers."""

from __future__ import annotations

import asyncio

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive

MEMBER = "Local/member@conformance/n"
LONG = "Local/member-long@conformance/n"


async def members(drive: Drive) -> None:
    added = drive.expect(events.QueueMemberAdded)
    await drive.do(
        actions.QueueAdd(
            queue="quick", interface=MEMBER, penalty=1, paused=False, member_name="Mem Ber", state_interface="Custom:m"
        )
    )
    await added
    await drive.refused(actions.QueueAdd(queue="quick", interface=MEMBER))
    for paused, reason in ((True, "lunch"), (False, "")):
        pause = drive.expect(events.QueueMemberPause)
        await drive.do(actions.QueuePause(queue="quick", interface=MEMBER, paused=paused, reason=reason))
        await pause
    penalty = drive.expect(events.QueueMemberPenalty)
    await drive.do(actions.QueuePenalty(interface=MEMBER, penalty=3, queue="quick"))
    await penalty
    ring_in_use = drive.expect(events.QueueMemberRinginuse)
    await drive.do(actions.QueueMemberRingInUse(interface=MEMBER, ring_in_use=False, queue="quick"))
    await ring_in_use
    status = drive.expect(events.QueueMemberStatus)
    await drive.do(actions.Setvar(variable="DEVICE_STATE(Custom:m)", value="INUSE"))
    await drive.do(actions.Setvar(variable="DEVICE_STATE(Custom:m)", value="NOT_INUSE"))
    await status
    await drive.do(actions.QueueStatus(queue="quick"))
    await drive.do(actions.QueueStatus(queue="quick", member=MEMBER))
    await drive.do(actions.QueueSummary())
    removed = drive.expect(events.QueueMemberRemoved)
    await drive.do(actions.QueueRemove(queue="quick", interface=MEMBER))
    await removed
    await drive.refused(actions.QueueRemove(queue="quick", interface=MEMBER))
    await drive.refused(actions.QueuePause(queue="none", interface=MEMBER, paused=True))


async def answered(drive: Drive) -> None:
    await drive.do(actions.QueueAdd(queue="quick", interface=MEMBER, penalty=1, member_name="Mem Ber"))
    come = [
        drive.expect(kind)
        for kind in (
            events.QueueCallerJoin,
            events.QueueCallerLeave,
            events.AgentCalled,
            events.AgentConnect,
            events.AgentComplete,
        )
    ]
    await drive.call("queue-quick")
    await asyncio.gather(*come)
    await drive.do(actions.QueueRemove(queue="quick", interface=MEMBER))


async def hung_up_by_caller(drive: Drive) -> None:
    await drive.do(actions.QueueAdd(queue="quick", interface=LONG, member_name="Long"))
    connected = drive.expect(events.AgentConnect)
    completed = drive.expect(events.AgentComplete)
    channel = await drive.call("queue-quick")
    await connected
    await drive.do(actions.Hangup(channel=channel))
    assert (await completed).reason
    await drive.do(actions.QueueRemove(queue="quick", interface=LONG))


async def hung_up_in_announcement(drive: Drive) -> None:
    await drive.do(actions.QueueAdd(queue="quick", interface=LONG, member_name="Long"))
    called = drive.expect(events.Newstate, lambda event: event.channel.startswith("Local/member-long"))
    playing = drive.expect(events.Newexten, lambda event: event.exten == "member-long" and event.application == "Wait")
    dumped = drive.expect(events.AgentDump)
    await drive.call("queue-announce")
    await called
    member = (await playing).channel
    await drive.do(actions.Hangup(channel=member))
    await dumped
    await drive.do(actions.QueueRemove(queue="quick", interface=LONG))


async def unanswered(drive: Drive) -> None:
    missed = drive.expect(events.AgentRingNoAnswer)
    joined = drive.expect(events.QueueCallerJoin)
    channel = await drive.call("queue-ringing")
    caller = (await joined).channel
    listed = await drive.do(actions.QueueStatus(queue="ringing"))
    assert any(isinstance(item, events.QueueEntry) for item in listed.items)
    await drive.do(actions.QueueChangePriorityCaller(queue="ringing", caller=caller, priority=7, immediate=True))
    await missed
    abandoned = drive.expect(events.QueueCallerAbandon)
    await drive.do(actions.Hangup(channel=channel))
    await abandoned


async def withdrawn(drive: Drive) -> None:
    joined, left = drive.expect(events.QueueCallerJoin), drive.expect(events.QueueCallerLeave)
    await drive.call("queue-ringing")
    caller = (await joined).channel
    if await drive.attempt(
        actions.QueueWithdrawCaller(queue="ringing", caller=caller, withdraw_info="closed for today")
    ):
        await left


async def managed(drive: Drive) -> None:
    await drive.do(actions.QueueLog(queue="quick", event="CUSTOM", interface=MEMBER, message="a|b", uniqueid="1.1"))
    await drive.do(actions.QueueReset(queue="quick"))
    await drive.do(actions.QueueReload(queue="quick", members=True, rules=True, parameters=True))
    await drive.do(actions.QueueRule(rule="widen"))
    await drive.do(actions.QueueRule())
    await drive.do(actions.QueueStatus(queue="none"))
    await drive.do(actions.QueueSummary(queue="quick"))


SCENARIOS = (members, answered, hung_up_by_caller, hung_up_in_announcement, unanswered, withdrawn, managed)
