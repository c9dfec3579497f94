"""Convert the text of one header to a Python value, and back.

Each ``parse_`` function raises `ValueError` for text of another type. Each ``format_`` function is its reverse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Final, NoReturn, cast

from pydantic import JsonValue

__all__ = [
    "format_clock",
    "format_commas",
    "format_duration",
    "format_epoch",
    "format_iso",
    "format_json",
    "is_unknown",
    "parse_bool",
    "parse_clock",
    "parse_commas",
    "parse_duration",
    "parse_epoch",
    "parse_epoch_or_never",
    "parse_float",
    "parse_int",
    "parse_iso",
    "parse_json",
]

_UNKNOWN: Final = frozenset({"", "<unknown>", "<none>", "(null)", "<null>", "n/a"})
_TRUE: Final = frozenset({"yes", "true", "1", "on", "y", "t"})
_FALSE: Final = frozenset({"no", "false", "0", "off", "n", "f"})
_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]+\s*")
_FLOAT: Final = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
_DECIMAL: Final = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]*)?)\s*")
# If the server's clock was set back, each part that isn't zero is negative, as in 00:-1:-5.
_CLOCK: Final = re.compile(r"\s*(-?[0-9]+):([0-9]{2}|-[0-9]{1,2}):([0-9]{2}|-[0-9]{1,2})\s*")
_USUAL_EPOCH: Final = re.compile(r"[0-3]?[0-9]{1,9}\.[0-9]{6}")
"""A datetime of this century as Asterisk prints it: a float is precise to its microseconds."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SIGN_BIT: Final = 2**63
_TOO_LONG: Final = "a longer duration than Python supports"


def is_unknown(value: str) -> bool:
    """Whether a text is one of those that Asterisk sends for no value.

    Args:
        value: A header's value.

    Returns:
        True for an empty text, ``<unknown>``, ``<none>``, ``(null)``, ``<null>`` and ``N/A``, in any case.
    """
    return value.strip().lower() in _UNKNOWN


def parse_bool(value: str) -> bool:
    """A boolean in any spelling that Asterisk uses."""
    normalized = value.strip().lower()
    if normalized in _TRUE:
        return True
    if normalized in _FALSE:
        return False
    msg = "not a boolean"
    raise ValueError(msg)


def parse_int(value: str) -> int:
    """An integer in decimal digits."""
    # The patterns refuse what Python reads as a number and no C program writes: 1_000, digits of other scripts, nan.
    try:
        if _INTEGER.fullmatch(value):
            return int(value)
    except ValueError:  # longer than Python converts
        pass
    msg = "not an integer"
    raise ValueError(msg)


def parse_float(value: str) -> float:
    """A finite number."""
    if _FLOAT.fullmatch(value) and isfinite(number := float(value)):
        return number
    msg = "not a number"
    raise ValueError(msg)


def parse_duration(value: str, unit: int) -> timedelta:
    """A duration as a number of units.

    Args:
        value: The text.
        unit: The length of one unit, in microseconds.
    """
    if not (found := _DECIMAL.fullmatch(value)):
        msg = "not a duration"
        raise ValueError(msg)
    number = Decimal(found[1])
    if _SIGN_BIT <= number < 2 * _SIGN_BIT and unit > 1:
        # A negative duration that was printed as unsigned, as the last ParkingTimeout of a parked call is.
        number -= 2 * _SIGN_BIT
    try:
        return timedelta(microseconds=int(number * unit))
    except ArithmeticError:
        raise ValueError(_TOO_LONG) from None


def format_duration(duration: timedelta, unit: int) -> str:
    """A duration in units of so many microseconds, with a fraction only where there is one."""
    whole, fraction = divmod(abs(duration) // _MICROSECOND, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}}".rstrip("0") if fraction else ""
    return f"{'-' if duration < timedelta() else ''}{whole}{'.' if digits else ''}{digits}"


def parse_clock(value: str) -> timedelta:
    """A duration as ``HH:MM:SS``."""
    if not (found := _CLOCK.fullmatch(value)):
        msg = "not a duration as HH:MM:SS"
        raise ValueError(msg)
    hours, minutes, seconds = (part.lstrip("-") for part in found.groups())
    duration = parse_duration(hours, 3_600_000_000)
    try:
        duration += timedelta(minutes=int(minutes), seconds=int(seconds))
    except OverflowError:
        raise ValueError(_TOO_LONG) from None
    return -duration if "-" in value else duration


def format_clock(value: object) -> str:
    """A duration as ``HH:MM:SS``, without its fraction of a second."""
    whole = cast("timedelta", value) // timedelta(seconds=1)
    minutes, seconds = divmod(abs(whole), 60)
    return f"{'-' if whole < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def parse_epoch(value: str) -> datetime:
    """A datetime as seconds since 1970, in UTC."""
    if _USUAL_EPOCH.fullmatch(value):
        return datetime.fromtimestamp(float(value), UTC)
    if not _DECIMAL.fullmatch(value):
        msg = "not a number of seconds since 1970"
        raise ValueError(msg)
    try:
        return _EPOCH + parse_duration(value, 1_000_000)
    except OverflowError:
        msg = "a later datetime than Python supports"
        raise ValueError(msg) from None


def parse_epoch_or_never(value: str) -> datetime | None:
    """A datetime as seconds since 1970, in UTC; None for 0."""
    parsed = parse_epoch(value)
    return None if parsed == _EPOCH else parsed


def format_epoch(value: object) -> str:
    """A datetime as seconds since 1970; 0 for None."""
    return "0" if value is None else format_duration(cast("datetime", value) - _EPOCH, 1_000_000)


def parse_iso(value: str) -> datetime:
    """A datetime of ISO 8601 with its UTC offset, in UTC."""
    try:
        parsed = datetime.fromisoformat(value.strip())
        if parsed.tzinfo:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    msg = "not an ISO 8601 datetime with a UTC offset"
    raise ValueError(msg)


def format_iso(value: object) -> str:
    """A datetime of ISO 8601."""
    return cast("datetime", value).isoformat()


def parse_commas(value: str) -> list[str]:
    """Texts between commas; none of them is empty."""
    return [] if is_unknown(value) else [part.strip() for part in value.split(",") if part.strip()]


def format_commas(value: object) -> str:
    """Texts with commas between them."""
    return ",".join(cast("Iterable[str]", value))


def parse_json(value: str) -> JsonValue:
    """JSON; a key that repeats in one object has the list of its values, in order."""
    import json  # few events need it

    try:
        # Asterisk escapes no control characters, so they must be allowed.
        parsed: JsonValue = json.loads(
            value, strict=False, object_pairs_hook=_object_with_repeats, parse_constant=_refuse_constant
        )
    except RecursionError:
        msg = "JSON that is nested too deeply"
        raise ValueError(msg) from None
    except ValueError as error:
        msg = f"not JSON: {error}"
        raise ValueError(msg) from None
    return parsed


def format_json(value: object) -> str:
    """A value as JSON."""
    import json

    return json.dumps(value, ensure_ascii=False)


def _object_with_repeats(pairs: Sequence[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
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


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not a JSON value"
    raise ValueError(msg)
