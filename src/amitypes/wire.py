"""Bytes to messages and back: AMI's framing, without any I/O.

An AMI message is a block of ``Name: value`` lines that a blank line ends. What a live Asterisk sends is less tidy than
that, and this module is where all of it is tolerated: lines that end in a bare line feed, extra blank lines between
messages, headers that repeat, headers without a space or without a colon, and the free text of ``Response: Follows``.
Nothing received ever raises here; what is sent, on the other hand, is checked against AMI's limits first.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._hidden import Hidden, hide, names_a_secret
from amitypes.errors import InvalidActionError

if TYPE_CHECKING:
    from amitypes.limits import Limits

Headers: TypeAlias = Sequence[tuple[str, str]]
"""A message's headers in wire order; a line without a colon has the empty name."""

WireDict: TypeAlias = dict[str, str | list[str]]
"""A message as a mapping with the wire's names and order; a header that repeats is a list."""

MAX_LINE: Final = 1022
"""Bytes that Asterisk reads of one line over TCP, the line end apart."""
MAX_HEADERS: Final = 128
"""Headers that Asterisk reads of one action."""
MAX_ACTION_ID: Final = 128
"""Bytes of an ActionID that every action echoes whole (``CoreSettings`` cuts at 137)."""

BLANKS: Final = "".join(map(chr, range(1, 33)))
"""What Asterisk skips at the beginning of a value: every control character, too."""

_END_OF_MESSAGE = re.compile(rb"\n\r?\n")
_BLANK_LINES = re.compile(rb"(?:\r?\n)*")
_FOLLOWS = re.compile(rb"response:[ \t]*follows[ \t]*\r?\n", re.IGNORECASE)
_END_OF_COMMAND = b"--END COMMAND--"
_EVENT: Final = b"Event: "
_RESPONSE: Final = b"Response: "
_SUCCESS: Final = b"Response: Success\r\n"
_NO_TEXT: Final = (_EVENT, _SUCCESS)
"""What begins with this has headers only."""
_PLAIN: Final = (_EVENT, b"Response: S", b"Response: E")
"""What begins with this is a message up to the next blank line, but for those of `_GLUED`."""
HEAD: Final = 32
"""So many bytes of an event hold its first line as a rule, and little besides that differs."""
MANY: Final = 1000
"""So many names and beginnings are remembered: a server has some 200, and its users may make up any number."""
_names: Final[dict[bytes, str]] = {}
"""The names of the events that begin with these bytes, and are messages up to the next blank line."""
_BEGINNING: Final = 4096
_MAYBE_THE_END: Final = 64
_FOLLOWS_HEADERS = frozenset({"response", "privilege", "actionid", "message"})
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_SPLITS_VARIABLES = re.compile(r'[\\",]')
_GLUED = (b"Event: DeviceEntry", b"Event: LineEntry")
"""The events that chan_skinny sends without a blank line after them: what begins like one holds its whole list."""
_GLUE = re.compile(rb"\r?\n(?=Event: )")
_FORBIDDEN = re.compile(r"[\r\n\0]")


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
            name = "Success" if head.startswith(_SUCCESS) else _names.get(head)
            if name is None and (name := _learn(head)) is None:
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
        if self.frame.startswith(_EVENT):
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
        return self.frame.startswith(_SUCCESS)

    @property
    def is_error(self) -> bool:
        """Whether the message is ``Response: Error``."""
        return not self.frame.startswith(_SUCCESS) and self.kind is Kind.RESPONSE and self.name.lower() == "error"

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
        return [message_of(arrival) for arrival in self.cut(data)]

    def cut(self, data: bytes, unwanted: AbstractSet[bytes] = frozenset()) -> list[Arrival]:
        """Take in bytes, and leave what is an event for sure as its bytes.

        Args:
            data: The next bytes of the stream, any number of them.
            unwanted: Beginnings, as `head` has them, of events that may be left out; default: none may.

        Returns:
            What these bytes complete, in order.
        """
        buffer = self._buffer
        messages: list[Arrival] = []
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
            elif frame.startswith(_GLUED):
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

    def _cut_plain(self, data: bytes, messages: list[Arrival], unwanted: AbstractSet[bytes]) -> bytes:
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
            known = head in _names
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
            found = self._scanned < start + excess and buffer.startswith(_END_OF_COMMAND, self._scanned)
            buffer[start : start + excess] = _END_OF_COMMAND if found else b""
            self._shed += excess
            self._scanned = start if found else max(start, self._scanned - excess)

    def _find_end(self, start: int) -> tuple[int, int] | None:
        """Where the message at `start` stops, and where the next one may begin; what was searched is remembered."""
        buffer = self._buffer
        scan = max(start, self._scanned)
        if _FOLLOWS.match(buffer, start):
            # Free text that may hold blank lines, up to a marker of its own; then the blank line.
            scan = buffer.find(_END_OF_COMMAND, scan)
            if scan < 0:
                self._scanned = max(start, len(buffer) - len(_END_OF_COMMAND) + 1)
                return None
        found = _END_OF_MESSAGE.search(buffer, scan)
        if found is None:
            # The last two bytes may begin a blank line; a marker must be found again.
            self._scanned = scan if buffer.startswith(_END_OF_COMMAND, scan) else max(start, len(buffer) - 2)
            return None
        return found.start(), found.end()


