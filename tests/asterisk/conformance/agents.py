"""Agents of the pool: they log in, take a call, and log off."""

from __future__ import annotations

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive


async def on_duty(drive: Drive) -> None:
    came, gone = drive.expect(events.AgentLogin), drive.expect(events.AgentLogoff)
    free = drive.expect(
        events.DeviceStateChange, lambda event: event.device == "Agent:1001" and event.state == "NOT_INUSE"
    )
    await drive.call("agent-login", "Milliwatt", "")
    await came
    await free
    idle = await drive.do(actions.Agents())
    assert any(agent.talking_to_chan == "" and agent.channel for agent in idle.items)
    talking = drive.expect(events.BridgeEnter, lambda event: "agent-request" in event.channel)
    caller = await drive.call("agent-request")
    await talking
    await drive.do(actions.Agents())
    await drive.do(actions.Hangup(channel=caller))
    await drive.do(actions.AgentLogoff(agent="1001", soft=False))
    await gone
    await drive.refused(actions.AgentLogoff(agent="none"))


SCENARIOS = (on_duty,)
