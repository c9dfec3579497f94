"""Complaints about other libraries, as `complaints` lists them: each has its test; some have theirs here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes import events
from amitypes._transport.tcp import TCPTransport
from tests.behaviour.complaints import COMPLAINTS, Complaint
from tests.behaviour.scripted_server import TRANSPORTS, Scripted, Transport
from tests.behaviour.test_protocol_pitfalls import received
from tests.repository.referenced_tests import exists

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

both = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda complaint: complaint.source)
def test_every_complaint_has_its_tests(complaint: Complaint) -> None:
    assert complaint.tests
    assert [test for test in complaint.tests if not exists(test)] == []


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with Scripted() as scripted:
        yield scripted


@both
@pytest.mark.parametrize("line", [b"", b"Output: \r\n"])
async def test_a_command_that_prints_nothing(transport: Transport, line: bytes) -> None:
    """reactphp-ami#3."""
    said = b"Response: Success\r\nActionID: {id}\r\nMessage: Command output follows\r\n" + line + b"\r\n"
    async with Scripted({"Command": said}) as server, server.client(transport) as client:
        answer = await client.actions.command(command="x")
    assert answer.output == ([""] if line else [])


@both
async def test_a_message_that_the_server_cut_short(transport: Transport, server: Scripted) -> None:
    """PAMI#119: what follows comes whole, and of the fused message nothing is lost."""
    data = b"Event: One\r\nCallerIDName: JoEvent: Two\r\nB: 2\r\n\r\nEvent: Three\r\nC: 3\r\n\r\n"
    fused, three = await received(server.client(transport), server, data)
    assert fused.raw == {"Event": "One", "CallerIDName": "JoEvent: Two", "B": "2"}
    assert three.raw == {"Event": "Three", "C": "3"}


@both
async def test_a_variable_with_an_equals_sign(transport: Transport, server: Scripted) -> None:
    """Nami#35."""
    data = b"Event: VarSet\r\nChannel: x\r\nVariable: HASH(a=b)\r\nValue: c=d=e\r\n\r\n"
    [event] = await received(server.client(transport), server, data)
    assert isinstance(event, events.VarSet)
    assert (event.variable, event.value) == ("HASH(a=b)", "c=d=e")


@both
async def test_hanging_up_by_a_pattern(transport: Transport) -> None:
    """asterisk-java#340."""
    said = (
        b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: Channels hung up will follow\r\n\r\n"
        b"Event: ChannelHungup\r\nActionID: {id}\r\nChannel: SIP/1\r\n\r\n"
        b"Event: ChannelsHungupListComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    )
    async with Scripted({"Hangup": said}) as server, server.client(transport) as client:
        answer = await client.actions.hangup(channel="/SIP/")
        assert [event.raw.get("Channel") for event in answer.events] == ["SIP/1", None]
        assert (await client.actions.ping()).ping == "Pong"


@both
async def test_events_come_in_the_servers_order(transport: Transport, server: Scripted) -> None:
    """asterisk-java#145, AsterNET#257: also where several are alike and come at once."""
    sent = ["Hangup 1", "Hangup 2", "Hangup 2", "OriginateResponse 3", "Newstate 4", "Hangup 1"]
    data = "".join("Event: {}\r\nUniqueid: {}\r\n\r\n".format(*each.split()) for each in sent).encode()
    found = await received(server.client(transport), server, data)
    assert [f"{event.event} {event.raw['Uniqueid']}" for event in found] == sent


async def test_actions_leave_nothing_behind(server: Scripted) -> None:
    """NodeJS-AsteriskManager#39."""
    async with server.client("tcp") as client:
        for _ in range(100):
            await client.actions.ping()
        transport = client._supervisor.transport
        assert isinstance(transport, TCPTransport)
        assert (transport._session.pending, transport._answers, len(transport._deadlines)) == ((), {}, 0)
