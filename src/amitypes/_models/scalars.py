"""The text of one header as a Python value, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Final, NoReturn, cast

from pydantic import JsonValue

__all__ = ["is_unknown"]

_UNKNOWN: Final = frozenset({"", "<unknown>", "<none>", "(null)", "<null>", "n/a"})


_TRUE: Final = frozenset({"yes", "true", "1", "on", "y", "t"})


_FALSE: Final = frozenset({"no", "false", "0", "off", "n", "f"})


def is_unknown(value: str) -> bool:
    """Whether a text is one of the ways in which Asterisk says that there is no value.

    Args:
        value: A header's value.

    Returns:
        True for an empty text, ``<unknown>``, ``<none>``, ``(null)`` and ``N/A``, in any case.
    """
    return value.strip().lower() in _UNKNOWN


def to_bool(value: str) -> bool:
    spelled = value.strip().lower()
    if spelled in _TRUE:
        return True
    if spelled in _FALSE:
        return False
    msg = "not a boolean"
    raise ValueError(msg)


_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]+\s*")


_NUMBER: Final = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


_SPAN: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]*)?)\s*")


# When a server's clock was set back, each part that isn't zero is negative, as in 00:-1:-5.
_CLOCK: Final = re.compile(r"\s*(-?[0-9]+):([0-9]{2}|-[0-9]{1,2}):([0-9]{2}|-[0-9]{1,2})\s*")


_MOMENT: Final = re.compile(r"[0-3]?[0-9]{1,9}\.[0-9]{6}")
"""A moment as Asterisk prints it, in this century: a float has its microseconds."""


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


_TOO_LONG: Final = "a longer span of time than Python has"


_MICROSECOND: Final = timedelta(microseconds=1)


_SIGN_BIT: Final = 2**63


def to_int(value: str) -> int:
    # The patterns refuse what Python reads as a number and no C program writes: 1_000, digits of other scripts, nan.
    try:
        if _INTEGER.fullmatch(value):
            return int(value)
    except ValueError:  # longer than Python converts
        pass
    msg = "not an integer"
    raise ValueError(msg)


def to_float(value: str) -> float:
    if _NUMBER.fullmatch(value) and isfinite(number := float(value)):
        return number
    msg = "not a number"
    raise ValueError(msg)


def to_span(value: str, unit: int) -> timedelta:
    """A number of units, each of so many microseconds."""
    if not (found := _SPAN.fullmatch(value)):
        msg = "not a span of time"
        raise ValueError(msg)
    number = Decimal(found[1])
    if _SIGN_BIT <= number < 2 * _SIGN_BIT and unit > 1:
        # A span below zero that was printed without its sign, as the last ParkingTimeout of a parked call is.
        number -= 2 * _SIGN_BIT
    try:
        return timedelta(microseconds=int(number * unit))
    except ArithmeticError:
        raise ValueError(_TOO_LONG) from None


def from_clock(value: str) -> timedelta:
    if not (found := _CLOCK.fullmatch(value)):
        msg = "not a span of time as HH:MM:SS"
        raise ValueError(msg)
    hours, minutes, rest = (part.lstrip("-") for part in found.groups())
    span = to_span(hours, 3_600_000_000)
    try:
        span += timedelta(minutes=int(minutes), seconds=int(rest))
    except OverflowError:
        raise ValueError(_TOO_LONG) from None
    return -span if "-" in value else span


def to_clock(value: object) -> str:
    whole = cast("timedelta", value) // timedelta(seconds=1)
    minutes, rest = divmod(abs(whole), 60)
    return f"{'-' if whole < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def to_moment(value: str) -> datetime:
    if _MOMENT.fullmatch(value):
        return datetime.fromtimestamp(float(value), UTC)
    if not _SPAN.fullmatch(value):
        msg = "not a time in seconds since 1970"
        raise ValueError(msg)
    try:
        return _EPOCH + to_span(value, 1_000_000)
    except OverflowError:
        msg = "a later time than Python has"
        raise ValueError(msg) from None


def to_moment_or_never(value: str) -> datetime | None:
    moment = to_moment(value)
    return None if moment == _EPOCH else moment


def from_iso(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    msg = "not a time of ISO 8601 with its zone"
    raise ValueError(msg)


def from_moment(value: object) -> str:
    return "0" if value is None else in_units(cast("datetime", value) - _EPOCH, 1_000_000)


def in_units(span: timedelta, unit: int) -> str:
    """A span in units of so many microseconds, with a fraction only where there is one."""
    whole, fraction = divmod(abs(span) // _MICROSECOND, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}}".rstrip("0") if fraction else ""
    return f"{'-' if span < timedelta() else ''}{whole}{'.' if digits else ''}{digits}"


def split(value: str) -> list[str]:
    return [] if is_unknown(value) else [part.strip() for part in value.split(",") if part.strip()]


def from_json(value: str) -> JsonValue:
    import json

    try:
        # Asterisk escapes no control characters, so they must be allowed.
        parsed: JsonValue = json.loads(
            value, strict=False, object_pairs_hook=_with_repeats, parse_constant=_no_constant
        )
    except RecursionError:
        msg = "JSON that is nested too deeply"
        raise ValueError(msg) from None
    except ValueError as error:
        msg = f"not JSON: {error}"
        raise ValueError(msg) from None
    return parsed


def _with_repeats(pairs: Sequence[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """A JSON object of which nothing is lost: a key that came again has the list of its values."""
    result: dict[str, JsonValue] = {}
    repeated: dict[str, list[JsonValue]] = {}
    for key, value in pairs:
        if key in repeated:
            repeated[key].append(value)
        elif key in result:
            result[key] = repeated[key] = [result[key], value]
        else:
            result[key] = value
    return result


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no value of JSON"
    raise ValueError(msg)


def to_json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
