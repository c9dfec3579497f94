"""Configuration files: their contents in ``GetConfig``, and the changes of ``UpdateConfig``."""
# ruff: noqa: PYI051, RUF012 - open enumerations, as generated models have them; pydantic copies mutable defaults

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple, Self

from amitypes._models.codec import Codec, Header
from amitypes._models.codecs import commas, family, integer, one_zero
from amitypes._models.record import Record
from amitypes._protocol.redaction import MASK, names_a_secret

__all__ = ["ConfigCategory", "ConfigChange", "ConfigLine"]


class ConfigLine(NamedTuple):
    """A line of a category: a variable and its value. ``dict(category.lines)`` keeps the last line of each variable.

    AMI sends neither comments nor whether the file has ``=`` or ``=>``, and doesn't mark the lines of templates.

    Attributes:
        name: The variable.
        value: Its value.
    """

    name: str
    value: str

    def __repr__(self) -> str:
        """Both, with a mask for the value of a secret."""
        return f"ConfigLine(name={self.name!r}, value={MASK if names_a_secret(self.name) else self.value!r})"


def _line(text: str) -> ConfigLine:
    name, equals, value = text.partition("=")
    if not equals:
        msg = "not a line of the form name=value"
        raise ValueError(msg)
    return ConfigLine(name, value)


