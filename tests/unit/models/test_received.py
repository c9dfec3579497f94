"""Decoding of messages to models."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from amitypes._models.base import headers_of
from amitypes._models.event import Event, UnknownEvent
from amitypes._models.issue import Issue
from amitypes._models.numbered_names import split_name
from amitypes._models.response import Response
from amitypes._protocol.message import Message
from tests.unit.models.messages import message
from tests.unit.sample import Call, Sample, Strict

EVERYTHING = """Event: Sample
Privilege: call,all
ActionID: 7
channel: SIP/1
CAUSE: 16
Jitter: 0.0044
Paused: Yes
Secret: hush
Mode: ring
Module: a
Module: b
ChanVariable: a=1=2
ChanVariable(SIP/1): b=
Category-000000: general
Category-000001: hello
UnitAmount(0): 5
UnitAmount(1): 6
Line-000000-000000: a=1
Line-000001-000000: b=2
Line-000001-000001: c=3
Custom: x
Custom: y"""


def test_headers_of_every_shape_are_decoded() -> None:
    event = Sample.decode(message(EVERYTHING))
    assert event.issues == ()
    assert (event.event, event.privilege, event.action_id) == ("Sample", "call,all", "7")
    assert (event.channel, event.cause, event.jitter, event.paused, event.mode) == ("SIP/1", 16, 0.0044, True, "ring")
    assert event.secret == SecretStr("hush")
    assert event.modules == ["a", "b"]
    assert event.chan_variable == {"a": "1=2", "b": ""}
    assert event.categories == ["general", "hello"]
    assert event.unit_amount == [5, 6]
    assert event.lines == [["a=1"], ["b=2", "c=3"]]
    assert event.model_extra == {"Custom": ["x", "y"]}


def test_an_empty_message_is_decoded_to_defaults() -> None:
    event = Sample.decode(Message(b""))
    assert event.model_fields_set == set()
    assert (event.channel, event.cause, event.modules, event.issues, event.raw) == ("", None, [], (), {})


def test_raw_keeps_names_order_and_repeats() -> None:
    event = Sample.decode(message(EVERYTHING))
    assert list(event.raw)[:5] == ["Event", "Privilege", "ActionID", "channel", "CAUSE"]
    assert event.raw["Module"] == ["a", "b"]
    assert event.raw["CAUSE"] == "16"
    event.raw.clear()
    assert event.raw["CAUSE"] == "16"


def test_an_empty_header_is_set_and_an_absent_one_is_not() -> None:
    event = Sample.decode(message("Event: Sample\nChannel: \nCause: "))
    assert {"channel", "cause"} <= event.model_fields_set
    assert "jitter" not in event.model_fields_set
    assert (event.channel, event.cause, event.issues) == ("", None, ())


@pytest.mark.parametrize("text", ["", "<unknown>", "<none>", "(null)"])
def test_a_text_for_no_value_is_none_except_in_a_text_field(text: str) -> None:
    event = Sample.decode(message(f"Cause: {text}\nPaused: {text}\nSecret: {text}\nChannel: {text}"))
    assert (event.cause, event.paused, event.secret) == (None, None, None)
    assert event.channel == text
    assert event.issues == ()


def test_a_value_of_another_type_is_an_issue_and_stays_in_raw() -> None:
    event = Sample.decode(message("Cause: sixteen\nPaused: maybe\nChannel: SIP/1\nUnitAmount(0): x"))
    assert (event.cause, event.paused, event.channel, event.unit_amount) == (None, None, "SIP/1", [])
    assert event.issues == (
        Issue("Cause", "sixteen", "not an integer"),
        Issue("Paused", "maybe", "not a boolean"),
        Issue("UnitAmount(0)", "x", "not an integer"),
    )
    assert event.raw["Cause"] == "sixteen"


def test_a_single_header_that_repeats_is_an_issue() -> None:
    event = Sample.decode(message("Channel: first\nChannel: second"))
    assert event.channel == "first"
    assert [(issue.header, issue.value) for issue in event.issues] == [("Channel", "second")]
    assert event.raw["Channel"] == ["first", "second"]


def test_an_open_enumeration_takes_a_new_value() -> None:
    event = Sample.decode(message("Mode: congestion"))
    assert event.mode == "congestion"
    assert event.issues == ()


def test_a_huge_number_in_a_name_is_refused() -> None:
    event = Sample.decode(message("Line-999999-000000: a\nLine-000000-000000: b"))
    assert event.lines == [["b"]]
    assert [issue.header for issue in event.issues] == ["Line-999999-000000"]


def test_a_line_without_colon_is_kept() -> None:
    event = Sample.decode(message("Event: Sample\nno colon here"))
    assert event.model_extra == {"": "no colon here"}


def test_a_new_value_of_a_closed_enumeration_is_an_issue() -> None:
    event = Strict.decode(message("Event: Strict\nMode: congestion\nOther: x"))
    assert event.other == "x"
    assert event.mode == "ring"
    assert {issue.header for issue in event.issues} == {"Mode"}
    assert event.missing == ("Count",)
    assert [issue.value for issue in event.issues if issue.header == "Mode"] == ["congestion"]
    assert event.raw["Mode"] == "congestion"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("Count: many", "not an integer"), ("Count: <unknown>", "Input should be a valid integer")],
)
def test_a_required_field_without_a_valid_value_is_none(text: str, problem: str) -> None:
    event = Strict.decode(message(f"Event: Strict\n{text}"))
    assert vars(event)["count"] is None
    assert "count" not in event.model_fields_set
    assert [(issue.header, issue.problem) for issue in event.issues] == [("Count", problem)]
    assert event.missing == ()


def test_a_required_header_that_is_absent_is_missing() -> None:
    event = Strict.decode(message("Event: Strict\nMode: ring"))
    assert vars(event)["count"] is None
    assert "count" not in event.model_fields_set
    assert (event.missing, event.issues) == (("Count",), ())


def test_a_required_header_that_is_present_is_not_missing() -> None:
    event = Strict.decode(message("Event: Strict\nCount: 3"))
    assert (event.count, event.issues, event.missing) == (3, (), ())
    with pytest.raises(ValidationError, match="count"):
        Strict()  # type: ignore[call-arg]  # what a type checker would refuse


def test_bytes_that_are_not_utf_8_are_kept() -> None:
    event = Sample.decode(Message(b"Channel: M\xfcller"))
    assert event.channel.encode("utf-8", "surrogateescape") == b"Channel: M\xfcller"[9:]
    repr(event)


TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\r\n")),
    st.sampled_from(["", "1", "-5", "yes", "<unknown>", "a=b", "=", "9" * 5000, "1e999", "nan"]),
)


HEADER_NAMES = st.one_of(
    st.sampled_from([*Sample.wire_headers, *Strict.wire_headers, "Event", "ActionID", "Line-000003-000001", "line-1"]),
    st.from_regex(r"(Category-[0-9]{6}|Line-[0-9]{6}-[0-9]{6}|UnitAmount\([0-9]{1,9}\))", fullmatch=True),
    st.text(st.characters(exclude_characters="\r\n:", exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["model_config", "__class__", "raw", "issues", "origin", "_declared", "self", "cls", "values"]),
)


@given(st.lists(st.tuples(HEADER_NAMES, TEXTS), max_size=15), st.sampled_from([Sample, Strict, UnknownEvent, Response]))
def test_decoding_never_raises_and_loses_nothing(headers: list[tuple[str, str]], kind: type[Event | Response]) -> None:
    received = Message(b"\r\n".join(f"{name}: {value}".encode("utf-8", "surrogatepass") for name, value in headers))
    model = kind.decode(received)
    assert model.raw == received.as_dict()
    assert isinstance(model.issues, tuple)
    assert isinstance(repr(model), str)
    known = {*headers_of(kind).leading, *headers_of(kind).declared}
    for name in received.as_dict():
        if not {name.lower(), split_name(name.lower())[0]} & known:
            assert model.model_extra is not None
            assert name in model.model_extra


@given(st.binary())
def test_any_bytes_can_be_decoded(data: bytes) -> None:
    assert Sample.decode(Message(data)).raw == Message(data).as_dict()


def test_copies_and_pickles_keep_everything() -> None:
    event = Sample.decode(message(EVERYTHING + "\nCause: 17"))
    for twin in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event)), event.model_copy()):
        assert twin == event
        assert twin.raw == event.raw
        assert twin.issues == event.issues != ()
        assert twin.model_extra == event.model_extra


def test_an_event_made_by_a_user_has_no_raw_headers() -> None:
    event = Sample(channel="SIP/1", cause=3)
    assert (event.raw, event.issues) == ({}, ())


def test_secrets_are_masked() -> None:
    event = Sample.decode(message(EVERYTHING))
    assert "hush" not in f"{event!r} {event} {event.model_dump_json()}"
    action = Call(channel="x", secret=SecretStr("hush"))
    assert "hush" not in f"{action!r} {action}"
