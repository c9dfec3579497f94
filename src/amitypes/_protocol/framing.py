"""Cuts a stream of bytes into messages, however the bytes are split."""

from __future__ import annotations

import re
import sys
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from amitypes._protocol.message import (
    END_OF_COMMAND,
    EVENT,
    FOLLOWS,
    GLUED,
    HEAD,
    SUCCESS,
    Message,
    RawMessage,
    event_names,
    learn,
    to_message,
)

if TYPE_CHECKING:
    from amitypes._protocol.limits import Limits

__all__ = ["Framer"]

_END_OF_MESSAGE = re.compile(rb"\n\r?\n")


_BLANK_LINES = re.compile(rb"(?:\r?\n)*")


_PLAIN: Final = (EVENT, b"Response: S", b"Response: E")
"""What begins with this is a message up to the next blank line, but for those of `GLUED`."""


_BEGINNING: Final = 4096


_MAYBE_THE_END: Final = 64


_GLUE = re.compile(rb"\r?\n(?=Event: )")


class Framer:
    """Cuts a stream of bytes into messages, however the bytes are split.

    A message that hasn't ended yet waits for its rest; `rest` tells what waits. Of one that is too large only the
    beginning is kept, and what follows it is read as ever.

    Args:
        limits: How large a message may be; default: of any size.
    """

    __slots__ = ("_buffer", "_limits", "_longest", "_scanned", "_shed")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits
        # No message of this length has more bytes or headers than it may have.
        self._longest = min(limits.message, limits.headers) if limits else sys.maxsize
        self._buffer = bytearray()
        self._scanned = 0
        self._shed = 0

    @property
    def rest(self) -> bytes:
        """The bytes received that don't make a message yet."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[Message]:
        """Take in bytes.

        Args:
            data: The next bytes of the stream, any number of them.

        Returns:
            The messages that these bytes complete, in order.
        """
        return [to_message(arrival) for arrival in self.cut(data)]

    def cut(self, data: bytes, unwanted: AbstractSet[bytes] = frozenset()) -> list[RawMessage]:
        """Take in bytes, and leave what is an event for sure as its bytes.

        Args:
            data: The next bytes of the stream, any number of them.
            unwanted: Beginnings, as `head` has them, of events that may be left out; default: none may.

        Returns:
            What these bytes complete, in order.
        """
        buffer = self._buffer
        messages: list[RawMessage] = []
        if not self._shed and len(buffer) <= len(data):
            data = self._cut_plain(bytes(buffer) + data, messages, unwanted)
            buffer.clear()
            self._scanned = 0
            if not data:
                return messages
        buffer += data
        start = _skip_blank_lines(buffer, 0)
        while (end := self._find_end(start)) is not None:
            stop, following = end
            frame = bytes(buffer[start:stop])
            if self._limits is not None and (cut := self._excess(frame, self._limits)):
                messages.append(Message(_beginning(frame, self._limits), cut=cut))
                self._shed = 0
            elif frame.startswith(GLUED):
                messages += map(Message, _GLUE.split(frame))
            else:
                messages.append(Message(frame))
            start = self._scanned = _skip_blank_lines(buffer, following)
        del buffer[:start]
        self._scanned -= start
        if self._limits is not None:
            self._shed_excess(self._limits)
        return messages

    def end(self, *, cut: bool = False) -> Message | None:
        """Take what is left when the stream has ended: a last message whose blank line never came.

        Args:
            cut: Whether more of it may have been meant to come; False by default.

        Returns:
            The message, or None if nothing but blank lines is left.
        """
        frame = bytes(self._buffer).removesuffix(b"\r").removesuffix(b"\n")
        excess = self._excess(frame, self._limits) if self._limits is not None else ""
        self._buffer.clear()
        self._scanned = self._shed = 0
        if excess and self._limits is not None:
            return Message(_beginning(frame, self._limits), cut=excess)
        frame = frame.strip(b"\r\n")
        return Message(frame, cut="the connection broke within this message" if cut else "") if frame else None

    def _cut_plain(self, data: bytes, messages: list[RawMessage], unwanted: AbstractSet[bytes]) -> bytes:
        """Cut off messages for as long as that is done by looking for blank lines; returns the bytes after them."""
        # Searching from the end is faster, as Python does it.
        if data.rfind(b"\n\n") >= 0:
            return data
        *frames, rest = data.rsplit(b"\n\r\n")
        if len(data) > self._longest and max(map(len, frames), default=0) > self._longest:
            return data
        for number, frame in enumerate(frames):
            head = frame[:HEAD]
            if head in unwanted:
                continue
            known = head in event_names
            # Of several blank lines all but the last are in the frame.
            if not (known or _is_plain(frame)) or frame.endswith(b"\n\r"):
                return data[sum(map(len, frames[:number])) + 3 * number :]
            messages.append(frame if known else Message(frame))
        return rest

    def _excess(self, frame: bytes, limits: Limits) -> str:
        """What a message has too much of; empty for one that has not."""
        if self._shed or len(frame) > limits.message:
            return f"longer than the {limits.message} bytes that the client's limits allow: this is its beginning"
        if len(frame) > limits.headers and frame.count(b"\n") >= limits.headers:
            return f"more than the {limits.headers} headers that the client's limits allow: this is its beginning"
        return ""

    def _shed_excess(self, limits: Limits) -> None:
        """Forget the middle of a message that is too large already; its last bytes may begin what ends it."""
        buffer, start = self._buffer, min(_BEGINNING, limits.message)
        excess = len(buffer) - start - _MAYBE_THE_END
        if len(buffer) > limits.message + _MAYBE_THE_END and excess > 0:
            # A marker that has been found must be found again.
            found = self._scanned < start + excess and buffer.startswith(END_OF_COMMAND, self._scanned)
            buffer[start : start + excess] = END_OF_COMMAND if found else b""
            self._shed += excess
            self._scanned = start if found else max(start, self._scanned - excess)

    def _find_end(self, start: int) -> tuple[int, int] | None:
        """Where the message at `start` stops, and where the next one may begin; what was searched is remembered."""
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


def _is_plain(frame: bytes) -> bool:
    """Whether a message ends at the next blank line for sure."""
    if frame.startswith(SUCCESS) or learn(frame[:HEAD]) is not None:
        return True
    return frame.startswith(_PLAIN) and not frame.startswith(GLUED)


def _beginning(frame: bytes, limits: Limits) -> bytes:
    """The lines with which a message begins, as many as are shown of one that is too large."""
    lines = frame[: min(_BEGINNING, limits.message)].split(b"\n")[: limits.headers + 1]
    return b"\n".join(lines[:-1] or lines).removesuffix(b"\r")


def _skip_blank_lines(buffer: bytearray, start: int) -> int:
    found = _BLANK_LINES.match(buffer, start)
    return found.end() if found else start
