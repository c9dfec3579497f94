"""What AMI can carry: checked before a byte is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.message import MANY
from amitypes._protocol.redaction import RedactedStr, names_a_secret, redact
from amitypes._protocol.types import Headers

__all__ = ["BLANKS", "MAX_ACTION_ID", "MAX_HEADERS", "MAX_LINE", "as_headers", "check", "is_trivially_valid", "plain"]

MAX_LINE: Final = 1022
"""Bytes that Asterisk reads of one line over TCP, the line end apart."""


MAX_HEADERS: Final = 128
"""Headers that Asterisk reads of one action."""


MAX_ACTION_ID: Final = 128
"""Bytes of an ActionID that every action echoes whole (``CoreSettings`` cuts at 137)."""


BLANKS: Final = "".join(map(chr, range(1, 33)))
"""What Asterisk skips at the beginning of a value: every control character, too."""


_HEADER_NAME = re.compile(r"[!-9;-~]+")


_FORBIDDEN = re.compile(r"[\r\n\0]")


def as_headers(action: Mapping[str, str | Iterable[str]]) -> list[tuple[str, str]]:
    """A mapping as headers: the reverse of `as_dict`. A value that is no string is sent as repeated headers.

    Args:
        action: Header names and values.

    Returns:
        The headers in the mapping's order; a value whose name says that it is a secret is one that isn't shown.

    Raises:
        InvalidActionError: A value is neither text nor a sequence of texts.
    """
    headers: list[tuple[str, str]] = []
    for name, value in action.items():
        if isinstance(value, str):
            headers.append((name, redact(value) if _is_secret(str(name)) else value))
        elif hasattr(value, "__iter__") and not isinstance(value, bytes | Mapping):
            headers.extend((name, item) for item in value)
        else:
            raise InvalidActionError(not_text(name, value))
    return headers


_is_secret = lru_cache(MANY)(names_a_secret)


def is_trivially_valid(headers: Headers, *, max_line: int | None) -> bool:
    """Whether a glance is enough for an action, as for most: `plain` and `check` would find nothing.

    Args:
        headers: The action's headers.
        max_line: The longest line in bytes; None where no limit applies (HTTP).

    Returns:
        True where ``Action`` comes first, there is no ActionID but room for one, and the rest is short printable ASCII.
        False says nothing.
    """
    longest = MAX_LINE if max_line is None else max_line
    for name, value in headers:
        if type(name) is not str or (type(value) is not str and type(value) is not RedactedStr):
            return False
        if not value.isascii() or not value.isprintable() or len(name) + 2 + len(value) > longest:
            return False
        if not _is_ordinary_name(name):
            return False
    return 0 < len(headers) < MAX_HEADERS and headers[0][0] == "Action" and headers[0][1].strip() != ""


@lru_cache(MANY)
def _is_ordinary_name(name: str) -> bool:
    return _HEADER_NAME.fullmatch(name) is not None and name.lower() != "actionid"


def check(headers: Headers, *, max_line: int | None = MAX_LINE) -> None:
    """Refuse headers that AMI can't carry, or that could smuggle a second action in.

    Args:
        headers: The action's headers, ``Action`` first.
        max_line: The longest line in bytes; None where no limit applies (HTTP).

    Raises:
        InvalidActionError: A name isn't a header name, a value holds CR, LF or NUL, a line is too long, there are too
            many headers, or the ActionID is too long. The message never shows the value.
    """
    action = ""
    for name, value in headers:
        if not is_text(name) or not _HEADER_NAME.fullmatch(name):
            raise InvalidActionError(_of(action, _no_name(name)))
        if not is_text(value):
            raise InvalidActionError(_of(action, not_text(name, value)))
        if _FORBIDDEN.search(value):
            msg = f"the value of {name} holds CR, LF or NUL, which AMI has no way to send"
            raise InvalidActionError(_of(action, msg))
        try:
            size = len(f"{name}: {value}" if value.isascii() else _encode_line(name, value))
        except UnicodeEncodeError:
            msg = f"the value of {name} holds half of a surrogate pair, which is no text that can be sent"
            raise InvalidActionError(_of(action, msg)) from None
        if max_line is not None and size > max_line:
            msg = f"the line of {name} has {size} bytes, and Asterisk reads {max_line} at most"
            raise InvalidActionError(_of(action, msg))
        key = name.lower()
        if key == "actionid" and not 0 < len(value.encode("utf-8", "surrogateescape")) <= MAX_ACTION_ID:
            msg = f"an ActionID has 1 to {MAX_ACTION_ID} bytes"
            raise InvalidActionError(_of(action, msg))
        if key == "action" and not action:
            action = value.strip()
    if not action:
        msg = "An action needs a header 'Action' that names it"
        raise InvalidActionError(msg)
    if len(headers) > MAX_HEADERS:
        msg = f"{len(headers)} headers, and Asterisk reads {MAX_HEADERS} at most"
        raise InvalidActionError(_of(action, msg))


def plain(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers of plain strings: whatever else a subclass of `str` says of itself, its text is what is sent.

    So a member of an enumeration is its value, and what was checked is what leaves.

    Args:
        headers: The headers; a value that is no text is left to `check`.

    Returns:
        The headers, as a new list.

    Raises:
        InvalidActionError: A name is no text.
    """
    return [(_plain_name(name), _plain(value)) for name, value in headers]


def _plain_name(name: str) -> str:
    if not is_text(name):
        raise InvalidActionError(_no_name(name))
    return _plain(name)


def _plain(text: str) -> str:
    kind = type(text)
    return text if kind is str or kind is RedactedStr or not isinstance(text, str) else str.__str__(text)


def _of(action: str, problem: str) -> str:
    return f"{action}: {problem}" if action else f"{problem[0].upper()}{problem[1:]}"


def is_text(value: object) -> bool:
    """Whether this is what its annotation says it is: not every caller has a type checker."""
    return isinstance(value, str)


def _no_name(name: object) -> str:
    return f"{name!r} is no header name: printable ASCII without blanks and colons is"


def not_text(name: str, value: object) -> str:
    return f"the value of {name} is of type {type(value).__name__}, and AMI sends text: make it a str"


def _encode_line(name: str, value: str) -> bytes:
    return f"{name}: {value}".encode("utf-8", "surrogateescape")
