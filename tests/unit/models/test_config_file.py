"""Configuration files, and changes of them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from amitypes import actions, responses
from amitypes._protocol.message import Message
from amitypes.nested import ConfigCategory, ConfigChange, ConfigLine

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


def test_a_configuration_file_is_decoded_to_categories() -> None:
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


def test_a_file_without_the_requested_category_has_a_note() -> None:
    answer = get_config("Response: Success\nNo categories found")
    assert (answer.categories, answer.note, answer.issues, answer.model_extra) == ([], "No categories found", (), {})


def test_categories_can_be_dumped_and_read_back() -> None:
    answer = get_config(CONFIG)
    assert responses.GetConfig.model_validate_json(answer.model_dump_json()).categories == answer.categories


def headers(*changes: ConfigChange) -> list[tuple[str, str]]:
    """The headers of an UpdateConfig that are about its changes."""
    return actions.UpdateConfig(src_filename="a", dst_filename="b", changes=changes).to_headers()[3:]


@pytest.mark.parametrize(
    ("change", "wire"),
    [
        (ConfigChange.new_category("a"), {"Action": "NewCat", "Cat": "a"}),
        (
            ConfigChange.new_category(
                "a", template=True, inherits=["b", "c"], before="d", allow_duplicates=True, ignore_error=True
            ),
            {
                "Action": "NewCat",
                "Cat": "a",
                "Match": "d",
                "Options": 'allowdups,template,ignoreerror,inherit="b,c"',
            },
        ),
        (ConfigChange.rename_category("a", "b"), {"Action": "RenameCat", "Cat": "a", "Value": "b"}),
        (
            ConfigChange.delete_category("a", filter="x=1,TEMPLATES=include", ignore_error=True),
            {"Action": "DelCat", "Cat": "a", "Options": 'ignoreerror,catfilter="x=1,TEMPLATES=include"'},
        ),
        (
            ConfigChange.empty_category("a", filter="x=1"),
            {"Action": "EmptyCat", "Cat": "a", "Options": 'catfilter="x=1"'},
        ),
        (
            ConfigChange.update("a", "x", "2", match="1"),
            {"Action": "Update", "Cat": "a", "Var": "x", "Value": "2", "Match": "1"},
        ),
        (
            ConfigChange.update("a", "x", "2", arrow=True),
            {"Action": "Update", "Cat": "a", "Var": "x", "Value": ">2"},
        ),
        (ConfigChange.append("a", "x", ""), {"Action": "Append", "Cat": "a", "Var": "x", "Value": ""}),
        (
            ConfigChange.append("a", "x", ">1", arrow=True),
            {"Action": "Append", "Cat": "a", "Var": "x", "Value": ">>1"},
        ),
        (
            ConfigChange.insert("a", 0, "x", "1"),
            {"Action": "Insert", "Cat": "a", "Var": "x", "Value": "1", "Line": "0"},
        ),
        (
            ConfigChange.insert("a", 3, "x", ">1"),
            {"Action": "Insert", "Cat": "a", "Var": "x", "Value": ">>1", "Line": "3"},
        ),
        (
            ConfigChange.delete("a", "x", match="1", ignore_error=True),
            {"Action": "Delete", "Cat": "a", "Var": "x", "Match": "1", "Options": "ignoreerror"},
        ),
        (ConfigChange.delete_line("a", 3), {"Action": "Delete", "Cat": "a", "Line": "3"}),
        (
            ConfigChange(action="Append", category="a", variable="x", value="1", match="object"),
            {"Action": "Append", "Cat": "a", "Var": "x", "Value": "1", "Match": "object"},
        ),
    ],
)
def test_each_kind_of_change_is_encoded(change: ConfigChange, wire: dict[str, str]) -> None:
    assert dict(headers(change)) == {f"{name}-000000": value for name, value in wire.items()}


def test_changes_are_numbered_in_order() -> None:
    assert headers(ConfigChange.new_category("a"), ConfigChange.append("a", "x", "1")) == [
        ("Action-000000", "NewCat"),
        ("Cat-000000", "a"),
        ("Action-000001", "Append"),
        ("Cat-000001", "a"),
        ("Var-000001", "x"),
        ("Value-000001", "1"),
    ]
    assert headers() == []


def test_a_value_with_an_arrow_is_refused() -> None:
    for make in (ConfigChange.append, ConfigChange.update):
        with pytest.raises(ValueError, match="give arrow=True"):
            make("a", "x", ">1")


def test_quotes_in_options_are_refused() -> None:
    with pytest.raises(ValueError, match="quote inside of inherit"):
        ConfigChange.new_category("a", inherits=['b"'])
    with pytest.raises(ValueError, match="quote inside of catfilter"):
        ConfigChange.empty_category("a", filter="x='1'")


def test_other_data_is_not_a_change() -> None:
    with pytest.raises(ValidationError):
        actions.UpdateConfig.model_validate({"src_filename": "a", "dst_filename": "a", "changes": ["NewCat"]})
    with pytest.raises(ValidationError):
        ConfigChange.model_validate({"action": "NewCat", "category": "a", "cat": "a"})
