"""The durations that an action takes: a `timedelta`, a number of seconds, or ISO 8601 text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["Duration", "SignedDuration"]

_ISO: Final = re.compile(r"[+-]?P.+")
_ZERO: Final = timedelta()


@dataclass(frozen=True, slots=True)
class _Seconds:
    """Makes a field of type `timedelta` take a number of seconds too.

    Pydantic's own `timedelta` reads further text, such as "15000" and "1:30", whose unit would be a guess, and
    rounds one below a microsecond to 0.
    """

    signed: bool

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate in two steps: this class's, then pydantic's, which reads ISO 8601."""
        schema = core_schema.no_info_before_validator_function(_prepare, handler(source))
        return schema if self.signed else core_schema.no_info_after_validator_function(_refuse_negative, schema)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe what is taken, and what is written: ISO 8601."""
        text = handler(schema)
        if handler.mode == "serialization":
            return text
        return {"anyOf": [{"type": "number"} if self.signed else {"type": "number", "minimum": 0}, text]}


Duration: TypeAlias = Annotated[timedelta, _Seconds(signed=False)]
"""A duration in an action: a `timedelta`, seconds as a number, or ISO 8601 text such as ``PT5S``; not negative.

A validated field is a `timedelta`, whatever it was given.
"""

SignedDuration: TypeAlias = Annotated[timedelta, _Seconds(signed=True)]
"""The same, where a negative one has a meaning, such as no limit."""


def _prepare(value: object) -> object:
    if isinstance(value, timedelta) or (isinstance(value, str) and _ISO.fullmatch(value)):
        return value
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            # A timeout of 0 is none: a shorter time than Python has must not become that.
            return timedelta(seconds=value) or (timedelta.resolution if value > 0 else _ZERO)
    except OverflowError:
        raise PydanticCustomError("duration", "a duration this long can't be represented") from None
    raise PydanticCustomError(
        "duration", "expected a timedelta, a number of seconds, or an ISO 8601 duration such as PT5S"
    )


def _refuse_negative(value: timedelta) -> timedelta:
    if value < _ZERO:
        raise PydanticCustomError("duration", "a duration can't be negative here")
    return value
