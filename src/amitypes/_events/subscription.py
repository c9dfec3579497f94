"""What a subscription wants, and what waits for it."""

from __future__ import annotations

from typing import Final, NamedTuple

from amitypes._events.names import NOTICE
from amitypes._events.queue import Queue
from amitypes._protocol.message import RawMessage

__all__ = ["Interest"]


class Interest(NamedTuple):
    """What somebody wants to get.

    Attributes:
        events: Names of events on the wire in lower case, `UNKNOWN` among them; None for every event.
        notices: Names of notices in lower case; `NOTICE` for every notice.
    """

    events: frozenset[str] | None
    notices: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """The names, for a log."""
        names = ("every event",) if self.events is None else sorted(name or "unknown" for name in self.events)
        return ", ".join((*names, *sorted(self.notices))[:4])

    def wants_notice(self, name: str) -> bool:
        """Whether a notice is wanted.

        Args:
            name: Its name in lower case.
        """
        return name in self.notices or NOTICE in self.notices


class EndOfEvents:
    """Ends a queue: after it no event comes, because of `error` or as the client was closed."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException | None) -> None:
        self.error: Final = error


class Subscription:
    """Somebody who wants events.

    Args:
        interest: Which.
        queue: What waits for them.
    """

    def __init__(self, interest: Interest, queue: Queue[RawMessage]) -> None:
        self.interest: Final = interest
        self._queue: Final = queue

    @property
    def dropped(self) -> int:
        """How many events were dropped so far, as too many waited."""
        return self._queue.dropped
