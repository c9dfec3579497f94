"""Text to values and back, one header at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from amitypes import codecs
from amitypes.codecs import Codec, encode, is_unknown, number_name, split_name

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


@pytest.mark.parametrize("text", ["", "x", "1.5", "0x10", "1 2", "9" * 5000])
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not an integer$"):
        codecs.integer.decode(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers(value: float) -> None:
    ((_, text),) = encode("A", codecs.number, value)
    assert codecs.number.decode(text) == value


def test_what_is_no_number() -> None:
    with pytest.raises(ValueError, match=r"^not a number$"):
        codecs.number.decode("fast")


def test_a_secret_is_hidden_until_it_is_sent() -> None:
    value = codecs.secret.decode("hush")
    assert "hush" not in f"{value!r} {value}"
    assert encode("Secret", codecs.secret, value) == [("Secret", "hush")]
    assert encode("Secret", codecs.secret, SecretStr("hush")) == encode("Secret", codecs.secret, "hush")


@pytest.mark.parametrize("text", ["", " ", "<unknown>", "<UNKNOWN>", "<none>", "(null)", "<null>"])
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
    for base, numbers in (("cat-000000", (first,)), ("line-000000-000000", (first, second)), ("unit(0)", (first,))):
        assert split_name(number_name(base, *numbers)) == (base, numbers)


@given(st.text())
def test_any_name_can_be_split(name: str) -> None:
    split_name(name)


@pytest.mark.parametrize("name", ["unit({})", "report{}ssrc", "line-{}"])
def test_a_number_of_any_length_can_be_split(name: str) -> None:
    name = name.format("9" * 5000)
    assert split_name(name) == (name, ())
