"""The headers of a received message: its bytes as names and values.

An AMI message is a block of ``Name: value`` lines that a blank line ends. A live Asterisk also sends lines that end in
a bare line feed, headers without a space or without a colon, and the free text of ``Response: Follows``. All of that is
parsed; no bytes raise an error.
"""

from __future__ import annotations

import re
from typing import Final

from amitypes._protocol.types import Headers

__all__ = [
    "END_OF_COMMAND",
    "EVENT",
    "FOLLOWS",
    "RESPONSE",
    "SUCCESS",
    "UNSEPARATED_EVENTS",
    "first_value",
    "parse_headers",
    "split_lines",
]

EVENT: Final = b"Event: "
RESPONSE: Final = b"Response: "
SUCCESS: Final = b"Response: Success\r\n"

FOLLOWS: Final = re.compile(rb"response:[ \t]*follows[ \t]*\r?\n", re.IGNORECASE)
"""The first line of a response with free text, as Asterisk 13 and older answer ``Command``."""

END_OF_COMMAND: Final = b"--END COMMAND--"
"""The end of that free text."""

UNSEPARATED_EVENTS: Final = (b"Event: DeviceEntry", b"Event: LineEntry")
"""The events that chan_skinny sends without blank lines between them, so that a whole list looks like one message."""

_NEVER_FREE_TEXT: Final = (EVENT, SUCCESS)
_FOLLOWS_HEADERS: Final = frozenset({"response", "privilege", "actionid", "message"})


def parse_headers(frame: bytes) -> Headers:
    """Parse a message.

    Args:
        frame: The message's bytes, without the blank line that ends it.

    Returns:
        The headers in wire order, decoded as UTF-8 with ``surrogateescape``.
    """
    if not frame:
        return []
    lines = split_lines(frame)
    if not frame.startswith(_NEVER_FREE_TEXT) and FOLLOWS.match(frame):
        return _parse_follows(lines)
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(": ")
        headers.append((name, value) if colon and ":" not in name else _parse_line(line))
    return headers


def split_lines(frame: bytes) -> list[str]:
    """Decode bytes and split them into lines, which end in CRLF or in a bare LF.

    Args:
        frame: The bytes.

    Returns:
        The lines without their ends.
    """
    return frame.decode("utf-8", "surrogateescape").replace("\r\n", "\n").removesuffix("\r").split("\n")


def first_value(frame: bytes) -> str:
    """The value of the first header.

    Args:
        frame: A message's bytes, or its beginning.

    Returns:
        The value, as `parse_headers` has it.
    """
    return _parse_line(split_lines(frame.partition(b"\n")[0])[0])[1]


def _parse_line(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        return "", line
    # One space belongs to the header; more of them belong to the value (the output of a command is indented).
    return name, value.removeprefix(" ")


def _parse_follows(lines: list[str]) -> Headers:
    """The response to ``Command`` up to Asterisk 13, with the headers that later versions send."""
    headers: list[tuple[str, str]] = []
    body = iter(lines)
    for line in body:
        name, value = _parse_line(line)
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
