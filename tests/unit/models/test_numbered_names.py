"""The names of numbered headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amitypes._models.numbered_names import number_name, split_name


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
def test_the_numbers_are_split_from_a_name(name: str, base: str, numbers: tuple[int, ...]) -> None:
    assert split_name(name) == (base, numbers)


@given(st.integers(0, 999_999), st.integers(0, 999_999))
def test_numbering_a_name_reverses_splitting_it(first: int, second: int) -> None:
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
def test_a_number_with_too_many_digits_stays_in_the_name(name: str) -> None:
    name = name.format("9" * 5000)
    assert split_name(name) == (name, ())
