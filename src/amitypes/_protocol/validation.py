"""What AMI can carry: Asterisk's limits on actions, and the check of every action before a byte is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.redaction import RedactedStr
from amitypes._protocol.types import Headers

__all__ = [
    "BLANKS",
    "MAX_ACTION_ID",
    "MAX_HEADERS",
    "MAX_LINE",
    "check",
    "is_str",
    "is_trivially_valid",
    "not_a_str",
    "to_plain_strings",
]

MAX_LINE: Final = 1022
"""The most bytes that Asterisk reads of one line over TCP, without the line end."""

MAX_HEADERS: Final = 128
"""The most headers that Asterisk reads of one action."""

MAX_ACTION_ID: Final = 128
"""The most bytes of an ActionID that every action echoes completely (``CoreSettings`` truncates at 137)."""

BLANKS: Final = "".join(map(chr, range(1, 33)))
"""What Asterisk skips at the beginning of a value: the space and every control character."""

_HEADER_NAME: Final = re.compile(r"[!-9;-~]+")
_FORBIDDEN: Final = re.compile(r"[\r\n\0]")
_NAME_CACHE_SIZE: Final = 1000


def is_trivially_valid(headers: Headers, *, max_line: int | None) -> bool:
    """Fast path: `to_plain_strings` and `check` would accept these headers unchanged.

    Args:
        headers: The action's headers.
        max_line: The longest line in bytes; None if there is no limit (HTTP).

    Returns:
        True if ``Action`` comes first, there is no ActionID but one can be added, and all else is short printable
        ASCII. False means that `check` has to decide.
    """
    longest = MAX_LINE if max_line is None else max_line
    for name, value in headers:
        if type(name) is not str or (type(value) is not str and type(value) is not RedactedStr):
            return False
        if not value.isascii() or not value.isprintable() or len(name) + 2 + len(value) > longest:
            return False
        if not _is_valid_name(name):
            return False
    return 0 < len(headers) < MAX_HEADERS and headers[0][0] == "Action" and headers[0][1].strip() != ""


@lru_cache(_NAME_CACHE_SIZE)
def _is_valid_name(name: str) -> bool:
    """Whether this is the name of a header other than ActionID."""
    return _HEADER_NAME.fullmatch(name) is not None and name.lower() != "actionid"


def check(headers: Headers, *, max_line: int | None = MAX_LINE) -> None:
    """Refuse headers that AMI can't carry, or that could smuggle in a second action.

    Args:
        headers: The action's headers, ``Action`` first.
        max_line: The longest line in bytes; None if there is no limit (HTTP). Default: `MAX_LINE`.

    Raises:
        InvalidActionError: A name isn't a header name, a value contains CR, LF or NUL, a line is too long, there are
            too many headers, or the ActionID is too long. The error's text never contains the value.
    """
    action = ""
    for name, value in headers:
        if not is_str(name) or not _HEADER_NAME.fullmatch(name):
            raise InvalidActionError(_prefixed(action, _not_a_name(name)))
        if not is_str(value):
            raise InvalidActionError(_prefixed(action, not_a_str(name, value)))
        if _FORBIDDEN.search(value):
            msg = f"the value of {name} contains CR, LF or NUL, which AMI can't carry"
            raise InvalidActionError(_prefixed(action, msg))
        try:
            size = len(f"{name}: {value}" if value.isascii() else _encode_line(name, value))
        except UnicodeEncodeError:
            msg = f"the value of {name} contains half of a surrogate pair, which can't be encoded as UTF-8"
            raise InvalidActionError(_prefixed(action, msg)) from None
        if max_line is not None and size > max_line:
            msg = f"the line of {name} has {size} bytes, and Asterisk reads {max_line} at most"
            raise InvalidActionError(_prefixed(action, msg))
        key = name.lower()
        if key == "actionid" and not 0 < len(value.encode("utf-8", "surrogateescape")) <= MAX_ACTION_ID:
            msg = f"an ActionID has 1 to {MAX_ACTION_ID} bytes"
            raise InvalidActionError(_prefixed(action, msg))
        if key == "action" and not action:
            action = value.strip()
    if not action:
        msg = "An action needs a header 'Action' with its name"
        raise InvalidActionError(msg)
    if len(headers) > MAX_HEADERS:
        msg = f"{len(headers)} headers, and Asterisk reads {MAX_HEADERS} at most"
        raise InvalidActionError(_prefixed(action, msg))


def to_plain_strings(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Replace instances of subclasses of `str` by plain strings, so that what is checked is what is sent.

    A member of a string enumeration becomes its value, whatever its ``__str__`` returns.

    Args:
        headers: The headers; a value that is no string is left to `check`.

    Returns:
        The headers, as a new list. Redacted values stay redacted.

    Raises:
        InvalidActionError: A name is no string.
    """
    return [(_to_plain_name(name), _to_plain_string(value)) for name, value in headers]


def _to_plain_name(name: str) -> str:
    if not is_str(name):
        raise InvalidActionError(_not_a_name(name))
    return _to_plain_string(name)


def _to_plain_string(text: str) -> str:
    kind = type(text)
    return text if kind is str or kind is RedactedStr or not isinstance(text, str) else str.__str__(text)


def _prefixed(action: str, problem: str) -> str:
    return f"{action}: {problem}" if action else f"{problem[0].upper()}{problem[1:]}"


def is_str(value: object) -> bool:
    """Whether a value that is annotated as a string is one: not every caller has a type checker.

    Args:
        value: The value.

    Returns:
        Whether it is a string.
    """
    return isinstance(value, str)


def not_a_str(name: str, value: object) -> str:
    """The error text for a value that is no string.

    Args:
        name: The header's name.
        value: The value.

    Returns:
        The text, with the value's type and without the value.
    """
    return f"the value of {name} is of type {type(value).__name__}, and AMI sends text: make it a str"


def _not_a_name(name: object) -> str:
    return f"{name!r} is not a header name: use printable ASCII without spaces and colons"


def _encode_line(name: str, value: str) -> bytes:
    return f"{name}: {value}".encode("utf-8", "surrogateescape")
