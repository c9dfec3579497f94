"""Messages from the server."""

from __future__ import annotations

from amitypes._protocol.message import Message


def message(text: str) -> Message:
    """A message of some lines.

    Args:
        text: The lines, with a line feed between them.
    """
    return Message(text.replace("\n", "\r\n").encode("utf-8", "surrogateescape"))
