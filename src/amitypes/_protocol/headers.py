"""Conversion between headers and mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.redaction import names_a_secret, redact
from amitypes._protocol.types import Headers, WireDict
from amitypes._protocol.validation import not_a_str

__all__ = ["as_dict", "as_headers"]


def as_dict(headers: Headers) -> WireDict:
    """Headers as a mapping in wire order.

    Args:
        headers: The headers in wire order.

    Returns:
        A new mapping; the value of a repeated header is a list.
    """
    result: WireDict = dict(headers)
    if len(result) == len(headers):
        return result
    result = {}
    for name, value in headers:
        if name not in result:
            result[name] = value
            continue
        present = result[name]
        if isinstance(present, list):
            present.append(value)
        else:
            result[name] = [present, value]
    return result


def as_headers(action: Mapping[str, str | Iterable[str]]) -> list[tuple[str, str]]:
    """A mapping as headers: the reverse of `as_dict`.

    Args:
        action: Header names and values; a value that is no string is sent as repeated headers.

    Returns:
        The headers in the mapping's order; a value whose name says that it is a secret is redacted in every ``repr``.

    Raises:
        InvalidActionError: A value is neither a string nor an iterable of strings.
    """
    headers: list[tuple[str, str]] = []
    for name, value in action.items():
        if isinstance(value, str):
            headers.append((name, redact(value) if names_a_secret(str(name)) else value))
        elif hasattr(value, "__iter__") and not isinstance(value, bytes | Mapping):
            headers.extend((name, item) for item in value)
        else:
            raise InvalidActionError(not_a_str(name, value))
    return headers
