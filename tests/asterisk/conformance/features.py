"""What happens to channels: picked up, spied on, recorded, held, spoken into, their variables and handlers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive

COSTS = {"currency_name": "EUR", "currency_multiplier": "One", "total_type": "Total"}


async def picked_up(drive: Drive) -> None:
    ringing = drive.expect(events.Newstate, lambda event: event.channel_state_desc == "Ringing")
    picked = drive.expect(events.Pickup)
    await drive.set_global("TARGET", "Local/ring@conformance/n")
    await drive.set_global("OPTIONS", "")
    await drive.call("dial-answered")
    target = (await ringing).channel
    await drive.set_global("TARGET", target)
    await drive.call("pickup")
    await picked


async def spied_on(drive: Drive) -> None:
    started, stopped = drive.expect(events.ChanSpyStart), drive.expect(events.ChanSpyStop)
    spied = await drive.call("music", "Milliwatt", "")
    await drive.set_global("TARGET", spied)
    await drive.call("spy", "Milliwatt", "")
    await started
    await drive.do(actions.Hangup(channel=spied))
    await stopped


async def recorded(drive: Drive) -> None:
    started, stopped = drive.expect(events.MixMonitorStart), drive.expect(events.MixMonitorStop)
    muted = drive.expect(events.MixMonitorMute)
    channel = await drive.call("music", "Milliwatt", "")
    made = await drive.do(actions.MixMonitor(channel=channel, file="/tmp/drive.wav", options="bi(MIX)"))
    await started
    await drive.do(actions.MixMonitorMute(channel=channel, direction="both", state=True))
    await muted
    await drive.do(actions.MixMonitorMute(channel=channel, direction="read", state=False))
    await drive.do(actions.StopMixMonitor(channel=channel, mix_monitor_id=made.mix_monitor_id))
    await stopped
    await drive.refused(actions.MixMonitor(channel="none", file="x"))
    await drive.refused(actions.StopMixMonitor(channel="none"))
    if drive.offers("Monitor"):
        kinds = drive.expect(events.MonitorStart), drive.expect(events.MonitorStop)
        await drive.do(actions.Monitor(channel=channel, file="/tmp/drive-monitor", format="wav", mix=True))
        await drive.do(actions.ChangeMonitor(channel=channel, file="/tmp/drive-monitor-2"))
        await drive.do(actions.PauseMonitor(channel=channel))
        await drive.do(actions.UnpauseMonitor(channel=channel))
        await drive.do(actions.StopMonitor(channel=channel))
        await asyncio.gather(*kinds)


async def on_hold(drive: Drive) -> None:
    started, stopped = drive.expect(events.MusicOnHoldStart), drive.expect(events.MusicOnHoldStop)
    await drive.run("holdmusic")
    await asyncio.gather(started, stopped)


async def handlers(drive: Drive) -> None:
    kinds = [
        drive.expect(kind)
        for kind in (events.HangupHandlerPush, events.HangupHandlerPop, events.HangupHandlerRun)
    ]  # fmt: skip
    await drive.run("handlers")
    await asyncio.gather(*kinds)


async def variables(drive: Drive) -> None:
    kinds = [
        drive.expect(kind)
        for kind in (events.VarSet, events.NewAccountCode, events.NewCallerid, events.NewConnectedLine)
    ]  # fmt: skip
    tenant = drive.expect(events.Hangup, lambda event: event.tenantid == "tenant-1") if drive.version >= 18 else None
    await drive.run("variables")
    await asyncio.gather(*kinds)
    if tenant:
        await tenant
    channel = await drive.call("wait")
    await drive.do(actions.Setvar(channel=channel, variable="WIRE", value="a=b: c"))
    assert (await drive.do(actions.Getvar(channel=channel, variable="WIRE"))).value == "a=b: c"
    status = await drive.do(actions.Status(channel=channel, all_variables=True))
    assert status.items[0].variable.get("WIRE") == "a=b: c"
    await drive.do(actions.Status(channel=channel, variables=["WIRE", "CHANNEL(state)"]))


async def digits(drive: Drive) -> None:
    begin, end = drive.expect(events.DTMFBegin), drive.expect(events.DTMFEnd)
    await drive.call("dtmf")
    await asyncio.gather(begin, end)
    channel = await drive.call("wait")
    await drive.do(actions.PlayDTMF(channel=channel, digit="7", duration=timedelta(milliseconds=120)))
    await drive.do(actions.PlayDTMF(channel=channel, digit="#", receive=True))
    await drive.attempt(actions.PlayMF(channel=channel, digit="*", duration=timedelta(milliseconds=60)))
    await drive.refused(actions.PlayDTMF(channel="none", digit="1"))
    await drive.do(actions.SendText(channel=channel, message="hello"))
    if drive.offers(actions.SendFlash):
        flash = drive.expect(events.Flash)
        await drive.do(actions.SendFlash(channel=channel, receive=True))
        await flash


async def wink(drive: Drive) -> None:
    seen = drive.expect(events.Wink)
    await drive.call("wink")
    await seen


async def talking(drive: Drive) -> None:
    started, stopped = drive.expect(events.ChannelTalkingStart), drive.expect(events.ChannelTalkingStop)
    await drive.set_global("TARGET", "Local/talk@conformance/n")
    await drive.set_global("OPTIONS", "")
    await drive.originate("Local/talk@conformance/n", exten="speak", context="conformance", priority=1)
    await asyncio.gather(started, stopped)


async def dial_states(drive: Drive) -> None:
    began, state, ended = drive.expect(events.DialBegin), drive.expect(events.DialState), drive.expect(events.DialEnd)
    await drive.set_global("TARGET", "Local/progress@conformance/n")
    await drive.set_global("OPTIONS", "")
    await drive.call("dial")
    await asyncio.gather(began, state, ended)
    for target in ("busy", "congested", "forward"):
        ended = drive.expect(events.DialEnd)
        await drive.set_global("TARGET", f"Local/{target}@conformance/n")
        await drive.originate("Local/dial@conformance/n")
        await ended


async def hung_up(drive: Drive) -> None:
    request = drive.expect(events.SoftHangupRequest)
    one = await drive.call("wait")
    await drive.do(actions.AbsoluteTimeout(channel=one, timeout=timedelta(seconds=30)))
    await drive.do(actions.Hangup(channel=one, cause=17))
    await request
    await drive.call("wait")
    await drive.do(actions.Hangup(channel="/^Local/"))
    await drive.refused(actions.Hangup(channel="none"))


async def controlled(drive: Drive) -> None:
    channel = await drive.call("wait")
    for control in ("pause", "restart", "forward", "reverse", "stop"):
        await drive.do(actions.ControlPlayback(channel=channel, control=control))
    await drive.refused(actions.ControlPlayback(channel=channel, control="loudly"))
    other = await drive.call("wait")
    for state in ("on", "off"):
        await drive.do(actions.MuteAudio.model_validate({"channel": other, "direction": "all", "state": state == "on"}))
    await drive.attempt(actions.LocalOptimizeAway(channel=other))
    await drive.attempt(
        actions.AOCMessage.model_validate(
            {"channel": other, "msg_type": "D", "charge_type": "Currency", "currency_amount": "16"} | COSTS
        )
    )


async def completed(drive: Drive) -> None:
    """A call is completed when the other end is free again: only chan_sip offers that without hardware."""
    if not drive.offers(actions.SIPpeers):
        return
    await _ask_for_completion(drive)
    caller_busy = drive.expect(events.CCCallerStartMonitoring)
    await _call_completion(drive, "other")
    await _become_free(drive)
    await caller_busy
    caller_free = drive.expect(events.CCCallerStopMonitoring)
    recalling, through = drive.expect(events.CCCallerRecalling), drive.expect(events.CCRecallComplete)
    await drive.set_global("TARGET", "recalled")
    await drive.do(actions.Hangup(channel="/^Local/complete/"))
    await asyncio.gather(caller_free, recalling, through)
    await drive.hang_up()
    await _ask_for_completion(drive)
    failed = drive.expect(events.CCFailure)
    await _call_completion(drive, "cancel")
    await failed


async def _call_completion(drive: Drive, part: str) -> None:
    """The caller calls, and does one part of the extension."""
    await drive.set_global("TARGET", part)
    await drive.originate("Local/complete@conformance/n")


async def _ask_for_completion(drive: Drive) -> None:
    """The caller finds the other end busy, and wants to hear when it isn't."""
    offered = [drive.expect(kind) for kind in (events.CCAvailable, events.CCOfferTimerStart)]
    await _call_completion(drive, "dial")
    await asyncio.gather(*offered)
    asked = [drive.expect(kind) for kind in (events.CCRequested, events.CCRequestAcknowledged)]
    await _call_completion(drive, "request")
    await asyncio.gather(*asked)


async def _become_free(drive: Drive) -> None:
    """The other end has a call, and then no more."""

    def becomes(state: str) -> asyncio.Task[events.DeviceStateChange]:
        return drive.expect(events.DeviceStateChange, lambda event: (event.device, event.state) == ("SIP/cc", state))

    called = becomes("INUSE")
    await drive.originate("SIP/cc")
    await called
    free = becomes("NOT_INUSE")
    await drive.do(actions.Hangup(channel="/^SIP/cc/"))
    await free


SCENARIOS = (
    picked_up,
    spied_on,
    recorded,
    on_hold,
    handlers,
    variables,
    digits,
    wink,
    talking,
    dial_states,
    hung_up,
    controlled,
    completed,
)
