"""Streamed lists, over TCP and HTTP: whole, refused, lost, left early, and limited."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amitypes import HTTPClient, Limits, ListStream, Reconnect, TCPClient, actions, events
from amitypes._protocol.exchange import Exchange
from amitypes._protocol.message import Message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._protocol.session import Session
from amitypes.errors import (
    ActionError,
    ActionTimeout,
    AMIError,
    ConnectionLost,
    InvalidActionError,
    MessageTooLarge,
    OutcomeUnknown,
    QueueOverflow,
    UnsupportedActionError,
)
from amitypes.testing import FakeAsterisk
from tests.unit.http_server import Handler, HTTPServer, Manager, Request, http
from tests.unit.protocol.routed import flat
from tests.unit.raw_server import Peer, raw_server

HEAD = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: Channels will follow\r\n\r\n"
END = "Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 7\r\n\r\n"
REFUSED = "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"
BROKEN_OFF = "Response: Error\r\nActionID: {id}\r\nMessage: Out of memory\r\n\r\n"
HANGUP = "Event: Hangup\r\nChannel: SIP/{n}\r\n\r\n"

Channels: TypeAlias = ListStream[events.CoreShowChannel, events.CoreShowChannelsComplete]
Client: TypeAlias = TCPClient | HTTPClient
C = TypeVar("C", TCPClient, HTTPClient)
Later: TypeAlias = Callable[[float], None]
Serving: TypeAlias = Callable[..., AbstractAsyncContextManager[Client]]


def items(*numbers: int, extra: str = "") -> str:
    return "".join(
        f"Event: CoreShowChannel\r\nActionID: {{id}}\r\nChannel: SIP/{number}\r\nChannelState: 6\r\n{extra}\r\n"
        for number in numbers
    )


def names(count: int) -> list[str]:
    return [f"SIP/{number}" for number in range(count)]


def make(kind: type[C], port: int, **settings: Any) -> C:
    return kind("127.0.0.1", port, **{"username": "hello", "password": "world", **settings})


@asynccontextmanager
async def over_tcp(answer: str, *, whole: bool = True, **options: Any) -> AsyncIterator[Client]:
    """A client of a server with this reply to CoreShowChannels, which then hangs up unless the reply is whole."""

    async def script(peer: Peer) -> None:
        await peer.log_in()
        while True:
            action = await peer.action()
            if action.get("Action") == "CoreShowChannels":
                await peer.send(answer.replace("{id}", action.get("ActionID")))
                if not whole:
                    return
            else:
                await peer.answer(action)

    async with raw_server(script) as port, make(TCPClient, port, **options) as client:
        yield client


@asynccontextmanager
async def over_http(answer: str, *, whole: bool = True, **options: Any) -> AsyncIterator[Client]:
    """The same over HTTP."""
    manager = Manager()

    async def channels(request: Request) -> bytes | None:
        body = answer.replace("{id}", request.get("ActionID")).encode()
        return http(body, length=len(body) + (not whole) * 1000)

    manager.scripted["CoreShowChannels"] = channels
    async with HTTPServer(manager) as server, make(HTTPClient, server.port, **options) as client:
        hanging_up = None if whole else asyncio.create_task(_hang_up(server))
        yield client
        if hanging_up is not None:
            await hanging_up


async def _hang_up(server: HTTPServer) -> None:
    await server.asked("CoreShowChannels")
    await server.hang_up()


@pytest.fixture(params=[over_tcp, over_http])
def serving(request: pytest.FixtureRequest) -> Serving:
    found: Serving = request.param
    return found


def _unfinished(answer: str) -> Handler:
    """Sends the start of a body, and keeps the connection open."""

    async def handler(request: Request) -> bytes | None:
        body = answer.replace("{id}", request.get("ActionID")).encode()
        return http(body, length=len(body) + 1000)

    return handler


async def taken(channels: Channels, names: list[str] | None = None) -> list[str]:
    """The names of all items that come; they are also appended to the given list."""
    names = [] if names is None else names
    async for channel in channels:
        names.append(channel.channel)
    return names


@pytest.fixture
async def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Advances the clock of the event loop by some seconds."""
    loop = asyncio.get_running_loop()
    passed, real = 0.0, loop.time

    def let_pass(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr(loop, "time", lambda: real() + passed)
    return let_pass


# The items


async def test_items_come_one_by_one(serving: Serving) -> None:
    async with serving(HEAD + items(*range(7)) + END) as client:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert channels.response.message == "Channels will follow"
            with pytest.raises(AMIError, match="comes last"):
                _ = channels.complete
            first = await anext(channels)
            assert (type(first), first.channel, first.channel_state) == (events.CoreShowChannel, "SIP/0", 6)
            assert await taken(channels) == names(7)[1:]
            assert await taken(channels) == []
        assert channels.complete.list_items == 7
        assert channels.others == ()
        assert await client.ping()


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + items(1, 2) + END,
        HEAD + END,
        HEAD + items(1) + "Event: Odd\r\nActionID: {id}\r\n\r\n" + items(2, extra="ChannelState: x\r\n") + END,
        HEAD + items(1) + "Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: cancelled\r\n\r\n",
        HEAD + items(1) + "Event: Another\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n",
        "Response: Success\r\nActionID: {id}\r\nMessage: Nothing\r\n\r\n",
    ],
    ids=["items", "none", "odd", "cancelled", "another end", "no list"],
)
async def test_a_streamed_list_equals_the_collected_one(serving: Serving, answer: str) -> None:
    async with serving(answer) as client:
        whole = await client.send(actions.CoreShowChannels(action_id="1"))
        async with client.stream(actions.CoreShowChannels(action_id="1")) as channels:
            assert [channel async for channel in channels] == whole.items
        assert channels.response == whole.response
        assert channels.complete == whole.complete
        assert list(channels.others) == whole.others


