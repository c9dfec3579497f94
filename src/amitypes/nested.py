"""What a message says in several headers that belong together, as nested data."""
# ruff: noqa: PYI051, RUF012 - open enumerations, as generated models have them; pydantic copies what is mutable

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final, Literal, NamedTuple, Self

from amitypes._models.codec import Codec, Header
from amitypes._models.codecs import commas, family, integer, one_zero
from amitypes._models.record import Record
from amitypes._protocol.redaction import MASK, names_a_secret

__all__ = ["AOCRate", "AOCUnit", "ConfigCategory", "ConfigChange", "ConfigLine"]


class ConfigLine(NamedTuple):
    """A line of a category: a variable and its value. ``dict(category.lines)`` keeps the last one of each name.

    AMI doesn't tell whether the file has ``=`` or ``=>``, nor comments, nor which line a template gave.
    """

    name: str
    value: str

    def __repr__(self) -> str:
        """Both, but for a secret's value."""
        return f"ConfigLine(name={self.name!r}, value={MASK if names_a_secret(self.name) else self.value!r})"


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


class ConfigChange(Record):
    """A change that ``UpdateConfig`` makes in a file. The class methods make each kind, as Asterisk wants it.

    A category that is named means all categories of this name but templates; ``filter`` chooses others:
    ``TEMPLATES=include`` templates too, ``TEMPLATES=restrict`` only them, ``name=value`` (regular expressions) those
    with such a line, and several of these with commas between them.
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
    """``Action-000000``: what the change does."""
    category: str
    """``Cat-000000``: the category that it is about."""
    variable: str | None = None
    """``Var-000000``: the variable."""
    value: str | None = None
    """``Value-000000``: the new value, after ``>`` for a line with ``=>``; the new name of a category."""
    match: str | None = None
    """``Match-000000``: the value that the line must have; the category before which a new one goes."""
    line: int | None = None
    """``Line-000000``: the line in the category, counted from 0."""
    options: str | None = None
    """``Options-000000``: words with commas between them, such as ``allowdups,template``."""

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
            template: Whether it only serves others as a template; False by default.
            inherits: The templates that it takes lines from; none by default.
            before: The category before which it goes; it goes to the end when None.
            allow_duplicates: Whether there may be one of this name; an error by default.
            ignore_error: Whether to leave the file as it is, without an error, when there is one; False by default.

        Returns:
            The change.
        """
        options = {"allowdups": allow_duplicates, "template": template, "ignoreerror": ignore_error}
        words = [word for word, wanted in options.items() if wanted]
        if inherits:
            words.append(_quoted("inherit", ",".join(inherits)))
        return cls(action="NewCat", category=name, match=before, options=_joined(words))

    @classmethod
    def rename_category(cls, name: str, new_name: str, *, filter: str = "") -> Self:  # noqa: A002 - AMI's own word
        """Rename a category.

        Args:
            name: Its name.
            new_name: Its new name.
            filter: Which ones of this name, as the class says; all but templates by default.

        Returns:
            The change.
        """
        return cls(action="RenameCat", category=name, value=new_name, options=_filtered(filter))

    @classmethod
    def delete_category(cls, name: str, *, filter: str = "", ignore_error: bool = False) -> Self:  # noqa: A002
        """Delete a category with its lines. A template that others still take lines from can make Asterisk crash.

        Args:
            name: Its name.
            filter: Which ones of this name, as the class says; all but templates by default.
            ignore_error: Whether it is no error that there is none; False by default.

        Returns:
            The change.
        """
        return cls(action="DelCat", category=name, options=_filtered(filter, ignore_error=ignore_error))

    @classmethod
    def empty_category(cls, name: str, *, filter: str = "") -> Self:  # noqa: A002
        """Delete all lines of a category.

        Args:
            name: Its name.
            filter: Which ones of this name, as the class says; all but templates by default.

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
        """Give a line another value: the first one of this variable. A line that isn't there is an error.

        Args:
            category: The category.
            variable: The variable.
            value: The new value.
            match: The value that the line must have; any when None.
            arrow: Whether the line gets ``=>``; by default it keeps what it has.
            filter: Which categories of this name, as the class says; all but templates by default.

        Returns:
            The change.

        Raises:
            ValueError: The value begins with ``>``, which AMI can send for a line with ``=>`` only.
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
            filter: Which categories of this name, as the class says; all but templates by default.

        Returns:
            The change.

        Raises:
            ValueError: The value begins with ``>``, which AMI can send for a line with ``=>`` only.
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
        """Add a line with ``=`` at a place of its own.

        Args:
            category: The category.
            line: The number that the line gets, counted from 0 and with those of templates; no more than the category
                has lines, as Asterisk may crash at a higher one.
            variable: The variable.
            value: Its value.
            filter: Which categories of this name, as the class says; all but templates by default.

        Returns:
            The change.
        """
        sent = f">{value}" if value.startswith(">") else value  # Asterisk takes one away
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
            match: The value that the lines must have; any when None.
            filter: Which categories of this name, as the class says; all but templates by default.
            ignore_error: Whether it is no error that there is no such line; False by default.

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
            line: The line, counted from 0 and with those of templates, after the changes before this one.
            filter: Which categories of this name, as the class says; all but templates by default.
            ignore_error: Whether it is no error that there is no such line; False by default.

        Returns:
            The change.
        """
        return cls(action="Delete", category=category, line=line, options=_filtered(filter, ignore_error=ignore_error))


def _value(value: str, *, arrow: bool) -> str:
    if arrow:
        return f">{value}"
    if value.startswith(">"):
        msg = "AMI takes a > at the beginning of a value for the one of =>; give arrow=True if that may be"
        raise ValueError(msg)
    return value


def _filtered(condition: str, *, ignore_error: bool = False) -> str | None:
    words = ["ignoreerror"] if ignore_error else []
    return _joined([*words, _quoted("catfilter", condition)] if condition else words)


def _quoted(option: str, value: str) -> str:
    if '"' in value or "'" in value:
        msg = f"AMI has no way to write a quote inside of {option}"
        raise ValueError(msg)
    return f'{option}="{value}"'


def _joined(words: Sequence[str]) -> str | None:
    return ",".join(words) or None


class AOCUnit(Record):
    """Units of a charge, in ``AOC-D`` and ``AOC-E``."""

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "Charge/Units(0)/NumberOf": Header("number_of", integer),
        "Charge/Units(0)/TypeOf": Header("type_of", integer),
    }

    number_of: int | None = None
    """``Charge/Units(0)/NumberOf``: how many units."""
    type_of: int | None = None
    """``Charge/Units(0)/TypeOf``: what kind of unit, from 1 to 16, as the network defines it."""


_SCALES: Final = (10_000, 100_000, 1_000_000, 10_000_000, 60_000_000, 3_600_000_000, 86_400_000_000)
"""What one unit of time is, in microseconds, by the number of its scale."""


def _time(length: int | None, scale: int | None) -> timedelta | None:
    if length is None or scale is None or not 0 <= scale < len(_SCALES):
        return None
    try:
        return timedelta(microseconds=length * _SCALES[scale])
    except OverflowError:
        return None


class AOCRate(Record):
    """What a part of the call costs, in ``AOC-S``.

    Asterisk sends no rate that is free or not known, nor any that comes after such a one. The list has no name on the
    wire, so the names there begin with ``(null)(0)/``.
    """

    wire_headers: ClassVar[Mapping[str, Header]] = {
        "(null)(0)/Chargeable": Header("chargeable"),
        "(null)(0)/Duration/Currency/Name": Header("currency_name"),
        "(null)(0)/Duration/Currency/Cost": Header("cost", integer),
        "(null)(0)/Duration/Currency/Multiplier": Header("multiplier"),
        "(null)(0)/Duration/ChargingType": Header("charging_type"),
        "(null)(0)/Duration/Time/Length": Header("time_length", integer),
        "(null)(0)/Duration/Time/Scale": Header("time_scale", integer),
        "(null)(0)/Duration/Granularity": Header("granularity_length", integer),  # empty, where there is none
        "(null)(0)/Duration/Granularity/Length": Header("granularity_length", integer),
        "(null)(0)/Duration/Granularity/Scale": Header("granularity_scale", integer),
        "(null)(0)/Flat/Currency/Name": Header("currency_name"),
        "(null)(0)/Flat/Currency/Cost": Header("cost", integer),
        "(null)(0)/Flat/Currency/Multiplier": Header("multiplier"),
        "(null)(0)/Volume/Unit": Header("unit"),
        "(null)(0)/Volume/Currency/Name": Header("currency_name"),
        "(null)(0)/Volume/Currency/Cost": Header("cost", integer),
        "(null)(0)/Volume/Currency/Multiplier": Header("multiplier"),
        "(null)(0)/SpecialCode/SpecialCode": Header("special_code", integer),
    }

    chargeable: (
        Literal[
            "NotAvailable",
            "SpecialArrangement",
            "BasicCommunication",
            "CallAttempt",
            "CallSetup",
            "UserUserInfo",
            "SupplementaryService",
        ]
        | str
    )
    """``Chargeable``: what costs this; nothing else is said of one that is ``NotAvailable``."""
    currency_name: str = ""
    """``Duration/Currency/Name``, ``Flat/…`` or ``Volume/…``"""
    cost: int | None = None
    """``Duration/Currency/Cost``, ``Flat/…`` or ``Volume/…``: in units of `multiplier`."""
    multiplier: Literal["1/1000", "1/100", "1/10", "1", "10", "100", "1000"] | str = ""
    """``Duration/Currency/Multiplier``, ``Flat/…`` or ``Volume/…``: what part of the currency `cost` counts."""
    charging_type: Literal["ContinuousCharging", "StepFunction"] | str = ""
    """``Duration/ChargingType``"""
    time_length: int | None = None
    """``Duration/Time/Length``: the time that `cost` is for, in units of `time_scale`."""
    time_scale: int | None = None
    """``Duration/Time/Scale``: 0 for 1/100 s, 1 for 1/10 s, 2 for 1 s, 3 for 10 s, 4 for minutes, 5 hours, 6 days."""
    granularity_length: int | None = None
    """``Duration/Granularity/Length``: the step in which time is counted, in units of `granularity_scale`."""
    granularity_scale: int | None = None
    """``Duration/Granularity/Scale``: the same as `time_scale`."""
    unit: Literal["Octet", "Segment", "Message"] | str = ""
    """``Volume/Unit``: what is counted."""
    special_code: int | None = None
    """``SpecialCode/SpecialCode``: the network's own code."""

    @property
    def time(self) -> timedelta | None:
        """The time that `cost` is for; None where there is none."""
        return _time(self.time_length, self.time_scale)

    @property
    def granularity(self) -> timedelta | None:
        """The step in which time is counted; None where there is none."""
        return _time(self.granularity_length, self.granularity_scale)

    @property
    def kind(self) -> Literal["Duration", "Flat", "Volume", "SpecialCode", ""]:
        """What the rate depends on; empty where nothing is said of it."""
        if self.time_length is not None:
            return "Duration"
        if self.unit:
            return "Volume"
        if self.special_code is not None:
            return "SpecialCode"
        return "" if self.cost is None else "Flat"
