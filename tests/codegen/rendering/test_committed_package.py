"""Properties of the committed package as a whole."""

from __future__ import annotations

import inspect
import keyword
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from amitypes_codegen.model import names
from amitypes_codegen.model.definitions import Action, Event
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering.render import MARK
from amitypes_codegen.specs.folder import load_specs
from pydantic import ValidationError

from amitypes import actions, events, responses
from amitypes import runtime as models
from amitypes._generated import actions as generated_actions
from amitypes._generated import events as generated_events
from amitypes._generated import responses as generated_responses
from amitypes._generated.methods import Actions
from amitypes._generated.response_shapes import RESPONSE_SHAPES
from amitypes._models.base import WireModel, declared_headers
from amitypes._models.codec import Shape
from amitypes._models.codecs import commas
from amitypes._protocol.message import Message
from amitypes.nested import ConfigChange
from amitypes.runtime import Registry
from tests.codegen.builders import GENERATED, SPECS

REGISTRY = Registry("amitypes._generated")
DOCUMENTED = load_specs(SPECS)
ACTIONS = sorted({name for spec in DOCUMENTED for name in spec.actions})
EVENTS = sorted({name for spec in DOCUMENTED for name in spec.events})


def action_class(name: str) -> type[models.Action]:
    found = REGISTRY.action_class(name)
    assert found is not None, name
    return found


def all_models() -> list[type[WireModel]]:
    groups = (generated_actions, generated_events, generated_responses)
    found = [getattr(group, name) for group in groups for name in group.BY_NAME.values()]
    return [each for each in found if issubclass(each, WireModel)]


def base_of(model: type[WireModel]) -> type[WireModel]:
    bases: list[type[WireModel]] = [models.Event, models.Response]
    return next((each for each in bases if issubclass(model, each)), models.Action)


def headers_of(model: type[WireModel]) -> dict[str, models.Header]:
    """The headers of a model that not all of its kind have."""
    everywhere = declared_headers(base_of(model))
    return {name: header for name, header in declared_headers(model).items() if everywhere.get(name) != header}


def test_every_documented_action_has_a_model_a_response_and_a_method() -> None:
    assert len(ACTIONS) == 170
    for name in ACTIONS:
        model = action_class(name)
        assert model.wire_name == name
        response = REGISTRY.response_class(name)
        assert response is not None
        assert issubclass(response, models.Response | models.ListResponse)
        method = getattr(Actions, names.module_name(name))
        assert inspect.iscoroutinefunction(method)
        parameters = inspect.signature(method).parameters
        fields = [field for field in model.model_fields if field != "action_id"]
        assert set(parameters) == {"self", *fields, "action_id", "reply_timeout"}
        assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in list(parameters.values())[1:])
        for field in fields:
            assert model.model_fields[field].is_required() == (parameters[field].default is inspect.Parameter.empty)


def test_every_documented_event_has_a_model() -> None:
    assert len(EVENTS) >= 185
    for name in EVENTS:
        model = REGISTRY.event_class(name)
        assert model is not None, name
        assert model.wire_name.lower() == name.lower()
        assert issubclass(model, models.Event)


def test_every_event_of_a_list_has_a_model() -> None:
    for name in ACTIONS:
        response = REGISTRY.response_class(name)
        assert response is not None
        if issubclass(response, models.ListResponse):
            for wire in (*response.item_events, response.complete_event):
                assert REGISTRY.event_class(wire) is not None, wire
            assert RESPONSE_SHAPES[name.lower()].completed_by == {response.complete_event.lower()}


def test_every_action_and_event_has_a_summary() -> None:
    model = merge(DOCUMENTED, load_overlay([SPECS / "overlay"]))
    things: list[Action | Event] = [*model.actions.values(), *model.events.values()]
    assert [thing.name for thing in things if not thing.summary] == []
    parameters = [parameter for action in model.actions.values() for parameter in action.parameters]
    summaries = [*(thing.summary for thing in things), *(parameter.summary for parameter in parameters)]
    assert [summary for summary in summaries if len(summary) > 90] == []