class ConfigCategory(Record):
    """A category of a configuration file, as ``GetConfig`` returns it. Several categories may have the same name."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Category-000000": Header("name"),
        "IsTemplate-000000": Header("is_template", one_zero),
        "Templates-000000": Header("templates", commas),
        "Line-000000-000000": Header("lines", family(Codec(_line, total=True))),
    }

    name: str
    """``Category-000000``"""
    is_template: bool = False
    """``IsTemplate-000000``: whether it is only a template for others."""
    templates: list[str] = []
    """``Templates-000000``: the templates whose lines it includes, in the order of the file."""
    lines: list[ConfigLine] = []
    """``Line-000000-000000``: its lines in order, those of its templates included."""


class ConfigChange(Record):
    """A change that ``UpdateConfig`` makes in a file. The class methods make each kind of change.

    A change applies to all categories of the given name, templates excluded. A ``filter`` selects others:
    ``TEMPLATES=include`` includes templates, ``TEMPLATES=restrict`` selects only templates, and ``name=value`` (regular
    expressions) selects those with such a line. Several conditions have commas between them.
    """

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Action-000000": Header("action"),
        "Cat-000000": Header("category"),
        "Var-000000": Header("variable"),
        "Value-000000": Header("value"),
        "Match-000000": Header("match"),
        "Line-000000": Header("line", integer),
        "Options-000000": Header("options"),
    }

    action: Literal["NewCat", "RenameCat", "DelCat", "EmptyCat", "Update", "Delete", "Append", "Insert"] | str
    """``Action-000000``: the kind of change."""
    category: str
    """``Cat-000000``: the category to change."""
    variable: str | None = None
    """``Var-000000``: the variable."""
    value: str | None = None
    """``Value-000000``: the new value, after ``>`` for a line with ``=>``; or the new name of a category."""
    match: str | None = None
    """``Match-000000``: the value that the line must have; or the category before which a new one is inserted."""
    line: int | None = None
    """``Line-000000``: the line in the category, counted from 0."""
    options: str | None = None
    """``Options-000000``: options with commas between them, such as ``allowdups,template``."""

    @classmethod
    def new_category(
        cls,
        name: str,
        *,
        template: bool = False,
        inherits: Sequence[str] = (),
        before: str | None = None,
        allow_duplicates: bool = False,
        ignore_error: bool = False,
    ) -> Self:
        """Add a category.

        Args:
            name: Its name.
            template: Whether it is only a template for others; default: False.
            inherits: The templates whose lines it includes; default: none.
            before: The category before which it is inserted; default: at the end of the file.
            allow_duplicates: Whether another category may have this name; default: False, which makes it an error.
            ignore_error: Whether to leave the file as it is, without an error, if there is one; default: False.

        Returns:
            The change.
        """
        flags = {"allowdups": allow_duplicates, "template": template, "ignoreerror": ignore_error}
        options = [option for option, enabled in flags.items() if enabled]
        if inherits:
            options.append(_quoted("inherit", ",".join(inherits)))
        return cls(action="NewCat", category=name, match=before, options=_joined(options))

    @classmethod
    def rename_category(cls, name: str, new_name: str, *, filter: str = "") -> Self:  # noqa: A002 - AMI's own word
        """Rename a category.

        Args:
            name: Its name.
            new_name: Its new name.
            filter: The categories of this name to change, as the class describes; default: all but templates.

        Returns:
            The change.
        """
        return cls(action="RenameCat", category=name, value=new_name, options=_filtered(filter))

    @classmethod
    def delete_category(cls, name: str, *, filter: str = "", ignore_error: bool = False) -> Self:  # noqa: A002
        """Delete a category with its lines. Deleting a template that other categories include can crash Asterisk.

        Args:
            name: Its name.
            filter: The categories of this name to change, as the class describes; default: all but templates.
            ignore_error: Whether it is no error if there is no such category; default: False.

        Returns:
            The change.
        """
        return cls(action="DelCat", category=name, options=_filtered(filter, ignore_error=ignore_error))

    @classmethod
    def empty_category(cls, name: str, *, filter: str = "") -> Self:  # noqa: A002
        """Delete all lines of a category.

        Args:
            name: Its name.
            filter: The categories of this name to change, as the class describes; default: all but templates.

        Returns:
            The change.
        """
        return cls(action="EmptyCat", category=name, options=_filtered(filter))

    @classmethod
    def update(
        cls,
        category: str,
        variable: str,
        value: str,
        *,
        match: str | None = None,
        arrow: bool = False,
        filter: str = "",  # noqa: A002
    ) -> Self:
        """Change the value of the first line of a variable. It is an error if there is no such line.

        Args:
            category: The category.
            variable: The variable.
            value: The new value.
            match: The value that the line must have; default: any.
            arrow: Whether the line has ``=>`` afterwards; default: False, which keeps what it has.
            filter: The categories of this name to change, as the class describes; default: all but templates.

        Returns:
            The change.

        Raises:
            ValueError: The value begins with ``>``, and `arrow` is False: AMI can set such a value only with ``=>``.
        """
        return cls(
            action="Update",
            category=category,
            variable=variable,
            value=_value(value, arrow=arrow),
            match=match,
            options=_filtered(filter),
        )

    @classmethod
    def append(
        cls,
        category: str,
        variable: str,
        value: str,
        *,
        arrow: bool = False,
        filter: str = "",  # noqa: A002
    ) -> Self:
        """Add a line at the end of a category.

        Args:
            category: The category.
            variable: The variable.
            value: Its value.
            arrow: Whether the line has ``=>`` in the place of ``=``; False by default.
            filter: The categories of this name to change, as the class describes; default: all but templates.

        Returns:
            The change.

        Raises:
            ValueError: The value begins with ``>``, and `arrow` is False: AMI can set such a value only with ``=>``.
        """
        return cls(
            action="Append",
            category=category,
            variable=variable,
            value=_value(value, arrow=arrow),
            options=_filtered(filter),
        )

    @classmethod
    def insert(cls, category: str, line: int, variable: str, value: str, *, filter: str = "") -> Self:  # noqa: A002
        """Insert a line with ``=``.

        Args:
            category: The category.
            line: The number of the new line, counted from 0 with the lines of templates. A number above the category's
                number of lines can crash Asterisk.
            variable: The variable.
            value: Its value.
            filter: The categories of this name to change, as the class describes; default: all but templates.

        Returns:
            The change.
        """
        sent = f">{value}" if value.startswith(">") else value  # Asterisk removes one
        return cls(
            action="Insert", category=category, variable=variable, value=sent, line=line, options=_filtered(filter)
        )

    @classmethod
    def delete(
        cls,
        category: str,
        variable: str,
        *,
        match: str | None = None,
        filter: str = "",  # noqa: A002
        ignore_error: bool = False,
    ) -> Self:
        """Delete all lines of a variable.

        Args:
            category: The category.
            variable: The variable.
            match: The value that the lines must have; default: any.
            filter: The categories of this name to change, as the class describes; default: all but templates.
            ignore_error: Whether it is no error if there is no such line; default: False.

        Returns:
            The change.
        """
        return cls(
            action="Delete",
            category=category,
            variable=variable,
            match=match,
            options=_filtered(filter, ignore_error=ignore_error),
        )

    @classmethod
    def delete_line(cls, category: str, line: int, *, filter: str = "", ignore_error: bool = False) -> Self:  # noqa: A002
        """Delete a line by its number.

        Args:
            category: The category.
            line: The line, counted from 0 with the lines of templates, after the preceding changes.
            filter: The categories of this name to change, as the class describes; default: all but templates.
            ignore_error: Whether it is no error if there is no such line; default: False.

        Returns:
            The change.
        """
        return cls(action="Delete", category=category, line=line, options=_filtered(filter, ignore_error=ignore_error))


def _value(value: str, *, arrow: bool) -> str:
    if arrow:
        return f">{value}"
    if value.startswith(">"):
        msg = "AMI reads a > at the start of a value as part of =>; give arrow=True to set it with =>"
        raise ValueError(msg)
    return value


def _filtered(condition: str, *, ignore_error: bool = False) -> str | None:
    options = ["ignoreerror"] if ignore_error else []
    return _joined([*options, _quoted("catfilter", condition)] if condition else options)


def _quoted(option: str, value: str) -> str:
    if '"' in value or "'" in value:
        msg = f"AMI can't send a quote inside of {option}"
        raise ValueError(msg)
    return f'{option}="{value}"'


def _joined(options: Sequence[str]) -> str | None:
    return ",".join(options) or None
