"""How the text of a header becomes a Python value, and how a Python value is spelled for Asterisk.

A `Codec` is what generated models name beside a header. Decoding raises `ValueError` for text that isn't of the
declared type; the models turn that into an issue and lose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from math import isfinite
from types import GenericAlias
from typing import Annotated, ClassVar, Final, NamedTuple, NoReturn, Protocol, TypeAlias, cast

from pydantic import JsonValue, SecretStr, Strict

from amitypes._hidden import hide
from amitypes.wire import variable

__all__ = [
    "Codec",
    "Duration",
    "Header",
    "RecordType",
    "Shape",
    "boolean",
    "clock",
    "commas",
    "epoch",
    "epoch_or_never",
    "family",
    "find_header",
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
    "text",
    "true_false",
    "variables",
    "yes_no",
]

Duration: TypeAlias = Annotated[timedelta, Strict()]
"""A span of time in an action. A bare number isn't taken for one, as its unit would be a guess."""


class Shape(Enum):
    """How many headers make up one value."""

    ONE = auto()
    """A single header."""
    LIST = auto()
    """A header that repeats, as a list."""
    MAPPING = auto()
    """A header that repeats with ``name=value``, as a mapping."""
    FAMILY = auto()
    """Numbered headers (``Name-000000``, ``Name(0)``), as a list by number."""
    NESTED = auto()
    """Headers numbered twice (``Line-000000-000001``), as a list of lists."""
    VARIABLES = auto()
    """The same with channel variables, escaped as Asterisk splits them; in actions only."""
    HEADERS = auto()
    """Headers of any name, as a mapping; in actions only."""
    RECORDS = auto()
    """Several families whose numbers belong together, as a list of records by number."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A header's type on the wire.

    Args:
        decode: Text to value; raises `ValueError` for text of another type.
        encode: Value to text.
        shape: How many headers make up the value.
        total: Whether every text is decoded, those for no value too, which otherwise are None without asking.
        record: The class of the records, where the value is a list of them.
        kind: The type of each value that `decode` makes, None apart; None where that can't be said.
    """

    decode: Callable[[str], object] = str
    encode: Callable[[object], str] = str
    shape: Shape = Shape.ONE
    total: bool = False
    record: type[RecordType] | None = None
    kind: object = None

    def read(self, value: str) -> object:
        """What the text of one header says.

        Args:
            value: The text.

        Returns:
            The value; None where Asterisk says that there is none.

        Raises:
            ValueError: The text is of another type.
        """
        return None if not self.total and is_unknown(value) else self.decode(value)

    @property
    def annotation(self) -> object:
        """The annotation that every value of the shape and the kind satisfies; None where there is no such."""
        match self.shape:
            case _ if self.kind is None:
                return None
            case Shape.ONE:
                return self.kind
            case Shape.LIST | Shape.FAMILY:
                return GenericAlias(list, (self.kind,))
            case Shape.NESTED:
                return GenericAlias(list, (GenericAlias(list, (self.kind,)),))
            case Shape.MAPPING:
                return GenericAlias(dict, (str, self.kind))
            case _:
                return None


text: Final = Codec(total=True, kind=str)


class Header(NamedTuple):
    """Where a header's value goes, and how it is decoded.

    Attributes:
        field: The model's field.
        codec: The header's type on the wire.
    """

    field: str
    codec: Codec = text


class RecordType(Protocol):
    """A class of records: what headers with one number say together."""

    wire_headers: ClassVar[Mapping[str, Header]]
    """The headers of a record by their names on the wire, with zero for the number."""


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


def _to_bool(value: str) -> bool:
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


def _to_int(value: str) -> int:
    # The patterns refuse what Python reads as a number and no C program writes: 1_000, digits of other scripts, nan.
    try:
        if _INTEGER.fullmatch(value):
            return int(value)
    except ValueError:  # longer than Python converts
        pass
    msg = "not an integer"
    raise ValueError(msg)


def _to_float(value: str) -> float:
    if _NUMBER.fullmatch(value) and isfinite(number := float(value)):
        return number
    msg = "not a number"
    raise ValueError(msg)


def _to_span(value: str, unit: int) -> timedelta:
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


