"""Every action without side effects that a server offers, typed, over each transport."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import pytest

from amitypes import ActionError, UnsupportedActionError, actions, events
from amitypes.actions import Action
from amitypes.responses import ListResponse, Response
from tests.asterisk.clients import TRANSPORTS, Client, Transport, connected, hang_up

if TYPE_CHECKING:
    from tests.asterisk.census import Census
    from tests.asterisk.server import AsteriskServer

AnyAction: TypeAlias = Action[Response] | Action[ListResponse]


def harmless(channel: str) -> list[AnyAction]:
    """What can be asked without changing anything; some of it about a channel."""
    return [
        actions.Agents(),
        actions.BridgeInfo(bridge_uniqueid="none"),
        actions.BridgeList(),
        actions.BridgeTechnologyList(),
        actions.Challenge(auth_type="MD5"),
        actions.Command(command="core show uptime"),
        actions.ConfbridgeList(conference="700"),
        actions.ConfbridgeListRooms(),
        actions.CoreSettings(),
        actions.CoreShowChannelMap(channel=channel),
        actions.CoreShowChannels(),
        actions.CoreStatus(),
        actions.DAHDIShowChannels(),
        actions.DAHDIShowStatus(),
        actions.DBGet(family="none", key="none"),
        actions.DBGetTree(),
        actions.DeviceStateList(),
        actions.ExtensionState(exten="1001", context="from-internal"),
        actions.ExtensionStateList(),
        actions.FAXSession(session_number="0"),
        actions.FAXSessions(),
        actions.FAXStats(),
        actions.GetConfig(filename="queues.conf"),
        actions.GetConfigJSON(filename="queues.conf"),
        actions.Getvar(variable="GREETING"),
        actions.Getvar(channel=channel, variable="CHANNEL(state)"),
        actions.IAXnetstats(),
        actions.IAXpeerlist(),
        actions.IAXpeers(),
        actions.IAXregistry(),
        actions.ListCategories(filename="queues.conf"),
        actions.ListCommands(),
        actions.MailboxCount(mailbox="1000@default"),
        actions.MailboxStatus(mailbox="1000@default"),
        actions.MeetmeList(),
        actions.MeetmeListRooms(),
        actions.ModuleCheck(module="app_queue"),
        actions.ParkedCalls(),
        actions.Parkinglots(),
        actions.Ping(),
        actions.PJSIPShowAors(),
        actions.PJSIPShowAuths(),
        actions.PJSIPShowContacts(),
        actions.PJSIPShowEndpoint(endpoint="alice"),
        actions.PJSIPShowEndpoints(),
        actions.PJSIPShowMaintenance(),
        actions.PJSIPShowRegistrationInboundContactStatuses(),
        actions.PJSIPShowRegistrationsInbound(),
        actions.PJSIPShowRegistrationsOutbound(),
        actions.PJSIPShowResourceLists(),
        actions.PJSIPShowSubscriptionsInbound(),
        actions.PJSIPShowSubscriptionsOutbound(),
        actions.PresenceState(provider="CustomPresence:desk-1001"),
        actions.PresenceStateList(),
        actions.PRIShowSpans(),
        actions.QueueRule(),
        actions.QueueStatus(),
        actions.QueueSummary(),
        actions.ShowDialPlan(),
        actions.SIPpeers(),
        actions.SIPpeerstatus(),
        actions.SIPshowpeer(peer="loopback"),
        actions.SIPshowregistry(),
        actions.SKINNYdevices(),
        actions.SKINNYlines(),
        actions.SKINNYshowdevice(device="desk"),
        actions.SKINNYshowline(line="2100"),
        actions.Status(),
        actions.Status(channel=channel),
        actions.VoicemailBoxSummary(context="default", mailbox="1000"),
        actions.VoicemailUsersList(),
        actions.VoicemailUserStatus(context="default", mailbox="1000"),
        actions.WaitEvent(timeout=timedelta(seconds=1)),
    ]


_EFFECTS = """
    AGI AOCMessage AbsoluteTimeout AgentLogoff Atxfer BlindTransfer Bridge BridgeDestroy BridgeKick
    BridgeTechnologySuspend BridgeTechnologyUnsuspend CancelAtxfer ChangeMonitor ConfbridgeKick ConfbridgeLock
    ConfbridgeMute ConfbridgeSetSingleVideoSrc ConfbridgeStartRecord ConfbridgeStopRecord ConfbridgeUnlock
    ConfbridgeUnmute ControlPlayback CreateConfig DAHDIDNDoff DAHDIDNDon DAHDIDialOffhook DAHDIHangup
    DAHDIRestart DAHDITransfer DBDel DBDelTree DBPut DialplanExtensionAdd DialplanExtensionRemove Events Filter
    Hangup JabberSend LocalOptimizeAway LoggerRotate Login Logoff MeetmeMute MeetmeUnmute MessageSend MixMonitor
    MixMonitorMute
    ModuleLoad Monitor MuteAudio Originate PJSIPHangup PJSIPNotify PJSIPQualify PJSIPRegister
    PJSIPSetMaintenance PJSIPUnregister PRIDebugFileSet PRIDebugFileUnset PRIDebugSet Park PauseMonitor PlayDTMF
    PlayMF QueueAdd QueueChangePriorityCaller QueueLog QueueMemberRingInUse QueuePause QueuePenalty QueueReload
    QueueRemove QueueReset QueueWithdrawCaller Redirect Reload SIPnotify SIPqualifypeer SendFlash SendText
    Setvar SorceryMemoryCacheExpire SorceryMemoryCacheExpireObject SorceryMemoryCachePopulate
    SorceryMemoryCacheStale SorceryMemoryCacheStaleObject StopMixMonitor StopMonitor UnpauseMonitor UpdateConfig
    UserEvent VoicemailForward VoicemailMove VoicemailRefresh VoicemailRemove