async def test_items_without_an_action_id_are_streamed(asterisk: FakeAsterisk, client: TCPClient) -> None:
    head = {"Response": "Success", "EventList": "start", "Message": "Peer status list will follow"}
    asterisk.reply("IAXpeers", head)
    async with client.stream(actions.IAXpeers()) as peers:
        asterisk.send_raw(b"Event: PeerEntry\r\nChanneltype: IAX2\r\nObjectName: alice\r\n\r\n")
        assert (await anext(peers)).object_name == "alice"


async def test_several_lists_stream_at_the_same_time(serving: Serving) -> None:
    async with (
        serving(HEAD + items(*range(7)) + END) as client,
        client.stream(actions.CoreShowChannels()) as one,
        client.stream(actions.CoreShowChannels()) as other,
    ):
        pairs = [(each.channel, (await anext(other)).channel) async for each in one]
        assert pairs == [(name, name) for name in names(7)]
        assert await client.ping()


async def test_events_within_a_list_reach_subscribers(serving: Serving) -> None:
    foreign = items(90).replace("{id}", "foreign")
    answer = HEAD + items(0) + HANGUP.format(n=1) + items(1, 2) + foreign + END
    async with serving(answer) as client, client.events() as others:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert await taken(channels) == names(3)
        heard = [await anext(others), await anext(others)]
        assert [event.raw["Channel"] for event in heard] == ["SIP/1", "SIP/90"]


# Refusals


@pytest.mark.parametrize(
    ("said", "kind"), [("Permission denied", ActionError), ("Invalid/unknown command", UnsupportedActionError)]
)
async def test_a_refusal_is_raised_before_the_first_item(serving: Serving, said: str, kind: type[ActionError]) -> None:
    async with serving(REFUSED.replace("Permission denied", said)) as client:
        with pytest.raises(kind, match="CoreShowChannels") as caught:
            async with client.stream(actions.CoreShowChannels()):
                pytest.fail("there is no list")
        assert type(caught.value) is kind
        assert caught.value.response.message == said
        assert await client.ping()


