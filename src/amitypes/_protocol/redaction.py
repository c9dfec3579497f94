"""Secrets on their way through the client: texts and bytes like any others, except that no ``repr`` tells them.

A traceback that shows local variables, as those of error reporters and of pytest do, shows their ``repr``.
"""

from __future__ import annotations

import re
from typing import Final, overload

__all__ = ["MASK", "RedactedBytes", "RedactedStr", "names_a_secret", "redact"]

MASK: Final = "**********"
"""What is shown instead of a secret, as pydantic's ``SecretStr`` has it."""

_SECRET = re.compile(r"secret|passw|passphrase|pwd|token|credential|private_?key", re.IGNORECASE)


class RedactedStr(str):
    """A text that isn't shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Stars."""
        return f"'{MASK}'"


class RedactedBytes(bytes):
    """Bytes that aren't shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Stars."""
        return f"b'{MASK}'"


@overload
def redact(secret: str) -> str: ...
@overload
def redact(secret: str | None) -> str | None: ...
def redact(secret: str | None) -> str | None:
    """Have a secret not shown.

    Args:
        secret: The secret; what is no text is returned as it is.

    Returns:
        An equal text.
    """
    return RedactedStr(secret) if isinstance(secret, str) else secret


def names_a_secret(name: str) -> bool:
    """Whether a header or a variable of this name is likely to be a secret.

    Args:
        name: The name, in any case.

    Returns:
        True for names such as ``Secret``, ``RemotePassword`` and ``api_token``.
    """
    return _SECRET.search(name) is not None
