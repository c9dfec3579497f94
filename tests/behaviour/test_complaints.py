"""Complaints about other libraries, which `complaints` lists: each has a test; some of the tests are here."""

from __future__ import annotations

import gc
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from amitypes import events
from tests.behaviour.complaints import COMPLAINTS, Complaint
from tests.behaviour.scripted_server import TRANSPORTS, ScriptedServer, Transport
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
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as scripted:
        yield scripted


@both
@pytest.mark.parametrize("line", [b"", b"Output: \r\n"])
async def test_a_command_without_output_is_answered(transport: Transport, line: bytes) -> None:
    """reactphp-ami#3."""
    said = b"Response: Success\r\nActionID: {id}\r\nMessage: Command output follows\r\n" + line + b"\r\n"
    async with ScriptedServer({"Command": said}) as server, server.client(transport) as client:
        answer = await client.actions.command(command="x")
    assert answer.output == ([""] if line else [])


@both
async def test_a_truncated_message_loses_no_bytes_and_no_later_message(
    transport: Transport, server: ScriptedServer
) -> None:
    """PAMI#119: the message after the fused one is whole, and the fused one has every byte."""
    data = b"Event: One\r\nCallerIDName: JoEvent: Two\r\nB: 2\r\n\r\nEvent: Three\r\nC: 3\r\n\r\n"
    fused, three = await received(server.client(transport), server, data)
    assert fused.raw == {"Event": "One", "CallerIDName": "JoEvent: Two", "B": "2"}
    assert three.raw == {"Event": "Three", "C": "3"}


@both
async def test_an_equals_sign_in_a_variable_is_kept(transport: Transport, server: ScriptedServer) -> None:
    """Nami#35."""
    data = b"Event: VarSet\r\nChannel: x\r\nVariable: HASH(a=b)\r\nValue: c=d=e\r\n\r\n"
    [event] = await received(server.client(transport), server, data)
    assert isinstance(event, events.VarSet)
    assert (event.variable, event.value) == ("HASH(a=b)", "c=d=e")


@both
async def test_hangup_by_a_pattern_is_answered_with_a_list(transport: Transport) -> None:
    """asterisk-java#340."""
    said = (
        b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: Channels hung up will follow\r\n\r\n"
        b"Event: ChannelHungup\r\nActionID: {id}\r\nChannel: SIP/1\r\n\r\n"
        b"Event: ChannelsHungupListComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    )
    async with ScriptedServer({"Hangup": said}) as server, server.client(transport) as client:
        answer = await client.actions.hangup(channel="/SIP/")
        assert [event.raw.get("Channel") for event in answer.events] == ["SIP/1", None]
        assert (await client.actions.ping()).ping == "Pong"


@both
async def test_events_arrive_in_the_order_of_the_server(transport: Transport, server: ScriptedServer) -> None:
    """asterisk-java#145, AsterNET#257: also where several are equal and arrive at once."""
    sent = ["Hangup 1", "Hangup 2", "Hangup 2", "OriginateResponse 3", "Newstate 4", "Hangup 1"]
    data = "".join("Event: {}\r\nUniqueid: {}\r\n\r\n".format(*each.split()) for each in sent).encode()
    found = await received(server.client(transport), server, data)
    assert [f"{event.event} {event.raw['Uniqueid']}" for event in found] == sent


def live_objects() -> Counter[type]:
    """The objects of this library and of asyncio, by class."""
    gc.collect()
    kinds = map(type, gc.get_objects())
    return Counter(
        kind for kind in kinds if str(kind.__module__).partition(".")[0] in {"amitypes", "asyncio", "_asyncio"}
    )


async def test_finished_actions_keep_no_state(server: ScriptedServer) -> None:
    """NodeJS-AsteriskManager#39."""
    async with server.client("tcp") as client:
        found: list[Counter[type]] = []
        for _ in range(2):
            for _ in range(100):
                await client.actions.ping()
            server.actions.clear()  # the server's own record of them
            found.append(live_objects())
        assert found[1] - found[0] == Counter()