async def test_an_error_within_a_list_is_raised_after_the_items(serving: Serving) -> None:
    async with serving(HEAD + items(0, 1) + BROKEN_OFF) as client:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert [(await anext(channels)).channel, (await anext(channels)).channel] == names(2)
            for _ in range(2):
                with pytest.raises(ActionError, match="Out of memory") as caught:
                    await anext(channels)
                assert caught.value.response.message == "Out of memory"
        with pytest.raises(AMIError, match="comes last"):
            _ = channels.complete
        assert await client.ping()


async def test_an_action_that_lists_nothing_is_not_sent(asterisk: FakeAsterisk, client: TCPClient) -> None:
    with pytest.raises(InvalidActionError, match=r"Ping: .*use send\(\)"):
        async with client.stream(actions.Ping()):  # type: ignore[arg-type]  # what a type checker refuses
            pytest.fail("a Ping doesn't list")
    assert [action for action in asterisk.received if action.name == "Ping"] == []


# Losses and timeouts


async def test_a_loss_within_a_list_is_an_unknown_outcome(serving: Serving) -> None:
    async with (
        serving(HEAD + items(0, 1), whole=False, reconnect=None) as client,
        client.stream(actions.CoreShowChannels()) as channels,
    ):
        assert [(await anext(channels)).channel, (await anext(channels)).channel] == names(2)
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match="CoreShowChannels: sent"):
                await anext(channels)


async def test_without_a_connection_nothing_is_sent() -> None:
    client = TCPClient("localhost")
    with pytest.raises(ConnectionLost, match="Nothing was sent"):
        async with client.stream(actions.CoreShowChannels()):
            pytest.fail("there is no list")


async def test_a_held_list_action_is_sent_after_the_reconnection(asterisk: FakeAsterisk) -> None:
    asterisk.reply(
        "CoreShowChannels",
        {"Response": "Success", "EventList": "start"},
        {"Event": "CoreShowChannel", "Channel": "SIP/0"},
        {"Event": "CoreShowChannelsComplete", "EventList": "Complete"},
    )
    held = Reconnect(initial=3600, maximum=3600, hold_actions=True)
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", reconnect=held)
    async with client:
        lost = asyncio.Event()
        client.on_state(lambda _: lost.set())
        asterisk.disconnect()
        await lost.wait()
        opened = client.stream(actions.CoreShowChannels())
        opening = asyncio.ensure_future(opened.__aenter__())
        await asyncio.sleep(0)
        client.reconnect_now()
        try:
            assert await taken(await opening) == names(1)
        finally:
            await opened.__aexit__(None, None, None)


