"""Masks values, so that reports can be shared."""

from __future__ import annotations

import re
from typing import Final

from amitypes._models.scalars import is_unknown
from amitypes._protocol.redaction import names_a_secret

_SECRET: Final = re.compile(
    r".*(md5|hash|digest|cred|auth|challenge|nonce|cookie|private|priv_?key|apikey|pin$|key$)", re.IGNORECASE
)
"""Names of headers with secrets, in addition to those that the client redacts."""

_UNMASKED: Final = frozenset({"yes", "no", "true", "false", "on", "off", "0", "1", "none", "unknown", "success"})
_MAX_LENGTH: Final = 40


def is_secret(name: str) -> bool:
    """Whether a header has a secret, by its name."""
    return names_a_secret(name) or _SECRET.match(name) is not None


def mask(name: str, value: str) -> str:
    """Masks a value: 9 for each digit, a or A for each letter.

    Args:
        name: The header's name.
        value: Its value.

    Returns:
        The mask, truncated; ``(hidden)`` for a secret. Values such as ``yes`` and ``<unknown>`` aren't masked.
    """
    if is_secret(name):
        return "(hidden)"
    if value.lower() in _UNMASKED or is_unknown(value):
        return value or "(empty)"
    return _truncated("".join(_masked_character(character) for character in value))


def truncate(name: str, value: str) -> str:
    """A value, truncated, without unprintable characters; ``(hidden)`` for a secret."""
    if is_secret(name):
        return "(hidden)"
    return _truncated("".join(character if character.isprintable() else "?" for character in value)) or "(empty)"


def _masked_character(character: str) -> str:
    if character.isdecimal():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isascii() and character.isprintable() else "?"


def _truncated(value: str) -> str:
    return value if len(value) <= _MAX_LENGTH else f"{value[: _MAX_LENGTH - 1]}…"
