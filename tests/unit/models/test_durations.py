"""The durations that an action takes."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from amitypes import actions
from amitypes._models import codecs
from amitypes._models.durations import Duration, SignedDuration
from amitypes._models.encode import encode

DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)
SIGNED: TypeAdapter[timedelta] = TypeAdapter(SignedDuration)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (timedelta(minutes=2), timedelta(minutes=2)),
        (5, timedelta(seconds=5)),
        (0, timedelta()),
        (-0.0, timedelta()),
        (0.25, timedelta(milliseconds=250)),
        (0.1 + 0.2, timedelta(milliseconds=300)),
        (1e-9, timedelta(microseconds=1)),
        ("PT5S", timedelta(seconds=5)),
        ("PT0.25S", timedelta(milliseconds=250)),
        ("P1DT2H", timedelta(days=1, hours=2)),
    ],
)
def test_a_timedelta_seconds_and_iso_8601_are_one_duration(given: object, value: timedelta) -> None:
    validated = DURATION.validate_python(given)
    assert (validated, type(validated)) == (value, timedelta)


@pytest.mark.parametrize(
    "value",
    [True, False, float("nan"), float("inf"), "15", "15000", "1:30", "1 day", "", "P", "pt5s", b"PT5S", None, [5]],
)
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(ValidationError, match=r"ISO 8601|duration"):
        DURATION.validate_python(value)


@pytest.mark.parametrize("value", [1e300, 10**15, 10**400])
def test_a_duration_longer_than_a_timedelta_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match="this long can't be represented"):
        DURATION.validate_python(value)


@pytest.mark.parametrize("value", [-1, -0.5, timedelta(seconds=-1), "-PT1S"])
def test_a_negative_duration_is_refused_unless_it_has_a_meaning(value: object) -> None:
    with pytest.raises(ValidationError, match="can't be negative here"):
        DURATION.validate_python(value)
    assert SIGNED.validate_python(value) < timedelta()
    assert actions.WaitEvent(timeout=-1).to_headers()[-1] == ("Timeout", "-1")


def test_json_has_seconds_or_iso_8601_and_comes_back_as_iso_8601() -> None:
    for text in ("5", "5.0", '"PT5S"'):
        call = actions.Originate.model_validate_json(f'{{"channel": "x", "timeout": {text}}}')
        assert call.timeout == timedelta(seconds=5)
        again = call.model_dump_json(exclude_none=True)
        assert again == '{"channel":"x","timeout":"PT5S"}'
        assert actions.Originate.model_validate_json(again) == call
    for text in ("true", '"5"', "-5", "1e400"):
        with pytest.raises(ValidationError, match="timeout"):
            actions.Originate.model_validate_json(f'{{"channel": "x", "timeout": {text}}}')


def test_the_json_schema_says_what_is_taken_and_what_is_written() -> None:
    text = {"type": "string", "format": "duration"}
    assert DURATION.json_schema() == {"anyOf": [{"type": "number", "minimum": 0}, text]}
    assert SIGNED.json_schema() == {"anyOf": [{"type": "number"}, text]}
    assert DURATION.json_schema(mode="serialization") == text


@pytest.mark.parametrize(
    ("seconds", "milliseconds"), [(0.25, "250"), (15, "15000"), (0, "0"), (0.0001, "1"), (0.0334, "34"), (1e-9, "1")]
)
def test_milliseconds_are_sent_whole_and_rounded_up(seconds: float, milliseconds: str) -> None:
    assert actions.Originate(channel="x", timeout=seconds).to_headers()[-1] == ("Timeout", milliseconds)


def test_seconds_are_sent_with_a_fraction_where_asterisk_reads_one() -> None:
    assert actions.AbsoluteTimeout(channel="x", timeout=1.5).to_headers()[-1] == ("Timeout", "1.5")
    assert actions.WaitEvent(timeout=1.5).to_headers()[-1] == ("Timeout", "2")


class TestWholeUnits:
    codecs: ClassVar = ((codecs.in_whole_milliseconds, 1_000), (codecs.in_whole_seconds, 1_000_000))

    @given(st.timedeltas())
    def test_a_duration_is_never_sent_shorter_nor_by_a_unit_longer(self, value: timedelta) -> None:
        for codec, unit in self.codecs:
            ((_, text),) = encode("A", codec, value)
            assert 0 <= int(text) * unit - value // timedelta(microseconds=1) < unit