def test_headers_and_fields_are_one_to_one() -> None:
    for model in all_models():
        headers = headers_of(model)
        fields = [header.field for header in headers.values()]
        assert len(set(fields)) == len(fields), model
        assert len({name.lower() for name in headers}) == len(headers), model
        base = base_of(model)
        assert set(model.model_fields) - set(base.model_fields) == set(fields) - set(base.model_fields), model


def test_fields_come_in_the_order_of_the_wire() -> None:
    for model in all_models():
        fields = [header.field for header in headers_of(model).values()]
        assert [field for field in model.model_fields if field in fields] == fields, model


def test_no_field_is_declared_by_both_a_family_and_its_event() -> None:
    for event in (model for model in all_models() if issubclass(model, models.Event)):
        for family in event.__mro__[1:]:
            declared = {field for field in inspect.get_annotations(family) if field in event.model_fields}
            assert not declared & set(event.__annotations__), (event, family)


def test_no_field_shadows_an_attribute_of_the_base_models() -> None:
    for model in all_models():
        base = base_of(model)
        properties = {
            name for each in model.__mro__ for name, value in vars(each).items() if isinstance(value, property)
        }
        taken = {name for name in dir(base) if not name.startswith("__")} | set(base.model_fields) | properties
        own = {header.field for header in headers_of(model).values()}
        assert not own & taken, model
        assert not any(keyword.iskeyword(field) or not field.isidentifier() for field in own)


def test_each_codec_and_its_annotation_agree() -> None:
    for model in all_models():
        for name, header in headers_of(model).items():
            annotation = str(model.model_fields[header.field].annotation)
            several = any(f"{word}[" in annotation for word in ("list", "dict", "Mapping", "Sequence"))
            assert several == (header.codec.shape is not Shape.ONE or header.codec is commas), (model, name)


def test_an_empty_message_lists_missing_headers_and_has_defaults() -> None:
    for model in all_models():
        if issubclass(model, models.Event | models.Response):
            made = model.decode(Message(b""))
            always = {
                name for name, header in headers_of(model).items() if model.model_fields[header.field].is_required()
            }
            assert set(made.missing) == always, model
            assert made.model_fields_set == set()


@pytest.mark.parametrize("door", [actions, events, responses])
def test_the_public_modules_list_all_classes(door: object) -> None:
    shown = door.__all__  # type: ignore[attr-defined] # only the type checker doesn't see it
    assert "by_name" in shown
    for name in shown:
        assert getattr(door, name) is not None
    assert set(shown) == set(dir(door))
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = door.Nonsense  # type: ignore[attr-defined] # that is the point


def test_public_modules_and_registry_have_the_same_classes() -> None:
    assert events.by_name("newexten") is REGISTRY.event_class("Newexten") is events.Newexten
    found: object = actions.by_name("coreshowchannels")
    assert found is actions.CoreShowChannels
    assert responses.by_name("PING") is responses.Ping
    assert events.Event is models.Event
    assert events.UnknownEvent is models.UnknownEvent
    assert actions.Action is models.Action
    assert (responses.Response, responses.ListResponse) == (models.Response, models.ListResponse)


