"""Headers that belong together, as nested data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from amitypes import responses
from amitypes._models.issue import Issue
from amitypes._protocol.message import Message
from amitypes.nested import ConfigCategory, ConfigLine

CONFIG = r"""Response: Success
ActionID: 7
Category-000000: general
Line-000000-000000: plain=a value
Line-000000-000001: object=x=y,z
Line-000000-000002: empty=
Category-000001: base
IsTemplate-000001: 1
Category-000002: general
Templates-000002: base,other
Line-000002-000000: plain=say "hi" \ back
Category-000003: bare"""


def get_config(text: str) -> responses.GetConfig:
    return responses.GetConfig.decode(Message(text.replace("\n", "\r\n").encode()))


def test_a_configuration_file() -> None:
    answer = get_config(CONFIG)
    assert answer.categories == [
        ConfigCategory(
            name="general",
            lines=[ConfigLine("plain", "a value"), ConfigLine("object", "x=y,z"), ConfigLine("empty", "")],
        ),
        ConfigCategory(name="base", is_template=True),
        ConfigCategory(name="general", templates=["base", "other"], lines=[ConfigLine("plain", 'say "hi" \\ back')]),
        ConfigCategory(name="bare"),
    ]
    assert (answer.issues, answer.model_extra, answer.note, answer.action_id) == ((), {}, "", "7")
    assert answer.raw["Line-000000-000001"] == "object=x=y,z"
    assert dict(answer.categories[0].lines) == {"plain": "a value", "object": "x=y,z", "empty": ""}


def test_a_file_without_the_category_that_was_asked_for() -> None:
    answer = get_config("Response: Success\nNo categories found")
    assert (answer.categories, answer.note, answer.issues, answer.model_extra) == ([], "No categories found", (), {})


def test_numbers_decide_not_the_order_of_the_headers() -> None:
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
def test_what_does_not_fit_is_an_issue_and_the_rest_is_there(header: str, problem: str) -> None:
    answer = get_config(f"Response: Success\nCategory-000000: one\nLine-000000-000001: b=2\n{header}")
    assert answer.categories == [ConfigCategory(name="one", lines=[ConfigLine("b", "2")])]
    name, value = header.split(": ")
    assert answer.issues == (Issue(name, value, problem),)
    assert name in answer.raw


def test_an_empty_value_leaves_the_default() -> None:
    answer = get_config("Response: Success\nCategory-000000: one\nIsTemplate-000000: \nTemplates-000000: ")
    assert (answer.categories, answer.issues) == ([ConfigCategory(name="one")], ())


def test_numbers_that_are_none_are_kept_as_they_came() -> None:
    odd = ["Category-0", "Category-0000000", "Line-000000", "Category-00000x", f"Category-{'9' * 5000}"]
    answer = get_config("Response: Success\n" + "\n".join(f"{name}: x" for name in odd))
    assert answer.categories == []
    assert set(answer.model_extra or {}) == set(odd)


def test_a_huge_number_makes_one_record() -> None:
    answer = get_config("Response: Success\nCategory-999999: far\nLine-999999-999999: a=1")
    assert answer.categories == [ConfigCategory(name="far", lines=[ConfigLine("a", "1")])]


NAMES = st.from_regex(r"(Category|IsTemplate|Templates|Line)(-[0-9]{6}){1,2}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))))
def test_no_headers_raise_and_none_is_lost(headers: list[tuple[str, str]]) -> None:
    received = Message("\r\n".join(["Response: Success", *(f"{name}: {value}" for name, value in headers)]).encode())
    answer = responses.GetConfig.decode(received)
    assert answer.raw == received.as_dict()
    assert len(answer.categories) <= len(headers)


def test_a_record_cannot_be_changed() -> None:
    (category,) = get_config("Response: Success\nCategory-000000: one").categories
    with pytest.raises(ValidationError, match="frozen"):
        category.name = "two"


def test_nested_data_can_be_dumped_and_read_back() -> None:
    answer = get_config(CONFIG)
    assert responses.GetConfig.model_validate_json(answer.model_dump_json()).categories == answer.categories


# JSON


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
def test_json(text: str, value: object) -> None:
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
def test_what_is_no_json_is_an_issue_and_kept(text: str) -> None:
    answer = get_config_json(text)
    assert answer.json_ is None
    ((header, value, problem),) = answer.issues
    assert (header.upper(), value) == ("JSON", text)
    assert problem
    assert answer.raw["JSON"] == text


def test_no_json_at_all() -> None:
    answer = responses.GetConfigJSON.decode(Message(b"Response: Error\r\nMessage: no"))
    assert (answer.json_, answer.issues) == (None, ())
