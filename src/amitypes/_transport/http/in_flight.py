"""The actions in flight over HTTP: how many at a time, for how long, and what ends all of them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import ActionTimeout, ConnectionLost
from amitypes._transport.errors import outcome_unknown, timed_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amitypes._transport.http.request import ActionRequest

__all__ = ["MAX_IN_FLIGHT", "InFlight"]

MAX_IN_FLIGHT: Final = 20
"""Actions in flight at a time; http.conf's sessionlimit (100 unless set) cuts off a client with more connections."""


class InFlight:
    """The actions in flight on one server.

    Args:
        where: The server's address, for errors.
        limit: How many actions may be in flight at a time; default: 20.
    """

    def __init__(self, where: str, limit: int = MAX_IN_FLIGHT) -> None:
        self._where = where
        self._slots = asyncio.Semaphore(limit)
        # Streamed lists have slots of their own: while one lasts, other actions may have to be sent for it to go on.
        self._list_slots = asyncio.Semaphore(limit)
        self._timeouts: set[asyncio.Timeout] = set()
        self._cancelled_because = ""

    @property
    def busy_until(self) -> float:
        """The last timeout of the actions in flight while there are as many as may be, else 0."""
        if not self._slots.locked():
            return 0.0
        return max((timeout.when() or 0.0 for timeout in self._timeouts), default=0.0)

    def slot(self, *, streamed: bool) -> asyncio.Semaphore:
        """What an action holds while it is in flight.

        Args:
            streamed: Whether its list is streamed.
        """
        return self._list_slots if streamed else self._slots

    @contextmanager
    def timeout(self, request: ActionRequest, seconds: float) -> Iterator[asyncio.Timeout]:
        """A timeout that `cancel_all` can bring forward, and the right error when it expires.

        Args:
            request: The action.
            seconds: How long to wait.

        Yields:
            The timeout, to be entered.

        Raises:
            ActionTimeout: It has expired.
            OutcomeUnknown: The connection has ended, and the action was sent.
            ConnectionLost: The connection has ended before the action was sent.
        """
        timeout = asyncio.timeout(seconds)
        self._timeouts.add(timeout)
        try:
            yield timeout
        except TimeoutError:
            action, why = request.exchange.action, self._cancelled_because
            if why and request.sent:
                raise outcome_unknown(request.exchange, why) from None
            if why:
                msg = f"{action}: {why}. Nothing was sent"
                raise ConnectionLost(msg) from None
            if request.sent:
                raise timed_out(request.exchange, seconds) from None
            msg = f"{action}: not even sent within {seconds:g} s, for want of a connection to {self._where}"
            raise ActionTimeout(msg, action=action) from None
        finally:
            self._timeouts.discard(timeout)

    def restart(self, timeout: asyncio.Timeout, seconds: float | None) -> None:
        """Restart a timeout, unless it has expired or was brought forward.

        Args:
            timeout: The timeout.
            seconds: How long from now; None suspends it.
        """
        if not self._cancelled_because and not timeout.expired():
            timeout.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    def cancel_all(self, why: str) -> None:
        """End every action in flight now: no answer will come.

        Args:
            why: What happened to the connection.
        """
        self._cancelled_because = self._cancelled_because or why
        for timeout in self._timeouts:
            if not timeout.expired():
                timeout.reschedule(0)
