"""What handlers and streams have in common: the events that they take, and the queue where these wait."""

from __future__ import annotations

from typing import Final, NamedTuple

from amitypes._events.names import NOTICE
from amitypes._events.queue import Queue
from amitypes._protocol.message import RawMessage

__all__ = ["EventSelection", "Subscription"]


class EventSelection(NamedTuple):
    """The events that a subscriber takes.

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

    def has_notice(self, name: str) -> bool:
        """Whether a notice is selected.

        Args:
            name: Its name in lower case.
        """
        return name in self.notices or NOTICE in self.notices


class Subscription:
    """A subscriber: a handler, or a stream.

    Args:
        selection: The events that it takes.
        queue: The events that wait for it.
    """

    def __init__(self, selection: EventSelection, queue: Queue[RawMessage]) -> None:
        self.selection: Final = selection
        # Only for this package: users see a subscription as an `EventStream`.
        self._queue: Final = queue

    @property
    def dropped(self) -> int:
        """How many events were dropped so far, as too many waited."""
        return self._queue.dropped
