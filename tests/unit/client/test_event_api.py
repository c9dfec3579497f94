"""The event API: handlers, callbacks, iterators, and waiting for one event."""

from __future__ import annotations

import asyncio
import gc

import pytest

from amitypes import TCPClient, events
from amitypes._protocol.message import Message
from amitypes._protocol.types import WireDict
from amitypes.errors import (
    ConnectionLost,
)
from amitypes.testing import FakeAsterisk
from tests.unit.client.clients import LIMIT, tcp_client
from tests.unit.raw_server import Peer, raw_server
from tests.waiting import wait_until

# Handlers and callbacks


async def test_the_events_of_a_call_come_typed_and_in_order(asterisk: FakeAsterisk, client: TCPClient) -> None:
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


async def test_every_kind_of_handler_works_before_and_after_connecting(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port)
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


async def test_a_callback_gets_the_event_as_received(asterisk: FakeAsterisk, client: TCPClient) -> None:
    got: list[WireDict] = []

    async def callback(event: WireDict, given: TCPClient) -> None:
        got.append(event)

    await client.register_callback("Hangup", callback)
    headers = {"Channel": "SIP/1", "ChanVariable": ["a=1", "b=2"], "Cause": "16"}
    asterisk.send_event("Hangup", headers)
    await client.ping()
    await client.logoff()
    assert got == [{"Event": "Hangup", "Privilege": "call,all", **headers}]


async def test_a_handler_can_send_actions(asterisk: FakeAsterisk, client: TCPClient) -> None:
    pongs: list[str] = []

    @client.on(events.Hangup)
    async def ping(event: events.Hangup) -> None:
        pongs.append((await client.actions.ping()).ping)

    for _ in range(3):
        asterisk.send_event("Hangup")
    await client.ping()
    await wait_until(lambda: len(pongs) >= 3)
    assert pongs == ["Pong"] * 3


async def test_a_handler_can_log_off(asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture) -> None:
    client = tcp_client(asterisk.port)
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


async def test_a_handler_that_raises_does_not_affect_other_subscribers(
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


# Events


async def test_unknown_events_and_undeclared_headers_are_kept(asterisk: FakeAsterisk, client: TCPClient) -> None:
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


async def test_subscribers_do_not_get_the_items_of_own_lists(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await client.actions.originate(channel="PJSIP/alice", application="Wait")
    stream = client.events(events.CoreShowChannel)
    await client.actions.core_show_channels()
    asterisk.send_event("CoreShowChannel", {"ActionID": "foreign", "Channel": "SIP/foreign"}, privilege="")
    assert (await anext(stream)).channel == "SIP/foreign"


async def test_a_user_event_with_an_action_id_is_an_event(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.UserEvent)
    await client.ami_request({"Action": "UserEvent", "UserEvent": "Foo", "ActionID": "mine", "Response": "Error"})
    event = await anext(stream)
    assert (event.user_event, event.action_id) == ("Foo", "mine")
    assert event.raw["Response"] == "Error"


async def test_an_event_truncated_by_the_loss_is_delivered_with_an_issue() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.send("Event: Shutdown\r\nShutdown: Cleanly\r\nRestart: False\r\n")

    async with raw_server(script) as port:
        client = tcp_client(port, reconnect=False)
        stream = client.events(events.Shutdown)
        await client.connect()
        async with asyncio.timeout(LIMIT):
            last = await anext(stream)
            assert last.shutdown == "Cleanly"
            assert [issue.problem for issue in last.issues] == ["the connection broke within this message"]
            with pytest.raises(ConnectionLost):
                await anext(stream)
        await client.close()


# The end of a stream


async def test_a_stream_ends_when_the_client_logs_off(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.Hangup)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    await client.ping()
    await client.logoff()
    assert [event.channel async for event in stream] == ["SIP/1"]


async def test_a_stream_ends_when_closing_is_cancelled(client: TCPClient) -> None:
    stream = client.events()
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert await asyncio.wait_for(anext(stream, None), LIMIT) is None


async def test_a_stream_ends_without_an_error_after_a_goodbye(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.Hangup)
    assert (await client.ami_request({"Action": "Logoff"}))[0]["Response"] == "Goodbye"
    async with asyncio.timeout(LIMIT):
        assert [event async for event in stream] == []


async def test_a_stream_raises_a_loss_after_the_last_event(asterisk: FakeAsterisk, lone_client: TCPClient) -> None:
    stream = lone_client.events(events.Hangup)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    asterisk.disconnect()
    assert (await anext(stream)).channel == "SIP/1"
    with pytest.raises(ConnectionLost, match="closed the connection"):
        await anext(stream)


# Waiting for one event


async def test_wait_for_returns_the_first_event_that_matches(asterisk: FakeAsterisk, client: TCPClient) -> None:
    waiting = client.wait_for(events.Hangup, lambda event: event.channel == "SIP/2", timeout=LIMIT)
    for number in range(4):
        asterisk.send_event("Hangup", {"Channel": f"SIP/{number}"})
    await client.ping()
    assert (await waiting).channel == "SIP/2"


async def test_wait_for_times_out(client: TCPClient) -> None:
    with pytest.raises(TimeoutError, match=r"Hangup.*0\.01 s"):
        await client.wait_for(events.Hangup, timeout=0.01)
    await client.ping()


async def test_an_error_of_a_predicate_is_raised(asterisk: FakeAsterisk, client: TCPClient) -> None:
    def predicate(event: events.Hangup) -> bool:
        raise TimeoutError(event.channel)

    waiting = client.wait_for(events.Hangup, predicate)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    with pytest.raises(TimeoutError, match="SIP/1"):
        await asyncio.wait_for(waiting, LIMIT)


async def test_wait_for_keeps_no_events_after_its_timeout(asterisk: FakeAsterisk, client: TCPClient) -> None:
    with pytest.raises(TimeoutError) as kept:
        await client.wait_for(events.Hangup, timeout=0.01)
    asterisk.send_event("Hangup", {"Channel": "SIP/too-late"})
    await client.ping()
    gc.collect()
    held = [item for item in gc.get_objects() if isinstance(item, Message) and item.get("Channel") == "SIP/too-late"]
    assert kept.value is not None
    assert held == []


@pytest.mark.parametrize("how", ["disconnect", "close"])
async def test_wait_for_raises_when_the_connection_ends(
    asterisk: FakeAsterisk, lone_client: TCPClient, how: str
) -> None:
    waiting = asyncio.create_task(lone_client.wait_for(events.Hangup))
    await asyncio.sleep(0)
    if how == "disconnect":
        asterisk.disconnect()
    else:
        await lone_client.close()
    with pytest.raises(ConnectionLost):
        await asyncio.wait_for(waiting, LIMIT)
