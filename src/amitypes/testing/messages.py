"""The messages that a fake Asterisk receives and sends."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, TypeAlias, cast

from amitypes._protocol.headers import as_headers
from amitypes._protocol.message import Message
from amitypes._protocol.types import Headers

__all__ = ["Handler", "ReceivedAction", "Reply", "echo_action_id", "error", "success", "to_headers"]

Reply: TypeAlias = Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]]
"""A message to send: a mapping (a list is sent as repeated headers) or pairs of name and value."""

Handler: TypeAlias = "Callable[[ReceivedAction], Iterable[Reply] | Awaitable[Iterable[Reply]]]"
"""Answers an action: returns the messages to send, in order; none for an action that is never answered."""

_SECRET = re.compile(r"secret|password|\bkey\b", re.IGNORECASE)
_MASK: Final = "**********"


class ReceivedAction(Message):
    """An action that a fake Asterisk has received; its ``repr`` shows no secret.

    `name` is the action's name, `get` returns a header by its name in any case, `headers` has all of them in wire
    order, and `as_dict` returns the whole action, secrets included.
    """

    __slots__ = ()

    def __init__(self, frame: bytes, *, truncated_reason: str = "") -> None:
        super().__init__(frame, truncated_reason=truncated_reason)
        # The header needn't be the first.
        self.name: str = self.get("Action")

    def __repr__(self) -> str:
        """The headers, secrets redacted."""
        shown = ((name, _MASK if _SECRET.search(name) else value) for name, value in self.headers)
        return f"<{type(self).__name__} {', '.join(f'{name}={value!r}' for name, value in shown)}>"


def to_headers(reply: Reply) -> Headers:
    """The headers of a message to send.

    Args:
        reply: The message.

    Returns:
        Its headers in wire order.
    """
    if isinstance(reply, Mapping):
        return as_headers(cast("Mapping[str, str | Iterable[str]]", reply))
    return list(reply)


def success(message: str = "", *headers: tuple[str, str]) -> Headers:
    """A response that reports success.

    Args:
        message: Its ``Message``; left out if empty, as by default.
        headers: Its other headers.

    Returns:
        Its headers.
    """
    return [("Response", "Success"), *headers, *([("Message", message)] if message else [])]


def error(message: str) -> Headers:
    """A response that reports an error.

    Args:
        message: Its ``Message``.

    Returns:
        Its headers.
    """
    return [("Response", "Error"), ("Message", message)]


def echo_action_id(headers: Headers, action_id: str) -> Headers:
    """Add an action's ActionID to a message of its answer as the second header, like Asterisk.

    Args:
        headers: The message.
        action_id: The ActionID; empty if the action had none.

    Returns:
        The headers; unchanged if they have an ActionID, or the action had none.
    """
    if not action_id or any(name.lower() == "actionid" for name, _ in headers):
        return headers
    return [*headers[:1], ("ActionID", action_id), *headers[1:]]
