"""Framing, parsing and encoding: bytes to messages and back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amitypes._protocol.encoding import encode, escape_variable
from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.event_prefix import event_prefix
from amitypes._protocol.framing import Framer
from amitypes._protocol.headers import as_dict, as_headers
from amitypes._protocol.message import Kind, Message, to_message
from amitypes._protocol.validation import check

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


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    points = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    return [data[start:stop] for start, stop in pairwise(points)]


# Framing


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
def test_however_a_stream_comes_it_is_cut_alike(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    whole, parts, bytes_ = Framer(), Framer(), Framer()
    messages = whole.feed(stream)
    assert [message for piece in pieces for message in parts.feed(piece)] == messages
    assert [message for byte in stream for message in bytes_.feed(bytes([byte]))] == messages
    assert whole.buffered.lstrip(b"\r\n") == parts.buffered.lstrip(b"\r\n") == bytes_.buffered.lstrip(b"\r\n")


@given(PIECES)
def test_what_nobody_wants_may_be_left_out_and_nothing_else(pieces: list[bytes]) -> None:
    stream = b"".join(pieces)
    every = Framer().feed(stream)
    noise = {beginning for message in every if (beginning := event_prefix(message.frame)) and message.name == "Noise"}
    some = [*map(to_message, Framer().split(stream, noise))]
    assert [each for each in some if each.name != "Noise"] == [each for each in every if each.name != "Noise"]


def test_what_nobody_wants_is_left_out() -> None:
    stream = b"Event: Noise\r\nX: 1\r\n\r\nEvent: A\r\nX: 1\r\n\r\nEvent: Noise\r\nX: 2\r\n\r\n"
    unwanted = {b"Event: Noise\r\nX: 1\r", b"Event: Noise\r\nX: 2\r"}
    assert [message.name for message in map(to_message, Framer().split(stream, unwanted))] == ["A"]


@pytest.mark.parametrize(
    ("frame", "beginning"),
    [
        (b"Event: A\r\nB: c\r", b"Event: A\r\nB: c\r"),
        (b"Event: A\r\nPrivilege: system,all\r\nB: c\r", b"Event: A\r\nPrivilege: system,all\r"),
        (b"Event: A", None),
        (b"Event: A\nB: c\r", None),
        (b"Event: LineEntry\r\nB: c\r", None),
        (b"Event: " + b"x" * 25 + b"\r\nB: c\r", None),
        (b"Response: Success\r\nB: c\r", None),
        (b"", None),
    ],
)
def test_a_beginning_that_tells_enough(frame: bytes, beginning: bytes | None) -> None:
    assert event_prefix(frame) == beginning


@given(st.lists(st.sampled_from([b"Event: A\r\nB: c", b"Event: A\r\nB: d", b"\r", b"\n", b"\r\n"]), max_size=12))
def test_blank_lines_of_any_number_and_kind(pieces: list[bytes]) -> None:
    stream = b"".join(pieces) + b"\r\n\r\n"
    slowly = Framer()
    messages = [message for byte in stream for message in slowly.feed(bytes([byte]))]
    assert Framer().feed(stream) == messages
    noise = b"Event: A\r\nB: d\r"
    some = [*map(to_message, Framer().split(stream, {noise}))]
    assert [each for each in some if event_prefix(each.frame) != noise] == [
        each for each in messages if event_prefix(each.frame) != noise
    ]


@given(st.binary(max_size=20), st.sampled_from([b"Event: ", b"Response: ", b""]))
@example(b"A\r\r\nB: c", b"Event: ")
def test_the_name_is_the_first_headers_value(data: bytes, beginning: bytes) -> None:
    message = Message(beginning + data)
    for _ in range(2):
        assert message.name == (message.headers[0][1] if message.headers else "")
        message = Message(beginning + data)


def test_typical_stream() -> None:
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


@given(st.lists(st.integers(0, len(TYPICAL)), max_size=20))
def test_any_split_gives_the_same_messages(cuts: list[int]) -> None:
    framer = Framer()
    messages = [message for part in cut(TYPICAL, cuts) for message in framer.feed(part)]
    assert messages == Framer().feed(TYPICAL)
    assert framer.buffered == b""


def test_byte_by_byte() -> None:
    framer = Framer()
    messages = [message for byte in TYPICAL for message in framer.feed(bytes([byte]))]
    assert messages == Framer().feed(TYPICAL)


# Few different bytes, so that line ends, colons and markers meet in every way.
JUNK = st.lists(
    st.sampled_from([b"\r", b"\n", b":", b" ", b"a", b"\0", b"\xff", b"Response: Follows\r\n", b"--END COMMAND--"])
).map(b"".join)


@given(JUNK, st.lists(st.integers(0, 300), max_size=10))
def test_junk_never_raises_and_splits_alike(data: bytes, cuts: list[int]) -> None:
    whole, parts = Framer(), Framer()
    expected = whole.feed(data)
    found = [message for part in cut(data, cuts) for message in parts.feed(part)]
    assert found == expected
    # What waits may differ by line ends that nobody needs any more.
    assert parts.buffered.lstrip(b"\r\n") == whole.buffered.lstrip(b"\r\n")
    for message in (*found, *filter(None, [parts.end()])):
        assert message.kind in Kind
        assert isinstance(repr(message), str)
        message.get("ActionID")
        message.as_dict()


@given(st.binary())
def test_any_bytes_can_be_parsed(data: bytes) -> None:
    message = Message(data)
    assert isinstance(message.name, str)
    assert message.kind in Kind
    message.as_dict()


def test_every_byte_is_in_some_message() -> None:
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


def test_skinnys_items_have_no_blank_line_between_them() -> None:
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


def test_end_after_a_lone_carriage_return() -> None:
    framer = Framer()
    assert framer.feed(b"Event: A\r\n\r\n\r") == [Message(b"Event: A\r")]
    assert framer.feed(b"\nEvent: B\r\n\r\n") == [Message(b"Event: B\r")]


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\n\r\n\r\n", b"\n\r\n\r\n", b"\n\n\n"])
def test_line_ends(end: bytes) -> None:
    assert frames(b"Event: A\r\nB: c" + end + b"Event: D" + end) == [[("Event", "A"), ("B", "c")], [("Event", "D")]]


def test_character_split_over_reads() -> None:
    framer = Framer()
    data = "Event: A\r\nName: Müller\r\n\r\n".encode()
    middle = data.index(b"\xc3") + 1
    assert framer.feed(data[:middle]) == []
    (message,) = framer.feed(data[middle:])
    assert message.get("Name") == "Müller"


def test_latin_1_comes_back_as_the_bytes_it_was() -> None:
    data = b"Action: A\r\nName: M\xfcller\r\n\r\n"
    (message,) = Framer().feed(data)
    assert message.get("Name").encode("utf-8", "surrogateescape") == b"M\xfcller"
    assert encode(message.headers) == data


def test_value_of_more_than_64_kib() -> None:
    value = "x" * 300_000
    framer = Framer()
    data = f"Response: Success\r\nJSON: {value}\r\n\r\n".encode()
    found = [message for part in cut(data, list(range(0, len(data), 4096))) for message in framer.feed(part)]
    assert [message.get("JSON") for message in found] == [value]


class CountingBytes(bytearray):
    """A buffer that counts the bytes that move when its front is cut off."""

    moved = 0

    def __delitem__(self, key: object) -> None:
        super().__delitem__(key)  # type: ignore[arg-type]  # any slice
        type(self).moved += len(self)


def test_many_messages_in_one_read_are_cut_in_linear_time() -> None:
    framer = Framer()
    CountingBytes.moved = 0
    framer._buffer = CountingBytes()
    count = 5000
    messages = framer.feed(b"Event: A\r\nB: c\r\n\r\n" * count + b"Event: rest")
    assert len(messages) == count
    # Cutting each message off by itself would move the whole rest of the buffer every time.
    assert CountingBytes.moved <= len(b"Event: rest")


def test_a_long_message_in_small_reads_is_searched_once() -> None:
    framer = Framer()
    searched = 0
    for _ in range(1000):
        before = framer._scanned
        framer.feed(b"x" * 100)
        searched += len(framer._buffer) - before
    # Each read looks at its own bytes and a few before; all over again would be fifty million.
    assert searched < 120_000


# Parsing


def test_one_blank_belongs_to_the_header() -> None:
    assert Message(b"Output:   indented\r\nB:none\r\nC: \r\nD:").headers == [
        ("Output", "  indented"),
        ("B", "none"),
        ("C", ""),
        ("D", ""),
    ]


def test_output_keeps_indentation_and_empty_lines() -> None:
    (message,) = Framer().feed(
        b"Response: Success\r\nMessage: Command output follows\r\n"
        b"Output: Channel  Location\r\nOutput: \r\nOutput:     2 calls: a, b\r\nOutput:\r\n\r\n"
    )
    assert message.as_dict()["Output"] == ["Channel  Location", "", "    2 calls: a, b", ""]


def test_line_without_colon_is_kept() -> None:
    assert Message(b"Response: Success\r\nNo categories found\r").headers == [
        ("Response", "Success"),
        ("", "No categories found"),
    ]


def test_colons_in_values() -> None:
    assert Message(b"Contact: sip:alice@[::1]:5060").headers == [("Contact", "sip:alice@[::1]:5060")]


def test_nothing_has_no_headers() -> None:
    assert Message(b"").headers == []
    assert Message(b"").name == ""
    assert Message(b"").as_dict() == {}


def test_header_names_are_read_without_case() -> None:
    message = Message(b"Event: A\r\nactionid: x\r\nActionID: y")
    assert message.get("ACTIONID") == "x"
    assert message.get("Missing", "default") == "default"


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (b"Event: Hangup\r\nResponse: Success", Kind.EVENT),
        (b"event: Hangup", Kind.EVENT),
        (b"Event: OriginateResponse\r\nResponse: Failure", Kind.EVENT),
        (b"Response: Error\r\nEvent: X", Kind.RESPONSE),
        (b"Action: Ping", Kind.ACTION),
        (b"-------- LOCAL -----\r\nEvent: x", Kind.TEXT),
        (b"Events", Kind.TEXT),
        (b"Response\r", Kind.TEXT),
        (b"Eventx", Kind.TEXT),
        (b"", Kind.TEXT),
    ],
)
def test_the_first_header_tells_the_kind(frame: bytes, kind: Kind) -> None:
    assert Message(frame).kind is kind


@pytest.mark.parametrize(
    ("body", "output"),
    [
        (b"--END COMMAND--", []),
        (b"\n--END COMMAND--", [""]),
        (b"one\n--END COMMAND--", ["one"]),
        (b"one\r\ntwo\n--END COMMAND--", ["one", "two"]),
        (b"one\n\n\r\nEvent: no event\n\n--END COMMAND--", ["one", "", "", "Event: no event", ""]),
        (b"no newline--END COMMAND--", ["no newline"]),
    ],
)
def test_response_follows(body: bytes, output: list[str]) -> None:
    head = b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n"
    messages = Framer().feed(head + body + b"\r\n\r\nEvent: Next\r\n\r\n")
    assert [message.name for message in messages] == ["Follows", "Next"]
    headers = messages[0].headers
    assert headers[:3] == [("Response", "Follows"), ("Privilege", "Command"), ("ActionID", "7")]
    assert [value for name, value in headers if name == "Output"] == output
    assert len(headers) == 3 + len(output)


def test_repr_shows_no_header() -> None:
    assert "hush" not in repr(Message(b"Action: Login\r\nSecret: hush"))


# Mappings

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=10)
VALUES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
HEADERS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=20)


@given(HEADERS)
def test_what_is_encoded_is_parsed_alike(headers: list[tuple[str, str]]) -> None:
    framer = Framer()
    messages = framer.feed(encode(headers))
    # A blank before the value is the header's own, so one that the value begins with is kept too.
    if headers[0][0].lower() != "response" or not headers[0][1].lower().strip(" \t").startswith("follows"):
        assert [list(message.headers) for message in messages] == [headers]
        assert framer.buffered == b""


@given(HEADERS)
def test_a_mapping_keeps_every_value_in_order(headers: list[tuple[str, str]]) -> None:
    back = as_headers(as_dict(headers))
    assert sorted(back) == sorted(headers)
    for name in {name for name, _ in headers}:
        assert [v for n, v in back if n == name] == [v for n, v in headers if n == name]


def test_a_repeated_header_is_a_list() -> None:
    assert as_dict([("A", "1"), ("B", "2"), ("A", "3"), ("A", "4")]) == {"A": ["1", "3", "4"], "B": "2"}


def test_mappings_are_new_each_time() -> None:
    message = Message(b"A: 1\r\nA: 2")
    message.as_dict().clear()
    assert message.as_dict() == {"A": ["1", "2"]}


@pytest.mark.parametrize("value", [1, None, 1.5, True])
def test_a_value_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidActionError, match=f"Priority is of type {type(value).__name__}"):
        as_headers({"Action": "Originate", "Priority": value})  # type: ignore[dict-item]  # what scripts do


# Limits


def test_the_longest_line_goes() -> None:
    check([("Action", "A"), ("B", "x" * (1022 - len("B: ")))])


def test_bytes_count_not_characters() -> None:
    with pytest.raises(InvalidActionError, match="1023 bytes"):
        check([("Action", "A"), ("B", "ü" * 510)])


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([("Secret", "hush\rx")], "CR, LF or NUL"),
        ([("Secret", "hush\n\nAction: Originate")], "CR, LF or NUL"),
        ([("Secret", "hush\0")], "CR, LF or NUL"),
        ([("Secret", "hush" * 300)], "1208 bytes"),
        ([("Secret", "hush\ud800")], "surrogate"),
        ([("Secret", ["hush"])], "type list"),
        ([("Se cret", "hush")], "not a header name"),
        ([("Secret:", "hush")], "not a header name"),
        ([("", "hush")], "not a header name"),
        ([("Sécret", "hush")], "not a header name"),
        ([("A\r\nB", "hush")], "not a header name"),
        ([("Variable", "hush")] * 128, "129 headers"),
        ([("ActionID", "hush" * 33)], "1 to 128 bytes"),
        ([("ActionID", "")], "1 to 128 bytes"),
        ([("actionid", "ü" * 65)], "1 to 128 bytes"),
    ],
)
def test_what_ami_cannot_carry_is_refused_without_showing_it(headers: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(InvalidActionError, match=words) as caught:
        check([("Action", "Login"), *headers])
    assert str(caught.value).startswith("Login")
    assert "hush" not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("headers", [[], [("Channel", "x")], [("Action", "")], [("Action", "  ")]])
def test_an_action_has_a_name(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidActionError, match="'Action'"):
        check(headers)


def test_limits_that_may_be_reached() -> None:
    check([("Action", "A"), ("ActionID", "x" * 128), *[("Variable", "a=b")] * 126])


def test_no_line_limit_over_http() -> None:
    check([("Action", "A"), ("B", "x" * 5000)], max_line=None)


def test_escaped_variables() -> None:
    assert escape_variable('a,b"c\\d') == 'a\\,b\\"c\\\\d'
    assert escape_variable("plain (text) [too]") == "plain (text) [too]"
