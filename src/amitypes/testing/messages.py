"""What a fake Asterisk takes in and gives out."""

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
"""Answers an action: gives the messages to send, in order; none for an action that is never answered."""

_SECRET = re.compile(r"secret|password|\bkey\b", re.IGNORECASE)
_MASK: Final = "**********"


class ReceivedAction(Message):
    """An action that a fake Asterisk has received; its ``repr`` shows no secret.

    It is a `Message` of the wire: `name` is the action's name, `get` a header by its name in any case, `headers` all of
    them in order, and `as_dict` the whole action, secrets included.
    """

    __slots__ = ()

    def __init__(self, frame: bytes, *, truncated_reason: str = "") -> None:
        super().__init__(frame, truncated_reason=truncated_reason)
        # Wherever in the message it stands.
        self.name: str = self.get("Action")

    def __repr__(self) -> str:
        """The headers, each secret masked."""
        shown = ((name, _MASK if _SECRET.search(name) else value) for name, value in self.headers)
        return f"<{type(self).__name__} {', '.join(f'{name}={value!r}' for name, value in shown)}>"


def to_headers(reply: Reply) -> Headers:
    """A reply's headers.

    Args:
        reply: The message to send.

    Returns:
        Its headers in wire order.
    """
    if isinstance(reply, Mapping):
        return as_headers(cast("Mapping[str, str | Iterable[str]]", reply))
    return list(reply)


def success(message: str = "", *headers: tuple[str, str]) -> Headers:
    """An answer that says yes.

    Args:
        message: Its ``Message``; none if empty.
        headers: What else it says.

    Returns:
        Its headers.
    """
    return [("Response", "Success"), *headers, *([("Message", message)] if message else [])]


def error(message: str) -> Headers:
    """An answer that says no.

    Args:
        message: Its ``Message``.

    Returns:
        Its headers.
    """
    return [("Response", "Error"), ("Message", message)]


def echo_action_id(headers: Headers, action_id: str) -> Headers:
    """Put an action's ActionID into a message of its answer, where Asterisk puts it: second.

    Args:
        headers: The message.
        action_id: The ActionID; empty if the action had none.

    Returns:
        The headers; as they are if they have an ActionID, or there is none to echo.
    """
    if not action_id or any(name.lower() == "actionid" for name, _ in headers):
        return headers
    return [*headers[:1], ("ActionID", action_id), *headers[1:]]
