"""What the changes of a configuration file look like on the wire."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from amitypes import actions
from amitypes.nested import ConfigChange


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
def test_each_kind(change: ConfigChange, wire: dict[str, str]) -> None:
    assert dict(headers(change)) == {f"{name}-000000": value for name, value in wire.items()}


def test_several_are_numbered_in_order() -> None:
    assert headers(ConfigChange.new_category("a"), ConfigChange.append("a", "x", "1")) == [
        ("Action-000000", "NewCat"),
        ("Cat-000000", "a"),
        ("Action-000001", "Append"),
        ("Cat-000001", "a"),
        ("Var-000001", "x"),
        ("Value-000001", "1"),
    ]
    assert headers() == []


def test_a_value_that_ami_would_change() -> None:
    for make in (ConfigChange.append, ConfigChange.update):
        with pytest.raises(ValueError, match="give arrow=True"):
            make("a", "x", ">1")


def test_quotes_that_ami_cannot_take() -> None:
    with pytest.raises(ValueError, match="quote inside of inherit"):
        ConfigChange.new_category("a", inherits=['b"'])
    with pytest.raises(ValueError, match="quote inside of catfilter"):
        ConfigChange.empty_category("a", filter="x='1'")


def test_what_is_no_change() -> None:
    with pytest.raises(ValidationError):
        actions.UpdateConfig.model_validate({"src_filename": "a", "dst_filename": "a", "changes": ["NewCat"]})
    with pytest.raises(ValidationError):
        ConfigChange.model_validate({"action": "NewCat", "category": "a", "cat": "a"})
