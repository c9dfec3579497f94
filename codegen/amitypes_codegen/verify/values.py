"""What values look like: the type that they all have, and a picture of them that tells nothing private."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from amitypes._models.codecs import iso_time
from amitypes._models.scalars import is_unknown
from amitypes._protocol.redaction import names_a_secret

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENOUGH: Final = 3
"""Different values from which on all of them being alike is no chance."""

_IDENTIFIER: Final = re.compile(
    r"(.*unique|.*linked|.*caller|.*call|.*action|.*account|.*trans|.*session)-?_?id"
    r"|.*(exten|extension|calleridnum|connectedlinenum|accountcode|account|phone|number|num|tel|did|dnid|ani|rdnis"
    r"|pin|mailbox|src|dst|source|destination|user|agent|peer|contact|callid|channel|interface)",
    re.IGNORECASE,
)
"""Headers that only look like numbers."""

_MOMENT: Final = re.compile(r".*(time|date|stamp|since|expir\w*|start|begin|end|seen|at)", re.IGNORECASE)
"""Headers that may be a moment."""

_CLOSE_TO_SECRET: Final = re.compile(
    r".*(md5|hash|digest|cred|auth|challenge|nonce|cookie|private|priv_?key|apikey|pin$|key$)", re.IGNORECASE
)
"""Headers beside the client's own secrets whose values nobody but the server should know."""

_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,8})")
_FLOAT: Final = re.compile(r"-?\d{1,9}\.\d{1,9}")
_EPOCH: Final = re.compile(r"1\d{9}(?:\.\d+)?|2[01]\d{8}(?:\.\d+)?")
_LOOKS_LIKE: Final = {
    "number": re.compile(r"[-+]?\d+(\.\d+)?(ms|s|%)?"),
    "boolean": re.compile(r"yes|no|true|false|on|off|enabled|disabled", re.IGNORECASE),
    "time": re.compile(r"(\d{4}-\d\d-\d\d)?[T ]?\d\d?:\d\d(:\d\d)?(\.\d+)?([-+Z]\d*)?|\d{4}-\d\d-\d\d"),
}
_BOOLEANS: Final = ({"yes", "no"}, {"true", "false"}, {"on", "off"})
_HARMLESS: Final = frozenset({"yes", "no", "true", "false", "on", "off", "0", "1", "none", "unknown", "success"})
_LONGEST: Final = 40


def infer(name: str, values: Iterable[str]) -> str | None:
    """The type that all values of a header have, as the overlay calls it; on the safe side.

    Args:
        name: The header's name; one that names an identifier or a number to dial is text, whatever it looks like.
        values: The values that were seen; those for no value don't count.

    Returns:
        ``int``, ``float``, ``bool``, ``datetime`` or ``iso_time``; None for text, for values that differ in kind, and
        where there are too few of them to tell.
    """
    told = {value.strip() for value in values if not is_unknown(value)}
    if {value.lower() for value in told} in _BOOLEANS:
        return "bool"
    if len(told) < _ENOUGH or is_identifier(name):
        return None
    if all(_EPOCH.fullmatch(value) for value in told):
        return "datetime" if _MOMENT.fullmatch(name) else None
    if all(_INTEGER.fullmatch(value) for value in told):
        return None if _could_be_dialled(told) else "int"
    if all(_FLOAT.fullmatch(value) or _INTEGER.fullmatch(value) for value in told):
        return "float"
    return "iso_time" if all(_is_iso(value) for value in told) else None


def looks_like(name: str, values: Iterable[str]) -> str | None:
    """What a text looks like that may be more than text.

    Args:
        name: The header's name.
        values: The values that were seen.

    Returns:
        ``number``, ``boolean`` or ``time`` where every value looks like it and there are enough of them; else None.
    """
    return None if is_identifier(name) else likeness(values)


def likeness(values: Iterable[str]) -> str | None:
    """The same, whatever the header's name is."""
    told = {value for value in values if value}
    for kind, pattern in _LOOKS_LIKE.items():
        enough = len(_BOOLEANS[0]) if kind == "boolean" else _ENOUGH
        if len(told) >= enough and all(pattern.fullmatch(value) for value in told):
            return kind
    return None


def is_identifier(name: str) -> bool:
    """Whether a header's name says that its value only looks like a number."""
    return _IDENTIFIER.fullmatch(name) is not None


def is_secret(name: str) -> bool:
    """Whether a header's name says that its value is nobody's business."""
    return names_a_secret(name) or _CLOSE_TO_SECRET.match(name) is not None


def shape(name: str, value: str) -> str:
    """A picture of a value that can be shown in public: 9 for each digit, a or A for each letter.

    Args:
        name: The header's name.
        value: Its value.

    Returns:
        The picture, shortened; words that tell nothing, such as ``yes``, as they are.
    """
    if is_secret(name):
        return "(hidden)"
    if value.lower() in _HARMLESS or is_unknown(value):
        return value or "(empty)"
    return _short("".join(_picture(character) for character in value))


def shown(name: str, value: str) -> str:
    """A value, shortened; hidden where the header's name says that it is a secret."""
    if is_secret(name):
        return "(hidden)"
    return _short("".join(character if character.isprintable() else "?" for character in value)) or "(empty)"


def _picture(character: str) -> str:
    if character.isdecimal():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isascii() and character.isprintable() else "?"


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"


def _could_be_dialled(values: Iterable[str]) -> bool:
    """Whether all are of one length, as the extensions of an office are."""
    lengths = {len(value) for value in values}
    return len(lengths) == 1 and lengths.pop() >= _ENOUGH


def _is_iso(value: str) -> bool:
    try:
        iso_time.decode(value)
    except ValueError:
        return False
    return "T" in value
