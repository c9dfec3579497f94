"""The deadlines of the actions in flight, with one timer for all.

Nearly every action is answered long before its deadline. So an action only records its deadline, and the timer is set
to the earliest one. It is moved for an earlier deadline, but not when the action that it is set for is answered.
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
"""How many outdated entries the heap may hold, beyond twice the number of deadlines, before it is rebuilt."""


class Deadlines:
    """Deadlines, one for each action.

    Args:
        on_expired: Called with an action and its timeout in seconds when it has expired.
        loop: The event loop.
    """

    __slots__ = ("_ends", "_loop", "_next", "_on_expired", "_running", "_timer")

    def __init__(self, on_expired: Callable[[Exchange, float], None], loop: asyncio.AbstractEventLoop) -> None:
        self._on_expired: Final = on_expired
        self._loop: Final = loop
        self._running: Final[dict[str, tuple[float, Exchange, float]]] = {}
        # By ActionID: an exchange would keep its answer in memory long after that was returned.
        self._ends: list[tuple[float, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._next = math.inf

    def __len__(self) -> int:
        """How many deadlines there are."""
        return len(self._running)

    @property
    def last(self) -> float:
        """The last deadline, by the clock of the event loop; 0 if there is none."""
        return max((end for end, _, _ in self._running.values()), default=0.0)

    def begin(self, exchange: Exchange, timeout: float) -> None:
        """Start or restart the timeout of an action.

        Args:
            exchange: The action.
            timeout: Its timeout, in seconds.
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
        """Remove the deadline of an action, if it has one.

        Args:
            exchange: The action.
        """
        running = self._running.get(exchange.action_id)
        # Once it is answered, another action may have its ActionID.
        if running is not None and running[1] is exchange:
            del self._running[exchange.action_id]

    def close(self) -> None:
        """Remove all deadlines."""
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
                self._on_expired(*running[1:])
