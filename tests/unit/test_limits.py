"""Messages that are too large: an error about that message, bounded memory, and the stream goes on."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amitypes import HTTPClient, TCPClient, events
from amitypes._protocol.errors import MessageTooLarge
from amitypes._protocol.framing import Framer
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._protocol.session import Session
from amitypes.testing import FakeAsterisk
from tests.unit.arrivals import flat
from tests.unit.http_server import HTTPServer, Manager

SMALL = Limits(message=200, headers=10)
LONG = b"Event: Long\r\n" + b"".join(b"Header-%d: %s\r\n" % (number, b"x" * 40) for number in range(9)) + b"\r\n"
MANY = b"Event: Many\r\n" + b"A: b\r\n" * 20 + b"\r\n"
ONE_LINE = b"Event: " + b"x" * 500 + b"\r\n\r\n"
FOLLOWS = b"Response: Follows\r\nPrivilege: Command\r\n" + b"a line\n\n" * 50 + b"--END COMMAND--\r\n\r\n"
FITS = b"Event: Fits\r\nNumber: 1\r\n\r\n"
STREAM = FITS + LONG + FITS + MANY + FITS + ONE_LINE + FOLLOWS + FITS


def shown(messages: list[Message]) -> list[tuple[str, bool]]:
    return [(message.name[:10], bool(message.truncated_reason)) for message in messages]


EXPECTED = [
    *(("Fits", False), ("Long", True), ("Fits", False), ("Many", True), ("Fits", False)),
    *(("xxxxxxxxxx", True), ("Follows", True), ("Fits", False)),
]


def test_what_follows_comes_as_ever() -> None:
    assert shown(Framer(SMALL).feed(STREAM)) == EXPECTED


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_any_split_gives_the_same(cuts: list[int]) -> None:
    whole, framer = Framer(SMALL).feed(STREAM), Framer(SMALL)
    edges = [0, *sorted(cuts), len(STREAM)]
    parts = [message for a, b in itertools.pairwise(edges) for message in framer.feed(STREAM[a:b])]
    assert [(message.frame, message.truncated_reason) for message in parts] == [
        (message.frame, message.truncated_reason) for message in whole
    ]


TINY = Limits(message=60, headers=3)
JUNK = st.lists(
    st.sampled_from(
        [
            b"\r\n",
            b"\n",
            b"\r",
            b"A: b\r\n",
            b"x" * 30,
            b"y" * 200,
            b"Response: Follows\r\n",
            b"--END COMMAND--",
            b"Event: E",
        ]
    ),
    max_size=12,
).map(b"".join)


@given(JUNK, st.lists(st.integers(0, 600), max_size=10))
@example(b"\r" + b"x" * 59 + b"y" * 100 + b"z" * 100, [])
def test_any_split_of_anything_gives_the_same(stream: bytes, cuts: list[int]) -> None:
    found: list[list[tuple[bytes, str]]] = []
    for edges in (
        [0, len(stream)],
        [0, *sorted({min(c, len(stream)) for c in cuts}), len(stream)],
        range(len(stream) + 1),
    ):
        framer = Framer(TINY)
        messages = [message for a, b in itertools.pairwise(edges) for message in framer.feed(stream[a:b])]
        messages += filter(None, [framer.end()])
        assert all(len(message.frame) <= 60 and len(message.headers) <= 3 for message in messages)
        found.append([(message.frame, message.truncated_reason) for message in messages])
    assert found[0] == found[1] == found[2]


def test_single_bytes() -> None:
    framer = Framer(SMALL)
    messages = [message for byte in STREAM for message in framer.feed(bytes([byte]))]
    assert shown(messages) == EXPECTED


def test_the_beginning_is_kept_to_whole_lines() -> None:
    (long,) = Framer(SMALL).feed(LONG)
    assert [name for name, _ in long.headers] == ["Event", "Header-0", "Header-1", "Header-2"]
    assert "200 bytes" in long.truncated_reason
    (many,) = Framer(SMALL).feed(MANY)
    assert [name for name, _ in many.headers] == ["Event", *["A"] * 9]
    assert "10 headers" in many.truncated_reason


@pytest.mark.parametrize("size", [199, 200, 201])
def test_the_limit_is_the_largest_that_fits(size: int) -> None:
    frame = b"Event: X\r\nY: ".ljust(size, b"y")
    (message,) = Framer(SMALL).feed(frame + b"\n\n")
    assert bool(message.truncated_reason) is (size > 200)


def test_what_never_ends_costs_bounded_memory() -> None:
    framer = Framer(Limits(message=10_000))
    for _ in range(200):
        assert framer.feed(b"x" * 5000) == []
        assert len(framer.buffered) <= 20_000
    for _ in range(200):
        assert framer.feed(b"\r\nName: value" * 400) == []
        assert len(framer.buffered) <= 20_000
    assert shown(framer.feed(b"\r\n\r\n" + FITS)) == [("xxxxxxxxxx", True), ("Fits", False)]


def test_a_marker_that_is_shed_ends_the_text_all_the_same() -> None:
    stream = b"Response: Follows\r\n" + b"x" * 300 + b"--END COMMAND--" + b"y" * 300 + b"\r\n\r\n" + FITS
    for size in (1, 15, 100):
        framer = Framer(SMALL)
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        assert shown([message for piece in pieces for message in framer.feed(piece)]) == [
            ("Follows", True),
            ("Fits", False),
        ]


@pytest.mark.parametrize("stream", [LONG, MANY, ONE_LINE, ONE_LINE * 5], ids=["long", "many", "line", "shed"])
@pytest.mark.parametrize("cut", [True, False])
def test_the_last_message_has_limits_too(stream: bytes, cut: bool) -> None:
    framer = Framer(SMALL)
    stream = stream.replace(b"\r\n\r\n", b"")
    for start in range(0, len(stream), 50):
        assert framer.feed(stream[start : start + 50]) == []
    last = framer.end(may_be_truncated=cut)
    assert last is not None
    assert "that the client's limits allow" in last.truncated_reason
    assert len(last.frame) <= SMALL.message
    assert len(last.headers) <= SMALL.headers


@pytest.mark.parametrize("end", [b"", b"\r", b"\n", b"\r\n", b"\r\n\r"])
def test_the_last_message_that_fits(end: bytes) -> None:
    framer = Framer(SMALL)
    assert framer.feed(b"\r\n".join([b"A: b"] * 10) + end) == []
    last = framer.end()
    assert last is not None
    assert not last.truncated_reason


def test_without_limits_everything_is_whole() -> None:
    assert not any(message.truncated_reason for message in Framer().feed(STREAM))


@pytest.mark.parametrize("wrong", [{"message": 0}, {"headers": 0}, {"answer": 0}, {"items": 0}])
def test_limits_that_make_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


# Answers

HEAD = "Response: Success\r\nActionID: {}\r\nEventList: start\r\n\r\n"
ITEM = "Event: CoreShowChannel\r\nActionID: {}\r\nChannel: SIP/1\r\n\r\n"
END = "Event: CoreShowChannelsComplete\r\nActionID: {}\r\nEventList: Complete\r\n\r\n"
PONG = "Response: Success\r\nActionID: {}\r\nPing: Pong\r\n\r\n"


@pytest.mark.parametrize(
    ("limits", "kept", "why"),
    [(Limits(items=4), 4, "more than 4 messages"), (Limits(answer=250), 4, "more than 250 bytes")],
)
def test_a_list_that_never_ends(limits: Limits, kept: int, why: str) -> None:
    session = Session({}, banner=False, limits=limits)
    endless, _ = session.begin([("Action", "CoreShowChannels"), ("ActionID", "list")], max_line=None)
    ping, _ = session.begin([("Action", "Ping"), ("ActionID", "ping")], max_line=None)
    told = flat(session.receive((HEAD + 3 * ITEM).format(*4 * ["list"]).encode()))
    assert told == []
    assert session.receive(ITEM.format("list").encode()) == [endless]
    assert why in endless.truncated_reason
    for _ in range(100):
        assert session.receive((5 * ITEM).format(*5 * ["list"]).encode()) == []
    assert len(endless.messages) == kept
    rest = (PONG.format("ping") + FITS.decode() + END.format("list")).encode()
    assert flat(session.receive(rest)) == [ping, *Framer().feed(FITS)]
    assert session.pending == ()


def test_the_last_item_that_fits() -> None:
    session = Session({}, banner=False, limits=Limits(items=4))
    exchange, _ = session.begin([("Action", "CoreShowChannels"), ("ActionID", "list")], max_line=None)
    whole = HEAD + 2 * ITEM + END
    assert session.receive(whole.format(*4 * ["list"]).encode()) == [exchange]
    assert (exchange.truncated_reason, len(exchange.messages)) == ("", 4)


def test_bare_text_that_never_ends() -> None:
    session = Session({"queues": ResponseShape(frozenset(), plain_text=True)}, banner=False, limits=Limits(items=4))
    exchange, _ = session.begin([("Action", "Queues")], max_line=None)
    assert session.receive(b"a line\r\n\r\n" * 100) == [exchange]
    assert (exchange.complete, len(exchange.messages)) == (False, 4)


def test_a_single_large_message_is_not_the_answers_matter() -> None:
    session = Session({}, banner=False, limits=Limits(answer=1))
    ping, _ = session.begin([("Action", "Ping"), ("ActionID", "ping")], max_line=None)
    assert session.receive(PONG.format("ping").encode()) == [ping]
    assert ping.truncated_reason == ""


# In a client

LARGE = "y" * 2000


async def test_over_tcp(asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture) -> None:
    asterisk.reply("Getvar", {"Response": "Success", "Variable": "X", "Value": LARGE})
    asterisk.reply(
        "CoreShowChannels",
        {"Response": "Success", "EventList": "start"},
        {"Event": "CoreShowChannel", "Channel": "SIP/1"},
        {"Event": "CoreShowChannel", "Channel": "SIP/2", "ApplicationData": LARGE},
        {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "2"},
    )
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", limits=Limits(message=1500))
    async with client:
        stream = client.events(events.Hangup)
        asterisk.send_event("Hangup", {"Channel": "SIP/1", "CauseTxt": LARGE})
        asterisk.send_event("Hangup", {"Channel": "SIP/2"})
        first, second = await anext(stream), await anext(stream)
        assert (first.channel, second.channel) == ("SIP/1", "SIP/2")
        assert [issue.header for issue in first.issues if "1500 bytes" in issue.problem]
        assert not [issue.problem for issue in second.issues if "1500 bytes" in issue.problem]
        assert "An event Hangup is incomplete" in caplog.text
        with pytest.raises(MessageTooLarge, match=r"Getvar: .*1500 bytes") as caught:
            await client.actions.getvar(variable="X")
        assert caught.value.action == "Getvar"
        assert caught.value.received[0]["Variable"] == "X"
        with pytest.raises(MessageTooLarge):
            await client.actions.core_show_channels()
        assert await client.ping()


async def test_over_http() -> None:
    manager = Manager()
    large = f"Event: Hangup\r\nChannel: SIP/1\r\nCauseTxt: {LARGE}\r\n\r\nEvent: Hangup\r\nChannel: SIP/2\r\n\r\n"
    manager.scripted["Getvar"] = manager.with_body(
        f"Response: Success\r\nActionID: {{id}}\r\nVariable: X\r\nValue: {LARGE}\r\n\r\n"
    )
    async with HTTPServer(manager) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world", limits=Limits(message=1500))
        stream = client.events(events.Hangup)
        async with client:
            await manager.events.put(large)
            async with asyncio.timeout(10):
                first, second = await anext(stream), await anext(stream)
            assert (first.channel, second.channel) == ("SIP/1", "SIP/2")
            assert first.issues
            with pytest.raises(MessageTooLarge, match=r"Getvar: .*1500 bytes"):
                await client.actions.getvar(variable="X")
            assert await client.ping()


async def test_an_endless_list_over_tcp(asterisk: FakeAsterisk) -> None:
    asterisk.reply(
        "CoreShowChannels",
        {"Response": "Success", "EventList": "start"},
        *({"Event": "CoreShowChannel", "Channel": f"SIP/{number}"} for number in range(50)),
    )
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", limits=Limits(items=10))
    async with client:
        stream = client.events(events.Hangup)
        for _ in range(2):
            with pytest.raises(MessageTooLarge, match="CoreShowChannels: the answer has more than 10") as caught:
                await client.actions.core_show_channels()
            assert [item.get("Channel") for item in caught.value.received[1:]] == [f"SIP/{n}" for n in range(9)]
        asterisk.send_event("Hangup", {"Channel": "SIP/1"})
        assert (await anext(stream)).channel == "SIP/1"
        assert await client.ping()


async def test_a_long_list_over_http() -> None:
    manager = Manager()
    items = "".join(f"Event: CoreShowChannel\r\nActionID: {{id}}\r\nChannel: SIP/{n}\r\n\r\n" for n in range(50))
    head = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    manager.scripted["CoreShowChannels"] = manager.with_body(head + items)
    async with HTTPServer(manager) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world", limits=Limits(items=10))
        async with client:
            with pytest.raises(MessageTooLarge, match="more than 10 messages") as caught:
                await client.actions.core_show_channels()
            assert len(caught.value.received) == 10
            assert await client.ping()
