"""Bytes to messages and back: AMI's framing, without any I/O.

An AMI message is a block of ``Name: value`` lines that a blank line ends. What a live Asterisk sends is less tidy than
that, and this module is where all of it is tolerated: lines that end in a bare line feed, extra blank lines between
messages, headers that repeat, headers without a space or without a colon, and the free text of ``Response: Follows``.
Nothing received ever raises here; what is sent, on the other hand, is checked against AMI's limits first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._protocol.types import Headers, WireDict

if TYPE_CHECKING:
    pass


FOLLOWS = re.compile(rb"response:[ \t]*follows[ \t]*\r?\n", re.IGNORECASE)
END_OF_COMMAND = b"--END COMMAND--"
EVENT: Final = b"Event: "
_RESPONSE: Final = b"Response: "
SUCCESS: Final = b"Response: Success\r\n"
_NO_TEXT: Final = (EVENT, SUCCESS)
"""What begins with this has headers only."""
HEAD: Final = 32
"""So many bytes of an event hold its first line as a rule, and little besides that differs."""
MANY: Final = 1000
"""So many names and beginnings are remembered: a server has some 200, and its users may make up any number."""
event_names: Final[dict[bytes, str]] = {}
"""The names of the events that begin with these bytes, and are messages up to the next blank line."""
_FOLLOWS_HEADERS = frozenset({"response", "privilege", "actionid", "message"})
GLUED = (b"Event: DeviceEntry", b"Event: LineEntry")
"""The events that chan_skinny sends without a blank line after them: what begins like one holds its whole list."""


class Kind(Enum):
    """What a message is, decided by its first header alone.

    Events may carry a ``Response`` header (``OriginateResponse``), and a user event any header at all.
    """

    EVENT = "Event"
    RESPONSE = "Response"
    ACTION = "Action"
    TEXT = "text"
    """Neither: the bare text that a few old actions print instead of an answer."""


class Message:
    """One message, parsed when it is first looked into.

    Args:
        frame: The message's bytes, without the blank line that ends it.
        cut: Why this is only the message's beginning; empty, as by default, where it is whole.

    Attributes:
        decoded: What has been made of it, for all who want that; None until something has.
    """

    __slots__ = ("_headers", "cut", "decoded", "frame", "name")

    name: str
    """The first header's value: the event's name, the response's status or the action's name."""

    def __init__(self, frame: bytes, *, cut: str = "") -> None:
        self.frame: Final = frame
        self.cut: Final = cut
        self.decoded: object = None
        self._headers: Headers | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, attribute: str) -> str:
            """Find the name when it is first asked for."""
            if attribute != "name":
                return object.__getattribute__(self, attribute)
            # Most messages are of no interest once that is known, so nothing else is parsed for it.
            head = self.frame[:HEAD]
            name = "Success" if head.startswith(SUCCESS) else event_names.get(head)
            if name is None and (name := learn(head)) is None:
                name = self._headers[0][1] if self._headers else _split(_lines(self.frame.partition(b"\n")[0])[0])[1]
            self.name = name
            return name

    @property
    def headers(self) -> Headers:
        """All headers in wire order, values decoded as UTF-8 with ``surrogateescape``."""
        if self._headers is None:
            self._headers = _parse(self.frame)
        return self._headers

    @property
    def kind(self) -> Kind:
        """What the message is, by its first header."""
        if self.frame.startswith(EVENT):
            return Kind.EVENT
        if self.frame.startswith(_RESPONSE):
            return Kind.RESPONSE
        name = self.frame.partition(b":")[0].lower() if b":" in self.frame else b""
        if name == b"event":
            return Kind.EVENT
        if name == b"response":
            return Kind.RESPONSE
        return Kind.ACTION if name == b"action" else Kind.TEXT

    @property
    def is_success(self) -> bool:
        """Whether the message is ``Response: Success``, as the server spells it."""
        return self.frame.startswith(SUCCESS)

    @property
    def is_error(self) -> bool:
        """Whether the message is ``Response: Error``."""
        return not self.frame.startswith(SUCCESS) and self.kind is Kind.RESPONSE and self.name.lower() == "error"

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, its name compared without case, as Asterisk itself reads headers."""
        wanted = name.lower()
        if self._headers is None and wanted.isascii() and wanted.encode() not in self.frame.lower():
            return default
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def as_dict(self) -> WireDict:
        """The message as a new mapping with the wire's names; a header that repeats becomes a list."""
        return as_dict(self.headers)

    @classmethod
    def of_output(cls, frames: Iterable[bytes]) -> Message:
        """Bare text as the message that it stands for, shaped like the answer to ``Command``.

        Args:
            frames: The text, as it was cut at its blank lines.

        Returns:
            A message with one ``Output`` header for each line.
        """
        message = cls(b"\n\n".join(frames))
        message._headers = [("Output", line) for line in _lines(message.frame)] if message.frame else []
        return message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.frame == other.frame

    def __hash__(self) -> int:
        return hash(self.frame)

    def __repr__(self) -> str:
        """The kind and the name only: a header may be a secret."""
        return f"<{type(self).__name__} {self.kind.value}: {self.name!r}, {len(self.headers)} headers>"


RawMessage: TypeAlias = bytes | Message
"""A message as it comes: an event that is whole for sure as the bytes that it is, which costs least to keep."""


def to_message(arrival: RawMessage) -> Message:
    """The message that has come.

    Args:
        arrival: The message, or an event's bytes.

    Returns:
        The same, or a new message.
    """
    return Message(arrival) if isinstance(arrival, bytes) else arrival


def head(message: Message) -> bytes | None:
    """The bytes by which an event is known for one of its name without looking further.

    Args:
        message: A message.

    Returns:
        Its first bytes; None for a message of which they don't tell enough.
    """
    first = message.frame[:HEAD]
    return None if first not in event_names and learn(first) is None else first


def learn(head: bytes) -> str | None:
    """The name of the event that begins with these bytes; None where they don't tell."""
    line, end, _ = head.partition(b"\n")
    if not end or not line.endswith(b"\r") or not line.startswith(EVENT) or line.startswith(GLUED):
        return None
    if len(event_names) >= MANY:
        event_names.clear()
    name = event_names[head] = _split(_lines(line)[0])[1]
    return name


def _parse(frame: bytes) -> Headers:
    if not frame:
        return []
    lines = _lines(frame)
    if not frame.startswith(_NO_TEXT) and FOLLOWS.match(frame):
        return _parse_follows(lines)
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(": ")
        headers.append((name, value) if colon and ":" not in name else _split(line))
    return headers


def _lines(frame: bytes) -> list[str]:
    return frame.decode("utf-8", "surrogateescape").replace("\r\n", "\n").removesuffix("\r").split("\n")


def _split(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        return "", line
    # One space belongs to the header; more of them belong to the value (the output of a command is indented).
    return name, value.removeprefix(" ")


def _parse_follows(lines: list[str]) -> Headers:
    """The answer to ``Command`` up to Asterisk 13, shaped as later versions send it."""
    headers: list[tuple[str, str]] = []
    body = iter(lines)
    for line in body:
        name, value = _split(line)
        if name.lower() not in _FOLLOWS_HEADERS:
            body = iter([line, *body])
            break
        headers.append((name, value))
    for line in body:
        output, marker, _ = line.partition(END_OF_COMMAND.decode())
        if output or not marker:
            headers.append(("Output", output))
        if marker:
            break
    return headers


def as_dict(headers: Headers) -> WireDict:
    """Headers as a mapping in wire order; a header that repeats becomes a list.

    Args:
        headers: The headers in wire order.

    Returns:
        A new mapping.
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
