"""How many events may wait for a subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

__all__ = ["Backlog", "Overflow"]

Overflow: TypeAlias = Literal["wait", "drop_oldest", "drop_newest", "raise"]
"""What becomes of an event for a subscriber who has as many waiting as may wait; `Backlog` explains each."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events may wait for one subscriber, and what becomes of those that are too many.

    Reading from the server never waits for a subscriber: Asterisk cuts off a client that is slow to read, and answers
    to actions come the same way as events. So a subscriber who stays behind must miss something at some point; this
    says at which, and what. Each drop is counted (`EventStream.dropped`), told by a `notices.Dropped` at the place of
    the gap to those who name that in their subscription, and logged, in a line each ten seconds at most.

    Args:
        limit: How many events may wait; default: 10000, some 5 megabytes if they wait for nobody else. What one read
            brings comes at once, and may be some hundreds: with fewer, events are dropped though nobody is slow.
        overflow: ``drop_oldest`` (the default) drops what has waited longest; ``drop_newest`` drops what comes;
            ``wait`` lets events wait beyond the limit, in a room that the client has for all such subscribers
            (`Limits.waiting`), and drops what comes only when that is full as well; ``raise`` ends the subscription:
            after the events that wait, an iterator raises `QueueOverflow`, and a handler gets no more events and
            leaves that error to the log and to `on_error`.

    Raises:
        ValueError: The limit is below 1, or there is no such overflow.
    """

    limit: int = 10_000
    overflow: Overflow = "drop_oldest"

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.limit < 1:
            msg = f"limit={self.limit}: at least one event must be able to wait"
            raise ValueError(msg)
        if self.overflow not in get_args(Overflow):
            msg = f"overflow={self.overflow!r}: one of {', '.join(get_args(Overflow))}"
            raise ValueError(msg)
