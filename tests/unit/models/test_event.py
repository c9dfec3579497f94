"""The headers that Asterisk adds to events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from amitypes._models.codec import Header
from amitypes._models.codecs import integer
from amitypes._models.event import Event, UnknownEvent
from tests.unit.models.messages import message
from tests.unit.sample import Sample

ENVELOPE = "Timestamp: 1700000000.250000\nSequenceNumber: 7\nFile: a.c\nLine: 12\nFunc: f\nSystemName: pbx"


def test_envelope_headers_are_properties() -> None:
    event = Sample.decode(message(f"Event: Sample\nPrivilege: call,all\n{ENVELOPE}\nChannel: x"))
    assert event.timestamp == datetime(2023, 11, 14, 22, 13, 20, 250000, tzinfo=UTC)
    assert (event.sequence_number, event.system_name) == (7, "pbx")
    assert (event.source_file, event.source_line, event.source_function) == ("a.c", 12, "f")
    assert (event.channel, event.privilege, event.extra_headers, event.issues) == ("x", "call,all", {}, ())


def test_envelope_headers_may_come_without_privilege() -> None:
    event = Sample.decode(message("Event: Sample\nTimestamp: 1700000000\nChannel: x"))
    assert event.timestamp == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert event.model_fields_set == {"event", "channel"}


def test_properties_are_empty_without_envelope_headers() -> None:
    event = Sample.decode(message("Event: Sample\nPrivilege: call,all\nChannel: x"))
    assert (event.timestamp, event.sequence_number, event.source_line) == (None, None, None)
    assert (event.system_name, event.source_file, event.source_function) == ("", "", "")


def test_a_copy_keeps_the_envelope_and_its_issues() -> None:
    event = Sample.decode(message("Event: Sample\nTimestamp: soon\nSystemName: pbx")).model_copy()
    assert (event.timestamp, event.system_name) == (None, "pbx")
    assert [issue.header for issue in event.issues] == ["Timestamp"]


def test_an_envelope_name_after_other_headers_is_undeclared() -> None:
    event = UnknownEvent.decode(message("Event: Undocumented\nChannel: x\nTimestamp: soon"))
    assert (event.timestamp, event.extra_headers, event.issues) == (None, {"Channel": "x", "Timestamp": "soon"}, ())


@pytest.mark.parametrize("envelope", ["", ENVELOPE])
def test_a_class_may_declare_an_envelope_name_itself(envelope: str) -> None:
    class Timed(Event):
        wire_headers: ClassVar[Mapping[str, Header]] = {"Timestamp": Header("timestamp_"), "Line": Header("line")}
        timestamp_: str = ""
        line: str = ""

    own = "Timestamp: soon\nLine: 2"
    event = Timed.decode(message(f"Event: Timed\nPrivilege: user\n{envelope}\n{own}".replace("\n\n", "\n")))
    assert (event.timestamp_, event.line, event.issues) == ("soon", "2", ())
    assert event.source_line == (12 if envelope else None)


def test_free_headers_are_never_an_issue() -> None:
    class Free(Event):
        accepts_any_header: ClassVar[bool] = True
        wire_headers: ClassVar[Mapping[str, Header]] = {"Name": Header("name"), "Count": Header("count", integer)}
        name: str = ""
        count: int | None = None

    event = Free.decode(message("Event: Free\nName: a\nCount: many\nX: 1\nname: b\nEvent: c\nX: 2"))
    assert (event.event, event.name, event.count, event.issues) == ("Free", "a", None, ())
    assert event.extra_headers == {"Count": "many", "X": ["1", "2"], "name": "b", "Event": "c"}
