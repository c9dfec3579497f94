"""The client over TCP, against the fake Asterisk and against servers that are no Asterisk."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from amitypes import HTTPClient, TCPClient, actions, events
from amitypes._models.errors import ActionError, UnsupportedActionError
from amitypes._protocol.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    OutcomeUnknown,
    ProtocolError,
)
from amitypes._protocol.message import Message
from amitypes._protocol.session import Session
from amitypes._protocol.types import WireDict
from amitypes._transport import tcp
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.unit.raw_server import BANNER, Peer, raw_server

LIMIT = 5
"""Seconds; nothing here takes that long unless it hangs."""


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before


@pytest.fixture
async def lone_client(asterisk: FakeAsterisk) -> AsyncIterator[TCPClient]:
    """A client that doesn't come back after a loss."""
    async with make(asterisk.port, reconnect=False) as connected:
        yield connected


def make(port: int, **options: object) -> TCPClient:
    settings: dict[str, object] = {"username": "hello", "password": "world", "timeout": LIMIT, **options}
    return TCPClient("127.0.0.1", port, **settings)  # type: ignore[arg-type]  # a test's options


# The connection


def test_default_ports() -> None:
    assert TCPClient("pbx").port == 5038
    assert TCPClient("pbx", ssl_enabled=True).port == 5039
    assert TCPClient("pbx", 7, ssl_enabled=True).port == 7
    assert TCPClient().host == "localhost"


@pytest.mark.parametrize("kind", [TCPClient, HTTPClient])
@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_that_is_none(kind: type[TCPClient | HTTPClient], port: int) -> None:
    with pytest.raises(ValueError, match=str(port)):
        kind("pbx", port)


