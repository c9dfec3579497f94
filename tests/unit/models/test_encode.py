"""Encoding of values that several headers make up."""

from __future__ import annotations

from amitypes._models import codecs
from amitypes._models.encode import encode


def test_a_list_is_encoded_as_repeated_headers() -> None:
    assert encode("Category", codecs.strings, ["a", "b"]) == [("Category", "a"), ("Category", "b")]
    assert encode("Category", codecs.strings, []) == []


def test_a_mapping_is_encoded_without_escapes() -> None:
    assert encode("ChanVariable", codecs.mapping, {"a": "1,2", "b": '"'}) == [
        ("ChanVariable", "a=1,2"),
        ("ChanVariable", 'b="'),
    ]


def test_each_variable_is_escaped_in_a_header_of_its_own() -> None:
    assert encode("Variable", codecs.variables, {"a": 'x,"y"\\z', "b": 1}) == [
        ("Variable", 'a=x\\,\\"y\\"\\\\z'),
        ("Variable", "b=1"),
    ]


def test_a_list_is_encoded_as_numbered_headers_without_none() -> None:
    assert encode("Cat-000000", codecs.family(), ["a", None, "b"]) == [("Cat-000000", "a"), ("Cat-000002", "b")]
    assert encode("Unit(0)", codecs.family(codecs.integer), [5, 6]) == [("Unit(0)", "5"), ("Unit(1)", "6")]


def test_a_list_of_lists_is_encoded_with_two_numbers() -> None:
    assert encode("Line-000000-000000", codecs.nested_family(), [["a=1"], [], ["b=2", "c=3"]]) == [
        ("Line-000000-000000", "a=1"),
        ("Line-000002-000000", "b=2"),
        ("Line-000002-000001", "c=3"),
    ]
