"""Splits a stream of bytes into messages, however the bytes are divided into reads."""

from __future__ import annotations

import re
import sys
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from amitypes._protocol.event_prefix import PREFIX_LENGTH, learn_prefix, names_by_prefix
from amitypes._protocol.message import Message, RawMessage, to_message
from amitypes._protocol.parsing import END_OF_COMMAND, EVENT, FOLLOWS, SUCCESS, UNSEPARATED_EVENTS

if TYPE_CHECKING:
    from amitypes._protocol.limits import Limits

__all__ = ["Framer"]

_END_OF_MESSAGE: Final = re.compile(rb"\n\r?\n")
_BLANK_LINES: Final = re.compile(rb"(?:\r?\n)*")
_BETWEEN_UNSEPARATED_EVENTS: Final = re.compile(rb"\r?\n(?=Event: )")

_NEVER_FREE_TEXT: Final = (EVENT, b"Response: S", b"Response: E")
"""A message that begins with one of these ends at the next blank line, except for `UNSEPARATED_EVENTS`."""

_TRUNCATED_SIZE: Final = 4096
"""The most bytes that are kept of a message that is too large."""

_TAIL_SIZE: Final = 64
"""Bytes at the end of the buffer that may begin a blank line or a marker."""


class Framer:
    """Splits a stream of bytes into messages, however the bytes are divided into reads.

    An incomplete message stays in the buffer until the rest of it comes. Of a message that is too large only the
    beginning is kept; the messages after it are not affected.

    Args:
        limits: How large a message may be; default: no limit.
    """

    __slots__ = ("_buffer", "_discarded", "_limits", "_scanned", "_surely_small")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits
        # A message of at most this many bytes exceeds neither limit: a header takes at least a byte.
        self._surely_small = min(limits.message, limits.headers) if limits else sys.maxsize
        self._buffer = bytearray()
        self._scanned = 0
        self._discarded = 0

    @property
    def buffered(self) -> bytes:
        """The bytes received that don't make a complete message yet."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[Message]:
        """Take in bytes.

        Args:
            data: The next bytes of the stream, any number of them.

        Returns:
            The messages that these bytes complete, in order.
        """
        return [to_message(raw) for raw in self.split(data)]

    def split(self, data: bytes, unwanted: AbstractSet[bytes] = frozenset()) -> list[RawMessage]:
        """Take in bytes, as `feed` does, but leave an event as its bytes where it is certainly one.

        Args:
            data: The next bytes of the stream, any number of them.
            unwanted: Prefixes, as `event_prefix` returns them, of events that may be left out; default: none.

        Returns:
            The messages that these bytes complete, in order.
        """
        buffer = self._buffer
        messages: list[RawMessage] = []
        if not self._discarded and len(buffer) <= len(data):
            data = self._split_at_blank_lines(bytes(buffer) + data, messages, unwanted)
            buffer.clear()
            self._scanned = 0
            if not data:
                return messages
        buffer += data
        start = _skip_blank_lines(buffer, 0)
        while (end := self._find_end(start)) is not None:
            stop, following = end
            frame = bytes(buffer[start:stop])
            if self._limits is not None and (excess := self._excess(frame, self._limits)):
                messages.append(Message(_truncate(frame, self._limits), truncated_reason=excess))
                self._discarded = 0
            elif frame.startswith(UNSEPARATED_EVENTS):
                messages += map(Message, _BETWEEN_UNSEPARATED_EVENTS.split(frame))
            else:
                messages.append(Message(frame))
            start = self._scanned = _skip_blank_lines(buffer, following)
        del buffer[:start]
        self._scanned -= start
        if self._limits is not None:
            self._discard_excess(self._limits)
        return messages

    def end(self, *, may_be_truncated: bool = False) -> Message | None:
        """Take the last message, when the stream has ended without its blank line.

        Args:
            may_be_truncated: Whether more of the message may be missing than its blank line; default: False.

        Returns:
            The message; None if the buffer holds nothing but line ends.
        """
        frame = bytes(self._buffer).removesuffix(b"\r").removesuffix(b"\n")
        excess = self._excess(frame, self._limits) if self._limits is not None else ""
        self._buffer.clear()
        self._scanned = self._discarded = 0
        if excess and self._limits is not None:
            return Message(_truncate(frame, self._limits), truncated_reason=excess)
        frame = frame.strip(b"\r\n")
        if not frame:
            return None
        reason = "the connection broke within this message" if may_be_truncated else ""
        return Message(frame, truncated_reason=reason)

    def _split_at_blank_lines(self, data: bytes, messages: list[RawMessage], unwanted: AbstractSet[bytes]) -> bytes:
        """Fast path: append the messages up to the first that needs more than a search for blank lines.

        Returns:
            The bytes after these messages.
        """
        # Python searches faster from the end.
        if data.rfind(b"\n\n") >= 0:
            return data
        *frames, rest = data.rsplit(b"\n\r\n")
        if len(data) > self._surely_small and max(map(len, frames), default=0) > self._surely_small:
            return data
        for number, frame in enumerate(frames):
            prefix = frame[:PREFIX_LENGTH]
            if prefix in unwanted:
                continue
            known = prefix in names_by_prefix
            # Of several blank lines all but the last are in the frame.
            if not (known or _ends_at_blank_line(frame)) or frame.endswith(b"\n\r"):
                return data[sum(map(len, frames[:number])) + 3 * number :]
            messages.append(frame if known else Message(frame))
        return rest

    def _excess(self, frame: bytes, limits: Limits) -> str:
        """How a message exceeds the limits; empty if it doesn't."""
        if self._discarded or len(frame) > limits.message:
            return f"longer than the {limits.message} bytes that the client's limits allow: this is its beginning"
        if len(frame) > limits.headers and frame.count(b"\n") >= limits.headers:
            return f"more than the {limits.headers} headers that the client's limits allow: this is its beginning"
        return ""

    def _discard_excess(self, limits: Limits) -> None:
        """Discard the middle of an incomplete message that is too large; its last bytes may begin what ends it."""
        buffer, start = self._buffer, min(_TRUNCATED_SIZE, limits.message)
        excess = len(buffer) - start - _TAIL_SIZE
        if len(buffer) > limits.message + _TAIL_SIZE and excess > 0:
            # A marker that has been found must be found again.
            found = self._scanned < start + excess and buffer.startswith(END_OF_COMMAND, self._scanned)
            buffer[start : start + excess] = END_OF_COMMAND if found else b""
            self._discarded += excess
            self._scanned = start if found else max(start, self._scanned - excess)

    def _find_end(self, start: int) -> tuple[int, int] | None:
        """Where the message at `start` stops and the next one may begin; None, and `_scanned`, if it is incomplete."""
        buffer = self._buffer
        scan = max(start, self._scanned)
        if FOLLOWS.match(buffer, start):
            # Free text that may hold blank lines, up to a marker of its own; then the blank line.
            scan = buffer.find(END_OF_COMMAND, scan)
            if scan < 0:
                self._scanned = max(start, len(buffer) - len(END_OF_COMMAND) + 1)
                return None
        found = _END_OF_MESSAGE.search(buffer, scan)
        if found is None:
            # The last two bytes may begin a blank line; a marker must be found again.
            self._scanned = scan if buffer.startswith(END_OF_COMMAND, scan) else max(start, len(buffer) - 2)
            return None
        return found.start(), found.end()


def _ends_at_blank_line(frame: bytes) -> bool:
    """Whether a message certainly ends at the next blank line."""
    if frame.startswith(SUCCESS) or learn_prefix(frame[:PREFIX_LENGTH]) is not None:
        return True
    return frame.startswith(_NEVER_FREE_TEXT) and not frame.startswith(UNSEPARATED_EVENTS)


def _truncate(frame: bytes, limits: Limits) -> bytes:
    """The first complete lines of a message that is too large."""
    lines = frame[: min(_TRUNCATED_SIZE, limits.message)].split(b"\n")[: limits.headers + 1]
    return b"\n".join(lines[:-1] or lines).removesuffix(b"\r")


def _skip_blank_lines(buffer: bytearray, start: int) -> int:
    found = _BLANK_LINES.match(buffer, start)
    return found.end() if found else start