async def test_versions(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    assert (client.ami_version, client.asterisk_version) == (None, None)
    async with client:
        assert (client.ami_version, client.asterisk_version) == ("11.0.0", "22.10.1")
        assert (client.host, client.port) == ("127.0.0.1", asterisk.port)


async def test_a_user_who_may_not_ask_for_the_version(asterisk: FakeAsterisk) -> None:
    asterisk.reply("CoreSettings", {"Response": "Error", "Message": "Permission denied"})
    async with make(asterisk.port) as client:
        assert client.asterisk_version is None


async def test_repr_tells_the_state(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    assert repr(client) == f"<TCPClient 127.0.0.1:{asterisk.port}, not connected>"
    async with client:
        assert repr(client) == f"<TCPClient 127.0.0.1:{asterisk.port}, connected>"
    assert "not connected" in repr(client)


async def test_connecting_twice(client: TCPClient) -> None:
    with pytest.raises(AMIError, match="Already connected"):
        await client.connect()
    await client.ping()


async def test_connecting_again(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    seen: list[str] = []

    @client.on(events.UserEvent)
    async def handle(event: events.UserEvent) -> None:
        seen.append(event.user_event)

    for number in range(3):
        await client.connect()
        await client.actions.user_event(user_event=str(number))
        await client.logoff()
    assert seen == ["0", "1", "2"]


async def test_closing_twice_and_unconnected(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    await client.close()
    await client.connect()
    await client.close()
    await client.close()


async def test_no_credentials() -> None:
    with pytest.raises(AuthenticationError, match="username and password"):
        await TCPClient("127.0.0.1", 1).connect()


async def test_not_connected() -> None:
    client = make(1)
    for call in (client.ping(), client.actions.ping(), client.logoff()):
        with pytest.raises(ConnectionLost, match="connect") as caught:
            await call
        assert not isinstance(caught.value, OutcomeUnknown)


async def test_an_invalid_action_is_told_before_it_is_sent(asterisk: FakeAsterisk, client: TCPClient) -> None:
    before = len(asterisk.received)
    with pytest.raises(InvalidActionError, match=r"UserEvent: .* CR, LF or NUL"):
        await client.actions.user_event(user_event="a\r\nAction: Originate")
    assert len(asterisk.received) == before


# Logins and servers that refuse


async def test_wrong_password(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port, password="hush")
    with pytest.raises(AuthenticationError) as caught:
        await client.connect()
    assert caught.value.answer == [{"Response": "Error", "Message": "Authentication failed"}]
    assert "[hello]" in str(caught.value)
    assert "hush" not in f"{caught.value!r}"
    assert "not connected" in repr(client)


async def test_a_server_that_is_shutting_down_refuses_nobodys_secret() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.answer(await peer.action(), "Message: Asterisk is shutting down", status="Error")
        await peer.until_gone()

    async with raw_server(script) as port:
        with pytest.raises(ConnectionLost, match="shutting down"):
            await make(port).connect()


async def test_subscriptions_outlive_a_refused_login(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    stream = client.events(events.FullyBooted)
    for _ in range(3):
        with pytest.raises(AuthenticationError):
            await client.connect(password="wrong")
    await client.connect()
    async with asyncio.timeout(LIMIT):
        assert (await anext(stream)).status == "Fully Booted"
    await client.logoff()


async def test_a_password_that_cannot_be_sent(asterisk: FakeAsterisk) -> None:
    with pytest.raises(InvalidActionError) as caught:
        await make(asterisk.port, password="hush\nhush").connect()
    assert "hush" not in f"{caught.value!r}"
    assert asterisk.received == []


async def test_wrong_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionLost, match=rf"127\.0\.0\.1:{port}.*manager\.conf"):
        await make(port).connect()


@pytest.mark.parametrize("host", ["x" * 70, "nobody.invalid"])
async def test_a_host_that_is_none(host: str) -> None:
    with pytest.raises(ConnectionLost, match="Can't connect"):
        await TCPClient(host, 5038, username="a", password="b", timeout=LIMIT).connect()


async def speak_first(peer: Peer) -> None:
    await peer.send("SSH-2.0-OpenSSH_9.6\r\n")
    await peer.until_gone()


async def speak_http(peer: Peer) -> None:
    await peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("script", [speak_first, speak_http])
async def test_a_server_of_another_kind(script: object) -> None:
    async with raw_server(script) as port:  # type: ignore[arg-type]  # one of the scripts above
        with pytest.raises(ProtocolError, match="no Asterisk Manager Interface: it greets with"):
            await make(port).connect()


async def test_a_server_that_says_nothing() -> None:
    async with raw_server(Peer.until_gone) as port:
        with pytest.raises(ProtocolError, match="sends nothing"):
            await make(port, timeout=0.4).connect()


async def test_a_server_that_hangs_up_at_once() -> None:
    async def script(peer: Peer) -> None:
        pass

    async with raw_server(script) as port:
        with pytest.raises(ConnectionLost, match=r"before any greeting.*authlimit"):
            await make(port).connect()


async def test_a_server_that_hangs_up_on_the_login() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.action()

    async with raw_server(script) as port:
        with pytest.raises(ConnectionLost) as caught:
            await make(port, password="hush").connect()
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(("auth", "action"), [("md5", "Challenge"), ("plain", "Login")])
async def test_a_server_that_never_answers_the_login(auth: str, action: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.until_gone()

    async with raw_server(script) as port:
        with pytest.raises(ActionTimeout, match=rf"{action}: .* within 0\.4 s"):
            await make(port, timeout=0.4, auth=auth).connect()


async def test_a_cancelled_connect_leaves_nothing_open() -> None:
    reached, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        reached.set()
        await peer.until_gone()
        left.set()

    async with raw_server(script) as port:
        client = make(port)
        task = asyncio.create_task(client.connect())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), LIMIT)
        assert "not connected" in repr(client)


async def test_a_connect_that_is_cancelled_after_the_login_leaves_nothing_open() -> None:
    reached, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.answer(await peer.action(), "Message: Authentication accepted")
        await peer.action()  # which version?
        reached.set()
        await peer.until_gone()
        left.set()

    async with raw_server(script) as port:
        client = make(port)
        task = asyncio.create_task(client.connect())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), LIMIT)
        assert "not connected" in repr(client)


async def test_closing_gives_up_a_connection_that_is_being_made() -> None:
    reached, left = asyncio.Event(), asyncio.Event()
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        login = await peer.action()
        reached.set()
        await closed.wait()
        await peer.answer(login, "Message: Authentication accepted")
        await peer.until_gone()
        left.set()

    async with raw_server(script) as port:
        client = make(port)
        task = asyncio.create_task(client.connect())
        await reached.wait()
        await client.close()
        closed.set()
        with pytest.raises(ConnectionLost, match="closed while it connected"):
            await task
        await asyncio.wait_for(left.wait(), LIMIT)
        assert "not connected" in repr(client)


# Typed calls


async def test_a_typed_call(client: TCPClient) -> None:
    pong = await client.actions.ping()
    assert (pong.response, pong.ping) == ("Success", "Pong")
    assert pong.issues == ()
    assert pong.raw["Ping"] == "Pong"


async def test_a_typed_list(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await client.actions.originate(channel="PJSIP/alice", application="Wait", channel_id="my-id")
    listing = await client.actions.core_show_channels()
    assert [(item.channel, item.uniqueid, item.channel_state) for item in listing.items] == [
        ("PJSIP/alice-00000000", "my-id", 6)
    ]
    assert all(isinstance(item, events.CoreShowChannel) for item in listing.items)
    assert listing.complete.list_items == 1
    assert listing.message == "Channels will follow"
    assert (listing.issues, listing.others) == ((), [])


async def test_sending_an_action(asterisk: FakeAsterisk, client: TCPClient) -> None:
    answer = await client.send(
        actions.Originate(channel="Local/100@x", exten="200", context="x", priority=1, async_=True, action_id="mine")
    )
    assert answer.message == "Originate successfully queued"
    assert answer.action_id == "mine"


# Answers that come later


CALL = {"channel": "Local/100@x", "exten": "200", "context": "x", "priority": 1}


@pytest.mark.parametrize("action_id", [None, "mine"])
async def test_waiting_for_how_a_call_went(client: TCPClient, action_id: str | None) -> None:
    call = actions.Originate(**CALL, async_=True, action_id=action_id)  # type: ignore[arg-type]  # a test's values
    outcome, other = await asyncio.gather(
        client.send_and_wait(call, reply_timeout=LIMIT),
        client.send_and_wait(actions.Originate(**CALL, async_=True), reply_timeout=LIMIT),  # type: ignore[arg-type]  # as above
    )
    assert (outcome.response, outcome.reason) == ("Success", 4)
    assert outcome.action_id != other.action_id
    assert call.action_id == action_id
    if action_id is not None:
        assert outcome.action_id == action_id


async def test_an_agi_command_is_known_by_its_own_mark(asterisk: FakeAsterisk, client: TCPClient) -> None:
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


async def test_what_is_refused_has_no_later(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Originate", {"Response": "Error", "Message": "Originate failed"})
    with pytest.raises(ActionError, match="Originate failed"):
        await client.send_and_wait(actions.Originate(**CALL, async_=True))  # type: ignore[arg-type]  # as above


async def test_what_never_comes_later_isnt_waited_for(asterisk: FakeAsterisk, client: TCPClient) -> None:
    with pytest.raises(InvalidActionError, match=r"OriginateResponse only with async_=True.*Nothing was sent"):
        await client.send_and_wait(actions.Originate(**CALL))  # type: ignore[arg-type]  # as above
    assert "Originate" not in [action.name for action in asterisk.received]


async def test_an_event_that_doesnt_come_in_time(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Originate", {"Response": "Success", "Message": "Originate successfully queued"})
    with pytest.raises(TimeoutError, match="No OriginateResponse"):
        await client.send_and_wait(actions.Originate(**CALL, async_=True), reply_timeout=0.01)  # type: ignore[arg-type]  # as above


async def test_a_refused_action(client: TCPClient) -> None:
    with pytest.raises(ActionError, match=r"Hangup.*No such channel") as caught:
        await client.actions.hangup(channel="none")
    assert caught.value.action == "Hangup"
    assert caught.value.response.message == "No such channel"
    assert not isinstance(caught.value, UnsupportedActionError)


async def test_a_failed_command_keeps_its_output(client: TCPClient) -> None:
    with pytest.raises(ActionError) as caught:
        await client.actions.command(command="nonsense")
    assert caught.value.response.raw["Output"] == "No such command 'nonsense'"


async def test_a_commands_output(asterisk: FakeAsterisk) -> None:
    lines = ["Channel    Location", "", "  2 active: yes", "--END COMMAND--"]
    async with FakeAsterisk(commands={"core show channels": lines}) as server, make(server.port) as client:
        assert (await client.actions.command(command="core show channels")).output == lines


async def test_an_action_that_the_server_lacks(client: TCPClient) -> None:
    with pytest.raises(UnsupportedActionError, match=r"QueueStatus: Asterisk 22\.10\.1 has no such action"):
        await client.actions.queue_status()


async def test_a_list_of_several_kinds(asterisk: FakeAsterisk, client: TCPClient) -> None:
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


async def test_answers_in_reverse_order() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        pings = [await peer.action() for _ in range(3)]
        for number, ping in reversed(list(enumerate(pings))):
            await peer.answer(ping, "Ping: Pong", f"Timestamp: {number}")
        await peer.until_gone()

    async with raw_server(script) as port:
        client = make(port)
        await client.connect()
        async with asyncio.timeout(LIMIT):
            pongs = await asyncio.gather(*(client.ami_request({"Action": "Ping", "N": str(n)}) for n in range(3)))
        assert [pong[0]["Timestamp"] for pong in pongs] == ["0", "1", "2"]
        await client.close()


async def test_many_actions_at_once(client: TCPClient) -> None:
    ids = [f"id-{number}" for number in range(200)]
    answers = await asyncio.gather(*(client.actions.ping(action_id=action_id) for action_id in ids))
    assert [answer.action_id for answer in answers] == ids


async def test_what_was_sent_leaves_even_if_the_client_is_closed_at_once() -> None:
    names = [f"Number{number}" for number in range(20)]

    async def script(peer: Peer) -> None:
        await peer.log_in()
        arrived.set_result([(await peer.action()).get("Action") for _ in names])

    arrived: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
    async with raw_server(script) as port:
        client = make(port)
        await client.connect()
        sent = [asyncio.create_task(client.ami_request({"Action": name})) for name in names]
        await asyncio.sleep(0)  # all tasks begin, in this order
        await client.close()
        assert {type(error) for error in await asyncio.gather(*sent, return_exceptions=True)} == {OutcomeUnknown}
        async with asyncio.timeout(LIMIT):
            assert await arrived == names


async def test_bare_text_for_an_answer() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        assert (await peer.action()).name == "IAXnetstats"
        await peer.send("   -------- LOCAL ---\n  one: 1\n\r\n")
        ping = await peer.action()
        await peer.answer(ping, "Ping: Pong")
        await peer.until_gone()

    async with raw_server(script) as port:
        client = make(port)
        await client.connect()
        async with asyncio.timeout(LIMIT):
            answer = await client.ami_request({"Action": "IAXnetstats"})
        assert answer == [{"Output": ["   -------- LOCAL ---", "  one: 1"]}]
        await client.close()


# Timeouts and losses


async def test_a_timeout_holds_what_had_come(asterisk: FakeAsterisk, client: TCPClient) -> None:
    head: Reply = {"Response": "Success", "EventList": "start"}
    asterisk.reply("QueueStatus", head, {"Event": "QueueParams", "Queue": "a"})
    with pytest.raises(ActionTimeout, match=r"QueueStatus.*0\.4 s") as caught:
        await client.actions.queue_status(reply_timeout=0.4)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.action == "QueueStatus"
    assert [message.get("Event") for message in caught.value.received] == [None, "QueueParams"]
    assert await client.ping()


async def test_a_second_answer_is_kept_as_an_event_without_a_name(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("ModuleLoad", {"Response": "Error", "Message": "Need module name"})
    stream = client.events(events.UnknownEvent)
    with pytest.raises(ActionError, match="Need module name"):
        await client.send(actions.ModuleLoad(load_type="load", action_id="twice"))
    asterisk.send_raw(b"Response: Error\r\nActionID: twice\r\nMessage: Module not found.\r\n\r\n")
    second = await anext(stream)
    assert (second.event, second.action_id) == ("", "twice")
    assert second.raw["Message"] == "Module not found."


async def test_a_late_answer_is_nobodys(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Command")
    stream = client.events()
    with pytest.raises(ActionTimeout, match="nothing came"):
        await client.ami_request({"Action": "Command", "ActionID": "late"}, reply_timeout=0.01)
    asterisk.send_raw(b"Response: Success\r\nActionID: late\r\nOutput: x\r\n\r\n")
    assert (await client.actions.ping()).ping == "Pong"
    await client.close()
    assert [event.event async for event in stream] == []


async def test_the_clients_own_timeout(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Ping")
    async with make(asterisk.port, reply_timeout=0.02) as client:
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


async def test_an_outcome_that_nobody_knows(asterisk: FakeAsterisk, client: TCPClient) -> None:
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


async def test_a_fault_of_ours_while_reading(
    lone_client: TCPClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong in the reader, nobody is left waiting."""

    def fail(_: object, data: bytes) -> list[object]:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Session, "receive", fail)
    stream = lone_client.events()
    with pytest.raises(OutcomeUnknown, match="reading from it failed"):
        await lone_client.ping()
    with pytest.raises(ConnectionLost, match="a fault"):
        await anext(stream)
    assert "Reading from" in caplog.text


async def test_closing_ends_what_is_in_flight(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Ping")
    task = asyncio.create_task(client.ping())
    await asterisk.wait_for_action("Ping")
    await client.close()
    with pytest.raises(OutcomeUnknown, match="closed"):
        await task


async def test_connecting_again_after_a_loss(asterisk: FakeAsterisk, lone_client: TCPClient) -> None:
    stream = lone_client.events(events.UserEvent)
    asterisk.disconnect()
    with pytest.raises(ConnectionLost):
        await anext(stream)
    await lone_client.connect()
    assert await lone_client.ping()


# Events


async def test_a_call_from_beginning_to_end(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.Newchannel, events.OriginateResponse, events.Hangup)
    answer = await client.actions.originate(
        channel="Local/100@from-internal", exten="200", context="from-internal", priority=1, async_=True, action_id="o"
    )
    assert answer.response == "Success"
    one, two, done = [await anext(stream) for _ in range(3)]
    assert isinstance(one, events.Newchannel)
    assert isinstance(two, events.Newchannel)
    assert isinstance(done, events.OriginateResponse)
    assert one.linkedid == two.linkedid == done.uniqueid
    assert (done.action_id, done.response, done.reason) == ("o", "Success", 4)
    await client.actions.hangup(channel=one.channel, cause=17)
    first, second = [await anext(stream) for _ in range(2)]
    assert isinstance(first, events.Hangup)
    assert isinstance(second, events.Hangup)
    assert [first.channel, second.channel] == [one.channel, two.channel]
    assert (first.cause, first.cause_txt) == (17, "User busy")
    assert first.issues == ()


async def test_handlers_of_all_kinds_before_and_after_connecting(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    seen: list[tuple[str, str]] = []

    def subscribe(when: str) -> None:
        @client.on(events.Hangup)
        async def typed(event: events.Hangup) -> None:
            seen.append((f"{when} on", event.channel))

        @client.on(events.Hangup, events.Newstate)
        async def either(event: events.Hangup | events.Newstate) -> None:
            seen.append((f"{when} either", event.channel))

        @client.on(events.Event)
        async def every(event: events.Event) -> None:
            seen.append((f"{when} every", event.event))

    async def callback(event: WireDict, given: TCPClient) -> None:
        assert given is client
        seen.append(("callback", str(event["Channel"])))

    async def star(event: WireDict, given: TCPClient) -> None:
        seen.append(("star", str(event["Event"])))

    subscribe("before")
    await client.register_callback("hangup", callback)
    await client.connect()
    subscribe("after")
    await client.register_callback("*", star)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    asterisk.send_event("Newstate", {"Channel": "SIP/2"})
    asterisk.send_event("Strange", {"Channel": "SIP/3"})
    await client.ping()
    await client.logoff()
    found = sorted(item for item in seen if item != ("before every", "FullyBooted"))
    assert found == sorted(
        [
            *((f"{when} on", "SIP/1") for when in ("before", "after")),
            *((f"{when} either", channel) for when in ("before", "after") for channel in ("SIP/1", "SIP/2")),
            *((f"{when} every", name) for when in ("before", "after") for name in ("Hangup", "Newstate", "Strange")),
            ("callback", "SIP/1"),
            *(("star", name) for name in ("Hangup", "Newstate", "Strange")),
        ]
    )


async def test_a_callback_gets_the_event_as_it_was(asterisk: FakeAsterisk, client: TCPClient) -> None:
    got: list[WireDict] = []

    async def callback(event: WireDict, given: TCPClient) -> None:
        got.append(event)

    await client.register_callback("Hangup", callback)
    headers = {"Channel": "SIP/1", "ChanVariable": ["a=1", "b=2"], "Cause": "16"}
    asterisk.send_event("Hangup", headers)
    await client.ping()
    await client.logoff()
    assert got == [{"Event": "Hangup", "Privilege": "call,all", **headers}]


async def test_a_handler_may_send_actions(asterisk: FakeAsterisk, client: TCPClient) -> None:
    pongs: list[str] = []

    @client.on(events.Hangup)
    async def ping(event: events.Hangup) -> None:
        pongs.append((await client.actions.ping()).ping)

    for _ in range(3):
        asterisk.send_event("Hangup")
    await client.ping()
    async with asyncio.timeout(LIMIT):
        while len(pongs) < 3:
            await client.ping()
    assert pongs == ["Pong"] * 3


async def test_a_handler_may_log_off(asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture) -> None:
    client = make(asterisk.port)
    done = asyncio.Event()

    @client.on(events.Hangup)
    async def leave(event: events.Hangup) -> None:
        await client.logoff()
        done.set()

    await client.connect()
    asterisk.send_event("Hangup")
    async with asyncio.timeout(LIMIT):
        await done.wait()
    assert "busy" not in caplog.text


async def test_a_handler_that_fails_harms_nobody(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    @client.on(events.Hangup)
    async def fail(event: events.Hangup) -> None:
        seen.append(event.channel)
        raise RuntimeError("oops")

    stream = client.events(events.Hangup)
    for number in range(2):
        asterisk.send_event("Hangup", {"Channel": f"SIP/{number}"})
    assert [(await anext(stream)).channel for _ in range(2)] == ["SIP/0", "SIP/1"]
    await client.logoff()
    assert seen == ["SIP/0", "SIP/1"]
    assert caplog.text.count("RuntimeError: oops") == 2


async def test_events_without_a_class_and_with_what_is_undeclared(asterisk: FakeAsterisk, client: TCPClient) -> None:
    everything, unknown = client.events(), client.events(events.UnknownEvent)
    asterisk.send_event("Hangup", {"ChannelState": "6", "Priority": "1", "Cause": "sixteen", "Brand-New": "x"})
    asterisk.send_event("TotallyNew", {"Foo": "bar"})
    hangup, new = await anext(everything), await anext(everything)
    assert isinstance(hangup, events.Hangup)
    assert vars(hangup)["cause"] is None
    assert [(issue.header, issue.value) for issue in hangup.issues] == [("Cause", "sixteen")]
    assert hangup.model_extra == {"Brand-New": "x"}
    assert type(new) is events.UnknownEvent
    assert new.raw == {"Event": "TotallyNew", "Privilege": "call,all", "Foo": "bar"}
    assert await anext(unknown) is new


async def test_the_items_of_our_lists_are_not_for_subscribers(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await client.actions.originate(channel="PJSIP/alice", application="Wait")
    stream = client.events(events.CoreShowChannel)
    await client.actions.core_show_channels()
    asterisk.send_event("CoreShowChannel", {"ActionID": "foreign", "Channel": "SIP/foreign"}, privilege="")
    assert (await anext(stream)).channel == "SIP/foreign"


async def test_a_user_event_with_the_action_id_of_its_own_action(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.UserEvent)
    await client.ami_request({"Action": "UserEvent", "UserEvent": "Foo", "ActionID": "mine", "Response": "Error"})
    event = await anext(stream)
    assert (event.user_event, event.action_id) == ("Foo", "mine")
    assert event.raw["Response"] == "Error"


async def test_a_stream_ends_when_the_client_logs_off(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.Hangup)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    await client.ping()
    await client.logoff()
    assert [event.channel async for event in stream] == ["SIP/1"]


async def test_a_stream_ends_also_when_closing_is_cancelled(client: TCPClient) -> None:
    stream = client.events()
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert await asyncio.wait_for(anext(stream, None), LIMIT) is None


async def test_a_goodbye_is_no_loss(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.Hangup)
    assert (await client.ami_request({"Action": "Logoff"}))[0]["Response"] == "Goodbye"
    async with asyncio.timeout(LIMIT):
        assert [event async for event in stream] == []


async def test_a_stream_tells_of_a_loss_after_the_last_event(asterisk: FakeAsterisk, lone_client: TCPClient) -> None:
    stream = lone_client.events(events.Hangup)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    asterisk.disconnect()
    assert (await anext(stream)).channel == "SIP/1"
    with pytest.raises(ConnectionLost, match="closed the connection"):
        await anext(stream)


async def test_a_last_event_that_is_not_ended() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.send("Event: Shutdown\r\nShutdown: Cleanly\r\nRestart: False\r\n")

    async with raw_server(script) as port:
        client = make(port, reconnect=False)
        stream = client.events(events.Shutdown)
        await client.connect()
        async with asyncio.timeout(LIMIT):
            last = await anext(stream)
            assert last.shutdown == "Cleanly"
            assert [issue.problem for issue in last.issues] == ["the connection broke within this message"]
            with pytest.raises(ConnectionLost):
                await anext(stream)
        await client.close()


async def test_wait_for(asterisk: FakeAsterisk, client: TCPClient) -> None:
    waiting = client.wait_for(events.Hangup, lambda event: event.channel == "SIP/2", timeout=LIMIT)
    for number in range(4):
        asterisk.send_event("Hangup", {"Channel": f"SIP/{number}"})
    await client.ping()
    assert (await waiting).channel == "SIP/2"


async def test_wait_for_in_vain(client: TCPClient) -> None:
    with pytest.raises(TimeoutError, match=r"Hangup.*0\.01 s"):
        await client.wait_for(events.Hangup, timeout=0.01)
    await client.ping()


async def test_what_a_predicate_raises_is_raised(asterisk: FakeAsterisk, client: TCPClient) -> None:
    def predicate(event: events.Hangup) -> bool:
        raise TimeoutError(event.channel)

    waiting = client.wait_for(events.Hangup, predicate)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    with pytest.raises(TimeoutError, match="SIP/1"):
        await asyncio.wait_for(waiting, LIMIT)


async def test_a_wait_that_is_over_takes_up_no_events(asterisk: FakeAsterisk, client: TCPClient) -> None:
    with pytest.raises(TimeoutError) as kept:
        await client.wait_for(events.Hangup, timeout=0.01)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    await client.ping()
    gc.collect()
    held = [item for item in gc.get_objects() if isinstance(item, Message) and item.name == "Hangup"]
    assert kept.value is not None
    assert held == []


@pytest.mark.parametrize("how", ["disconnect", "close"])
async def test_wait_for_what_cannot_come_any_more(asterisk: FakeAsterisk, lone_client: TCPClient, how: str) -> None:
    waiting = asyncio.create_task(lone_client.wait_for(events.Hangup))
    await asyncio.sleep(0)
    if how == "disconnect":
        asterisk.disconnect()
    else:
        await lone_client.close()
    with pytest.raises(ConnectionLost):
        await asyncio.wait_for(waiting, LIMIT)


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
async def tls_asterisk(server_tls: ssl.SSLContext) -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk(ssl_context=server_tls) as server:
        yield server


@pytest.mark.parametrize("form", ["bytes", "str", "path"])
async def test_tls(tls_asterisk: FakeAsterisk, authority: trustme.CA, tmp_path: Path, form: str) -> None:
    pem = authority.cert_pem.bytes()
    file = tmp_path / "ca.crt"
    file.write_bytes(pem)
    ca = {"bytes": pem, "str": str(file), "path": file}[form]
    async with make(tls_asterisk.port, ssl_enabled=True, cert_ca=ca) as client:
        assert (await client.actions.ping()).ping == "Pong"


@pytest.mark.parametrize("cert_ca", ["wrong", None])
async def test_a_certificate_of_somebody_else(tls_asterisk: FakeAsterisk, cert_ca: str | None) -> None:
    wrong = trustme.CA().cert_pem.bytes() if cert_ca else None
    with pytest.raises(ConnectionLost, match=r"isn't trusted.*cert_ca"):
        await make(tls_asterisk.port, ssl_enabled=True, cert_ca=wrong).connect()
    assert tls_asterisk.received == []


async def test_a_certificate_for_another_host(authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("pbx.example").configure_cert(context)
    async with FakeAsterisk(ssl_context=context) as server:
        with pytest.raises(ConnectionLost, match=r"isn't trusted.*127"):
            await make(server.port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes()).connect()
        assert server.received == []


def test_an_authority_without_tls() -> None:
    for ca in ("/path/to/ca.crt", b"pem"):
        with pytest.raises(AttributeError, match="ssl_enabled=True"):
            TCPClient("pbx", cert_ca=ca)


def test_an_authority_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.pem"):
        TCPClient("pbx", ssl_enabled=True, cert_ca=tmp_path / "none.pem")


@pytest.mark.parametrize("pem", [b"", b"nothing of the kind", b"-----BEGIN CERTIFICATE-----\n\xff\n"])
def test_an_authority_that_is_none(tmp_path: Path, pem: bytes) -> None:
    with pytest.raises(ssl.SSLError, match=r"^The bytes.*PEM"):
        TCPClient("pbx", ssl_enabled=True, cert_ca=pem)
    file = tmp_path / "ca.pem"
    file.write_bytes(pem)
    with pytest.raises(ssl.SSLError, match=r"^/.*ca\.pem.*PEM"):
        TCPClient("pbx", ssl_enabled=True, cert_ca=file)


def test_an_authority_with_a_remark(authority: trustme.CA) -> None:
    TCPClient("pbx", ssl_enabled=True, cert_ca="# Für Büros\n".encode() + authority.cert_pem.bytes())


async def test_plain_text_to_a_tls_port(tls_asterisk: FakeAsterisk) -> None:
    with pytest.raises(ProtocolError, match="ssl_enabled=True"):
        await make(tls_asterisk.port, timeout=0.1).connect()


async def test_tls_to_a_plain_port(asterisk: FakeAsterisk, authority: trustme.CA) -> None:
    with pytest.raises(ProtocolError, match="doesn't speak TLS"):
        await make(asterisk.port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes()).connect()


async def test_tls_to_a_server_that_hangs_up_at_once(authority: trustme.CA) -> None:
    async def script(peer: Peer) -> None:
        pass

    async with raw_server(script) as port:
        with pytest.raises(AMIError, match="127"):
            await make(port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes()).connect()


async def test_a_server_that_ignores_the_end_of_tls(
    authority: trustme.CA, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "_CLOSE_TIMEOUT", 0.01)

    async def script(peer: Peer) -> None:
        await peer.log_in()
        # Nothing is read any more, so the client's goodbye to TLS is never answered.
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a transport that reads, too
        await asyncio.Event().wait()

    async with raw_server(script, ssl_context=server_tls) as port:
        client = make(port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes())
        await client.connect()
        transport = client._supervisor.transport
        assert isinstance(transport, tcp.TCPTransport)
        assert transport._connection is not None
        connection = transport._connection.get_extra_info("socket")
        async with asyncio.timeout(LIMIT):
            await client.close()
            while connection.fileno() != -1:
                await asyncio.sleep(0)


# Secrets


async def test_no_log_repr_or_error_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    async with FakeAsterisk({"hello": "hush-1"}) as server:
        client = make(server.port, password="hush-1")
        for password in ("hush-2", "hush-3\n", "hush-4" * 300):
            with pytest.raises(AMIError) as refused:
                await client.connect(password=password)
            shown += [refused.value, repr(refused.value), refused.value.__cause__]
        async with client:
            shown.append(client)

            @client.on(events.UserEvent)
            async def fail(event: events.UserEvent) -> None:
                raise RuntimeError

            login = actions.Login(username="hello", secret="hush-5")
            shown.append(login)
            await client.send(login)
            await client.actions.user_event(user_event="x")

            @server.on_action("Ping")
            async def never(action: ReceivedAction) -> list[Reply]:
                return []

            with pytest.raises(ActionTimeout) as late:
                await client.ami_request({"Action": "Ping", "Secret": "hush-6"}, reply_timeout=0.01)
            shown += [late.value, late.value.received]
            shown.append(server.received)
            server.disconnect()
    assert "hush" not in " ".join(f"{item} {item!r}" for item in shown)
    assert "hush" not in caplog.text
    assert caplog.records
