"""Headers as bytes, and channel variables in the notation that Asterisk reads."""

from __future__ import annotations

import re
from typing import Final

from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.types import Headers
from amitypes._protocol.validation import BLANKS, is_str, not_a_str

__all__ = ["encode", "escape_variable", "variable"]

_SPECIAL_IN_VARIABLES: Final = re.compile(r'[\\",]')


def encode(headers: Headers) -> bytes:
    """Headers as the bytes of one message. They are not checked here: see `check`.

    Args:
        headers: The headers in wire order.

    Returns:
        The message, its blank line included.
    """
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    return ("".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


def escape_variable(value: str) -> str:
    """Escape a channel variable's value for a ``Variable`` header.

    Args:
        value: The value.

    Returns:
        What Asterisk reads as this value: it splits the header at commas, drops quotes and takes a backslash as an
        escape.
    """
    return _SPECIAL_IN_VARIABLES.sub(r"\\\g<0>", value)


def variable(name: str, value: str) -> str:
    """A channel variable as the value of a ``Variable`` header.

    Args:
        name: The variable's name, or a dialplan function such as ``CALLERID(name)``.
        value: Its value, any text.

    Returns:
        ``name=value``, escaped: Asterisk reads exactly one variable from it, with this value.

    Raises:
        InvalidActionError: Asterisk can't read this name, or either isn't a string.
    """
    for text in (name, value):
        if not is_str(text):
            raise InvalidActionError(not_a_str(f"the variable {name}", text))
    if not name or "=" in name or name[0] in BLANKS:
        msg = f"{name!r} is not a variable name: it must not be empty, contain '=' or begin with a blank"
        raise InvalidActionError(msg)
    return f"{escape_variable(name)}={escape_variable(value)}"