def _from_clock(value: str) -> timedelta:
    if not (found := _CLOCK.fullmatch(value)):
        msg = "not a span of time as HH:MM:SS"
        raise ValueError(msg)
    hours, minutes, rest = (part.lstrip("-") for part in found.groups())
    span = _to_span(hours, 3_600_000_000)
    try:
        span += timedelta(minutes=int(minutes), seconds=int(rest))
    except OverflowError:
        raise ValueError(_TOO_LONG) from None
    return -span if "-" in value else span


def _to_clock(value: object) -> str:
    whole = cast("timedelta", value) // timedelta(seconds=1)
    minutes, rest = divmod(abs(whole), 60)
    return f"{'-' if whole < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


def _to_moment(value: str) -> datetime:
    if _MOMENT.fullmatch(value):
        return datetime.fromtimestamp(float(value), UTC)
    if not _SPAN.fullmatch(value):
        msg = "not a time in seconds since 1970"
        raise ValueError(msg)
    try:
        return _EPOCH + _to_span(value, 1_000_000)
    except OverflowError:
        msg = "a later time than Python has"
        raise ValueError(msg) from None


def _to_moment_or_never(value: str) -> datetime | None:
    moment = _to_moment(value)
    return None if moment == _EPOCH else moment


def _from_iso(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    msg = "not a time of ISO 8601 with its zone"
    raise ValueError(msg)


def _from_moment(value: object) -> str:
    return "0" if value is None else _in_units(cast("datetime", value) - _EPOCH, 1_000_000)


def _in_units(span: timedelta, unit: int) -> str:
    """A span in units of so many microseconds, with a fraction only where there is one."""
    whole, fraction = divmod(abs(span) // _MICROSECOND, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}}".rstrip("0") if fraction else ""
    return f"{'-' if span < timedelta() else ''}{whole}{'.' if digits else ''}{digits}"


def _span(unit: int) -> Codec:
    return Codec(
        lambda value: _to_span(value, unit),
        lambda value: _in_units(cast("timedelta", value), unit),
        kind=timedelta,
    )


def _split(value: str) -> list[str]:
    return [] if is_unknown(value) else [part.strip() for part in value.split(",") if part.strip()]


def _from_json(value: str) -> JsonValue:
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


def _to_json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def boolean(true: str, false: str) -> Codec:
    """A boolean with the spelling that one action wants; any spelling that Asterisk uses is understood.

    Args:
        true: How True is sent.
        false: How False is sent.

    Returns:
        The codec.
    """
    return Codec(_to_bool, lambda value: true if value else false, kind=bool)


def _reveal(value: object) -> str:
    return hide(value.get_secret_value() if isinstance(value, SecretStr) else str(value))


integer: Final = Codec(_to_int, kind=int)
number: Final = Codec(_to_float, kind=float)
yes_no: Final = boolean("yes", "no")
true_false: Final = boolean("true", "false")
on_off: Final = boolean("on", "off")
one_zero: Final = boolean("1", "0")
in_seconds: Final = _span(1_000_000)
in_milliseconds: Final = _span(1_000)
in_microseconds: Final = _span(1)
clock: Final = Codec(_from_clock, _to_clock, kind=timedelta)
"""``HH:MM:SS``, which counts hours on beyond a day."""

epoch: Final = Codec(_to_moment, _from_moment, kind=datetime)
"""Seconds since 1970, as an aware time in UTC."""

epoch_or_never: Final = Codec(_to_moment_or_never, _from_moment, kind=datetime)
"""The same, where 0 says that it hasn't happened."""

iso_time: Final = Codec(_from_iso, lambda value: cast("datetime", value).isoformat(), kind=datetime)
"""A time of ISO 8601 with its zone, as an aware time in UTC."""

commas: Final = Codec(_split, lambda value: ",".join(cast("Iterable[str]", value)), total=True, kind=list[str])
"""Several values in one header, with commas between them."""

json_text: Final = Codec(_from_json, _to_json)
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


_NUMBERED_NAME = re.compile(
    r"(?P<base>.+?)(?:-(?P<first>\d{6})(?:-(?P<second>\d{6}))?|\((?P<index>\d{1,6})\)(?P<below>(?:/[a-z]+)*))"
)
_REPORT_BLOCK = re.compile(r"report(?P<index>\d{1,6})(?P<rest>[a-z]+)")
_OF_CHANNEL = re.compile(r"(?P<base>\w*variable)\(.*\)")


def split_name(name: str) -> tuple[str, tuple[int, ...]]:
    """Split a header's name from the numbers that make it one of a family.

    Args:
        name: A header's name in lower case: ``line-000000-000001``, ``unitamount(0)``, ``report0ssrc``,
            ``charge/units(0)/numberof``, ``chanvariable(sip/1)``.

    Returns:
        The name with each number replaced by zero (in a report's by X), as `wire_headers` has it, and the numbers; no
        numbers where the name isn't of a family. A channel's name in parentheses is dropped.
    """
    if found := _NUMBERED_NAME.fullmatch(name):
        if found["index"] is not None:
            return f"{found['base']}(0){found['below']}", (int(found["index"]),)
        if found["second"] is None:
            return f"{found['base']}-000000", (int(found["first"]),)
        return f"{found['base']}-000000-000000", (int(found["first"]), int(found["second"]))
    if found := _REPORT_BLOCK.fullmatch(name):
        return f"reportx{found['rest']}", (int(found["index"]),)
    if found := _OF_CHANNEL.fullmatch(name):
        return found["base"], ()
    return name, ()


def find_header(declared: Mapping[str, Header], name: str) -> tuple[Header | None, tuple[int, ...]]:
    """Find what is declared of a header.

    Args:
        declared: What is declared, by names in lower case.
        name: A header's name in lower case.

    Returns:
        The declaration, None where there is none, and the numbers in the name that make it one of a family.
    """
    header = declared.get(name)
    if header is not None and header.codec.shape not in _NUMBERED:
        return header, ()
    name, numbers = split_name(name)
    return declared.get(name), numbers


_NUMBERED: Final = frozenset({Shape.FAMILY, Shape.NESTED, Shape.RECORDS})


def number_name(name: str, *numbers: int) -> str:
    """A family's header name for given numbers: the reverse of `split_name`.

    Args:
        name: The name as `wire_headers` has it: ``Line-000000-000000``, ``UnitAmount(0)``.
        numbers: One number for each one in the name.

    Returns:
        The name with these numbers.
    """
    if "(0)" in name:
        return name.replace("(0)", f"({numbers[0]})", 1)
    base = name.removesuffix("-000000" * len(numbers))
    return base + "".join(f"-{number:06}" for number in numbers)


def encode(name: str, codec: Codec, value: object) -> list[tuple[str, str]]:
    """Spell a value as headers.

    Args:
        name: The header's name on the wire.
        codec: Its type.
        value: The value, of the type that the codec's field declares; in a family, None skips a number.

    Returns:
        The headers: one, or as many as the value needs.
    """
    spell = codec.encode
    match codec.shape:
        case Shape.ONE:
            return [(name, spell(value))]
        case Shape.LIST:
            return [(name, spell(item)) for item in cast("Iterable[object]", value)]
        case Shape.MAPPING | Shape.VARIABLES | Shape.HEADERS:
            items = [(key, spell(item)) for key, item in cast("Mapping[str, object]", value).items()]
            if codec.shape is Shape.HEADERS:
                return items
            join = variable if codec.shape is Shape.VARIABLES else "{}={}".format
            return [(name, join(key, item)) for key, item in items]
        case Shape.RECORDS:
            return _encode_records(cast("Sequence[RecordType]", value))
        case _:
            return _encode_family(name, codec, value)


def _encode_family(name: str, codec: Codec, value: object) -> list[tuple[str, str]]:
    spell = codec.encode
    if codec.shape is Shape.FAMILY:
        items = enumerate(cast("Sequence[object]", value))
        return [(number_name(name, index), spell(item)) for index, item in items if item is not None]
    rows = enumerate(cast("Sequence[Sequence[object]]", value))
    return [
        (number_name(name, index, place), spell(item))
        for index, row in rows
        for place, item in enumerate(row)
        if item is not None
    ]


def _encode_records(several: Sequence[RecordType]) -> list[tuple[str, str]]:
    """Each record's fields, each a single header; what is None isn't sent."""
    return [
        (number_name(name, index), header.codec.encode(value))
        for index, record in enumerate(several)
        for name, header in record.wire_headers.items()
        if (value := cast("object", getattr(record, header.field))) is not None
    ]
