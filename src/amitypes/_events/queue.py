"""The queue of one subscriber: a limit, and a rule for the event that exceeds it."""

from __future__ import annotations

import logging
import time
from collections import deque
from math import inf
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from amitypes._events.backlog import Backlog
from amitypes._protocol.errors import QueueOverflow

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OverflowBudget", "Queue"]

_log = logging.getLogger("amitypes")

_LOG_INTERVAL: Final = 10.0
"""Seconds between two log lines about one subscriber, which may drop events all the time."""

T = TypeVar("T")


class OverflowBudget:
    """How many events may wait beyond the limits of all queues that share it.

    Args:
        size: The number of events.

    Attributes:
        free: How many more events may wait.
    """

    __slots__ = ("free",)

    def __init__(self, size: int) -> None:
        self.free: int = size


class _DroppedEvents:
    """Stands in a queue for the events that were dropped there."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class _LogThrottle:
    """Limits how often a line is logged."""

    __slots__ = ("_clock", "_next")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._next = -inf

    def permit(self) -> bool:
        """Whether a line may be logged now; if so, the next one has to wait."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + _LOG_INTERVAL
        return True


def _ignore(*_: object) -> None:
    """Does nothing."""


class Queue(Generic[T]):
    """The events that wait for one subscriber.

    Args:
        backlog: The limit, and the rule for more events.
        budget: How many may wait beyond the limits of all queues with the rule ``wait``.
        subscriber: The subscriber's name, for the log.
        make_gap: Makes the item that stands for a number of dropped events; None for no item.
        clock: Returns the time in seconds, for the log.

    Attributes:
        wake: Called when an item is added while `consumer_idle`.
        consumer_idle: Whether the consumer waits for an item. Set by the consumer, reset by the next `put`.
        on_overflow: Called with the error that ends the subscription, and the item that exceeds the limit.
        dropped: How many events were dropped.
        overflow: The error that ended the subscription; None before.
    """

    def __init__(
        self,
        backlog: Backlog,
        budget: OverflowBudget,
        subscriber: str,
        make_gap: Callable[[int], T | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wake: Callable[[], object] = _ignore
        self.consumer_idle: bool = True
        self.on_overflow: Callable[[QueueOverflow, T], None] = _ignore
        self.dropped: int = 0
        self.overflow: QueueOverflow | None = None
        self._backlog: Final = backlog
        self._limit = backlog.limit
        self._budget = budget
        self._subscriber = subscriber
        self._make_gap = make_gap
        self._items: deque[T | _DroppedEvents] = deque()
        self._gaps = 0
        self._unlogged = 0
        self._throttle = _LogThrottle(clock)

    def __bool__(self) -> bool:
        """Whether an item or a gap is waiting."""
        return bool(self._items)

    def put(self, item: T) -> None:
        """Add an item, or apply the rule for an item that exceeds the limit.

        Args:
            item: The item.
        """
        items = self._items
        if len(items) < self._limit or self._admit(item):
            items.append(item)
            if self.consumer_idle:
                self.consumer_idle = False
                self.wake()

    def take(self) -> T | None:
        """Remove the next item.

        Returns:
            The item, or the one that stands for a gap; None where the queue is empty.
        """
        items = self._items
        while items:
            item = items.popleft()
            if isinstance(item, _DroppedEvents):
                self._gaps -= 1
                if (gap := self._make_gap(item.count)) is not None:
                    return gap
                continue
            if len(items) >= self._limit:
                self._return_to_budget()
            if self._unlogged:
                self._log_if_empty()
            return item
        if self._unlogged:
            self._log_if_empty()
        return None

    def clear(self) -> None:
        """Discard all items."""
        if self._backlog.overflow == "wait":
            self._budget.free += max(0, self._waiting - self._limit)
        self._items.clear()
        self._gaps = 0

    def close(self) -> None:
        """Discard all items, and take no more."""
        self.clear()
        self._limit = 0

    def __del__(self) -> None:
        """Return what the queue has of the budget, also where its items were never taken."""
        self.clear()

    @property
    def _waiting(self) -> int:
        return len(self._items) - self._gaps

    def _admit(self, item: T) -> bool:
        """Apply the rule for an item that may exceed the limit; return whether to add it."""
        if self._limit == 0:
            return False
        if self._waiting < self._limit:
            return True
        match self._backlog.overflow:
            case "drop_oldest":
                self._drop_oldest()
            case "wait" if self._budget.free > 0:
                self._budget.free -= 1
            case "raise":
                self._count_drop()
                msg = (
                    f"{self._subscriber} had {self._waiting} events waiting, as many as its backlog allows, and one "
                    f"more came. Take events faster, subscribe to fewer, or give it another Backlog."
                )
                self.overflow = QueueOverflow(msg)
                self._limit = 0
                self.on_overflow(self.overflow, item)
                return False
            case _:
                self._drop_newest()
                return False
        return True

    def _return_to_budget(self) -> None:
        if self._backlog.overflow == "wait" and self._waiting >= self._limit:
            self._budget.free += 1

    def _drop_oldest(self) -> None:
        first = self._items.popleft()
        if isinstance(first, _DroppedEvents):
            self._items.popleft()  # an item, as two gaps never follow each other
            gap = first
        else:
            gap = self._new_gap()
        self._items.appendleft(gap)
        self._count_drop(gap)

    def _drop_newest(self) -> None:
        last = self._items[-1]
        if isinstance(last, _DroppedEvents):
            gap = last
        else:
            gap = self._new_gap()
            self._items.append(gap)
        self._count_drop(gap)

    def _new_gap(self) -> _DroppedEvents:
        self._gaps += 1
        return _DroppedEvents()

    def _count_drop(self, gap: _DroppedEvents | None = None) -> None:
        self.dropped += 1
        self._unlogged += 1
        if gap is not None:
            gap.count += 1
        if self._throttle.permit():
            _log.warning(
                "%s has %d events waiting, as many as its backlog allows (%s); dropped: %d",
                self._subscriber, self._backlog.limit, self._backlog.overflow, self._unlogged,
            )  # fmt: skip
            self._unlogged = 0

    def _log_if_empty(self) -> None:
        """Log the drops that no line counts yet, once the subscriber has caught up."""
        if self._waiting == 0 and self._throttle.permit():
            _log.warning("%s has caught up; dropped since the last line: %d", self._subscriber, self._unlogged)
            self._unlogged = 0
