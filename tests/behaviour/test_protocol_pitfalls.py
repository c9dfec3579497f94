"""What other AMI libraries have stumbled over, one probe each, over both transports."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes import actions, events
from amitypes.errors import ActionError, ActionTimeout, InvalidActionError
from amitypes.responses import Response
from tests.behaviour.scripted_server import TRANSPORTS, ScriptedServer, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from amitypes import HTTPClient, TCPClient
    from amitypes._protocol.message import Message

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)

HANGUP = b"Event: Hangup\r\nPrivilege: call,all\r\nUniqueid: last\r\n\r\n"
ENDS = {
    "plain": b"\r\n\r\n",
    "bare line feed": b"\r\n\n",
    "bare line feeds": b"\n\n",
    "two blank lines": b"\r\n\r\n\r\n",
    "many blank lines": b"\r\n\r\n\n\r\n\r\n",
}


async def received(client: TCPClient | HTTPClient, server: ScriptedServer, data: bytes) -> list[events.Event]:
    """The events that reach a subscriber before one that is hung up last."""
    stream = client.events()
    async with client:
        await server.push(data + HANGUP)
        found: list[events.Event] = []
        async with asyncio.timeout(10):
            async for event in stream:
                if isinstance(event, events.Hangup) and event.uniqueid == "last":
                    break
                found.append(event)
    return found


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as scripted:
        yield scripted


async def output(answer: bytes, transport: Transport) -> list[str]:
    async with ScriptedServer({"Command": answer}) as server, server.client(transport) as client:
        return (await client.actions.command(command="x")).output


async def test_every_line_of_output_is_kept(transport: Transport) -> None:
    head = b"Response: Success\r\nActionID: {id}\r\nMessage: Command output follows\r\n"
    said = head + b"Output: one\r\nOutput: \r\nOutput:   two\r\n\r\n"
    assert await output(said, transport) == ["one", "", "  two"]


async def test_output_in_the_format_of_asterisk_13_is_read(transport: Transport) -> None:
    said = b"Response: Follows\r\nPrivilege: Command\r\nActionID: {id}\r\none: 1\n\n  two--END COMMAND--\r\n\r\n"
    assert await output(said, transport) == ["one: 1", "", "  two"]


async def test_output_of_more_than_64_kib_is_whole(transport: Transport) -> None:
    lines = [f"{number:05} {'x' * 40}" for number in range(3000)]
    said = "".join(f"Output: {line}\r\n" for line in lines).encode()
    assert await output(b"Response: Success\r\nActionID: {id}\r\n" + said + b"\r\n", transport) == lines


async def test_a_failed_command_keeps_its_output(transport: Transport) -> None:
    said = b"Response: Error\r\nActionID: {id}\r\nMessage: Command output follows\r\nOutput: No such command\r\n\r\n"
    with pytest.raises(ActionError) as refused:
        await output(said, transport)
    assert getattr(refused.value.response, "output", None) == ["No such command"]


async def test_a_message_that_mentions_a_list_starts_none(transport: Transport) -> None:
    said = b"Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued, list will follow\r\n\r\n"
    async with ScriptedServer({"Atxfer": said, "QueueAdd": said}) as server, server.client(transport) as client:
        await client.send(actions.Atxfer(channel="x", exten="1", context="y"))
        await client.send(actions.QueueAdd(queue="q", interface="x"))


async def test_a_repeated_header_keeps_every_value(transport: Transport, server: ScriptedServer) -> None:
    data = b"Event: Newchannel\r\nChanVariable: a=1\r\nChanVariable: b=2=3\r\nChanVariable(SIP/1): c=\r\n\r\n"
    [event] = await received(server.client(transport), server, data)
    assert isinstance(event, events.Newchannel)
    assert event.chan_variable == {"a": "1", "b": "2=3", "c": ""}
    assert event.raw["ChanVariable"] == ["a=1", "b=2=3"]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_every_form_of_message_end_is_recognised(
    transport: Transport, server: ScriptedServer, end: bytes
) -> None:
    data = b"Event: One\r\nA: 1" + end + b"Event: Two\r\nB: 2" + end
    found = await received(server.client(transport), server, data)
    assert [event.raw for event in found] == [{"Event": "One", "A": "1"}, {"Event": "Two", "B": "2"}]


async def test_bytes_that_are_not_utf_8_are_kept(transport: Transport, server: ScriptedServer) -> None:
    data = b"Event: One\r\nName: Z\xfcrich\r\n\r\nEvent: Two\r\nName: Z\xc3\xbcrich\r\n\r\n"
    one, two = await received(server.client(transport), server, data)
    assert str(one.raw["Name"]).encode("utf-8", "surrogateescape") == b"Z\xfcrich"
    assert two.raw["Name"] == "Zürich"


async def test_headers_without_a_space_or_a_value_are_read(transport: Transport, server: ScriptedServer) -> None:
    data = b"Event: One\r\nReportBlock:\r\nB:2\r\nLast: \r\n\r\n"
    [event] = await received(server.client(transport), server, data)
    assert event.raw == {"Event": "One", "ReportBlock": "", "B": "2", "Last": ""}


async def test_lines_without_a_header_name_are_kept(transport: Transport, server: ScriptedServer) -> None:
    data = b"Event: One\r\nNo categories found\r\n: nameless\r\nA: 1\r\n\r\n"
    [event] = await received(server.client(transport), server, data)
    assert event.raw == {"Event": "One", "": ["No categories found", "nameless"], "A": "1"}


async def test_a_list_is_collected_whole(transport: Transport) -> None:
    said = (
        b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: will follow\r\n\r\n"
        b"Event: QueueParams\r\nActionID: {id}\r\nQueue: q\r\n\r\n"
        b"Event: QueueMember\r\nActionID: {id}\r\nQueue: q\r\nName: n\r\n\r\n"
        b"Event: QueueStatusComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 2\r\n\r\n"
    )
    async with ScriptedServer({"QueueStatus": said}) as server, server.client(transport) as client:
        listing = await client.actions.queue_status()
    assert [item.event for item in listing.items] == ["QueueParams", "QueueMember"]
    assert listing.complete.event == "QueueStatusComplete"


async def test_a_missing_reply_times_the_action_out(transport: Transport) -> None:
    async with ScriptedServer({"Reload": None}) as server, server.client(transport) as client:
        with pytest.raises(ActionTimeout, match=r"Reload: .* within 0\.2 s"):
            await client.send(actions.Reload(), reply_timeout=0.2)
        assert (await client.actions.ping()).ping == "Pong"


async def test_a_handler_that_raises_gets_every_event(transport: Transport, server: ScriptedServer) -> None:
    client = server.client(transport)
    seen: list[str] = []

    @client.on(events.Newchannel)
    async def fail(event: events.Newchannel) -> None:
        seen.append(event.uniqueid)
        raise ValueError(event.uniqueid)

    data = b"".join(b"Event: Newchannel\r\nUniqueid: %d\r\n\r\n" % number for number in range(3))
    assert [event.raw["Uniqueid"] for event in await received(client, server, data)] == ["0", "1", "2"]
    assert seen == ["0", "1", "2"]


async def test_a_line_feed_at_the_end_of_a_value_ends_no_message(transport: Transport) -> None:
    said = b"Response: Error\r\nActionID: {id}\r\nMessage: No Contacts found\n\r\n\r\n"
    async with ScriptedServer({"PJSIPShowContacts": said}) as server, server.client(transport) as client:
        with pytest.raises(ActionError) as refused:
            await client.actions.pjsip_show_contacts()
        assert isinstance(refused.value.response, Response)
        assert refused.value.response.message == "No Contacts found"
        assert (await client.actions.ping()).ping == "Pong"


@pytest.mark.parametrize("end", ["\r\n\r\n", "\n\n", "\r", "\n", "\0"])
async def test_a_value_cannot_inject_an_action(transport: Transport, end: str) -> None:
    async with ScriptedServer() as server, server.client(transport) as client:
        before = len(server.actions)
        hostile = f"a{end}Action: Originate"
        with pytest.raises(InvalidActionError):
            await client.send(actions.Setvar(variable="x", value=hostile))
        with pytest.raises(InvalidActionError):
            await client.ami_request({"Action": "Setvar", "Variable": "x", "Value": hostile})
        with pytest.raises(InvalidActionError):
            await client.ami_request({"Action": "Setvar", f"Variable{end}Action: Originate": "x"})
        with pytest.raises(InvalidActionError):
            await client.originate(originator=hostile, extension="1")
        with pytest.raises(InvalidActionError):
            await client.send(actions.Ping(action_id=hostile))
        assert (await client.actions.ping()).ping == "Pong"
        assert [action.name for action in server.actions[before:]] == ["Ping"]


# Which message answers which action


async def test_replies_are_matched_by_action_id(transport: Transport) -> None:
    def swapped(action: Message) -> bytes:
        """Nothing to the first of two, and then both answers, the later one first."""
        waiting.append(action.get("ActionID"))
        if transport == "tcp" and len(waiting) < 2:
            return b""
        order = reversed(waiting) if transport == "tcp" else [waiting[-1]]
        return b"".join(
            f"Response: Success\r\nActionID: {each}\r\nVariable: V\r\nValue: {each}\r\n\r\n".encode() for each in order
        )

    waiting: list[str] = []
    async with ScriptedServer({"Getvar": swapped}) as server, server.client(transport) as client:
        values = await asyncio.gather(
            *(client.actions.getvar(variable="V", action_id=each) for each in ("first", "second"))
        )
    assert [value.value for value in values] == ["first", "second"]


@pytest.mark.parametrize("body", ["Response: Success", "Response: Error\r\nMessage: no", "Event: PingComplete"])
async def test_a_user_event_with_our_action_id_is_no_reply(transport: Transport, body: str) -> None:
    def forged(action: Message) -> bytes:
        fake = f"Event: UserEvent\r\nUserEvent: x\r\nActionID: {{id}}\r\n{body}\r\n\r\n".encode()
        return fake + b"Response: Success\r\nActionID: {id}\r\nPing: Pong\r\n\r\n"

    async with ScriptedServer({"Ping": forged}) as server, server.client(transport) as client:
        stream = client.events(events.UserEvent)
        assert (await client.actions.ping()).ping == "Pong"
        async with asyncio.timeout(10):
            assert (await anext(aiter(stream))).raw["UserEvent"] == "x"


async def test_a_user_event_with_the_action_id_of_a_list_is_no_item(transport: Transport) -> None:
    said = (
        b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
        b"Event: UserEvent\r\nUserEvent: x\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n"
        b"Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: SIP/1\r\n\r\n"
        b"Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    )
    async with ScriptedServer({"CoreShowChannels": said}) as server, server.client(transport) as client:
        stream = client.events(events.UserEvent)
        listing = await client.actions.core_show_channels()
        async with asyncio.timeout(10):
            assert (await anext(aiter(stream))).user_event == "x"
    assert [item.channel for item in listing.items] == ["SIP/1"]
    assert listing.others == []


async def test_an_originate_response_is_an_event(transport: Transport) -> None:
    """Also where it overtakes the answer."""
    result = b"Event: OriginateResponse\r\nActionID: {id}\r\nResponse: Failure\r\nReason: 5\r\nUniqueid: <null>\r\n\r\n"
    queued = b"Response: Success\r\nActionID: {id}\r\nMessage: Originate successfully queued\r\n\r\n"
    async with ScriptedServer({"Originate": result + queued}) as server, server.client(transport) as client:
        stream = client.events(events.OriginateResponse)
        answer = await client.actions.originate(channel="SIP/1", application="Wait", async_=True)
        assert (answer.response, answer.message) == ("Success", "Originate successfully queued")
        async with asyncio.timeout(10):
            event = await anext(aiter(stream))
    assert (event.response, event.reason, event.action_id) == ("Failure", 5, answer.action_id)


async def test_an_action_id_of_the_caller_is_used(transport: Transport) -> None:
    async with ScriptedServer() as server, server.client(transport) as client:
        for action_id in ("1", "0", "-", "x" * 128):
            answer = await client.ami_request({"Action": "Ping", "ActionID": action_id})
            assert answer[0]["ActionID"] == action_id
        with pytest.raises(InvalidActionError):
            await client.ami_request({"Action": "Ping", "ActionID": "x" * 129})


async def test_each_variable_is_sent_as_one_header(transport: Transport) -> None:
    async with ScriptedServer() as server, server.client(transport) as client:
        await client.actions.originate(channel="x", application="y", variable={"a": 'one, "two" \\ three', "b": "(c)"})
        sent = [value for name, value in server.actions[-1].headers if name == "Variable"]
    assert sent == ['a=one\\, \\"two\\" \\\\ three', "b=(c)"]


async def test_no_ping_is_sent_before_the_login(transport: Transport) -> None:
    async with ScriptedServer() as server, server.client(transport):
        pass
    assert server.names()[0] == "Login"