def test_importing_the_public_modules_imports_no_model() -> None:
    code = (
        "import sys\n"
        "import amitypes.actions, amitypes.events, amitypes.responses\n"
        "import amitypes._generated.methods, amitypes._generated.response_shapes\n"
        "assert 'pydantic' not in sys.modules\n"
        "from amitypes.events import Hangup\n"
        "loaded = [name for name in sys.modules if name.startswith('amitypes._generated._events.')]\n"
        "assert [name.rpartition('.')[2] for name in loaded] == ['families', 'channel_event', 'hangup'], loaded\n"
    )
    src = Path(str(models.__file__)).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(src)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_docstring_of_a_field_restates_its_name() -> None:
    for path in GENERATED.glob("_*/*.py"):
        assert not re.search(r'''^    """``[^`]+``"""$''', path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_every_generated_file_has_the_mark() -> None:
    for path in GENERATED.rglob("*.py"):
        assert path.read_text(encoding="utf-8").startswith(MARK), path


def test_no_any_in_generated_code() -> None:
    for path in GENERATED.rglob("*.py"):
        assert not re.search(r"\bAny\b", path.read_text(encoding="utf-8")), path


def test_known_headers_have_the_expected_types() -> None:
    hangup = events.Hangup.decode(
        Message(
            b"Event: Hangup\r\nChannelState: 6\r\nExten: 0123\r\nUniqueid: 1.2\r\nCause: 16\r\n"
            b"ChanVariable: a=1\r\nChanVariable: b=\r\nCallerIDNum: <unknown>\r\n"
        )
    )
    assert (hangup.channel_state, hangup.exten, hangup.uniqueid, hangup.cause) == (6, "0123", "1.2", 16)
    assert hangup.chan_variable == {"a": "1", "b": ""}
    assert hangup.caller_id_num == "<unknown>"
    report = events.RTCPReceived.decode(
        Message(
            b"Event: RTCPReceived\r\nRTT: 0.0044\r\nReportCount: 2\r\n"
            b"Report0SourceSSRC: 0x1\r\nReport1SourceSSRC: 0x2\r\n"
        )
    )
    assert (report.rtt, report.issues) == (timedelta(microseconds=4400), ())
    assert report.report_x_source_ssrc == ["0x1", "0x2"]
    auth = events.AuthDetail.decode(Message(b"Event: AuthDetail\r\nPassword: hush\r\n"))
    assert "hush" not in repr(auth)
    member = events.QueueMemberStatus.decode(Message(b"Event: QueueMemberStatus\r\nPaused: 1\r\nStatus: 2\r\n"))
    assert (member.paused, member.status) == (True, 2)


@pytest.mark.parametrize("value", ["15000", "15", True, -15])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="timeout"):
        actions.Originate.model_validate({"channel": "x", "timeout": value})


def test_known_headers_have_the_expected_datetimes() -> None:
    member = events.QueueMemberStatus.decode(
        Message(b"Event: QueueMemberStatus\r\nLastCall: 0\r\nLoginTime: 1700000000\r\nWrapuptime: 10\r\n")
    )
    assert (member.last_call, member.login_time, member.wrapuptime) == (
        None,
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        timedelta(seconds=10),
    )
    assert not {"LastCall", "LoginTime", "Wrapuptime"} & {issue.header for issue in member.issues}
    contact = events.ContactStatusDetail.decode(
        Message(
            b"Event: ContactStatusDetail\r\nRoundtripUsec: N/A\r\nQualifyTimeout: 3.000\r\n"
            b"QualifyFrequency: 60\r\nAuthenticateQualify: 0\r\n"
        )
    )
    assert (contact.roundtrip_usec, contact.qualify_timeout, contact.issues) == (None, timedelta(seconds=3), ())
    channel = events.CoreShowChannel.decode(Message(b"Event: CoreShowChannel\r\nDuration: 30:00:01\r\n"))
    assert channel.duration == timedelta(hours=30, seconds=1)
    endpoint = events.EndpointList.decode(Message(b"Event: EndpointList\r\nAuths: a,b,\r\nOutboundAuths: \r\n"))
    assert (endpoint.auths, endpoint.outbound_auths, endpoint.issues) == (["a", "b"], [], ())


def test_known_actions_are_encoded_as_expected() -> None:
    call = actions.Originate(
        channel="Local/1@x", priority=1, async_=True, timeout=timedelta(seconds=15), variable={"A": "1,2", "B": '"'}
    )
    assert call.to_headers() == [
        ("Action", "Originate"),
        ("Channel", "Local/1@x"),
        ("Priority", "1"),
        ("Timeout", "15000"),
        ("Variable", "A=1\\,2"),
        ("Variable", 'B=\\"'),
        ("Async", "true"),
    ]
    assert actions.Originate(channel="x", codecs=["ulaw", "alaw"]).to_headers()[-1] == ("Codecs", "ulaw,alaw")
    assert actions.UserEvent(user_event="Mine", headers={"Key": "value"}).to_headers() == [
        ("Action", "UserEvent"),
        ("UserEvent", "Mine"),
        ("Key", "value"),
    ]
    change = ConfigChange.new_category("x")
    assert actions.UpdateConfig(src_filename="a", dst_filename="a", changes=[change]).to_headers()[-2:] == [
        ("Action-000000", "NewCat"),
        ("Cat-000000", "x"),
    ]
    assert "hush" not in repr(actions.Login(username="me", secret="hush"))
