"""A call, placed and followed by typed events only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes import actions, events
from amitypes._protocol.message import Message
from tests.asterisk.clients import TRANSPORTS, Transport, connected, hang_up
from tests.asterisk.recorder import Recorder

if TYPE_CHECKING:
    from tests.asterisk.census import Census
    from tests.asterisk.server import AsteriskServer


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_typed_events_follow_a_call_from_originate_to_hangup(
    asterisk: AsteriskServer, transport: Transport, census: Census
) -> None:
    seen: list[events.Event] = []
    async with connected(asterisk, transport, census) as client, asyncio.timeout(20):
        stream = client.events()
        answer = await client.actions.originate(
            channel="Local/200@from-internal",
            exten="101",
            context="from-internal",
            priority=1,
            async_=True,
            caller_id="Ada <1815>",
            variable={"LONG": "a,b", "QUOTED": '"x"'},
            action_id="the-call",
        )
        assert answer.message == "Originate successfully queued"

        first: events.Newchannel | None = None
        hung_up = 0
        async for event in stream:
            seen.append(event)
            if isinstance(event, events.Newchannel) and first is None:
                first = event
            if isinstance(event, events.Hangup):
                hung_up += 1
                if hung_up == 2:
                    break

    assert first is not None
    assert first.channel.startswith("Local/200@from-internal-")
    assert first.channel_state == 0
    assert first.channel_state_desc == "Down"
    assert first.uniqueid == first.linkedid

    mine = [event for event in seen if event.raw.get("Uniqueid") == first.uniqueid]
    assert {"Newchannel", "Newstate", "Hangup"} <= {event.wire_name for event in mine}
    hangup = mine[-1]
    assert isinstance(hangup, events.Hangup)
    assert (hangup.cause, hangup.cause_txt) == (16, "Normal Clearing")

    (response,) = [event for event in seen if isinstance(event, events.OriginateResponse)]
    assert (response.action_id, response.response, response.uniqueid) == ("the-call", "Success", first.uniqueid)

    assert [event.issues for event in seen if event.issues] == []


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("extension", "outcome", "status"),
    [("300", "Failure", "BUSY"), ("400", "Failure", "CONGESTION"), ("200", "Success", "ANSWER")],
)
async def test_originate_response_and_dial_end_report_the_outcome(
    asterisk: AsteriskServer, transport: Transport, census: Census, extension: str, outcome: str, status: str
) -> None:
    async with connected(asterisk, transport, census) as client:
        response = client.wait_for(events.OriginateResponse, lambda event: event.action_id == extension, timeout=20)
        dialled = client.wait_for(events.DialEnd, timeout=20)
        await client.actions.originate(
            channel=f"Local/{extension}@from-internal",
            application="Wait",
            data="1",
            async_=True,
            action_id=extension,
        )
        assert (await response).response == outcome
        assert (await dialled).dial_status == status
        await hang_up(client)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_family_follows_a_call(asterisk: AsteriskServer, transport: Transport, census: Census) -> None:
    """The channels of a call from their beginning to their end, by what all events of channels have."""
    seen: list[events.ChannelEvent] = []
    begun: events.DialBegin | None = None
    async with (
        connected(asterisk, transport, census) as client,
        client.events(events.ChannelEvent) as stream,
        asyncio.timeout(20),
    ):
        await client.actions.originate(
            channel="Local/200@from-internal", exten="101", context="from-internal", priority=1, async_=True
        )
        async for event in stream:
            seen.append(event)
            if isinstance(event, events.DialBegin) and begun is None:
                begun = event
            if sum(isinstance(event, events.Hangup) for event in seen) == 2:
                break

    kinds = [type(event) for event in seen]
    assert kinds[0] is events.Newchannel
    assert {events.Newchannel, events.Newexten, events.Newstate, events.DialBegin, events.Hangup} <= set(kinds)
    assert not {event.wire_name for event in seen} & {"OriginateResponse", "LocalBridge", "BridgeCreate"}
    assert kinds[-1] is events.Hangup
    dialled = next(event for event in seen if isinstance(event, events.Newchannel))
    assert begun is not None
    assert (begun.channel_snapshot, begun.dest_uniqueid) == (None, dialled.uniqueid)
    assert begun.dest is not None
    assert begun.dest == events.ChannelSnapshot.of(begun, "dest_")
    assert (begun.dest.channel, begun.dest.uniqueid, begun.dest.linkedid) == (
        dialled.channel,
        dialled.uniqueid,
        dialled.linkedid,
    )
    mine = [event for event in seen if event.channel_snapshot and event.channel_snapshot.uniqueid == dialled.uniqueid]
    assert (mine[0], type(mine[-1])) == (dialled, events.Hangup)


async def test_calls_to_every_extension_are_decoded(asterisk: AsteriskServer, census: Census) -> None:
    """Everything that these calls make the server send is decoded; the census counts what the types lack."""
    extensions = ["600", "601", "700", "800", "801", "900", "901", "902", "904", "905", "907", "911", "912", "913"]
    async with connected(asterisk, "tcp", census) as client, asyncio.timeout(60):
        for extension in extensions:
            response = client.wait_for(events.OriginateResponse, timeout=30)
            await client.actions.originate(
                channel=f"Local/{extension}@from-internal", application="Wait", data="2", async_=True
            )
            await response
        await hang_up(client)


async def test_the_client_gets_the_same_events_as_a_plain_recorder(asterisk: AsteriskServer) -> None:
    """Every event that a second session gets in plain bytes comes out of the client, in the same order."""
    marker = rb"Event: UserEvent\r\n(?:.+\r\n)*?UserEvent: %b\r\n(?:.+\r\n)*\r\n"
    async with connected(asterisk, "tcp") as client:
        stream = client.events()
        with Recorder(asterisk.host, asterisk.ami_port, asterisk.users["hello"]) as recorder:
            await client.send(actions.UserEvent(user_event="Begin"))
            begin = await asyncio.to_thread(recorder.wait_for, marker % b"Begin")
            for extension in ("200", "910", "900"):
                await client.originate(originator=extension, extension="200")
            await client.wait_for(events.Hangup, timeout=10)
            await client.send(actions.UserEvent(user_event="End"))
            end = await asyncio.to_thread(recorder.wait_for, marker % b"End")
            recorded = [Message(frame) for frame in recorder.received[begin.end() : end.end()].split(b"\r\n\r\n")[:-1]]
        seen: list[events.Event] = []
        begun = False
        async with asyncio.timeout(10):
            async for event in stream:
                if begun:
                    seen.append(event)
                if isinstance(event, events.UserEvent):
                    begun = begun or event.user_event == "Begin"
                    if event.user_event == "End":
                        break
        await hang_up(client)

    assert len(seen) > 50
    assert [event.raw for event in seen] == [message.as_dict() for message in recorded]
