"""One message: its bytes, and the headers parsed from them on first access."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._protocol.event_prefix import PREFIX_LENGTH, learn_prefix, names_by_prefix
from amitypes._protocol.headers import as_dict
from amitypes._protocol.parsing import EVENT, RESPONSE, SUCCESS, first_value, parse_headers, split_lines
from amitypes._protocol.types import Headers, WireDict

__all__ = ["Kind", "Message", "RawMessage", "to_message"]


class Kind(Enum):
    """What a message is, determined by its first header alone.

    Events may carry a ``Response`` header (``OriginateResponse``), and a user event any header at all.
    """

    EVENT = "Event"
    RESPONSE = "Response"
    ACTION = "Action"
    TEXT = "text"
    """None of these: the bare text that a few old actions print instead of a response."""


class Message:
    """One message, parsed on first access.

    Args:
        frame: The message's bytes, without the blank line that ends it.
        truncated_reason: Why this is only the beginning of the message; empty, as by default, if it is complete.

    Attributes:
        decoded: The model decoded from this message, shared by all subscribers; None until it is decoded.
    """

    __slots__ = ("_headers", "decoded", "frame", "name", "truncated_reason")

    name: str
    """The first header's value: the event's name, the response's status or the action's name."""

    def __init__(self, frame: bytes, *, truncated_reason: str = "") -> None:
        self.frame: Final = frame
        self.truncated_reason: Final = truncated_reason
        self.decoded: object = None
        self._headers: Headers | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, attribute: str) -> str:
            """Find the name on first access, and keep it."""
            if attribute != "name":
                return object.__getattribute__(self, attribute)
            # Most messages are dropped once the name is known, so only the first line is parsed.
            prefix = self.frame[:PREFIX_LENGTH]
            name = "Success" if prefix.startswith(SUCCESS) else names_by_prefix.get(prefix)
            if name is None and (name := learn_prefix(prefix)) is None:
                name = self._headers[0][1] if self._headers else first_value(self.frame)
            self.name = name
            return name

    @property
    def headers(self) -> Headers:
        """All headers in wire order, values decoded as UTF-8 with ``surrogateescape``."""
        if self._headers is None:
            self._headers = parse_headers(self.frame)
        return self._headers

    @property
    def kind(self) -> Kind:
        """What the message is, by its first header."""
        if self.frame.startswith(EVENT):
            return Kind.EVENT
        if self.frame.startswith(RESPONSE):
            return Kind.RESPONSE
        name = self.frame.partition(b":")[0].lower() if b":" in self.frame else b""
        if name == b"event":
            return Kind.EVENT
        if name == b"response":
            return Kind.RESPONSE
        return Kind.ACTION if name == b"action" else Kind.TEXT

    @property
    def is_success(self) -> bool:
        """Whether the message is ``Response: Success``, exactly as Asterisk writes it."""
        return self.frame.startswith(SUCCESS)

    @property
    def is_error(self) -> bool:
        """Whether the message is ``Response: Error``."""
        return not self.frame.startswith(SUCCESS) and self.kind is Kind.RESPONSE and self.name.lower() == "error"

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header.

        Args:
            name: The header's name, in any case.
            default: What to return without such a header; default: an empty string.

        Returns:
            The value.
        """
        wanted = name.lower()
        if self._headers is None and wanted.isascii() and wanted.encode() not in self.frame.lower():
            return default
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def as_dict(self) -> WireDict:
        """The message as a new mapping with the wire's names; the value of a repeated header is a list."""
        return as_dict(self.headers)

    @classmethod
    def from_text(cls, frames: Iterable[bytes]) -> Message:
        """Make a message of bare text, with the headers that the response to ``Command`` has.

        Args:
            frames: The text, as it was split at its blank lines.

        Returns:
            A message with one ``Output`` header for each line.
        """
        message = cls(b"\n\n".join(frames))
        message._headers = [("Output", line) for line in split_lines(message.frame)] if message.frame else []
        return message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.frame == other.frame

    def __hash__(self) -> int:
        return hash(self.frame)

    def __repr__(self) -> str:
        """The kind and the name only: a header may be a secret."""
        return f"<{type(self).__name__} {self.kind.value}: {self.name!r}, {len(self.headers)} headers>"


RawMessage: TypeAlias = bytes | Message
"""A received message; an event that is certainly complete is left as its bytes, which cost least to keep."""


def to_message(raw: RawMessage) -> Message:
    """Make a `Message` of an event's bytes.

    Args:
        raw: A message, or an event's bytes.

    Returns:
        The same message, or a new one.
    """
    return Message(raw) if isinstance(raw, bytes) else raw
