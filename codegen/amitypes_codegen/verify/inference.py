"""Infers the type of a header from its values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from amitypes._models.codecs import iso_time
from amitypes._models.scalars import is_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIN_VALUES: Final = 3
"""How many distinct values an inference needs."""

_IDENTIFIER: Final = re.compile(
    r"(.*unique|.*linked|.*caller|.*call|.*action|.*account|.*trans|.*session)-?_?id"
    r"|.*(exten|extension|calleridnum|connectedlinenum|accountcode|account|phone|number|num|tel|did|dnid|ani|rdnis"
    r"|pin|mailbox|src|dst|source|destination|user|agent|peer|contact|callid|channel|interface)",
    re.IGNORECASE,
)
"""Names of headers whose values only look like numbers."""

_DATETIME: Final = re.compile(r".*(time|date|stamp|since|expir\w*|start|begin|end|seen|at)", re.IGNORECASE)
"""Names of headers that may be a datetime."""

_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,8})")
_FLOAT: Final = re.compile(r"-?\d{1,9}\.\d{1,9}")
_EPOCH: Final = re.compile(r"1\d{9}(?:\.\d+)?|2[01]\d{8}(?:\.\d+)?")
_LOOKS_LIKE: Final = {
    "number": re.compile(r"[-+]?\d+(\.\d+)?(ms|s|%)?"),
    "boolean": re.compile(r"yes|no|true|false|on|off|enabled|disabled", re.IGNORECASE),
    "time": re.compile(r"(\d{4}-\d\d-\d\d)?[T ]?\d\d?:\d\d(:\d\d)?(\.\d+)?([-+Z]\d*)?|\d{4}-\d\d-\d\d"),
}
_BOOLEANS: Final = ({"yes", "no"}, {"true", "false"}, {"on", "off"})


def infer_type(name: str, values: Iterable[str]) -> str | None:
    """Infers the type of a header; text if in doubt.

    Args:
        name: The header's name. The name of an identifier or a number to dial is always text.
        values: Its values; those that mean no value, such as ``<unknown>``, are ignored.

    Returns:
        ``int``, ``float``, ``bool``, ``datetime`` or ``iso_time``, as the overlay has them; None for text, for values
        of several types, and for too few values.
    """
    known = {value.strip() for value in values if not is_unknown(value)}
    if {value.lower() for value in known} in _BOOLEANS:
        return "bool"
    if len(known) < _MIN_VALUES or is_identifier(name):
        return None
    if all(_EPOCH.fullmatch(value) for value in known):
        return "datetime" if _DATETIME.fullmatch(name) else None
    if all(_INTEGER.fullmatch(value) for value in known):
        return None if _may_be_dialled(known) else "int"
    if all(_FLOAT.fullmatch(value) or _INTEGER.fullmatch(value) for value in known):
        return "float"
    return "iso_time" if all(_is_iso(value) for value in known) else None


def looks_like(name: str, values: Iterable[str]) -> str | None:
    """The type that all values of a text header look like.

    Args:
        name: The header's name.
        values: Its values.

    Returns:
        ``number``, ``boolean`` or ``time``; None for text, for identifiers, and for too few values.
    """
    return None if is_identifier(name) else likeness(values)


def likeness(values: Iterable[str]) -> str | None:
    """The type that all values look like, whatever the header's name is; None for text or too few values."""
    known = {value for value in values if value}
    for kind, pattern in _LOOKS_LIKE.items():
        enough = len(_BOOLEANS[0]) if kind == "boolean" else _MIN_VALUES
        if len(known) >= enough and all(pattern.fullmatch(value) for value in known):
            return kind
    return None


def is_identifier(name: str) -> bool:
    """Whether a header has an identifier or a number to dial, by its name."""
    return _IDENTIFIER.fullmatch(name) is not None


def _may_be_dialled(values: Iterable[str]) -> bool:
    """Whether all values have the same length, as extensions often do."""
    lengths = {len(value) for value in values}
    return len(lengths) == 1 and lengths.pop() >= _MIN_VALUES


def _is_iso(value: str) -> bool:
    try:
        iso_time.decode(value)
    except ValueError:
        return False
    return "T" in value
