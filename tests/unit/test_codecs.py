"""Text to values and back, one header at a time."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from amitypes._models import codecs
from amitypes._models.codec import Codec, Header
from amitypes._models.codec import text as codec_of_text
from amitypes._models.encode import encode
from amitypes._models.numbered_names import number_name, split_name
from amitypes._models.scalars import is_unknown


def test_plain_text_is_what_a_header_is_without_a_word() -> None:
    assert Header("channel").codec is codec_of_text


BOOLEANS = (codecs.yes_no, codecs.true_false, codecs.on_off, codecs.one_zero)


@pytest.mark.parametrize("codec", BOOLEANS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("Yes", "yes", "true", "True", "1", "on", "On", "y", "T", " yes ")),
        *((text, False) for text in ("No", "no", "false", "False", "0", "off", "Off", "n", "F")),
    ],
)
def test_every_spelling_of_a_boolean_is_understood(codec: Codec, text: str, value: bool) -> None:
    assert codec.decode(text) is value


@pytest.mark.parametrize("codec", BOOLEANS)
@pytest.mark.parametrize("text", ["", "maybe", "2", "yess"])
def test_what_is_no_boolean(codec: Codec, text: str) -> None:
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
def test_each_boolean_has_its_own_spelling(codec: Codec, true: str, false: str) -> None:
    assert encode("A", codec, True) == [("A", true)]
    assert encode("A", codec, False) == [("A", false)]


@given(st.integers())
def test_integers(value: int) -> None:
    ((_, text),) = encode("A", codecs.integer, value)
    assert codecs.integer.decode(text) == value


@pytest.mark.parametrize("text", ["", "x", "1.5", "0x10", "1 2", "1_000", "\u0661\u0662", "+", "9" * 5000])
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an integer$"):
        codecs.integer.decode(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers(value: float) -> None:
    ((_, text),) = encode("A", codecs.number, value)
    assert codecs.number.decode(text) == value


@pytest.mark.parametrize(
    "text", ["", "fast", "nan", "-inf", "1_0.5", "\u0661.\u0665", ".", "1e999", "9" * 500, "0x1p3"]
)
def test_what_is_no_number(text: str) -> None:
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
def test_spans_of_time(codec: Codec, text: str, value: timedelta) -> None:
    assert codec.decode(text) == value
    assert encode("A", codec, value) == [("A", text)]


def test_a_span_below_zero_without_its_sign() -> None:
    assert codecs.in_seconds.decode("18446744073709551615") == timedelta(seconds=-1)
    assert codecs.in_milliseconds.decode("18446744073709551615") == timedelta(milliseconds=-1)


SPANS = (codecs.in_seconds, codecs.in_milliseconds, codecs.in_microseconds)


@given(st.timedeltas())
def test_every_span_of_time_can_be_sent(value: timedelta) -> None:
    for codec in SPANS:
        ((_, text),) = encode("A", codec, value)
        assert codec.decode(text) == value
    whole = value - value % timedelta(seconds=1)
    ((_, text),) = encode("A", codecs.clock, value)
    assert codecs.clock.decode(text) == whole


TIMES = (*SPANS, codecs.clock, codecs.epoch, codecs.epoch_or_never)
NO_TIMES = ("", "soon", "nan", "1_0", "\u0661", "1e3", "12:60", "1:2:3", "00:00:0x", "9" * 5000, f"{'9' * 400}:00:00")


@pytest.mark.parametrize("codec", TIMES)
@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time(codec: Codec, text: str) -> None:
    with pytest.raises(ValueError, match=r"^(not|a l)"):
        codec.decode(text)


@given(st.text() | st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?(:[0-9]{2}:[0-9]{2})?", fullmatch=True))
def test_no_text_for_a_time_raises_anything_but_a_value_error(text: str) -> None:
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
def test_a_clock_that_is_negative_part_by_part(text: str, value: timedelta) -> None:
    assert codecs.clock.decode(text) == value


def test_a_clock_at_the_end_of_all_time() -> None:
    last = int(timedelta.max.total_seconds()) // 3600
    with pytest.raises(ValueError, match="longer"):
        codecs.clock.decode(f"{last}:59:59")


@pytest.mark.parametrize("codec", [codecs.epoch, codecs.epoch_or_never])
def test_moments(codec: Codec) -> None:
    moment = datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)
    assert codec.decode("1700000000.123456") == moment
    decoded = codec.decode("1700000000")
    assert isinstance(decoded, datetime)
    assert (decoded, decoded.utcoffset()) == (moment.replace(microsecond=0), timedelta())
    assert encode("A", codec, moment) == [("A", "1700000000.123456")]
    assert encode("A", codec, moment.astimezone(timezone(timedelta(hours=5)))) == [("A", "1700000000.123456")]


def test_whether_zero_is_a_moment() -> None:
    assert codecs.epoch.decode("0") == datetime(1970, 1, 1, tzinfo=UTC)
    assert codecs.epoch_or_never.decode("0") is None
    assert encode("A", codecs.epoch_or_never, None) == [("A", "0")]


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_can_be_sent(moment: datetime) -> None:
    ((_, text),) = encode("A", codecs.epoch, moment)
    assert codecs.epoch.decode(text) == moment


@given(st.integers(0, 10**10 - 1), st.integers(0, 999_999))
def test_a_moment_is_the_same_however_it_is_printed(seconds: int, microseconds: int) -> None:
    usual = f"{seconds}.{microseconds:06}"
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=microseconds)
    assert codecs.epoch.decode(usual) == codecs.epoch.decode(f" {usual}0") == moment


@pytest.mark.parametrize("text", ["2023-11-14T22:13:20.123+0000", "2023-11-15T03:13:20.123+05:00"])
def test_moments_of_iso_8601(text: str) -> None:
    moment = datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    decoded = codecs.iso_time.decode(text)
    assert isinstance(decoded, datetime)
    assert (decoded, decoded.utcoffset()) == (moment, timedelta())
    ((_, sent),) = encode("A", codecs.iso_time, moment)
    assert codecs.iso_time.decode(sent) == moment


@pytest.mark.parametrize(
    "text", ["", "2023-11-14T22:13:20", "2023-11-14", "now", "1700000000", "0001-01-01T00:00:00+23:00"]
)
def test_what_is_no_moment_of_iso_8601(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an ISO 8601 datetime"):
        codecs.iso_time.decode(text)


@given(st.text())
def test_no_text_for_a_moment_of_iso_8601_raises_anything_but_a_value_error(text: str) -> None:
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
def test_values_between_commas(text: str, value: list[str]) -> None:
    assert codecs.commas.decode(text) == value


def test_values_are_sent_with_commas_between_them() -> None:
    assert encode("Codecs", codecs.commas, ("ulaw", "alaw")) == [("Codecs", "ulaw,alaw")]


def test_a_secret_is_hidden_until_it_is_sent() -> None:
    value = codecs.secret.decode("hush")
    assert "hush" not in f"{value!r} {value}"
    assert encode("Secret", codecs.secret, value) == [("Secret", "hush")]
    assert encode("Secret", codecs.secret, SecretStr("hush")) == encode("Secret", codecs.secret, "hush")


@pytest.mark.parametrize("text", ["", " ", "<unknown>", "<UNKNOWN>", "<none>", "(null)", "<null>", "N/A"])
def test_texts_for_no_value(text: str) -> None:
    assert is_unknown(text)


@pytest.mark.parametrize("text", ["unknown", "none", "0", "null", "-"])
def test_texts_that_are_values(text: str) -> None:
    assert not is_unknown(text)


# More than one header


def test_a_list_is_repeated_headers() -> None:
    assert encode("Category", codecs.strings, ["a", "b"]) == [("Category", "a"), ("Category", "b")]
    assert encode("Category", codecs.strings, []) == []


def test_a_mapping_is_sent_as_it_is() -> None:
    assert encode("ChanVariable", codecs.mapping, {"a": "1,2", "b": '"'}) == [
        ("ChanVariable", "a=1,2"),
        ("ChanVariable", 'b="'),
    ]


def test_variables_are_escaped_and_each_has_its_header() -> None:
    assert encode("Variable", codecs.variables, {"a": 'x,"y"\\z', "b": 1}) == [
        ("Variable", 'a=x\\,\\"y\\"\\\\z'),
        ("Variable", "b=1"),
    ]


def test_a_family_is_numbered() -> None:
    assert encode("Cat-000000", codecs.family(), ["a", None, "b"]) == [("Cat-000000", "a"), ("Cat-000002", "b")]
    assert encode("Unit(0)", codecs.family(codecs.integer), [5, 6]) == [("Unit(0)", "5"), ("Unit(1)", "6")]


def test_a_nested_family_is_numbered_twice() -> None:
    assert encode("Line-000000-000000", codecs.nested_family(), [["a=1"], [], ["b=2", "c=3"]]) == [
        ("Line-000000-000000", "a=1"),
        ("Line-000002-000000", "b=2"),
        ("Line-000002-000001", "c=3"),
    ]


@pytest.mark.parametrize(
    ("name", "base", "numbers"),
    [
        ("category-000012", "category-000000", (12,)),
        ("line-000001-000002", "line-000000-000000", (1, 2)),
        ("unitamount(3)", "unitamount(0)", (3,)),
        ("charge/units(12)/numberof", "charge/units(0)/numberof", (12,)),
        ("(null)(3)/duration/currency/cost", "(null)(0)/duration/currency/cost", (3,)),
        ("chanvariable(sip/1(2)/3)", "chanvariable", ()),
        ("chanvariable(sip/1-2)", "chanvariable", ()),
        ("destchanvariable(x)", "destchanvariable", ()),
        ("cause-txt", "cause-txt", ()),
        ("line-00001", "line-00001", ()),
        ("channel", "channel", ()),
        ("", "", ()),
    ],
)
def test_numbers_in_names(name: str, base: str, numbers: tuple[int, ...]) -> None:
    assert split_name(name) == (base, numbers)


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_names_are_numbered_as_they_are_split(first: int, second: int) -> None:
    for base, numbers in (
        ("cat-000000", (first,)),
        ("line-000000-000000", (first, second)),
        ("unit(0)", (first,)),
        ("(null)(0)/unit/cost", (first,)),
    ):
        assert split_name(number_name(base, *numbers)) == (base, numbers)


@given(st.text())
def test_any_name_can_be_split(name: str) -> None:
    split_name(name)


@pytest.mark.parametrize("name", ["unit({})", "report{}ssrc", "line-{}"])
def test_a_number_of_any_length_can_be_split(name: str) -> None:
    name = name.format("9" * 5000)
    assert split_name(name) == (name, ())