"""
EFFECTS: Final = frozenset(_EFFECTS.split())
"""What a server offers and this module doesn't send, as it would change something."""


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_every_harmless_action_is_answered(
    asterisk: AsteriskServer, transport: Transport, census: Census
) -> None:
    async with connected(asterisk, transport, census) as client:
        offered = await commands(client)
        channel = await a_channel(client)
        asked = harmless(channel)
        assert offered - EFFECTS <= {action.wire_name for action in asked}

        refused: dict[str, str] = {}
        for action in asked:
            if transport != "tcp" and action.wire_name == "WaitEvent":
                continue  # the client's own; a second one would evict it
            if action.wire_name not in offered:
                with pytest.raises(UnsupportedActionError):
                    await client.send(action, reply_timeout=15)
                continue
            try:
                response: Response | ListResponse = await client.send(action, reply_timeout=15)
            except ActionError as error:
                response = error.response
                refused[action.wire_name] = response.message
            census.response(action.wire_name, response)
            assert response.issues == ()

        # These have nothing to show on a quiet server, and say so by an error.
        assert set(refused) <= {
            "BridgeInfo",
            "DAHDIShowStatus",
            "DBGet",
            "ConfbridgeList",
            "ConfbridgeListRooms",
            "FAXSession",
            "MeetmeList",
            "MeetmeListRooms",
            "PJSIPShowContacts",
            "PJSIPShowMaintenance",
            "PJSIPShowRegistrationInboundContactStatuses",
            "PJSIPShowResourceLists",
            "PJSIPShowSubscriptionsInbound",
            "PJSIPShowSubscriptionsOutbound",
            "PRIShowSpans",
            "VoicemailBoxSummary",
            "VoicemailUserStatus",
            "VoicemailUsersList",
        }, refused
        await hang_up(client)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_lists_are_whole_and_typed(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        queues = await client.actions.queue_status()
        assert queues.response.message == "Queue status will follow"
        assert {type(item).__name__ for item in queues.items} == {"QueueParams", "QueueMember"}
        assert queues.others == []
        assert queues.complete.wire_name == "QueueStatusComplete"

        endpoints = await client.actions.pjsip_show_endpoints()
        assert "alice" in {endpoint.object_name for endpoint in endpoints.items}
        assert endpoints.complete.list_items == len(endpoints.items)

        peers = await client.actions.iax_peers()
        assert {peer.channel_type for peer in peers.items} == {"IAX2"}

        none = await client.actions.core_show_channels()
        assert none.items == []
        assert none.complete.list_items == 0


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_answers_have_typed_fields(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        pong = await client.actions.ping(action_id="my own")
        assert (pong.response, pong.action_id) == ("Success", "my own")
        assert pong.timestamp is not None
        assert pong.timestamp.year > 2020

        value = await client.actions.getvar(variable="GREETING")
        assert (value.variable, value.value) == ("GREETING", "Grüezi")

        version = await client.actions.command(command="core show version")
        assert version.output[0].startswith(f"Asterisk {asterisk.release}")
        assert client.asterisk_version is not None
        assert client.asterisk_version.startswith(asterisk.release)

        with pytest.raises(ActionError) as caught:
            await client.actions.command(command="no such command")
        assert isinstance(caught.value.response, Response)
        assert "No such command" in caught.value.response.output[0]

        # documented for 16, and registered nowhere
        with pytest.raises(
            UnsupportedActionError, match=f"FilterList: Asterisk {asterisk.release}.* has no such action"
        ):
            await client.send(actions.FilterList())


async def commands(client: Client) -> set[str]:
    """The names of the actions that the server offers."""
    return set((await client.actions.list_commands()).commands)


async def a_channel(client: Client) -> str:
    """A channel that stays for a while."""
    up = client.wait_for(events.Newchannel, timeout=10)
    await client.actions.originate(
        channel="Local/100@from-internal", application="Wait", data="60", async_=True, channel_id="harmless"
    )
    return (await up).channel
