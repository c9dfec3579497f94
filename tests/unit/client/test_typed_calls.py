"""Typed calls: `send`, `send_and_wait`, and the methods of `client.actions`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from amitypes import TCPClient, actions, events
from amitypes._protocol.session import Session
from amitypes.errors import (
    ActionError,
    ActionTimeout,
    ConnectionLost,
    InvalidActionError,
    OutcomeUnknown,
    UnsupportedActionError,
)
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.unit.client.clients import LIMIT, tcp_client
from tests.unit.raw_server import Peer, raw_server

# Responses


async def test_a_typed_call_returns_the_typed_response(client: TCPClient) -> None:
    pong = await client.actions.ping()
    assert (pong.response, pong.ping) == ("Success", "Pong")
    assert pong.issues == ()
    assert pong.raw["Ping"] == "Pong"


async def test_a_list_action_returns_typed_items(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await client.actions.originate(channel="PJSIP/alice", application="Wait", channel_id="my-id")
    listing = await client.actions.core_show_channels()
    assert [(item.channel, item.uniqueid, item.channel_state) for item in listing.items] == [
        ("PJSIP/alice-00000000", "my-id", 6)
    ]
    assert all(isinstance(item, events.CoreShowChannel) for item in listing.items)
    assert listing.complete.list_items == 1
    assert listing.message == "Channels will follow"
    assert (listing.issues, listing.others) == ((), [])


async def test_send_returns_the_response_of_the_action(asterisk: FakeAsterisk, client: TCPClient) -> None:
    answer = await client.send(
        actions.Originate(channel="Local/100@x", exten="200", context="x", priority=1, async_=True, action_id="mine")
    )
    assert answer.message == "Originate successfully queued"
    assert answer.action_id == "mine"


async def test_a_command_returns_every_line_of_output(asterisk: FakeAsterisk) -> None:
    lines = ["Channel    Location", "", "  2 active: yes", "--END COMMAND--"]
    async with FakeAsterisk(commands={"core show channels": lines}) as server, tcp_client(server.port) as client:
        assert (await client.actions.command(command="core show channels")).output == lines


async def test_a_list_can_have_items_of_several_types(asterisk: FakeAsterisk, client: TCPClient) -> None:
    calls = ("Max", "Calls", "Completed", "Abandoned", "Holdtime", "TalkTime", "Weight")
    queue = dict.fromkeys((*calls, "ServiceLevel", "ServicelevelPerf", "ServicelevelPerf2"), "0")
    member = dict.fromkeys(("Penalty", "CallsTaken", "InCall", "Status", "Paused"), "0")
    asterisk.reply(
        "QueueStatus",
        {"Response": "Success", "EventList": "start", "Message": "Queue status will follow"},
        {"Event": "QueueParams", "Queue": "support", **queue},
        {"Event": "QueueMember", "Queue": "support", "Name": "alice", **member},
        {"Event": "QueueStatusComplete", "EventList": "Complete", "ListItems": "2"},
    )
    status = await client.actions.queue_status()
    assert [type(item) for item in status.items] == [events.QueueParams, events.QueueMember]
    assert status.issues == ()


async def test_replies_in_reverse_order_reach_their_callers() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        pings = [await peer.action() for _ in range(3)]
        for number, ping in reversed(list(enumerate(pings))):
            await peer.answer(ping, "Ping: Pong", f"Timestamp: {number}")
        await peer.until_gone()

    async with raw_server(script) as port:
        client = tcp_client(port)
        await client.connect()
        async with asyncio.timeout(LIMIT):
            pongs = await asyncio.gather(*(client.ami_request({"Action": "Ping", "N": str(n)}) for n in range(3)))
        assert [pong[0]["Timestamp"] for pong in pongs] == ["0", "1", "2"]
        await client.close()


async def test_many_actions_in_flight_get_their_own_replies(client: TCPClient) -> None:
    ids = [f"id-{number}" for number in range(200)]
    answers = await asyncio.gather(*(client.actions.ping(action_id=action_id) for action_id in ids))
    assert [answer.action_id for answer in answers] == ids


# Refusals


async def test_a_refused_action_raises_action_error(client: TCPClient) -> None:
    with pytest.raises(ActionError, match=r"Hangup.*No such channel") as caught:
        await client.actions.hangup(channel="none")
    assert caught.value.action == "Hangup"
    assert caught.value.response.message == "No such channel"
    assert not isinstance(caught.value, UnsupportedActionError)


async def test_a_failed_command_keeps_its_output(client: TCPClient) -> None:
    with pytest.raises(ActionError) as caught:
        await client.actions.command(command="nonsense")
    assert caught.value.response.raw["Output"] == "No such command 'nonsense'"


async def test_an_action_that_the_server_lacks_raises_unsupported_action_error(client: TCPClient) -> None:
    with pytest.raises(UnsupportedActionError, match=r"QueueStatus: Asterisk 22\.10\.1 has no such action"):
        await client.actions.queue_status()


# Outcomes that come as events


CALL: dict[str, Any] = {"channel": "Local/100@x", "exten": "200", "context": "x", "priority": 1}


@pytest.mark.parametrize("action_id", [None, "mine"])
async def test_send_and_wait_returns_the_event_of_its_own_call(client: TCPClient, action_id: str | None) -> None:
    call = actions.Originate(**CALL, async_=True, action_id=action_id)
    outcome, other = await asyncio.gather(
        client.send_and_wait(call, reply_timeout=LIMIT),
        client.send_and_wait(actions.Originate(**CALL, async_=True), reply_timeout=LIMIT),
    )
    assert (outcome.response, outcome.reason) == ("Success", 4)
    assert outcome.action_id != other.action_id
    assert call.action_id == action_id
    if action_id is not None:
        assert outcome.action_id == action_id


async def test_send_and_wait_finds_an_agi_command_by_its_command_id(asterisk: FakeAsterisk, client: TCPClient) -> None:
    @asterisk.on_action("AGI")
    def queue(action: ReceivedAction) -> list[Reply]:
        for mark in ("another", action.get("CommandID")):
            asterisk.send_event(
                "AsyncAGIExec", [("CommandID", mark), ("Result", f"200 of {mark}")], privilege="agi,all"
            )
        return [{"Response": "Success", "Message": "Added AGI command to queue"}]

    command = actions.AGI(channel="Local/100@x", command="ANSWER", command_id="one")
    assert (await client.send_and_wait(command, reply_timeout=LIMIT)).result == "200 of one"
    command = actions.AGI(channel="Local/100@x", command="ANSWER")
    done = await client.send_and_wait(command, reply_timeout=LIMIT)
    assert done.result == f"200 of {done.command_id}" != "200 of "


async def test_send_and_wait_raises_when_the_action_is_refused(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Originate", {"Response": "Error", "Message": "Originate failed"})
    with pytest.raises(ActionError, match="Originate failed"):
        await client.send_and_wait(actions.Originate(**CALL, async_=True))


async def test_send_and_wait_refuses_an_originate_without_async(asterisk: FakeAsterisk, client: TCPClient) -> None:
    with pytest.raises(InvalidActionError, match=r"OriginateResponse only with async_=True.*Nothing was sent"):
        await client.send_and_wait(actions.Originate(**CALL))
    assert "Originate" not in [action.name for action in asterisk.received]


async def test_send_and_wait_times_out_without_the_event(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Originate", {"Response": "Success", "Message": "Originate successfully queued"})
    with pytest.raises(TimeoutError, match="No OriginateResponse"):
        await client.send_and_wait(actions.Originate(**CALL, async_=True), reply_timeout=0.01)


# Timeouts and losses


async def test_a_timeout_carries_the_messages_received(asterisk: FakeAsterisk, client: TCPClient) -> None:
    head: Reply = {"Response": "Success", "EventList": "start"}
    asterisk.reply("QueueStatus", head, {"Event": "QueueParams", "Queue": "a"})
    with pytest.raises(ActionTimeout, match=r"QueueStatus.*0\.4 s") as caught:
        await client.actions.queue_status(reply_timeout=0.4)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.action == "QueueStatus"
    assert [message.get("Event") for message in caught.value.received] == [None, "QueueParams"]
    assert await client.ping()


async def test_a_second_reply_is_an_unknown_event_without_a_name(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("ModuleLoad", {"Response": "Error", "Message": "Need module name"})
    stream = client.events(events.UnknownEvent)
    with pytest.raises(ActionError, match="Need module name"):
        await client.send(actions.ModuleLoad(load_type="load", action_id="twice"))
    asterisk.send_raw(b"Response: Error\r\nActionID: twice\r\nMessage: Module not found.\r\n\r\n")
    second = await anext(stream)
    assert (second.event, second.action_id) == ("", "twice")
    assert second.raw["Message"] == "Module not found."


async def test_a_reply_after_the_timeout_is_dropped(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Command")
    stream = client.events()
    with pytest.raises(ActionTimeout, match="nothing came"):
        await client.ami_request({"Action": "Command", "ActionID": "late"}, reply_timeout=0.01)
    asterisk.send_raw(b"Response: Success\r\nActionID: late\r\nOutput: x\r\n\r\n")
    assert (await client.actions.ping()).ping == "Pong"
    await client.close()
    assert [event.event async for event in stream] == []


async def test_the_reply_timeout_of_the_client_is_the_default(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Ping")
    async with tcp_client(asterisk.port, reply_timeout=0.02) as client:
        with pytest.raises(ActionTimeout, match=r"0\.02 s"):
            await client.ping()


async def test_a_cancelled_call_leaves_the_client_usable(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Command")
    task = asyncio.create_task(client.actions.command(command="x", action_id="cancelled"))
    await asterisk.wait_for_action("Command")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    asterisk.send_raw(b"Response: Success\r\nActionID: cancelled\r\n\r\n")
    assert (await client.actions.ping()).ping == "Pong"


async def test_an_action_in_flight_at_a_loss_has_an_unknown_outcome(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Originate")
    task = asyncio.create_task(client.originate("100", "200"))
    await asterisk.wait_for_action("Originate")
    asterisk.disconnect()
    with pytest.raises(OutcomeUnknown, match="Originate: sent, and then") as caught:
        await task
    assert isinstance(caught.value, ConnectionError)
    assert caught.value.action == "Originate"
    with pytest.raises(ConnectionLost) as after:
        await client.ping()
    assert not isinstance(after.value, OutcomeUnknown)


async def test_a_bug_in_the_reader_ends_the_connection_and_every_wait(
    lone_client: TCPClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object, data: bytes) -> list[object]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Session, "receive", fail)
    stream = lone_client.events()
    with pytest.raises(OutcomeUnknown, match="reading from it failed"):
        await lone_client.ping()
    with pytest.raises(ConnectionLost, match="a bug"):
        await anext(stream)
    assert "Reading from" in caplog.text
