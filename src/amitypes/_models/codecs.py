"""The types of headers: how the text of each is decoded, and how a value is encoded.

Generated models name a `Codec` for each header. Decoding raises `ValueError` for text of another type; the models turn
that into an issue and keep the text.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, cast

from pydantic import SecretStr

from amitypes._models.codec import Codec, RecordType, Shape, text
from amitypes._models.scalars import (
    format_clock,
    format_commas,
    format_duration,
    format_epoch,
    format_iso,
    format_json,
    parse_bool,
    parse_clock,
    parse_commas,
    parse_duration,
    parse_epoch,
    parse_epoch_or_never,
    parse_float,
    parse_int,
    parse_iso,
    parse_json,
)
from amitypes._protocol.redaction import redact

__all__ = [
    "any_headers",
    "boolean",
    "clock",
    "commas",
    "epoch",
    "epoch_or_never",
    "family",
    "in_microseconds",
    "in_milliseconds",
    "in_seconds",
    "in_whole_milliseconds",
    "in_whole_seconds",
    "integer",
    "iso_time",
    "json_text",
    "list_of",
    "mapping",
    "nested_family",
    "number",
    "on_off",
    "one_zero",
    "records",
    "secret",
    "strings",
    "true_false",
    "variables",
    "yes_no",
]


def _duration(unit: int) -> Codec:
    """A duration in units of so many microseconds."""
    return Codec(
        lambda value: parse_duration(value, unit),
        lambda value: format_duration(cast("timedelta", value), unit),
        kind=timedelta,
    )


def _whole_duration(unit: int) -> Codec:
    """The same without a fraction."""
    # Rounded up, so that a timeout isn't shorter than asked for, and never 0, which is no timeout, unless it was 0.
    return Codec(
        lambda value: parse_duration(value, unit),
        lambda value: str(-(-cast("timedelta", value) // timedelta(microseconds=unit))),
        kind=timedelta,
    )


def boolean(true: str, false: str) -> Codec:
    """A boolean with the spelling that one action requires; decoding takes any spelling that Asterisk uses.

    Args:
        true: How True is sent.
        false: How False is sent.

    Returns:
        The codec.
    """
    return Codec(parse_bool, lambda value: true if value else false, kind=bool)


def _reveal(value: object) -> str:
    return redact(value.get_secret_value() if isinstance(value, SecretStr) else str(value))


integer: Final = Codec(parse_int, kind=int)
number: Final = Codec(parse_float, kind=float)
yes_no: Final = boolean("yes", "no")
true_false: Final = boolean("true", "false")
on_off: Final = boolean("on", "off")
one_zero: Final = boolean("1", "0")
in_seconds: Final = _duration(1_000_000)
in_milliseconds: Final = _duration(1_000)
in_microseconds: Final = _duration(1)
in_whole_seconds: Final = _whole_duration(1_000_000)
"""Where the server reads an integer: sent without a fraction, rounded up."""

in_whole_milliseconds: Final = _whole_duration(1_000)
"""The same in milliseconds."""

clock: Final = Codec(parse_clock, format_clock, kind=timedelta)
"""A duration as ``HH:MM:SS``, with more than 24 hours where it is longer than a day."""

epoch: Final = Codec(parse_epoch, format_epoch, kind=datetime)
"""A datetime as seconds since 1970, aware and in UTC."""

epoch_or_never: Final = Codec(parse_epoch_or_never, format_epoch, kind=datetime)
"""The same, where 0 means that it hasn't happened."""

iso_time: Final = Codec(parse_iso, format_iso, kind=datetime)
"""An ISO 8601 datetime with its UTC offset, aware and in UTC."""

commas: Final = Codec(parse_commas, format_commas, total=True, kind=list[str])
"""Several texts in one header, with commas between them."""

json_text: Final = Codec(parse_json, format_json)
"""JSON in one header. A key that repeats in one object has the list of its values, in order."""

secret: Final = Codec(SecretStr, _reveal, kind=SecretStr)
strings: Final = Codec(shape=Shape.LIST, kind=str)
mapping: Final = Codec(shape=Shape.MAPPING, kind=str)
"""Headers of the form ``name=value``, neither escaped nor unescaped."""

any_headers: Final = Codec(shape=Shape.HEADERS)
"""Headers that the caller names."""

variables: Final = Codec(shape=Shape.VARIABLES)
"""Channel variables in an action, one header each, escaped as Asterisk splits them."""


def list_of(codec: Codec) -> Codec:
    """A header that repeats, as a list of its values.

    Args:
        codec: The type of one header.

    Returns:
        The codec.
    """
    return Codec(codec.decode, codec.encode, Shape.LIST, kind=codec.kind)


def family(codec: Codec = text) -> Codec:
    """Numbered headers as a list, in the order of their numbers.

    Args:
        codec: The type of one header.

    Returns:
        The codec.
    """
    return Codec(codec.decode, codec.encode, Shape.FAMILY, kind=codec.kind)


def nested_family(codec: Codec = text) -> Codec:
    """Headers with two numbers as a list of lists.

    Args:
        codec: The type of one header.

    Returns:
        The codec.
    """
    return Codec(codec.decode, codec.encode, Shape.NESTED, kind=codec.kind)


def records(record: type[RecordType]) -> Codec:
    """Numbered headers as a list of records: the headers with one number make one record.

    Args:
        record: The class of the records; its `wire_headers` are these headers.

    Returns:
        The codec.
    """
    return Codec(shape=Shape.RECORDS, record=record)
