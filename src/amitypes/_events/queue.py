"""What waits for one subscriber: a queue with a limit, and a rule for what becomes of the event that is too many."""

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

_LOG_PAUSE: Final = 10.0
"""Seconds between two lines about one subscriber: who swings about its limit mustn't flood the log."""


T = TypeVar("T")


class OverflowBudget:
    """How many events may wait beyond the limits of those who let them.

    Args:
        size: The number, for all together.
    """

    __slots__ = ("free",)

    def __init__(self, size: int) -> None:
        self.free: int = size


class _Gap:
    """Stands in a queue where events were dropped."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


def _nobody(*_: object) -> None:
    """Takes what nobody wants to know."""


class Queue(Generic[T]):
    """What waits for one subscriber.

    Args:
        backlog: The limit and the rule.
        room: Where more may wait.
        whose: The subscriber, for the log.
        gap: Makes what stands for a number of dropped events; may say None.
        clock: Tells the time in seconds, for the log.

    Attributes:
        wake: Called with an item's coming where whoever takes them is `asleep`.
        asleep: Whether whoever takes items wants to be told of the next one; told once.
        fail: Called with the error that ends the subscription and the item that there was no room for.
        dropped: How many events were dropped.
        overflow: That error, once there is one.
    """

    def __init__(
        self,
        backlog: Backlog,
        room: OverflowBudget,
        whose: str,
        gap: Callable[[int], T | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wake: Callable[[], object] = _nobody
        self.asleep: bool = True
        self.fail: Callable[[QueueOverflow, T], None] = _nobody
        self.dropped: int = 0
        self.overflow: QueueOverflow | None = None
        self._backlog: Final = backlog
        self._limit = backlog.limit
        self._room = room
        self._whose = whose
        self._gap = gap
        self._items: deque[T | _Gap] = deque()
        self._gaps = 0
        self._clock = clock
        self._logged = 0
        self._silent_until = -inf

    def __bool__(self) -> bool:
        """Whether anything is to be taken."""
        return bool(self._items)

    def put(self, item: T) -> None:
        """Add an item, or do what is to be done where there is no room for it.

        Args:
            item: The item.
        """
        items = self._items
        if len(items) < self._limit or self._make_room(item):
            items.append(item)
            if self.asleep:
                self.asleep = False
                self.wake()

    def take(self) -> T | None:
        """The next item; None where there is none.

        Returns:
            The item, or what stands for a gap.
        """
        items = self._items
        while items:
            item = items.popleft()
            if isinstance(item, _Gap):
                self._gaps -= 1
                if (told := self._gap(item.count)) is not None:
                    return told
                continue
            if len(items) >= self._limit:
                self._leave_room()
            if self.dropped != self._logged:
                self._log_end()
            return item
        self._log_end()
        return None

    def clear(self) -> None:
        """Forget what waits."""
        if self._backlog.overflow == "wait":
            self._room.free += max(0, self._waiting - self._limit)
        self._items.clear()
        self._gaps = 0

    def close(self) -> None:
        """Forget what waits, and take nothing more."""
        self.clear()
        self._limit = 0

    def __del__(self) -> None:
        """Leave the room to others, also where nobody took what waited."""
        self.clear()

    @property
    def _waiting(self) -> int:
        return len(self._items) - self._gaps

    def _make_room(self, item: T) -> bool:
        """Do what is to be done before an item is added that may be too many; says whether it is added then."""
        if self._limit == 0:
            return False
        if self._waiting < self._limit:
            return True
        match self._backlog.overflow:
            case "drop_oldest":
                self._drop_oldest()
            case "wait" if self._room.free > 0:
                self._room.free -= 1
            case "raise":
                self._note_drop()
                msg = (
                    f"{self._whose} had {self._waiting} events waiting, as many as its backlog allows, and one "
                    f"more came. Take events faster, ask for fewer, or give it another Backlog."
                )
                self.overflow = QueueOverflow(msg)
                self._limit = 0
                self.fail(self.overflow, item)
                return False
            case _:
                self._drop_newest()
                return False
        return True

    def _leave_room(self) -> None:
        """Let others have the room of an item that has been taken."""
        if self._backlog.overflow == "wait" and self._waiting >= self._limit:
            self._room.free += 1

    def _drop_oldest(self) -> None:
        first = self._items.popleft()
        if isinstance(first, _Gap):
            self._items.popleft()  # two gaps never follow each other
            gap = first
        else:
            gap = self._new_gap()
        self._items.appendleft(gap)
        self._note_drop(gap)

    def _drop_newest(self) -> None:
        last = self._items[-1]
        if isinstance(last, _Gap):
            gap = last
        else:
            gap = self._new_gap()
            self._items.append(gap)
        self._note_drop(gap)

    def _new_gap(self) -> _Gap:
        self._gaps += 1
        return _Gap()

    def _note_drop(self, gap: _Gap | None = None) -> None:
        self.dropped += 1
        if gap is not None:
            gap.count += 1
        if self._may_log():
            _log.warning(
                "%s has %d events waiting, as many as its backlog allows (%s); dropped: %d",
                self._whose, self._backlog.limit, self._backlog.overflow, self._unlogged(),
            )  # fmt: skip

    def _log_end(self) -> None:
        """Tell of the drops that no line tells of yet, when the subscriber has caught up."""
        if self._waiting == 0 and self.dropped != self._logged and self._may_log():
            _log.warning("%s has caught up; dropped since the last line: %d", self._whose, self._unlogged())

    def _may_log(self) -> bool:
        now = self._clock()
        if now < self._silent_until:
            return False
        self._silent_until = now + _LOG_PAUSE
        return True

    def _unlogged(self) -> int:
        """How many drops a line is to tell of, which from then on are told."""
        count, self._logged = self.dropped - self._logged, self.dropped
        return count
