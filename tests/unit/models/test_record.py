"""Records of headers with the same number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from amitypes import responses
from amitypes._models.issue import Issue
from amitypes._protocol.message import Message
from amitypes.nested import ConfigCategory, ConfigLine


def get_config(text: str) -> responses.GetConfig:
    return responses.GetConfig.decode(Message(text.replace("\n", "\r\n").encode()))


def test_records_are_in_the_order_of_their_numbers() -> None:
    answer = get_config(
        "Response: Success\nLine-000001-000010: c=3\nCategory-000007: last\n"
        "LINE-000001-000002: b=2\ncategory-000001: first"
    )
    assert answer.categories == [
        ConfigCategory(name="first", lines=[ConfigLine("b", "2"), ConfigLine("c", "3")]),
        ConfigCategory(name="last"),
    ]
    assert answer.issues == ()


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("Line-000009-000000: a=1", "belongs to no ConfigCategory: Category-000000 with its number is missing"),
        ("Line-000000-000000: no equals sign", "not a line of the form name=value"),
        ("IsTemplate-000000: perhaps", "not a boolean"),
        ("Category-000000: again", "a repeated header; the field has the first value, raw has all"),
        ("Line-000000-000001: again=1", "a repeated header; the field has the first value, raw has all"),
    ],
)
def test_a_header_that_does_not_fit_is_an_issue(header: str, problem: str) -> None:
    answer = get_config(f"Response: Success\nCategory-000000: one\nLine-000000-000001: b=2\n{header}")
    assert answer.categories == [ConfigCategory(name="one", lines=[ConfigLine("b", "2")])]
    name, value = header.split(": ")
    assert answer.issues == (Issue(name, value, problem),)
    assert name in answer.raw


def test_an_empty_value_leaves_the_default() -> None:
    answer = get_config("Response: Success\nCategory-000000: one\nIsTemplate-000000: \nTemplates-000000: ")
    assert (answer.categories, answer.issues) == ([ConfigCategory(name="one")], ())


def test_headers_with_malformed_numbers_are_undeclared() -> None:
    odd = ["Category-0", "Category-0000000", "Line-000000", "Category-00000x", f"Category-{'9' * 5000}"]
    answer = get_config("Response: Success\n" + "\n".join(f"{name}: x" for name in odd))
    assert answer.categories == []
    assert set(answer.model_extra or {}) == set(odd)


def test_a_huge_number_makes_one_record() -> None:
    answer = get_config("Response: Success\nCategory-999999: far\nLine-999999-999999: a=1")
    assert answer.categories == [ConfigCategory(name="far", lines=[ConfigLine("a", "1")])]


NAMES = st.from_regex(r"(Category|IsTemplate|Templates|Line)(-[0-9]{6}){1,2}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))))
def test_decoding_never_raises_and_loses_no_header(headers: list[tuple[str, str]]) -> None:
    received = Message("\r\n".join(["Response: Success", *(f"{name}: {value}" for name, value in headers)]).encode())
    answer = responses.GetConfig.decode(received)
    assert answer.raw == received.as_dict()
    assert len(answer.categories) <= len(headers)


def test_a_record_cannot_be_changed() -> None:
    (category,) = get_config("Response: Success\nCategory-000000: one").categories
    with pytest.raises(ValidationError, match="frozen"):
        category.name = "two"
