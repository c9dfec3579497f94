"""Compiled decoders: they make the same models as pydantic does."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import field_validator

from amitypes import TCPClient, events, responses
from amitypes._models.base import headers_of
from amitypes._models.codec import Header, Shape
from amitypes._models.codecs import integer, mapping, yes_no
from amitypes._models.event import Event, UnknownEvent
from amitypes._models.lists import ListResponse
from amitypes._models.received import Received, compiled_decoders, decode_uncompiled
from amitypes._models.response import Response
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Message
from benchmarks.flood import recorded
from tests.unit.sample import Counted, Sample, Strict

OFTEN = 20


KINDS: Sequence[type[Received]] = (Sample, Strict, Counted, UnknownEvent, Response)


def message(headers: Sequence[tuple[str, str]]) -> Message:
    return Message(b"\n".join(f"{name}: {value}\r".encode("utf-8", "surrogateescape") for name, value in headers))


def learn(kind: type[Received], text: Message) -> None:
    for _ in range(OFTEN):
        kind.decode(Message(text.frame))


def assert_same(kind: type[Received], one: Message) -> None:
    """Assert that the model is the same whether a compiled decoder, the codecs alone or pydantic made it."""
    fast = kind.decode(Message(one.frame, truncated_reason=one.truncated_reason))
    slow = decode_uncompiled(kind, Message(one.frame, truncated_reason=one.truncated_reason))
    validated = decode_uncompiled(kind, Message(one.frame, truncated_reason=one.truncated_reason), validate=True)
    assert_alike(copy.copy(fast), validated)
    assert_alike(fast, validated)
    assert_alike(slow, validated)
    assert_alike(pickle.loads(pickle.dumps(fast)), validated)


def assert_alike(fast: Received, validated: Received) -> None:
    assert type(fast) is type(validated)
    assert fast == validated
    assert repr(fast) == repr(validated)
    assert list(vars(fast).items()) == list(vars(validated).items())
    assert [type(value) for value in vars(fast).values()] == [type(value) for value in vars(validated).values()]
    assert fast.model_fields_set == validated.model_fields_set
    assert list((fast.model_extra or {}).items()) == list((validated.model_extra or {}).items())
    assert list(fast.raw.items()) == list(validated.raw.items())
    assert (fast.issues, fast.missing, fast.action_id) == (validated.issues, validated.missing, validated.action_id)
    if isinstance(fast, Event):
        assert isinstance(validated, Event)
        assert (fast.timestamp, fast.sequence_number) == (validated.timestamp, validated.sequence_number)
        assert (fast.system_name, fast.source_line) == (validated.system_name, validated.source_line)


@pytest.fixture(autouse=True)
def forget_decoders() -> Iterator[None]:
    yield
    for kind in KINDS:
        compiled_decoders(kind).forget()


GOOD: Mapping[str, str] = {
    "Event": "Sample",
    "Privilege": "call,all",
    "Timestamp": "1700000000.25",
    "SequenceNumber": "7",
    "SystemName": "pbx",
    "Response": "Success",
    "Message": "done",
    "ActionID": "7",
    "Channel": "SIP/1",
    "Cause": "16",
    "Count": "3",
    "Jitter": "0.5",
    "Paused": "yes",
    "Secret": "hush",
    "Mode": "ring",
    "Other": "x",
    "Module": "a",
    "Output": "a",
    "ChanVariable": "a=b",
    "ChanVariable(SIP/1)": "a=b",
    "Category-000000": "general",
    "Category-000001": "more",
    "UnitAmount(0)": "5",
    "Line-000000-000000": "a",
    "Line-000000-000001": "b",
    "Custom": "x",
    "": "x",
}


LEADING = st.sampled_from(
    [
        ["Event"],
        ["Event", "Privilege"],
        ["Event", "Privilege", "Timestamp"],
        ["Event", "Privilege", "Timestamp", "SequenceNumber", "SystemName"],
        ["Event", "Timestamp"],
        ["Response"],
        ["Response", "ActionID", "Message"],
        ["Output"],
        [],
    ]
)


NAMES = st.builds(lambda leading, rest: [*leading, *rest], LEADING, st.lists(st.sampled_from([*GOOD]), max_size=8))


ODD = st.one_of(
    st.sampled_from(["", "<unknown>", "N/A", "many", "ring", "1", "0", "a=b=c", "x\n", "\r", "9" * 50, "Follows", "é"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@given(NAMES, st.data(), st.sampled_from(KINDS))
def test_other_values_make_the_same_model_as_pydantic(
    names: list[str], data: st.DataObject, kind: type[Received]
) -> None:
    compiled_decoders(kind).forget()
    learn(kind, message([(name, GOOD[name]) for name in names]))
    odd = data.draw(st.sets(st.integers(0, len(names)), max_size=3))
    values = [data.draw(ODD) if place in odd else GOOD[name] for place, name in enumerate(names)]
    assert_same(kind, message([*zip(names, values, strict=True)]))


@given(NAMES, st.data(), st.sampled_from(KINDS))
def test_similar_bytes_make_the_same_model_as_pydantic(
    names: list[str], data: st.DataObject, kind: type[Received]
) -> None:
    compiled_decoders(kind).forget()
    usual = message([(name, GOOD[name]) for name in names])
    learn(kind, usual)
    frame = bytearray(usual.frame)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(frame)))
        stop = data.draw(st.integers(start, min(len(frame), start + 3)))
        frame[start:stop] = data.draw(
            st.sampled_from([b"", b"\r", b"\n", b"\r\n", b":", b" ", b": ", b"a", b"\xff", b"\r\nCause: 1\r\n", b"\0"])
        )
    assert_same(kind, Message(bytes(frame), truncated_reason=data.draw(st.sampled_from(["", "it broke off"]))))


def received(group: object) -> list[type[Received]]:
    classes = [getattr(group, name) for name in group.__all__ if name != "by_name"]  # type: ignore[attr-defined]  # offered by a lazy module
    return [each for each in classes if issubclass(each, Received) and not issubclass(each, ListResponse)]


@pytest.mark.parametrize("kind", [*received(events), *received(responses)], ids=lambda kind: kind.__name__)
def test_every_generated_class_is_decoded_as_by_pydantic(kind: type[Received]) -> None:
    """Each class, with all headers that it declares."""
    first = ("Event", kind.wire_name) if issubclass(kind, Event) else ("Response", "Success")
    names = [name for base in reversed(kind.__mro__) for name in base.__dict__.get("wire_headers", ())]
    assert names
    headers = [first, *((name, _value(kind, name)) for name in dict.fromkeys(names) if name != first[0])]
    compiled_decoders(kind).forget()
    try:
        learn(kind, message(headers))
        assert_same(kind, message(headers))
        for odd in ("", "<unknown>", "0", "no such value"):
            assert_same(kind, message([first, *((name, odd) for name, _ in headers[1:])]))
    finally:
        compiled_decoders(kind).forget()


def _value(kind: type[Received], name: str) -> str:
    """A value that the header can have."""
    declared = headers_of(kind).declared.get(name.lower())
    codec = declared.codec if declared else integer
    for value in ("a=b", "7", "yes", "00:00:07", "2026-01-02T03:04:05+00:00", "{}"):
        try:
            if codec.shape is not Shape.MAPPING:
                codec.decode(value)
        except ValueError:
            continue
        return value
    raise AssertionError(name)


def test_recorded_events_are_decoded_as_by_pydantic() -> None:
    """Events of a live server, most of them decoded by a compiled decoder."""
    registry = events.by_name("hangup")
    assert registry is events.Hangup
    framer = Framer()
    fast = 0
    for number, event in enumerate(framer.feed(b"".join(recorded()[:4000]))):
        kind = _class(event)
        fast += bool(compiled_decoders(kind).compiled)
        if number % 10 == 0:
            assert_same(kind, event)
            assert TCPClient.registry.event(event.frame) == TCPClient.registry.decode_event(event)
        else:
            kind.decode(event)
    assert fast > 3000


def _class(event: Message) -> type[Event]:
    try:
        return events.by_name(event.name)
    except KeyError:
        return UnknownEvent


def usual(**more: str) -> Message:
    return message([("Event", "Sample"), ("Channel", "SIP/1"), ("Cause", "16"), *more.items()])


def test_models_share_no_mutable_value() -> None:
    learn(Sample, usual(Module="a", Custom="x"))
    one = Sample.decode(usual(Module="a", Custom="x"))
    one.modules.append("b")
    one.chan_variable["c"] = "d"
    one.categories.append("e")
    one.channel = "SIP/2"
    one.model_fields_set.add("mode")
    assert one.model_extra is not None
    one.model_extra["Custom"] = "y"
    other = Sample.decode(usual(Module="a", Custom="x"))
    assert (other.modules, other.chan_variable, other.categories) == (["a"], {}, [])
    assert (other.channel, other.model_extra) == ("SIP/1", {"Custom": "x"})
    assert other.model_fields_set == {"event", "channel", "cause", "modules"}


def test_the_set_fields_are_known_at_any_first_access() -> None:
    learn(Sample, usual())
    given = {"event", "channel", "cause"}
    assert Sample.decode(usual()).model_dump(exclude_unset=True).keys() == given
    assert pickle.loads(pickle.dumps(Sample.decode(usual()))).model_fields_set == given
    assert Sample.decode(usual()).model_copy(update={"mode": "up"}).model_fields_set == given | {"mode"}
    changed = Sample.decode(usual())
    changed.mode = "up"
    assert changed.model_fields_set == given | {"mode"}
    assert type(Sample.decode(usual()).model_fields_set) is set
    assert Sample.decode(usual()).model_dump_json(exclude_unset=True).count(":") == len(given)
    assert copy.deepcopy(Sample.decode(usual())).model_fields_set == given
    assert Sample.decode(usual()).model_dump() == changed.model_copy(update={"mode": ""}).model_dump()
    with pytest.raises(AttributeError, match="__pydantic"):
        assert Sample.__new__(Sample).model_fields_set


def test_copies_are_independent() -> None:
    learn(Sample, usual())
    event = Sample.decode(usual())
    for twin in (copy.copy(event), copy.deepcopy(event), event.model_copy(update={"cause": 17})):
        assert twin.raw == event.raw
        twin.channel = "SIP/2"
        assert event.channel == "SIP/1"


def test_a_value_of_another_type_is_an_issue_every_time() -> None:
    learn(Sample, usual())
    event = Sample.decode(message([("Event", "Sample"), ("Channel", "SIP/1"), ("Cause", "many")]))
    assert [issue.header for issue in event.issues] == ["Cause"]
    assert event.cause is None
    assert Sample.decode(usual()).cause == 16


def test_a_required_value_that_is_unknown_is_an_issue() -> None:
    learn(Strict, message([("Event", "Strict"), ("Other", "x"), ("Count", "3")]))
    event = Strict.decode(message([("Event", "Strict"), ("Other", "x"), ("Count", "<unknown>")]))
    assert vars(event)["count"] is None
    assert [issue.header for issue in event.issues] == ["Count"]


def test_a_class_with_a_validator_is_validated() -> None:
    class Checked(Event):
        wire_headers: ClassVar[Mapping[str, Header]] = {"Name": Header("name"), "Open": Header("open", yes_no)}
        name: str = ""
        open: bool | None = None

        @field_validator("name")
        @classmethod
        def upper(cls, value: str) -> str:
            return value.upper()

    said = message([("Event", "Checked"), ("Name", "a"), ("Open", "yes")])
    learn(Checked, said)
    assert Checked.decode(said).name == "A"


def test_a_field_of_another_type_than_its_codec_is_validated() -> None:
    class Closed(Event):
        wire_headers: ClassVar[Mapping[str, Header]] = {"Mode": Header("mode"), "Level": Header("level", integer)}
        mode: Literal["on", "off"] = "off"
        level: float = 0.0

    said = message([("Event", "Closed"), ("Mode", "on"), ("Level", "1")])
    learn(Closed, said)
    assert type(Closed.decode(said).level) is float
    assert Closed.decode(message([("Event", "Closed"), ("Mode", "up"), ("Level", "1")])).mode == "off"


def test_undeclared_and_combined_headers_are_decoded() -> None:
    class Bare(Event):
        wire_headers: ClassVar[Mapping[str, Header]] = {"Variable": Header("variable", mapping)}
        variable: dict[str, str] = {}  # noqa: RUF012 - as generated models are

    said = message([("Event", "Bare"), ("X", "1"), ("X", "2"), ("Variable", "a=1"), ("Variable", "b=2")])
    learn(Bare, said)
    event = Bare.decode(said)
    assert (event.variable, event.extra_headers) == ({"a": "1", "b": "2"}, {"X": ["1", "2"]})


def test_any_number_of_sequences_takes_bounded_memory() -> None:
    for number in range(2000):
        learn(UnknownEvent, message([("Event", "Any"), *((f"H{number}-{each}", "x") for each in range(number % 20))]))
    decoders = compiled_decoders(UnknownEvent)
    assert len(decoders.compiled) <= 16
    assert decoders.counted <= 64
