"""`Framer`: a stream of bytes as messages, however the bytes are divided into reads."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amitypes._protocol.event_prefix import event_prefix
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Kind, Message, to_message

TYPICAL = (
    b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
    b"Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n"
    b"Response: Error\r\nMessage: No Contacts found\n\r\n\r\n"
    b"Event: A\nB: c\n\n"
    b"\r\n\r\nEvent: M\xc3\xbcller\r\nCallerIDName: Z\xfcrich\r\n\n"
    b"Response: Follows\r\nPrivilege: Command\r\nActionID: 2\r\nfirst: line\n\nlast--END COMMAND--\r\n\r\n"
    b"Event: Z\r\nReportBlock:\r\n\r\n"
)


def frames(data: bytes) -> list[list[tuple[str, str]]]:
    return [list(message.headers) for message in Framer().feed(data)]


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    points = [0, *sorted({min(pieces_of, len(data)) for pieces_of in cuts}), len(data)]
    return [data[start:stop] for start, stop in pairwise(points)]


# Any split gives the same messages

PIECES = st.lists(
    st.sampled_from(
        [
            b"Event: A\r\nB: c",
            b"Event: Noise\r\nB: c",
            b"Response: Success\r\nActionID: 1",
            b"Response: Follows\r\nx",
            b"--END COMMAND--",
            b"Event: LineEntry\r\nA: 1\r\nEvent: LineEntry",
            b"\r\n\r\n",
            b"\r\n",
            b"\n",
            b"\r",
            b"text",
        ]
    ),
    max_size=20,
)


@given(PIECES)
def test_odd_bytes_split_anywhere_give_the_same_messages(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    whole, parts, bytes_ = Framer(), Framer(), Framer()
    messages = whole.feed(stream)
    assert [message for piece in pieces for message in parts.feed(piece)] == messages
    assert [message for byte in stream for message in bytes_.feed(bytes([byte]))] == messages
    assert whole.buffered.lstrip(b"\r\n") == parts.buffered.lstrip(b"\r\n") == bytes_.buffered.lstrip(b"\r\n")


@given(st.lists(st.integers(0, len(TYPICAL)), max_size=20))
def test_a_typical_stream_split_anywhere_gives_the_same_messages(cuts: list[int]) -> None:
    framer = Framer()
    messages = [message for part in pieces_of(TYPICAL, cuts) for message in framer.feed(part)]
    assert messages == Framer().feed(TYPICAL)
    assert framer.buffered == b""


def test_a_typical_stream_byte_by_byte_gives_the_same_messages() -> None:
    framer = Framer()
    messages = [message for byte in TYPICAL for message in framer.feed(bytes([byte]))]
    assert messages == Framer().feed(TYPICAL)


# Few different bytes, so that line ends, colons and markers meet in every way.
JUNK = st.lists(
    st.sampled_from([b"\r", b"\n", b":", b" ", b"a", b"\0", b"\xff", b"Response: Follows\r\n", b"--END COMMAND--"])
).map(b"".join)


@given(JUNK, st.lists(st.integers(0, 300), max_size=10))
def test_junk_raises_nothing_and_gives_the_same_messages_however_it_is_split(data: bytes, cuts: list[int]) -> None:
    whole, parts = Framer(), Framer()
    expected = whole.feed(data)
    found = [message for part in pieces_of(data, cuts) for message in parts.feed(part)]
    assert found == expected
    # What is buffered may differ by line ends that belong to no message.
    assert parts.buffered.lstrip(b"\r\n") == whole.buffered.lstrip(b"\r\n")
    for message in (*found, *filter(None, [parts.end()])):
        assert message.kind in Kind
        assert isinstance(repr(message), str)
        message.get("ActionID")
        message.as_dict()


@given(st.lists(st.sampled_from([b"Event: A\r\nB: c", b"Event: A\r\nB: d", b"\r", b"\n", b"\r\n"]), max_size=12))
def test_any_blank_lines_separate_messages_however_they_are_split(pieces: list[bytes]) -> None:
    stream = b"".join(pieces) + b"\r\n\r\n"
    slowly = Framer()
    messages = [message for byte in stream for message in slowly.feed(bytes([byte]))]
    assert Framer().feed(stream) == messages
    noise = b"Event: A\r\nB: d\r"
    some = [*map(to_message, Framer().split(stream, {noise}))]
    assert [each for each in some if event_prefix(each.frame) != noise] == [
        each for each in messages if event_prefix(each.frame) != noise
    ]


def test_a_character_split_across_reads_is_whole() -> None:
    framer = Framer()
    data = "Event: A\r\nName: Müller\r\n\r\n".encode()
    middle = data.index(b"\xc3") + 1
    assert framer.feed(data[:middle]) == []
    (message,) = framer.feed(data[middle:])
    assert message.get("Name") == "Müller"


def test_a_blank_line_may_be_split_after_its_carriage_return() -> None:
    framer = Framer()
    assert framer.feed(b"Event: A\r\n\r\n\r") == [Message(b"Event: A\r")]
    assert framer.feed(b"\nEvent: B\r\n\r\n") == [Message(b"Event: B\r")]


# What a message is


def test_a_typical_stream_is_split_and_parsed() -> None:
    assert frames(TYPICAL) == [
        [("Response", "Success"), ("ActionID", "1"), ("Message", "Authentication accepted")],
        [("Event", "FullyBooted"), ("Privilege", "system,all")],
        [("Response", "Error"), ("Message", "No Contacts found")],
        [("Event", "A"), ("B", "c")],
        [("Event", "Müller"), ("CallerIDName", "Z\udcfcrich")],
        [
            ("Response", "Follows"),
            ("Privilege", "Command"),
            ("ActionID", "2"),
            ("Output", "first: line"),
            ("Output", ""),
            ("Output", "last"),
        ],
        [("Event", "Z"), ("ReportBlock", "")],
    ]


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\n\r\n\r\n", b"\n\r\n\r\n", b"\n\n\n"])
def test_line_ends_of_any_kind_separate_messages(end: bytes) -> None:
    assert frames(b"Event: A\r\nB: c" + end + b"Event: D" + end) == [[("Event", "A"), ("B", "c")], [("Event", "D")]]


def test_every_byte_is_in_a_message_or_buffered() -> None:
    framer = Framer()
    messages = framer.feed(b"a: 1\r\n\r\nb: 2\n\nc: 3")
    assert [message.frame.strip(b"\r") for message in messages] == [b"a: 1", b"b: 2"]
    assert framer.buffered == b"c: 3"
    last = framer.end()
    assert last is not None
    assert last.headers == [("c", "3")]
    assert framer.end() is None


def test_blank_lines_alone_are_no_message() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n\n\r\n\n") == []
    assert framer.end() is None


def test_skinny_events_without_blank_lines_are_separate_messages() -> None:
    items = b"Event: LineEntry\r\nObjectName: 2100\r\nEvent: LineEntry\r\nObjectName: 2101\r\n"
    end = b"Event: LinelistComplete\r\nEventList: Complete\r\n\r\n"
    assert frames(items + end) == [
        [("Event", "LineEntry"), ("ObjectName", "2100")],
        [("Event", "LineEntry"), ("ObjectName", "2101")],
        [("Event", "LinelistComplete"), ("EventList", "Complete")],
    ]


def test_a_user_event_may_have_a_header_named_event() -> None:
    event = b"Event: UserEvent\r\nUserEvent: Forged\r\nEvent: Hangup\r\n\r\n"
    assert frames(event) == [[("Event", "UserEvent"), ("UserEvent", "Forged"), ("Event", "Hangup")]]


def test_a_value_may_exceed_64_kib() -> None:
    value = "x" * 300_000
    framer = Framer()
    data = f"Response: Success\r\nJSON: {value}\r\n\r\n".encode()
    found = [message for part in pieces_of(data, list(range(0, len(data), 4096))) for message in framer.feed(part)]
    assert [message.get("JSON") for message in found] == [value]


# Unwanted events


def test_unwanted_events_are_left_out() -> None:
    stream = b"Event: Noise\r\nX: 1\r\n\r\nEvent: A\r\nX: 1\r\n\r\nEvent: Noise\r\nX: 2\r\n\r\n"
    unwanted = {b"Event: Noise\r\nX: 1\r", b"Event: Noise\r\nX: 2\r"}
    assert [message.name for message in map(to_message, Framer().split(stream, unwanted))] == ["A"]


@given(PIECES)
def test_only_unwanted_events_are_left_out(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    every = Framer().feed(stream)
    noise = {beginning for message in every if (beginning := event_prefix(message.frame)) and message.name == "Noise"}
    some = [*map(to_message, Framer().split(stream, noise))]
    assert [each for each in some if each.name != "Noise"] == [each for each in every if each.name != "Noise"]


# Time


class CountingBytes(bytearray):
    """A buffer that counts the bytes that move when bytes at its front are deleted."""

    moved = 0

    def __delitem__(self, key: object) -> None:
        super().__delitem__(key)  # type: ignore[arg-type]  # any slice
        type(self).moved += len(self)


def test_many_messages_in_one_read_are_split_in_linear_time() -> None:
    framer = Framer()
    CountingBytes.moved = 0
    framer._buffer = CountingBytes()
    count = 5000
    messages = framer.feed(b"Event: A\r\nB: c\r\n\r\n" * count + b"Event: rest")
    assert len(messages) == count
    # Deleting each message by itself would move the rest of the buffer every time.
    assert CountingBytes.moved <= len(b"Event: rest")


def test_a_long_message_in_small_reads_is_searched_once() -> None:
    framer = Framer()
    searched = 0
    for _ in range(1000):
        before = framer._scanned
        framer.feed(b"x" * 100)
        searched += len(framer._buffer) - before
    # Each read searches its own bytes and a few before; searching from the start each time would be fifty million.
    assert searched < 120_000