async def test_a_missing_response_times_out(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("CoreShowChannels")
    with pytest.raises(ActionTimeout, match=r"no complete answer within 0.01 s \(nothing came\)"):
        async with client.stream(actions.CoreShowChannels(), reply_timeout=0.01):
            pytest.fail("there is no list")


async def test_a_missing_item_times_out(serving: Serving) -> None:
    answer = HEAD + items(0)
    whole = serving is over_tcp
    async with AsyncExitStack() as stack:
        if whole:
            client = await stack.enter_async_context(serving(answer))
        else:
            manager = Manager()
            manager.scripted["CoreShowChannels"] = _unfinished(answer)
            server = await stack.enter_async_context(HTTPServer(manager))
            client = make(HTTPClient, server.port)
            await stack.enter_async_context(client)
        async with client.stream(actions.CoreShowChannels(), reply_timeout=0.1) as channels:
            assert (await anext(channels)).channel == "SIP/0"
            for _ in range(2):
                with pytest.raises(ActionTimeout, match=r"nothing more .* within 0.1 s \(2 messages"):
                    await anext(channels)
        assert await client.ping()


async def test_each_item_restarts_the_timeout(asterisk: FakeAsterisk, later: Later) -> None:
    asterisk.reply("CoreShowChannels", {"Response": "Success", "EventList": "start"})
    async with (
        make(TCPClient, asterisk.port, reply_timeout=100, max_silence=None) as client,
        client.stream(actions.CoreShowChannels(action_id="mine")) as channels,
    ):
        for number in range(5):
            asterisk.send_raw(items(number).replace("{id}", "mine").encode())
            assert (await anext(channels)).channel == f"SIP/{number}"
            later(90)
        later(90)
        with pytest.raises(ActionTimeout, match="nothing more of the answer within 100 s"):
            await anext(channels)


async def test_the_timeout_pauses_over_http_while_items_are_buffered(later: Later) -> None:
    answer = HEAD + items(*range(3_000)) + END
    async with (
        over_http(answer, reply_timeout=100, max_silence=None, limits=Limits(items=3)) as client,
        client.stream(actions.CoreShowChannels()) as channels,
    ):
        async for channel in channels:
            if channel.channel in {"SIP/0", "SIP/1000", "SIP/2000"}:
                later(90)
    assert channels.complete.list_items == 7


# Lists left early


async def test_the_rest_of_a_list_left_early_is_dropped(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("CoreShowChannels", {"Response": "Success", "EventList": "start"})
    async with client.events() as others:
        async with client.stream(actions.CoreShowChannels(action_id="mine")) as channels:
            asterisk.send_raw(items(0, 1).replace("{id}", "mine").encode())
            async for channel in channels:
                assert channel.channel == "SIP/0"
                break
        rest = items(2) + HANGUP.format(n=3) + items(4) + END + HANGUP.format(n=5)
        asterisk.send_raw(rest.replace("{id}", "mine").encode())
        heard = [await anext(others), await anext(others)]
        assert [event.raw["Channel"] for event in heard] == ["SIP/3", "SIP/5"]
    with pytest.raises(AMIError, match="inside its `async with` block"):
        await anext(channels)
    # The whole list has come, so its ActionID is free again.
    async with client.stream(actions.CoreShowChannels(action_id="mine")):
        pass


async def test_the_rest_of_a_list_left_early_is_not_read_over_http() -> None:
    manager = Manager()
    manager.scripted["CoreShowChannels"] = _unfinished(HEAD + items(0, 1))
    async with HTTPServer(manager) as server, make(HTTPClient, server.port) as client:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert (await anext(channels)).channel == "SIP/0"
        await server.left()
        assert await client.ping()


async def _divide_by_zero(client: Client) -> None:
    async with client.stream(actions.CoreShowChannels()) as channels:
        await anext(channels)
        _ = 1 // 0


async def test_an_exception_in_the_block_leaves_the_client_usable(serving: Serving) -> None:
    async with serving(HEAD + items(*range(7)) + END) as client:
        with pytest.raises(ZeroDivisionError):
            await _divide_by_zero(client)
        assert await client.ping()


async def test_cancelling_while_waiting_for_an_item_leaves_the_client_usable(
    asterisk: FakeAsterisk, client: TCPClient
) -> None:
    asterisk.reply("CoreShowChannels", {"Response": "Success", "EventList": "start"})
    opened = asyncio.Event()

    async def wait_for_items() -> None:
        async with client.stream(actions.CoreShowChannels()) as channels:
            opened.set()
            await anext(channels)

    waiting = asyncio.create_task(wait_for_items())
    await opened.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await client.ping()


async def test_the_client_can_be_closed_within_the_block(serving: Serving) -> None:
    async with serving(HEAD + items(0) + END) as client:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert await taken(channels) == names(1)
            await client.close()
        with pytest.raises(ConnectionLost):
            async with client.stream(actions.CoreShowChannels()):
                pytest.fail("there is no list")


# Limits


async def test_a_slow_consumer_over_tcp_gets_queue_overflow(asterisk: FakeAsterisk) -> None:
    few = Limits(items=10)
    asterisk.reply("CoreShowChannels", {"Response": "Success", "EventList": "start"})
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", limits=few)
    async with client, client.stream(actions.CoreShowChannels(action_id="mine")) as channels:
        for start in range(0, 40, 5):
            asterisk.send_raw(items(*range(start, start + 5)).replace("{id}", "mine").encode())
        await client.ping()
        came: list[str] = []
        with pytest.raises(QueueOverflow, match=r"CoreShowChannels: \d+ items of the list wait"):
            await taken(channels, came)
        assert len(came) >= 10
        assert came == names(len(came))
        assert await client.ping()


async def test_a_consumer_that_keeps_up_has_no_limit(asterisk: FakeAsterisk) -> None:
    asterisk.reply("CoreShowChannels", {"Response": "Success", "EventList": "start"})
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", limits=Limits(items=10))
    async with client, client.stream(actions.CoreShowChannels(action_id="mine")) as channels:
        for start in range(0, 100, 5):
            asterisk.send_raw(items(*range(start, start + 5)).replace("{id}", "mine").encode())
            came = [(await anext(channels)).channel for _ in range(5)]
            assert came == names(100)[start : start + 5]


@pytest.mark.parametrize("limits", [Limits(items=3), Limits(answer=300)])
async def test_reading_over_http_waits_for_a_slow_consumer(limits: Limits) -> None:
    answer = HEAD + items(*range(5_000), extra=f"ApplicationData: {400 * 'x'}\r\n") + END
    async with over_http(answer, limits=limits) as client, client.stream(actions.CoreShowChannels()) as channels:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        try:
            for _ in range(500):  # enough iterations of the event loop to read all of it
                await asyncio.sleep(0)
            waiting = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
        assert await taken(channels) == names(5_000)
    assert waiting < 1024 * 1024  # the list has 2.5 MB


async def test_an_item_over_the_limit_raises_message_too_large(serving: Serving) -> None:
    answer = HEAD + items(0) + items(1, extra=f"ApplicationData: {2000 * 'x'}\r\n") + items(2) + END
    async with serving(answer, limits=Limits(message=1500)) as client:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert (await anext(channels)).channel == "SIP/0"
            with pytest.raises(MessageTooLarge, match=r"CoreShowChannels: .*1500 bytes"):
                await anext(channels)
        assert await client.ping()


async def test_events_that_are_no_items_are_limited(serving: Serving) -> None:
    answer = HEAD + items(0) + 4 * "Event: Odd\r\nActionID: {id}\r\n\r\n" + END
    async with serving(answer, limits=Limits(items=3)) as client:
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert (await anext(channels)).channel == "SIP/0"
            with pytest.raises(MessageTooLarge, match="more than 3 events"):
                await anext(channels)
        assert len(channels.others) == 3


async def test_actions_have_connections_beside_open_lists_over_http() -> None:
    manager = Manager()
    manager.scripted["CoreShowChannels"] = _unfinished(HEAD + items(0))
    async with HTTPServer(manager) as server, AsyncExitStack() as stack:
        client = make(HTTPClient, server.port)
        await stack.enter_async_context(client)
        for _ in range(20):
            channels = await stack.enter_async_context(client.stream(actions.CoreShowChannels()))
            assert (await anext(channels)).channel == "SIP/0"
        assert await client.ping()


async def test_a_list_survives_a_forgotten_session_over_http() -> None:
    manager = Manager()

    async def channels_of_a_session(request: Request) -> bytes | None:
        if request.headers.get("cookie", "").partition("=")[2].strip('"') not in manager.sessions:
            return manager.reply(request, REFUSED, manager.new_session())
        return manager.reply(request, HEAD + items(0) + END)

    manager.scripted["CoreShowChannels"] = channels_of_a_session
    async with HTTPServer(manager) as server, make(HTTPClient, server.port) as client:
        manager.sessions.clear()
        async with client.stream(actions.CoreShowChannels()) as channels:
            assert await taken(channels) == names(1)


@pytest.mark.parametrize("count", [500, 5_000])
async def test_memory_does_not_grow_with_the_list(count: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        while (action := await peer.action()).get("Action") == "CoreShowChannels":
            await peer.send(HEAD.replace("{id}", action.get("ActionID")))
            for start in range(0, count, 100):
                await peer.send(items(*range(start, start + 100)).replace("{id}", action.get("ActionID")))
            await peer.send(END.replace("{id}", action.get("ActionID")))

    async with raw_server(script) as port:
        client = make(TCPClient, port)
        await client.connect()
        try:
            async with client.stream(actions.CoreShowChannels()) as channels:
                await anext(channels)
                tracemalloc.start()
                before = tracemalloc.get_traced_memory()[0]
                came = 1
                async for _ in channels:
                    came += 1
                peak = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
            await client.close()
    assert came == count
    assert peak < 3 * 1024 * 1024  # collected, the long list takes ten times as much


# Any split


@given(
    parts=st.lists(st.sampled_from(["item", "item", "odd", "event", "pong", "foreign"]), max_size=12),
    end=st.sampled_from([END, BROKEN_OFF, ""]),
    cuts=st.lists(st.integers(min_value=0, max_value=3000), max_size=8),
    takes=st.lists(st.integers(min_value=0, max_value=3), max_size=9),
)
def test_streamed_and_collected_are_the_same_for_any_split(
    parts: list[str], end: str, cuts: list[int], takes: list[int]
) -> None:
    texts = {
        "item": items(1),
        "odd": "Event: Odd\r\nActionID: {id}\r\n\r\n",
        "event": HANGUP,
        "pong": "Response: Success\r\nActionID: ping-{n}\r\nPing: Pong\r\n\r\n",
        "foreign": items(1).replace("{id}", "other"),
    }
    whole = [texts[part].replace("{n}", str(number)) for number, part in enumerate(parts)]
    stream = (HEAD + "".join(whole) + end + HANGUP).replace("{id}", "list").encode()
    collected, streamed = Session(_ANSWERS, banner=False), Session(_ANSWERS, banner=False)
    exchanges = []
    for session in (collected, streamed):
        headers = [("Action", "CoreShowChannels"), ("ActionID", "list")]
        exchanges.append(session.begin(headers, max_line=None, streamed=session is streamed)[0])
        for number, part in enumerate(parts):
            if part == "pong":
                session.begin([("Action", "Ping"), ("ActionID", f"ping-{number}")], max_line=None)
    at_once = flat(collected.receive(stream))
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    arrived: list[Exchange | Message] = []
    came: list[Message] = []
    for index, (start, stop) in enumerate(pairwise(places)):
        before = (exchanges[1].item_count, len(exchanges[1].messages))
        news = flat(streamed.receive(stream[start:stop]))
        assert (exchanges[1] in news) == (before != (exchanges[1].item_count, len(exchanges[1].messages)))
        arrived += news
        for _ in range(takes[index] if index < len(takes) else 0):
            came += [item for item in [exchanges[1].next_item()] if item is not None]
    while (item := exchanges[1].next_item()) is not None:
        came.append(item)
    around = exchanges[1].messages
    assert [around[0], *came, *around[1:]] == exchanges[0].messages
    assert exchanges[1].complete == exchanges[0].complete == bool(end)
    assert [each.action_id for each in streamed.pending] == [each.action_id for each in collected.pending]
    assert _without(arrived, exchanges[1]) == _without(at_once, exchanges[0])


_ANSWERS = {"coreshowchannels": ResponseShape(frozenset({"coreshowchannelscomplete"}))}


def _without(arrived: list[Exchange | Message], exchange: Exchange) -> list[str | Message]:
    return [each.action_id if isinstance(each, Exchange) else each for each in arrived if each is not exchange]
