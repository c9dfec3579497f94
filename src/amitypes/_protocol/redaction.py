"""Secrets within the client: strings and bytes like any others, except that their ``repr`` is redacted.

A traceback with local variables, as error reporters and pytest print it, contains the ``repr`` of each.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, overload

__all__ = ["MASK", "RedactedBytes", "RedactedStr", "names_a_secret", "redact"]

MASK: Final = "**********"
"""What is shown instead of a secret, as by pydantic's ``SecretStr``."""

_SECRET: Final = re.compile(r"secret|passw|passphrase|pwd|token|credential|private_?key", re.IGNORECASE)


class RedactedStr(str):
    """A string with a redacted ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The mask."""
        return f"'{MASK}'"


class RedactedBytes(bytes):
    """Bytes with a redacted ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The mask."""
        return f"b'{MASK}'"


@overload
def redact(secret: str) -> str: ...
@overload
def redact(secret: str | None) -> str | None: ...
def redact(secret: str | None) -> str | None:
    """Redact a secret's ``repr``.

    Args:
        secret: The secret; anything but a string is returned as it is.

    Returns:
        An equal string.
    """
    return RedactedStr(secret) if isinstance(secret, str) else secret


@lru_cache(1000)
def names_a_secret(name: str) -> bool:
    """Whether a header or a variable of this name probably holds a secret.

    Args:
        name: The name, in any case.

    Returns:
        True for names such as ``Secret``, ``RemotePassword`` and ``api_token``.
    """
    return _SECRET.search(name) is not None
