"""How the text of a header becomes a Python value, and how a Python value is spelled for Asterisk.

A `Codec` is what generated models name beside a header. Decoding raises `ValueError` for text that isn't of the
declared type; the models turn that into an issue and lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeAlias, cast

from pydantic import SecretStr, Strict

from amitypes._models.codec import Codec, RecordType, Shape, text
from amitypes._models.scalars import (
    from_clock,
    from_iso,
    from_json,
    from_moment,
    in_units,
    split,
    to_bool,
    to_clock,
    to_float,
    to_int,
    to_json,
    to_moment,
    to_moment_or_never,
    to_span,
)
from amitypes._protocol.redaction import redact

__all__ = [
    "Duration",
    "boolean",
    "clock",
    "commas",
    "epoch",
    "epoch_or_never",
    "family",
    "free_headers",
    "in_microseconds",
    "in_milliseconds",
    "in_seconds",
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

Duration: TypeAlias = Annotated[timedelta, Strict()]
"""A span of time in an action. A bare number isn't taken for one, as its unit would be a guess."""


def _span(unit: int) -> Codec:
    return Codec(
        lambda value: to_span(value, unit),
        lambda value: in_units(cast("timedelta", value), unit),
        kind=timedelta,
    )


def boolean(true: str, false: str) -> Codec:
    """A boolean with the spelling that one action wants; any spelling that Asterisk uses is understood.

    Args:
        true: How True is sent.
        false: How False is sent.

    Returns:
        The codec.
    """
    return Codec(to_bool, lambda value: true if value else false, kind=bool)


def _reveal(value: object) -> str:
    return redact(value.get_secret_value() if isinstance(value, SecretStr) else str(value))


integer: Final = Codec(to_int, kind=int)
number: Final = Codec(to_float, kind=float)
yes_no: Final = boolean("yes", "no")
true_false: Final = boolean("true", "false")
on_off: Final = boolean("on", "off")
one_zero: Final = boolean("1", "0")
in_seconds: Final = _span(1_000_000)
in_milliseconds: Final = _span(1_000)
in_microseconds: Final = _span(1)
clock: Final = Codec(from_clock, to_clock, kind=timedelta)
"""``HH:MM:SS``, which counts hours on beyond a day."""

epoch: Final = Codec(to_moment, from_moment, kind=datetime)
"""Seconds since 1970, as an aware time in UTC."""

epoch_or_never: Final = Codec(to_moment_or_never, from_moment, kind=datetime)
"""The same, where 0 says that it hasn't happened."""

iso_time: Final = Codec(from_iso, lambda value: cast("datetime", value).isoformat(), kind=datetime)
"""A time of ISO 8601 with its zone, as an aware time in UTC."""

commas: Final = Codec(split, lambda value: ",".join(cast("Iterable[str]", value)), total=True, kind=list[str])
"""Several values in one header, with commas between them."""

json_text: Final = Codec(from_json, to_json)
"""JSON in one header. A key that comes again in one object has the list of its values, in order."""

secret: Final = Codec(SecretStr, _reveal, kind=SecretStr)
strings: Final = Codec(shape=Shape.LIST, kind=str)
mapping: Final = Codec(shape=Shape.MAPPING, kind=str)
"""``name=value`` headers, taken and sent as they are."""

free_headers: Final = Codec(shape=Shape.HEADERS)
"""Headers that the caller names."""

variables: Final = Codec(shape=Shape.VARIABLES)
"""Channel variables in an action, escaped as Asterisk splits them: one header for each."""


def list_of(codec: Codec) -> Codec:
    """A header that repeats, as a list.

    Args:
        codec: The type of one header.

    Returns:
        The codec.
    """
    return Codec(codec.decode, codec.encode, Shape.LIST, kind=codec.kind)


def family(codec: Codec = text) -> Codec:
    """A family of numbered headers as a list.

    Args:
        codec: The type of one header.

    Returns:
        The codec.
    """
    return Codec(codec.decode, codec.encode, Shape.FAMILY, kind=codec.kind)


def nested_family(codec: Codec = text) -> Codec:
    """A family of headers with two numbers as a list of lists.

    Args:
        codec: The type of one header.

    Returns:
        The codec.
    """
    return Codec(codec.decode, codec.encode, Shape.NESTED, kind=codec.kind)


def records(record: type[RecordType]) -> Codec:
    """Families of numbered headers as a list of records: the headers of one number make one record.

    Args:
        record: The class of the records, whose `wire_headers` are these families.

    Returns:
        The codec.
    """
    return Codec(shape=Shape.RECORDS, record=record)