Arrival: TypeAlias = bytes | Message
"""A message as it comes: an event that is whole for sure as the bytes that it is, which costs least to keep."""


def message_of(arrival: Arrival) -> Message:
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
    return None if first not in _names and _learn(first) is None else first


def _learn(head: bytes) -> str | None:
    """The name of the event that begins with these bytes; None where they don't tell."""
    line, end, _ = head.partition(b"\n")
    if not end or not line.endswith(b"\r") or not line.startswith(_EVENT) or line.startswith(_GLUED):
        return None
    if len(_names) >= MANY:
        _names.clear()
    name = _names[head] = _split(_lines(line)[0])[1]
    return name


def _is_plain(frame: bytes) -> bool:
    """Whether a message ends at the next blank line for sure."""
    if frame.startswith(_SUCCESS) or _learn(frame[:HEAD]) is not None:
        return True
    return frame.startswith(_PLAIN) and not frame.startswith(_GLUED)


def _beginning(frame: bytes, limits: Limits) -> bytes:
    """The lines with which a message begins, as many as are shown of one that is too large."""
    lines = frame[: min(_BEGINNING, limits.message)].split(b"\n")[: limits.headers + 1]
    return b"\n".join(lines[:-1] or lines).removesuffix(b"\r")


def _skip_blank_lines(buffer: bytearray, start: int) -> int:
    found = _BLANK_LINES.match(buffer, start)
    return found.end() if found else start


def _parse(frame: bytes) -> Headers:
    if not frame:
        return []
    lines = _lines(frame)
    if not frame.startswith(_NO_TEXT) and _FOLLOWS.match(frame):
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
        output, marker, _ = line.partition(_END_OF_COMMAND.decode())
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


def as_headers(action: Mapping[str, str | Iterable[str]]) -> list[tuple[str, str]]:
    """A mapping as headers: the reverse of `as_dict`. A value that is no string is sent as repeated headers.

    Args:
        action: Header names and values.

    Returns:
        The headers in the mapping's order; a value whose name says that it is a secret is one that isn't shown.

    Raises:
        InvalidActionError: A value is neither text nor a sequence of texts.
    """
    headers: list[tuple[str, str]] = []
    for name, value in action.items():
        if isinstance(value, str):
            headers.append((name, hide(value) if _is_secret(str(name)) else value))
        elif hasattr(value, "__iter__") and not isinstance(value, bytes | Mapping):
            headers.extend((name, item) for item in value)
        else:
            raise InvalidActionError(_no_text(name, value))
    return headers


_is_secret = lru_cache(MANY)(names_a_secret)


def is_ordinary(headers: Headers, *, max_line: int | None) -> bool:
    """Whether a glance is enough for an action, as for most: `plain` and `check` would find nothing.

    Args:
        headers: The action's headers.
        max_line: The longest line in bytes; None where no limit applies (HTTP).

    Returns:
        True where ``Action`` comes first, there is no ActionID but room for one, and the rest is short printable ASCII.
        False says nothing.
    """
    longest = MAX_LINE if max_line is None else max_line
    for name, value in headers:
        if type(name) is not str or (type(value) is not str and type(value) is not Hidden):
            return False
        if not value.isascii() or not value.isprintable() or len(name) + 2 + len(value) > longest:
            return False
        if not _is_ordinary_name(name):
            return False
    return 0 < len(headers) < MAX_HEADERS and headers[0][0] == "Action" and headers[0][1].strip() != ""


@lru_cache(MANY)
def _is_ordinary_name(name: str) -> bool:
    return _HEADER_NAME.fullmatch(name) is not None and name.lower() != "actionid"


