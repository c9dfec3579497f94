"""`Message`: its name, kind and headers."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amitypes._protocol.message import Kind, Message


@given(st.binary())
def test_any_bytes_can_be_parsed(data: bytes) -> None:
    message = Message(data)
    assert isinstance(message.name, str)
    assert message.kind in Kind
    message.as_dict()


@given(st.binary(max_size=20), st.sampled_from([b"Event: ", b"Response: ", b""]))
@example(b"A\r\r\nB: c", b"Event: ")
def test_the_name_is_the_first_headers_value(data: bytes, beginning: bytes) -> None:
    message = Message(beginning + data)
    for _ in range(2):
        assert message.name == (message.headers[0][1] if message.headers else "")
        message = Message(beginning + data)


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
def test_the_first_header_determines_the_kind(frame: bytes, kind: Kind) -> None:
    assert Message(frame).kind is kind


def test_get_ignores_the_case_of_a_header_name() -> None:
    message = Message(b"Event: A\r\nactionid: x\r\nActionID: y")
    assert message.get("ACTIONID") == "x"
    assert message.get("Missing", "default") == "default"


def test_as_dict_returns_a_new_mapping_each_time() -> None:
    message = Message(b"A: 1\r\nA: 2")
    message.as_dict().clear()
    assert message.as_dict() == {"A": ["1", "2"]}


def test_repr_shows_no_header() -> None:
    assert "hush" not in repr(Message(b"Action: Login\r\nSecret: hush"))
