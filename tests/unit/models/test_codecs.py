"""Decoding and encoding of each type."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from amitypes import responses
from amitypes._models import codecs
from amitypes._models.codec import Codec
from amitypes._models.encode import encode
from amitypes._protocol.message import Message

BOOLEANS = (codecs.yes_no, codecs.true_false, codecs.on_off, codecs.one_zero)


@pytest.mark.parametrize("codec", BOOLEANS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("Yes", "yes", "true", "True", "1", "on", "On", "y", "T", " yes ")),
        *((text, False) for text in ("No", "no", "false", "False", "0", "off", "Off", "n", "F")),
    ],
)
def test_a_boolean_is_decoded_in_every_spelling(codec: Codec, text: str, value: bool) -> None:
    assert codec.decode(text) is value


@pytest.mark.parametrize("codec", BOOLEANS)
@pytest.mark.parametrize("text", ["", "maybe", "2", "yess"])
def test_other_text_is_not_a_boolean(codec: Codec, text: str) -> None:
    with pytest.raises(ValueError, match="not a boolean"):
        codec.decode(text)


@pytest.mark.parametrize(
    ("codec", "true", "false"),
    [
        (codecs.yes_no, "yes", "no"),
        (codecs.true_false, "true", "false"),
        (codecs.on_off, "on", "off"),
        (codecs.one_zero, "1", "0"),
    ],
)
def test_each_boolean_codec_encodes_its_own_spelling(codec: Codec, true: str, false: str) -> None:
    assert encode("A", codec, True) == [("A", true)]
    assert encode("A", codec, False) == [("A", false)]


@given(st.integers())
def test_an_encoded_integer_is_decoded_to_itself(value: int) -> None:
    ((_, text),) = encode("A", codecs.integer, value)
    assert codecs.integer.decode(text) == value


@pytest.mark.parametrize("text", ["", "x", "1.5", "0x10", "1 2", "1_000", "\u0661\u0662", "+", "9" * 5000])
def test_other_text_is_not_an_integer(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an integer$"):
        codecs.integer.decode(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_encoded_float_is_decoded_to_itself(value: float) -> None:
    ((_, text),) = encode("A", codecs.number, value)
    assert codecs.number.decode(text) == value


@pytest.mark.parametrize(
    "text", ["", "fast", "nan", "-inf", "1_0.5", "\u0661.\u0665", ".", "1e999", "9" * 500, "0x1p3"]
)
def test_other_text_is_not_a_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a number$"):
        codecs.number.decode(text)


@pytest.mark.parametrize(
    ("codec", "text", "value"),
    [
        (codecs.in_seconds, "90", timedelta(minutes=1, seconds=30)),
        (codecs.in_seconds, "-1", timedelta(seconds=-1)),
        (codecs.in_seconds, "0.0044", timedelta(microseconds=4400)),
        (codecs.in_milliseconds, "30000", timedelta(seconds=30)),
        (codecs.in_milliseconds, "1.5", timedelta(microseconds=1500)),
        (codecs.in_microseconds, "1234567", timedelta(seconds=1, microseconds=234567)),
        (codecs.clock, "00:00:07", timedelta(seconds=7)),
        (codecs.clock, "123:04:05", timedelta(hours=123, minutes=4, seconds=5)),
        (codecs.clock, "-01:00:00", timedelta(hours=-1)),
    ],
)
def test_a_duration_is_decoded_and_encoded_in_its_unit(codec: Codec, text: str, value: timedelta) -> None:
    assert codec.decode(text) == value
    assert encode("A", codec, value) == [("A", text)]


def test_a_negative_duration_printed_as_unsigned_is_negative() -> None:
    assert codecs.in_seconds.decode("18446744073709551615") == timedelta(seconds=-1)
    assert codecs.in_milliseconds.decode("18446744073709551615") == timedelta(milliseconds=-1)


DURATIONS = (codecs.in_seconds, codecs.in_milliseconds, codecs.in_microseconds)


@given(st.timedeltas())
def test_every_duration_can_be_encoded(value: timedelta) -> None:
    for codec in DURATIONS:
        ((_, text),) = encode("A", codec, value)
        assert codec.decode(text) == value
    whole = value - value % timedelta(seconds=1)
    ((_, text),) = encode("A", codecs.clock, value)
    assert codecs.clock.decode(text) == whole


TIMES = (*DURATIONS, codecs.clock, codecs.epoch, codecs.epoch_or_never)


NO_TIMES = ("", "soon", "nan", "1_0", "\u0661", "1e3", "12:60", "1:2:3", "00:00:0x", "9" * 5000, f"{'9' * 400}:00:00")


@pytest.mark.parametrize("codec", TIMES)
@pytest.mark.parametrize("text", NO_TIMES)
def test_other_text_is_neither_a_duration_nor_a_datetime(codec: Codec, text: str) -> None:
    with pytest.raises(ValueError, match=r"^(not|a l)"):
        codec.decode(text)


@given(st.text() | st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?(:[0-9]{2}:[0-9]{2})?", fullmatch=True))
def test_decoding_a_time_raises_only_value_errors(text: str) -> None:
    for codec in TIMES:
        try:
            codec.decode(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00:00:-5", timedelta(seconds=-5)),
        ("00:-1:-05", timedelta(minutes=-1, seconds=-5)),
        ("-2:-1:00", timedelta(hours=-2, minutes=-1)),
    ],
)
def test_a_clock_may_be_negative_in_each_part(text: str, value: timedelta) -> None:
    assert codecs.clock.decode(text) == value


def test_a_clock_longer_than_python_supports_is_refused() -> None:
    last = int(timedelta.max.total_seconds()) // 3600
    with pytest.raises(ValueError, match="longer"):
        codecs.clock.decode(f"{last}:59:59")


@pytest.mark.parametrize("codec", [codecs.epoch, codecs.epoch_or_never])
def test_a_datetime_is_decoded_to_utc_and_encoded_from_any_zone(codec: Codec) -> None:
    expected = datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)
    assert codec.decode("1700000000.123456") == expected
    decoded = codec.decode("1700000000")
    assert isinstance(decoded, datetime)
    assert (decoded, decoded.utcoffset()) == (expected.replace(microsecond=0), timedelta())
    assert encode("A", codec, expected) == [("A", "1700000000.123456")]
    assert encode("A", codec, expected.astimezone(timezone(timedelta(hours=5)))) == [("A", "1700000000.123456")]


def test_zero_is_1970_or_never_depending_on_the_codec() -> None:
    assert codecs.epoch.decode("0") == datetime(1970, 1, 1, tzinfo=UTC)
    assert codecs.epoch_or_never.decode("0") is None
    assert encode("A", codecs.epoch_or_never, None) == [("A", "0")]


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_datetime_can_be_encoded(expected: datetime) -> None:
    ((_, text),) = encode("A", codecs.epoch, expected)
    assert codecs.epoch.decode(text) == expected


@given(st.integers(0, 10**10 - 1), st.integers(0, 999_999))
def test_a_datetime_is_the_same_in_usual_and_unusual_notation(seconds: int, microseconds: int) -> None:
    usual = f"{seconds}.{microseconds:06}"
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=microseconds)
    assert codecs.epoch.decode(usual) == codecs.epoch.decode(f" {usual}0") == expected


@pytest.mark.parametrize("text", ["2023-11-14T22:13:20.123+0000", "2023-11-15T03:13:20.123+05:00"])
def test_an_iso_8601_datetime_is_decoded_to_utc(text: str) -> None:
    expected = datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    decoded = codecs.iso_time.decode(text)
    assert isinstance(decoded, datetime)
    assert (decoded, decoded.utcoffset()) == (expected, timedelta())
    ((_, sent),) = encode("A", codecs.iso_time, expected)
    assert codecs.iso_time.decode(sent) == expected


@pytest.mark.parametrize(
    "text", ["", "2023-11-14T22:13:20", "2023-11-14", "now", "1700000000", "0001-01-01T00:00:00+23:00"]
)
def test_other_text_is_not_an_iso_8601_datetime(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an ISO 8601 datetime"):
        codecs.iso_time.decode(text)


@given(st.text())
def test_decoding_an_iso_8601_datetime_raises_only_value_errors(text: str) -> None:
    with suppress(ValueError):
        codecs.iso_time.decode(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ulaw,alaw", ["ulaw", "alaw"]),
        (" ulaw , alaw,", ["ulaw", "alaw"]),
        ("one", ["one"]),
        ("", []),
        ("<none>", []),
    ],
)
def test_texts_between_commas_are_decoded_to_a_list(text: str, value: list[str]) -> None:
    assert codecs.commas.decode(text) == value


def test_a_list_is_encoded_with_commas() -> None:
    assert encode("Codecs", codecs.commas, ("ulaw", "alaw")) == [("Codecs", "ulaw,alaw")]


def test_a_secret_is_shown_only_when_it_is_encoded() -> None:
    value = codecs.secret.decode("hush")
    assert "hush" not in f"{value!r} {value}"
    assert encode("Secret", codecs.secret, value) == [("Secret", "hush")]
    assert encode("Secret", codecs.secret, SecretStr("hush")) == encode("Secret", codecs.secret, "hush")


def get_config_json(text: str) -> responses.GetConfigJSON:
    return responses.GetConfigJSON.decode(
        Message(b"Response: Success\r\nJSON: " + text.encode("utf-8", "surrogateescape"))
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('{"a":{"istemplate":1},"b":{"templates":"a"}}', {"a": {"istemplate": 1}, "b": {"templates": "a"}}),
        (r'{"a":{"x":"say \"hi\" \\ back"}}', {"a": {"x": 'say "hi" \\ back'}}),
        ('{"a":{"x":"tab\there"}}', {"a": {"x": "tab\there"}}),
        ('{"a":{"x":"Grüezi \udcfc"}}', {"a": {"x": "Grüezi \udcfc"}}),
        ('{"a":{"x":"1","x":"2","y":"0","x":"3"}}', {"a": {"x": ["1", "2", "3"], "y": "0"}}),
        ('{"a":{"x":"1"},"a":{},"b":{}}', {"a": [{"x": "1"}, {}], "b": {}}),
        ('{"a":[1],"a":2}', {"a": [[1], 2]}),
        ("null", None),
    ],
)  # fmt: skip
def test_json_is_decoded(text: str, value: object) -> None:
    answer = get_config_json(text)
    assert (answer.json_, answer.issues) == (value, ())


@pytest.mark.parametrize(
    "text",
    [
        '{"kid":{"templates":"te"mpl"}}',
        '{"a":{',
        "{'a':1}",
        '{"a":NaN}',
        '{"a":-Infinity}',
        "[" * 100_000,
        "[" * 500 + "]" * 500,
        "9" * 5000,
    ],
)
def test_text_that_is_not_json_is_an_issue(text: str) -> None:
    answer = get_config_json(text)
    assert answer.json_ is None
    ((header, value, problem),) = answer.issues
    assert (header.upper(), value) == ("JSON", text)
    assert problem
    assert answer.raw["JSON"] == text


def test_json_that_is_absent_is_none() -> None:
    answer = responses.GetConfigJSON.decode(Message(b"Response: Error\r\nMessage: no"))
    assert (answer.json_, answer.issues) == (None, ())
