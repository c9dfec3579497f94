"""Headers as bytes, and channel variables as Asterisk reads them."""

from __future__ import annotations

import re

from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.types import Headers
from amitypes._protocol.validation import BLANKS, is_text, not_text

__all__ = ["encode", "escape_variable", "variable"]

_SPLITS_VARIABLES = re.compile(r'[\\",]')


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
    return _SPLITS_VARIABLES.sub(r"\\\g<0>", value)


def variable(name: str, value: str) -> str:
    """Spell a channel variable as the value of a ``Variable`` header.

    Args:
        name: The variable's name, or a dialplan function such as ``CALLERID(name)``.
        value: Its value, any text.

    Returns:
        ``name=value``, escaped: Asterisk reads exactly one variable of it, with this value.

    Raises:
        InvalidActionError: This is no name that Asterisk could read, or either isn't text.
    """
    for text in (name, value):
        if not is_text(text):
            raise InvalidActionError(not_text(f"the variable {name}", text))
    if not name or "=" in name or name[0] in BLANKS:
        msg = f"There is no variable {name!r}: a name has no '=', and doesn't begin with a blank"
        raise InvalidActionError(msg)
    return f"{escape_variable(name)}={escape_variable(value)}"
