"""The headers of a message, as parsed from what a live Asterisk sends."""

from __future__ import annotations

import pytest

from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Message


def test_one_space_after_the_colon_belongs_to_the_header() -> None:
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


def test_a_line_without_a_colon_is_kept() -> None:
    assert Message(b"Response: Success\r\nNo categories found\r").headers == [
        ("Response", "Success"),
        ("", "No categories found"),
    ]


def test_a_value_may_contain_colons() -> None:
    assert Message(b"Contact: sip:alice@[::1]:5060").headers == [("Contact", "sip:alice@[::1]:5060")]


def test_an_empty_message_has_no_headers() -> None:
    assert Message(b"").headers == []
    assert Message(b"").name == ""
    assert Message(b"").as_dict() == {}


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
def test_the_free_text_of_response_follows_becomes_output(body: bytes, output: list[str]) -> None:
    head = b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n"
    messages = Framer().feed(head + body + b"\r\n\r\nEvent: Next\r\n\r\n")
    assert [message.name for message in messages] == ["Follows", "Next"]
    headers = messages[0].headers
    assert headers[:3] == [("Response", "Follows"), ("Privilege", "Command"), ("ActionID", "7")]
    assert [value for name, value in headers if name == "Output"] == output
    assert len(headers) == 3 + len(output)
