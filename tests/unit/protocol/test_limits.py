"""`Limits`: messages and answers that are too large, in bounded memory and without harm to others."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amitypes._protocol.framing import Framer
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._protocol.session import Session
from tests.unit.protocol.routed import flat


@pytest.mark.parametrize("wrong", [{"message": 0}, {"headers": 0}, {"answer": 0}, {"items": 0}])
def test_invalid_limits_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


# Messages

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


def test_messages_after_one_that_is_too_large_are_whole() -> None:
    assert shown(Framer(SMALL).feed(STREAM)) == EXPECTED


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_a_stream_split_anywhere_is_truncated_alike(cuts: list[int]) -> None:
    whole, framer = Framer(SMALL).feed(STREAM), Framer(SMALL)
    edges = [0, *sorted(cuts), len(STREAM)]
    parts = [message for a, b in itertools.pairwise(edges) for message in framer.feed(STREAM[a:b])]
    assert [(message.frame, message.truncated_reason) for message in parts] == [
        (message.frame, message.truncated_reason) for message in whole
    ]


def test_a_stream_byte_by_byte_is_truncated_alike() -> None:
    framer = Framer(SMALL)
    messages = [message for byte in STREAM for message in framer.feed(bytes([byte]))]
    assert shown(messages) == EXPECTED


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
def test_junk_split_anywhere_is_truncated_alike(stream: bytes, cuts: list[int]) -> None:
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


def test_a_truncated_message_consists_of_whole_lines() -> None:
    (long,) = Framer(SMALL).feed(LONG)
    assert [name for name, _ in long.headers] == ["Event", "Header-0", "Header-1", "Header-2"]
    assert "200 bytes" in long.truncated_reason
    (many,) = Framer(SMALL).feed(MANY)
    assert [name for name, _ in many.headers] == ["Event", *["A"] * 9]
    assert "10 headers" in many.truncated_reason


@pytest.mark.parametrize("size", [199, 200, 201])
def test_a_message_of_exactly_the_limit_is_whole(size: int) -> None:
    frame = b"Event: X\r\nY: ".ljust(size, b"y")
    (message,) = Framer(SMALL).feed(frame + b"\n\n")
    assert bool(message.truncated_reason) is (size > 200)


def test_an_endless_message_takes_bounded_memory() -> None:
    framer = Framer(Limits(message=10_000))
    for _ in range(200):
        assert framer.feed(b"x" * 5000) == []
        assert len(framer.buffered) <= 20_000
    for _ in range(200):
        assert framer.feed(b"\r\nName: value" * 400) == []
        assert len(framer.buffered) <= 20_000
    assert shown(framer.feed(b"\r\n\r\n" + FITS)) == [("xxxxxxxxxx", True), ("Fits", False)]


def test_an_end_marker_in_discarded_bytes_ends_the_text() -> None:
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
def test_a_last_message_that_is_too_large_is_truncated(stream: bytes, cut: bool) -> None:
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
def test_a_last_message_of_exactly_the_limit_is_whole(end: bytes) -> None:
    framer = Framer(SMALL)
    assert framer.feed(b"\r\n".join([b"A: b"] * 10) + end) == []
    last = framer.end()
    assert last is not None
    assert not last.truncated_reason


def test_without_limits_every_message_is_whole() -> None:
    assert not any(message.truncated_reason for message in Framer().feed(STREAM))


# Answers

RESPONSE = "Response: Success\r\nActionID: {}\r\nEventList: start\r\n\r\n"
ITEM = "Event: CoreShowChannel\r\nActionID: {}\r\nChannel: SIP/1\r\n\r\n"
END = "Event: CoreShowChannelsComplete\r\nActionID: {}\r\nEventList: Complete\r\n\r\n"
PONG = "Response: Success\r\nActionID: {}\r\nPing: Pong\r\n\r\n"


@pytest.mark.parametrize(
    ("limits", "kept", "why"),
    [(Limits(items=4), 4, "more than 4 messages"), (Limits(answer=250), 4, "more than 250 bytes")],
)
def test_the_rest_of_an_endless_list_is_dropped(limits: Limits, kept: int, why: str) -> None:
    session = Session({}, banner=False, limits=limits)
    endless, _ = session.begin([("Action", "CoreShowChannels"), ("ActionID", "list")], max_line=None)
    ping, _ = session.begin([("Action", "Ping"), ("ActionID", "ping")], max_line=None)
    arrived = flat(session.receive((RESPONSE + 3 * ITEM).format(*4 * ["list"]).encode()))
    assert arrived == []
    assert session.receive(ITEM.format("list").encode()) == [endless]
    assert why in endless.truncated_reason
    for _ in range(100):
        assert session.receive((5 * ITEM).format(*5 * ["list"]).encode()) == []
    assert len(endless.messages) == kept
    rest = (PONG.format("ping") + FITS.decode() + END.format("list")).encode()
    assert flat(session.receive(rest)) == [ping, *Framer().feed(FITS)]
    assert session.pending == ()


def test_an_answer_of_exactly_the_limit_is_whole() -> None:
    session = Session({}, banner=False, limits=Limits(items=4))
    exchange, _ = session.begin([("Action", "CoreShowChannels"), ("ActionID", "list")], max_line=None)
    whole = RESPONSE + 2 * ITEM + END
    assert session.receive(whole.format(*4 * ["list"]).encode()) == [exchange]
    assert (exchange.truncated_reason, len(exchange.messages)) == ("", 4)


def test_endless_bare_text_ends_at_the_limit() -> None:
    session = Session({"queues": ResponseShape(frozenset(), plain_text=True)}, banner=False, limits=Limits(items=4))
    exchange, _ = session.begin([("Action", "Queues")], max_line=None)
    assert session.receive(b"a line\r\n\r\n" * 100) == [exchange]
    assert (exchange.complete, len(exchange.messages)) == (False, 4)


def test_the_limit_of_answers_does_not_apply_to_a_single_message() -> None:
    session = Session({}, banner=False, limits=Limits(answer=1))
    ping, _ = session.begin([("Action", "Ping"), ("ActionID", "ping")], max_line=None)
    assert session.receive(PONG.format("ping").encode()) == [ping]
    assert ping.truncated_reason == ""
