"""How many events may wait for a subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = ["Backlog", "Overflow"]

Overflow: TypeAlias = Literal["wait", "drop_oldest", "drop_newest", "raise"]
"""The rule for an event that exceeds a subscriber's limit; `Backlog` explains each."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events may wait for one subscriber, and what happens to more.

    The client never stops reading because a subscriber is slow: Asterisk disconnects a client that reads too slowly,
    and replies come on the same connection. So a subscriber that falls behind misses events at some point. Each dropped
    event is counted (`EventStream.dropped`) and logged, in at most one line every ten seconds. Subscribers to
    `notices.Dropped` get one in place of the dropped events.

    Args:
        limit: How many events may wait; default: 10000, some 5 megabytes if no other subscriber has them. One read from
            the connection may bring some hundreds at once: below that, even a fast subscriber misses events.
        overflow: ``drop_oldest`` (the default) drops the event that has waited longest. ``drop_newest`` drops the new
            event. ``wait`` lets events wait beyond the limit, as long as all such subscribers together have at most
            `Limits.waiting` of these, and then drops the new event. ``raise`` ends the subscription: after the events
            that wait, an iterator raises `QueueOverflow`; a handler gets no more events, and the error goes to the log
            and to `on_error`.

    Raises:
        ValueError: The limit is below 1, or there is no such overflow.
    """

    limit: int = 10_000
    overflow: Overflow = "drop_oldest"

    def __post_init__(self) -> None:
        """Validate the settings."""
        if self.limit < 1:
            msg = f"limit={self.limit}: at least one event must be able to wait"
            raise ValueError(msg)
        if self.overflow not in get_args(Overflow):
            msg = f"overflow={self.overflow!r}: one of {', '.join(get_args(Overflow))}"
            raise ValueError(msg)
