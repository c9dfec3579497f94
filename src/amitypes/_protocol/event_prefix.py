"""The first bytes of an event, from which its name is known without parsing it.

Most events begin with the same bytes as earlier ones of their name. The framer, the dispatcher and the registry look
these bytes up in dictionaries, and parse nothing of an event that has no subscriber.
"""

from __future__ import annotations

from typing import Final

from amitypes._protocol.parsing import EVENT, UNSEPARATED_EVENTS, first_value

__all__ = ["CACHE_SIZE", "PREFIX_LENGTH", "event_prefix", "learn_prefix", "names_by_prefix"]

PREFIX_LENGTH: Final = 32
"""Bytes of an event that usually hold its first line, and little that differs between events of one name."""

CACHE_SIZE: Final = 1000
"""The most entries of a cache by event name or prefix: a server has some 200, and its users may invent any number."""

names_by_prefix: Final[dict[bytes, str]] = {}
"""The event's name by prefix, for events that end at the next blank line; one cache for the whole process."""


def event_prefix(frame: bytes) -> bytes | None:
    """The prefix of an event, if that alone determines the event's name.

    Args:
        frame: A message's bytes.

    Returns:
        The first `PREFIX_LENGTH` bytes; None for a message whose name they don't determine.
    """
    prefix = frame[:PREFIX_LENGTH]
    return None if prefix not in names_by_prefix and learn_prefix(prefix) is None else prefix


def learn_prefix(prefix: bytes) -> str | None:
    """Add a prefix to `names_by_prefix`, if it determines the event's name.

    Args:
        prefix: The first `PREFIX_LENGTH` bytes of a message.

    Returns:
        The event's name; None if the prefix doesn't determine it.
    """
    line, end, _ = prefix.partition(b"\n")
    if not end or not line.endswith(b"\r") or not line.startswith(EVENT) or line.startswith(UNSEPARATED_EVENTS):
        return None
    if len(names_by_prefix) >= CACHE_SIZE:
        names_by_prefix.clear()
    name = names_by_prefix[prefix] = first_value(line)
    return name