def check(headers: Headers, *, max_line: int | None = MAX_LINE) -> None:
    """Refuse headers that AMI can't carry, or that could smuggle a second action in.

    Args:
        headers: The action's headers, ``Action`` first.
        max_line: The longest line in bytes; None where no limit applies (HTTP).

    Raises:
        InvalidActionError: A name isn't a header name, a value holds CR, LF or NUL, a line is too long, there are too
            many headers, or the ActionID is too long. The message never shows the value.
    """
    action = ""
    for name, value in headers:
        if not _is_text(name) or not _HEADER_NAME.fullmatch(name):
            raise InvalidActionError(_of(action, _no_name(name)))
        if not _is_text(value):
            raise InvalidActionError(_of(action, _no_text(name, value)))
        if _FORBIDDEN.search(value):
            msg = f"the value of {name} holds CR, LF or NUL, which AMI has no way to send"
            raise InvalidActionError(_of(action, msg))
        try:
            size = len(f"{name}: {value}" if value.isascii() else _encode_line(name, value))
        except UnicodeEncodeError:
            msg = f"the value of {name} holds half of a surrogate pair, which is no text that can be sent"
            raise InvalidActionError(_of(action, msg)) from None
        if max_line is not None and size > max_line:
            msg = f"the line of {name} has {size} bytes, and Asterisk reads {max_line} at most"
            raise InvalidActionError(_of(action, msg))
        key = name.lower()
        if key == "actionid" and not 0 < len(value.encode("utf-8", "surrogateescape")) <= MAX_ACTION_ID:
            msg = f"an ActionID has 1 to {MAX_ACTION_ID} bytes"
            raise InvalidActionError(_of(action, msg))
        if key == "action" and not action:
            action = value.strip()
    if not action:
        msg = "An action needs a header 'Action' that names it"
        raise InvalidActionError(msg)
    if len(headers) > MAX_HEADERS:
        msg = f"{len(headers)} headers, and Asterisk reads {MAX_HEADERS} at most"
        raise InvalidActionError(_of(action, msg))


def plain(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers of plain strings: whatever else a subclass of `str` says of itself, its text is what is sent.

    So a member of an enumeration is its value, and what was checked is what leaves.

    Args:
        headers: The headers; a value that is no text is left to `check`.

    Returns:
        The headers, as a new list.

    Raises:
        InvalidActionError: A name is no text.
    """
    return [(_plain_name(name), _plain(value)) for name, value in headers]


def _plain_name(name: str) -> str:
    if not _is_text(name):
        raise InvalidActionError(_no_name(name))
    return _plain(name)


def _plain(text: str) -> str:
    kind = type(text)
    return text if kind is str or kind is Hidden or not isinstance(text, str) else str.__str__(text)


def _of(action: str, problem: str) -> str:
    return f"{action}: {problem}" if action else f"{problem[0].upper()}{problem[1:]}"


def _is_text(value: object) -> bool:
    """Whether this is what its annotation says it is: not every caller has a type checker."""
    return isinstance(value, str)


def _no_name(name: object) -> str:
    return f"{name!r} is no header name: printable ASCII without blanks and colons is"


def _no_text(name: str, value: object) -> str:
    return f"the value of {name} is of type {type(value).__name__}, and AMI sends text: make it a str"


def encode(headers: Headers) -> bytes:
    """Headers as the bytes of one message. They are not checked here: see `check`.

    Args:
        headers: The headers in wire order.

    Returns:
        The message, its blank line included.
    """
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    return ("".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


def _encode_line(name: str, value: str) -> bytes:
    return f"{name}: {value}".encode("utf-8", "surrogateescape")


def escape_variable(value: str) -> str:
    """Escape a channel variable's value for a ``Variable`` header.

    Args:
        value: The value.

    Returns:
        What Asterisk reads as this value: it splits the header at commas, drops quotes and takes a backslash as an
        escape.
    """
    return _SPLITS_VARIABLES.sub(r"\\\g<0>", value)


def variable(name: str, value: str) -> str:
    """Spell a channel variable as the value of a ``Variable`` header.

    Args:
        name: The variable's name, or a dialplan function such as ``CALLERID(name)``.
        value: Its value, any text.

    Returns:
        ``name=value``, escaped: Asterisk reads exactly one variable of it, with this value.

    Raises:
        InvalidActionError: This is no name that Asterisk could read, or either isn't text.
    """
    for text in (name, value):
        if not _is_text(text):
            raise InvalidActionError(_no_text(f"the variable {name}", text))
    if not name or "=" in name or name[0] in BLANKS:
        msg = f"There is no variable {name!r}: a name has no '=', and doesn't begin with a blank"
        raise InvalidActionError(msg)
    return f"{escape_variable(name)}={escape_variable(value)}"
