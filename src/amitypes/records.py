"""What a message says in several headers that belong together, as nested data."""
# ruff: noqa: RUF012 - pydantic copies what is mutable

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from amitypes.codecs import Codec, Header, commas, family, one_zero
from amitypes.models import Record

__all__ = ["ConfigCategory", "ConfigLine"]


class ConfigLine(NamedTuple):
    """A line of a category: a variable and its value. ``dict(category.lines)`` keeps the last one of each name.

    AMI doesn't tell whether the file has ``=`` or ``=>``, nor comments, nor which line a template gave.
    """

    name: str
    value: str


def _line(text: str) -> ConfigLine:
    name, equals, value = text.partition("=")
    if not equals:
        msg = "not a line of the form name=value"
        raise ValueError(msg)
    return ConfigLine(name, value)


class ConfigCategory(Record):
    """A category of a configuration file, as ``GetConfig`` tells it; two of them may have one name."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Category-000000": Header("name"),
        "IsTemplate-000000": Header("is_template", one_zero),
        "Templates-000000": Header("templates", commas),
        "Line-000000-000000": Header("lines", family(Codec(_line, total=True))),
    }

    name: str
    """``Category-000000``"""
    is_template: bool = False
    """``IsTemplate-000000``: whether it only serves others as a template."""
    templates: list[str] = []
    """``Templates-000000``: the templates that it takes lines from, in the order of the file."""
    lines: list[ConfigLine] = []
    """``Line-000000-000000``: its lines in order, those of its templates included."""
