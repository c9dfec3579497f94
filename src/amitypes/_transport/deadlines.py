"""The time limits of actions in flight, by one timer for all.

Nearly every action is answered long before its time is over: so an action only leaves note of its end, and the timer is
for whichever ends first. It is moved when another one ends before that, but not when that one is answered.
"""

from __future__ import annotations

import math
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from amitypes._protocol.exchange import Exchange

__all__ = ["Deadlines"]

_SPARE: Final = 64
"""So many ends that count no more may be noted, and twice as many as do count, before they are dropped."""


class Deadlines:
    """Time limits, each for an action.

    Args:
        over: Called with an action and its time limit in seconds, once that is over.
        loop: The event loop.
    """

    __slots__ = ("_ends", "_loop", "_next", "_over", "_running", "_timer")

    def __init__(self, over: Callable[[Exchange, float], None], loop: asyncio.AbstractEventLoop) -> None:
        self._over: Final = over
        self._loop: Final = loop
        self._running: Final[dict[str, tuple[float, Exchange, float]]] = {}
        # By ActionID, as an exchange would hold its answer here for long after that was taken.
        self._ends: list[tuple[float, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._next = math.inf

    def __len__(self) -> int:
        """How many there are."""
        return len(self._running)

    @property
    def last(self) -> float:
        """When the last of them ends, by the clock of the event loop; 0 where there is none."""
        return max((end for end, _, _ in self._running.values()), default=0.0)

    def begin(self, exchange: Exchange, timeout: float) -> None:
        """Begin the time limit of an action, perhaps anew.

        Args:
            exchange: The action.
            timeout: Its time limit, in seconds.
        """
        end = self._loop.time() + timeout
        self._running[exchange.action_id] = end, exchange, timeout
        if len(self._ends) > _SPARE + 2 * len(self._running):
            self._ends = [(end, action_id) for action_id, (end, _, _) in self._running.items()]
            heapify(self._ends)
        else:
            heappush(self._ends, (end, exchange.action_id))
        if self._timer is None or end < self._next:
            self._wake_at(end)

    def end(self, exchange: Exchange) -> None:
        """Forget the time limit of an action, if it has one.

        Args:
            exchange: The action.
        """
        running = self._running.get(exchange.action_id)
        # Once it is answered, another action may have its ActionID.
        if running is not None and running[1] is exchange:
            del self._running[exchange.action_id]

    def close(self) -> None:
        """Forget them all."""
        self._running.clear()
        self._ends.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake_at(self, end: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next = end
        self._timer = self._loop.call_at(end, self._wake)

    def _wake(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._ends:
            end, action_id = self._ends[0]
            running = self._running.get(action_id)
            if running is None or running[0] != end:
                heappop(self._ends)
            elif end > now:
                self._wake_at(end)
                break
            else:
                heappop(self._ends)
                self._over(*running[1:])
