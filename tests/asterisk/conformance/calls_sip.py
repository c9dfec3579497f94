"""Calls of telephones by SIP, in and out, and their registrations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive

if TYPE_CHECKING:
    from collections.abc import Callable


async def answered(drive: Drive) -> None:
    gone = drive.expect(events.Hangup, lambda event: event.channel.startswith("PJSIP/phone"))
    media = drive.expect(events.RTCPSent)
    back = drive.expect(events.RTCPReceived)
    async with drive.telephone("call", "music", keys={"user": "phone"}) as phone:
        await phone.done()
    await gone
    # two Asterisks' worth of RTP, one side of it with music
    up = drive.expect(events.BridgeEnter, lambda event: event.channel.startswith("PJSIP/loopback"))
    await drive.set_global("TARGET", "PJSIP/music-loop@loopback")
    await drive.set_global("OPTIONS", "")
    await drive.call("dial")
    await up
    await asyncio.gather(media, back)


async def busy_and_refused(drive: Drive) -> None:
    async with drive.telephone("call_refused", "busy", keys={"user": "phone"}) as phone:
        await phone.done()
    for status in ("486 Busy Here", "603 Decline", "404 Not Found", "503 Service Unavailable"):
        ended = drive.expect(events.DialEnd)
        gone = drive.expect(events.Hangup, lambda event: event.channel.startswith("PJSIP/phone"))
        async with drive.telephone("refuse", keys={"user": "phone", "status": status}) as phone:
            await drive.originate(f"PJSIP/phone/{phone.uri()}")
            await phone.done()
        assert (await ended).dial_status != "ANSWER"
        await gone


async def cancelled(drive: Drive) -> None:
    gone = drive.expect(events.Hangup, lambda event: event.channel.startswith("PJSIP/phone"))
    async with drive.telephone("call_cancelled", "ring", keys={"user": "phone"}) as phone:
        await phone.done()
    await gone
    ringing = drive.expect(events.Newstate, lambda event: event.channel_state_desc == "Ringing")
    async with drive.telephone("ring", keys={"user": "phone"}) as phone:
        await drive.originate(f"PJSIP/phone/{phone.uri()}")
        channel = (await ringing).channel
        await drive.do(actions.Hangup(channel=channel, cause=21))
        await phone.done()


async def called(drive: Drive) -> None:
    await drive.set_global("OPTIONS", "gH")
    dialling = drive.expect(events.DialState)
    connected = drive.expect(events.BridgeEnter, lambda event: event.channel.startswith("PJSIP/phone"))
    request = drive.expect(events.HangupRequest)
    async with drive.telephone("answer_bye", keys={"user": "phone"}) as phone:
        await drive.set_global("TARGET", f"PJSIP/phone/{phone.uri()}")
        await drive.call("dial")
        await asyncio.gather(dialling, connected)
        await phone.done()
    await request
    if drive.offers(actions.PJSIPHangup):
        for cause in ("603", "DECLINE"):
            coming = drive.expect(events.Newchannel, lambda event: event.channel.startswith("PJSIP/phone"))
            gone = drive.expect(events.Hangup, lambda event: event.channel.startswith("PJSIP/phone"))
            async with drive.telephone("call", "ring", keys={"user": "phone"}):
                channel = (await coming).channel
                await drive.do(actions.PJSIPHangup(channel=channel, cause=cause))
            await gone
        await drive.hang_up()  # a server may crash that is asked to hang up what is just going
        await drive.attempt(actions.PJSIPHangup(channel="/^PJSIP/", cause="486"))


async def held(drive: Drive) -> None:
    hold, unhold = drive.expect(events.Hold), drive.expect(events.Unhold)
    digit = drive.expect(events.DTMFEnd, lambda event: event.digit == "5")
    flash = drive.expect(events.Flash)
    await drive.set_global("TARGET", "Local/wait@conformance/n")
    await drive.set_global("OPTIONS", "")
    async with drive.telephone("call_hold", "dial-answered", keys={"user": "phone"}) as phone:
        await phone.done()
    await asyncio.gather(hold, unhold, digit, flash)


async def transferred_blind(drive: Drive) -> None:
    transferred = drive.expect(events.BlindTransfer)
    await drive.set_global("TARGET", "Local/wait@conformance/n")
    await drive.set_global("OPTIONS", "")
    target = f"sip:wait@127.0.0.1:{drive.server.sip_port}"
    async with drive.telephone("call_transfers", "dial", keys={"user": "phone", "target": target}):
        assert (await transferred).result == "Success"


async def transferred_attended(drive: Drive) -> None:
    await drive.set_global("TARGET", "Local/wait@conformance/n")
    await drive.set_global("OPTIONS", "")
    consulting = drive.expect(events.BridgeEnter, lambda event: event.channel.startswith("PJSIP/partner"))
    async with drive.telephone("call_until_bye", "dial", keys={"user": "partner"}):
        channel = (await consulting).channel
        tags = [
            (await drive.do(actions.Getvar(channel=channel, variable=f"CHANNEL(pjsip,{what})"))).value
            for what in ("call-id", "local_tag", "remote_tag")
        ]
        replaces = f"{quote(tags[0])}%3Bto-tag%3D{tags[1]}%3Bfrom-tag%3D{tags[2]}"
        target = f"sip:dial@127.0.0.1:{drive.server.sip_port}?Replaces={replaces}"
        transferred = drive.expect(events.AttendedTransfer)
        async with drive.telephone("call_transfers", "dial", keys={"user": "phone", "target": target}):
            assert (await transferred).result == "Success"


async def optimized(drive: Drive) -> None:
    begun, ended = drive.expect(events.LocalOptimizationBegin), drive.expect(events.LocalOptimizationEnd)
    bridged = drive.expect(events.LocalBridge)
    await drive.originate("PJSIP/optimized@loopback", "Milliwatt", "")
    async with drive.telephone("call", "optimized", keys={"user": "phone"}) as phone:
        await asyncio.gather(begun, ended, bridged)
        await phone.done()


def contact(aor: str, *statuses: str) -> Callable[[events.ContactStatus], bool]:
    return lambda event: event.aor == aor and event.contact_status in statuses


async def registered(drive: Drive) -> None:
    for name, scenario in (("phone", "register"), ("secretive", "register_secret")):
        came = drive.expect(events.ContactStatus, contact(name, "Created", "NonQualified", "Reachable"))
        reachable = drive.expect(events.ContactStatus, contact(name, "Reachable"))
        account = {"user": name, "username": name, "secret": f"secret-{name}"}
        async with drive.telephone(scenario, keys={**account, "expires": "60"}) as phone:
            port = phone.port
            await phone.done()
        await came
        await drive.do(actions.PJSIPShowContacts())
        await drive.attempt(actions.PJSIPShowRegistrationInboundContactStatuses())
        await drive.do(actions.PJSIPShowRegistrationsInbound())
        await drive.do(actions.PJSIPQualify(endpoint=name))
        if name == "secretive":  # asked once a second whether it is there: not after its scenario has ended
            await reachable
            await drive.expect(events.ContactStatus, contact(name, "Unreachable"))
        await drive.do(actions.PJSIPShowEndpoint(endpoint=name))
        removed = drive.expect(events.ContactStatus, contact(name, "Removed"))
        async with drive.telephone(scenario, port=port, keys={**account, "expires": "0"}) as phone:
            await phone.done()
        await removed


async def registering(drive: Drive) -> None:
    await drive.do(actions.PJSIPShowRegistrationsOutbound())
    gone = drive.expect(events.Registry, lambda event: event.status == "Unregistered")
    await drive.do(actions.PJSIPUnregister(registration="alice-registration"))
    await gone
    back = drive.expect(events.Registry, lambda event: event.status == "Registered")
    await drive.do(actions.PJSIPRegister(registration="alice-registration"))
    await back


async def subscribed(drive: Drive) -> None:
    kinds = {
        "presence": ("1001", "application/pidf+xml"),
        "dialog": ("1002", "application/dialog-info+xml"),
        "message-summary": ("phone", "application/simple-message-summary"),
    }
    for event, (extension, accept) in kinds.items():
        keys = {"user": "loopback" if event != "message-summary" else "phone", "event": event, "accept": accept}
        async with drive.telephone("subscribe", extension, keys={**keys, "expires": "30"}) as phone:
            await phone.done()
    listed = await drive.do(actions.PJSIPShowSubscriptionsInbound())
    assert listed.items
    await drive.do(actions.PJSIPShowSubscriptionsOutbound())


async def notified(drive: Drive) -> None:
    async with drive.telephone("notified", keys={"user": "phone"}) as phone:
        uri = phone.uri()
        await drive.do(actions.PJSIPNotify(uri=uri, variable={"Event": "check-sync", "X-Odd": "a=b"}))
        await phone.done()
    async with drive.telephone("message", keys={"user": "phone"}) as phone:
        to = f"pjsip:phone/{phone.uri()}"
        await drive.do(actions.MessageSend(to=to, from_="sip:me@example.invalid", body="hello"))
        await phone.done()


async def maintained(drive: Drive) -> None:
    await drive.do(actions.PJSIPShowEndpoint(endpoint="loopback"))
    if drive.offers(actions.PJSIPSetMaintenance):
        for state in ("on", "off"):
            reported = drive.expect(events.PJSIPMaintenanceStatus)
            action = {"endpoint": "partner", "state": state}
            await drive.do(actions.PJSIPSetMaintenance.model_validate(action))
            await reported
            await drive.attempt(actions.PJSIPShowMaintenance())


async def by_chan_sip(drive: Drive) -> None:
    if drive.offers(actions.SIPqualifypeer):
        await drive.do(actions.SIPshowpeer(peer="loopback"))
        qualified = drive.expect(events.SIPQualifyPeerDone)
        await drive.do(actions.SIPqualifypeer(peer="loopback"))
        await qualified
        await drive.do(actions.SIPnotify(channel="loopback", variable={"Event": "check-sync"}))
        await drive.do(actions.SIPpeers())
        await drive.do(actions.SIPpeerstatus())
        await drive.do(actions.SIPshowregistry())


SCENARIOS = (
    answered,
    busy_and_refused,
    cancelled,
    called,
    held,
    transferred_blind,
    transferred_attended,
    optimized,
    registered,
    registering,
    subscribed,
    notified,
    maintained,
    by_chan_sip,
)
