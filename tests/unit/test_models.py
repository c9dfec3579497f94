"""From messages to models and from models to messages."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from amitypes._models.action import Action
from amitypes._models.base import headers_of
from amitypes._models.codec import Header
from amitypes._models.codecs import integer
from amitypes._models.event import Event, UnknownEvent
from amitypes._models.issue import Issue
from amitypes._models.numbered_names import split_name
from amitypes._models.response import Response
from amitypes._protocol.message import Message
from tests.unit.sample import REGISTRY, Call, Counted, Item, Items, ItemsComplete, ItemsResponse, Sample, Strict


def message(text: str) -> Message:
    return Message(text.replace("\n", "\r\n").encode("utf-8", "surrogateescape"))


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


def test_every_shape() -> None:
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


def test_nothing_at_all() -> None:
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


def test_absent_and_empty_are_told_apart() -> None:
    event = Sample.decode(message("Event: Sample\nChannel: \nCause: "))
    assert {"channel", "cause"} <= event.model_fields_set
    assert "jitter" not in event.model_fields_set
    assert (event.channel, event.cause, event.issues) == ("", None, ())


@pytest.mark.parametrize("text", ["", "<unknown>", "<none>", "(null)"])
def test_no_value_is_none_but_for_text(text: str) -> None:
    event = Sample.decode(message(f"Cause: {text}\nPaused: {text}\nSecret: {text}\nChannel: {text}"))
    assert (event.cause, event.paused, event.secret) == (None, None, None)
    assert event.channel == text
    assert event.issues == ()


def test_what_does_not_fit_is_an_issue_and_kept() -> None:
    event = Sample.decode(message("Cause: sixteen\nPaused: maybe\nChannel: SIP/1\nUnitAmount(0): x"))
    assert (event.cause, event.paused, event.channel, event.unit_amount) == (None, None, "SIP/1", [])
    assert event.issues == (
        Issue("Cause", "sixteen", "not an integer"),
        Issue("Paused", "maybe", "not a boolean"),
        Issue("UnitAmount(0)", "x", "not an integer"),
    )
    assert event.raw["Cause"] == "sixteen"


def test_a_single_header_that_repeats() -> None:
    event = Sample.decode(message("Channel: first\nChannel: second"))
    assert event.channel == "first"
    assert [(issue.header, issue.value) for issue in event.issues] == [("Channel", "second")]
    assert event.raw["Channel"] == ["first", "second"]


def test_an_open_enumeration_takes_what_is_new() -> None:
    event = Sample.decode(message("Mode: congestion"))
    assert event.mode == "congestion"
    assert event.issues == ()


def test_a_huge_number_does_not_fill_the_memory() -> None:
    event = Sample.decode(message("Line-999999-000000: a\nLine-000000-000000: b"))
    assert event.lines == [["b"]]
    assert [issue.header for issue in event.issues] == ["Line-999999-000000"]


def test_a_line_without_colon_is_kept() -> None:
    event = Sample.decode(message("Event: Sample\nno colon here"))
    assert event.model_extra == {"": "no colon here"}


def test_a_declaration_that_the_wire_does_not_hold_to() -> None:
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
def test_what_always_has_a_value_but_for_this_once(text: str, problem: str) -> None:
    event = Strict.decode(message(f"Event: Strict\n{text}"))
    assert vars(event)["count"] is None
    assert "count" not in event.model_fields_set
    assert [(issue.header, issue.problem) for issue in event.issues] == [("Count", problem)]
    assert event.missing == ()


def test_what_is_always_sent_but_for_this_once() -> None:
    event = Strict.decode(message("Event: Strict\nMode: ring"))
    assert vars(event)["count"] is None
    assert "count" not in event.model_fields_set
    assert (event.missing, event.issues) == (("Count",), ())


def test_an_event_with_what_is_always_sent() -> None:
    event = Strict.decode(message("Event: Strict\nCount: 3"))
    assert (event.count, event.issues, event.missing) == (3, (), ())
    with pytest.raises(ValidationError, match="count"):
        Strict()  # type: ignore[call-arg]  # what a type checker would refuse


def test_a_refusal_lacks_what_answers_always_have() -> None:
    refused = Counted.decode(message("Response: Error\nMessage: no"))
    assert vars(refused)["count"] is None
    assert (refused.message, refused.issues, refused.missing) == ("no", (), ())
    assert Counted.decode(message("Response: Success")).missing == ("Count",)


def test_other_bytes_than_utf_8() -> None:
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


# What the server adds


ENVELOPE = "Timestamp: 1700000000.250000\nSequenceNumber: 7\nFile: a.c\nLine: 12\nFunc: f\nSystemName: pbx"


def test_what_the_server_may_put_around_any_event() -> None:
    event = Sample.decode(message(f"Event: Sample\nPrivilege: call,all\n{ENVELOPE}\nChannel: x"))
    assert event.timestamp == datetime(2023, 11, 14, 22, 13, 20, 250000, tzinfo=UTC)
    assert (event.sequence_number, event.system_name) == (7, "pbx")
    assert (event.source_file, event.source_line, event.source_function) == ("a.c", 12, "f")
    assert (event.channel, event.privilege, event.extra_headers, event.issues) == ("x", "call,all", {}, ())


def test_it_may_be_around_an_item_of_a_list_which_has_no_privilege() -> None:
    event = Sample.decode(message("Event: Sample\nTimestamp: 1700000000\nChannel: x"))
    assert event.timestamp == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert event.model_fields_set == {"event", "channel"}


def test_without_it_there_is_nothing() -> None:
    event = Sample.decode(message("Event: Sample\nPrivilege: call,all\nChannel: x"))
    assert (event.timestamp, event.sequence_number, event.source_line) == (None, None, None)
    assert (event.system_name, event.source_file, event.source_function) == ("", "", "")


def test_it_is_kept_in_copies_and_where_it_is_wrong() -> None:
    event = Sample.decode(message("Event: Sample\nTimestamp: soon\nSystemName: pbx")).model_copy()
    assert (event.timestamp, event.system_name) == (None, "pbx")
    assert [issue.header for issue in event.issues] == ["Timestamp"]


def test_a_header_of_such_a_name_further_on_is_another_one() -> None:
    event = UnknownEvent.decode(message("Event: Nobody\nChannel: x\nTimestamp: soon"))
    assert (event.timestamp, event.extra_headers, event.issues) == (None, {"Channel": "x", "Timestamp": "soon"}, ())


@pytest.mark.parametrize("envelope", ["", ENVELOPE])
def test_a_class_may_have_a_header_of_such_a_name_itself(envelope: str) -> None:
    class Timed(Event):
        wire_headers: ClassVar[Mapping[str, Header]] = {"Timestamp": Header("timestamp_"), "Line": Header("line")}
        timestamp_: str = ""
        line: str = ""

    own = "Timestamp: soon\nLine: 2"
    event = Timed.decode(message(f"Event: Timed\nPrivilege: user\n{envelope}\n{own}".replace("\n\n", "\n")))
    assert (event.timestamp_, event.line, event.issues) == ("soon", "2", ())
    assert event.source_line == (12 if envelope else None)


def test_a_message_of_the_answer_and_one_of_its_contents() -> None:
    class Told(Response):
        wire_headers: ClassVar[Mapping[str, Header]] = {"State": Header("state"), "Message": Header("message_")}
        state: str = ""
        message_: str = ""

    head = "Response: Success\nActionID: 1\nMessage: Told\nState: away"
    answer = Told.decode(message(f"{head}\nMessage: at lunch"))
    assert (answer.message, answer.message_, answer.issues) == ("Told", "at lunch", ())
    silent = Told.decode(message(head))
    assert (silent.message, silent.message_, silent.issues) == ("Told", "", ())


def test_free_headers_are_never_wrong() -> None:
    class Free(Event):
        free_headers: ClassVar[bool] = True
        wire_headers: ClassVar[Mapping[str, Header]] = {"Name": Header("name"), "Count": Header("count", integer)}
        name: str = ""
        count: int | None = None

    event = Free.decode(message("Event: Free\nName: a\nCount: many\nX: 1\nname: b\nEvent: c\nX: 2"))
    assert (event.event, event.name, event.count, event.issues) == ("Free", "a", None, ())
    assert event.extra_headers == {"Count": "many", "X": ["1", "2"], "name": "b", "Event": "c"}


# Finding the class


def test_the_registry_finds_classes_in_any_case() -> None:
    assert REGISTRY.event_class("SAMPLE") == REGISTRY.event_class("sample") == Sample
    assert REGISTRY.action_class("items") == Items
    assert REGISTRY.response_class("ITEMS") == ItemsResponse
    assert REGISTRY.event_class("Nothing") is None
    assert REGISTRY.action_class("Nothing") is None


def test_an_event_without_a_class() -> None:
    event = REGISTRY.decode_event(message("Event: Nobody\nFoo: bar\nPrivilege: user,all"))
    assert type(event) is UnknownEvent
    assert (event.event, event.privilege) == ("Nobody", "user,all")
    assert event.model_extra == {"Foo": "bar"}


# Copies


def test_copies_and_pickles_keep_everything() -> None:
    event = Sample.decode(message(EVERYTHING + "\nCause: 17"))
    for twin in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event)), event.model_copy()):
        assert twin == event
        assert twin.raw == event.raw
        assert twin.issues == event.issues != ()
        assert twin.model_extra == event.model_extra


def test_an_event_of_ones_own_has_no_origin() -> None:
    event = Sample(channel="SIP/1", cause=3)
    assert (event.raw, event.issues) == ({}, ())


def test_secrets_are_masked() -> None:
    event = Sample.decode(message(EVERYTHING))
    assert "hush" not in f"{event!r} {event} {event.model_dump_json()}"
    action = Call(channel="x", secret=SecretStr("hush"))
    assert "hush" not in f"{action!r} {action}"


# Actions


def test_an_action_in_full() -> None:
    action = Call(
        channel="SIP/1",
        priority=1,
        async_=True,
        secret=SecretStr("hush"),
        codecs=["ulaw", "alaw"],
        variable={"a": "1,2"},
        actions=["x", None, "y"],
        action_id="7",
    )
    assert action.to_headers() == [
        ("Action", "Call"),
        ("ActionID", "7"),
        ("Channel", "SIP/1"),
        ("Priority", "1"),
        ("Async", "yes"),
        ("Secret", "hush"),
        ("Codec", "ulaw"),
        ("Codec", "alaw"),
        ("Variable", "a=1\\,2"),
        ("Action-000000", "x"),
        ("Action-000002", "y"),
    ]


def test_what_is_none_is_not_sent() -> None:
    assert Call(channel="").to_headers() == [("Action", "Call"), ("Channel", "")]


@pytest.mark.parametrize("fields", [{}, {"channel": 1}, {"channel": "x", "chanel": "hush"}, {"channel": ["hush"]}])
def test_an_action_of_other_fields_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Call(**fields)  # type: ignore[arg-type]  # what a type checker would refuse
    assert "hush" not in str(caught.value)


def test_the_parameter_of_an_action_makes_no_new_class() -> None:
    assert Action[Response] is Action
    assert Items.__mro__[1] is Action


# Responses


def test_a_plain_response() -> None:
    response = Response.collect(
        [message("Response: Success\nActionID: 7\nMessage: done\nOutput: a\nOutput:   b")], REGISTRY
    )
    assert (response.response, response.message, response.action_id) == ("Success", "done", "7")
    assert response.output == ["a", "  b"]
    assert response.events == ()


def test_events_that_a_plain_response_brings() -> None:
    response = Response.collect([message("Response: Success"), message("Event: Item\nNumber: 1")], REGISTRY)
    assert [type(event) for event in response.events] == [Item]
    assert copy.copy(response).events == response.events


LIST = [
    message("Response: Success\nActionID: 7\nEventList: start\nMessage: will follow"),
    message("Event: Item\nActionID: 7\nNumber: 1"),
    message("Event: Stray\nFoo: bar"),
    message("Event: item\nActionID: 7\nNumber: two"),
    message("Event: ItemsComplete\nEventList: Complete\nListItems: 2"),
]


def test_a_list_response() -> None:
    listing = ItemsResponse.collect(LIST, REGISTRY)
    assert [item.number for item in listing.items] == [1, None]
    assert all(type(item) is Item for item in listing.items)
    assert type(listing.complete) is ItemsComplete
    assert listing.complete.list_items == 2
    assert [type(other) for other in listing.others] == [UnknownEvent]
    assert (listing.message, listing.action_id) == ("will follow", "7")
    assert listing.raw == LIST[0].as_dict()
    assert listing.issues == (Issue("Number", "two", "not an integer"),)


def test_a_list_without_items() -> None:
    listing = ItemsResponse.collect([LIST[0], LIST[-1]], REGISTRY)
    assert (listing.items, listing.others, listing.complete.list_items) == ([], [], 2)


def test_a_list_that_ended_without_completion() -> None:
    listing = ItemsResponse.collect(LIST[:2], REGISTRY)
    assert [item.number for item in listing.items] == [1]
    assert type(listing.complete) is ItemsComplete
    assert listing.complete.raw == {}
    assert listing.complete.model_extra == {}


def test_a_list_that_was_cancelled() -> None:
    listing = ItemsResponse.collect([*LIST[:2], message("Event: Gone\nEventList: cancelled")], REGISTRY)
    assert len(listing.items) == 1
    assert listing.complete.event == "Gone"


def test_a_list_can_be_dumped_with_the_fields_of_its_items() -> None:
    listing = ItemsResponse.collect(LIST[:2], REGISTRY)
    assert listing.model_dump()["items"][0]["number"] == 1
