"""A handler, and the task that calls it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from amitypes._events.queue import Queue
from amitypes._events.subscription import Interest, Subscription
from amitypes._protocol.message import RawMessage

__all__ = ["Handler"]

_log = logging.getLogger("amitypes")

T = TypeVar("T")


class Handler(Subscription, Generic[T]):
    """Calls a function for each event, one after another, in a task of its own that lasts while there are any.

    Args:
        interest: Which events.
        queue: What waits for the function.
        read: Makes of an event what the function takes.
        call: The function.
        failed: Takes what the function raises.
    """

    def __init__(
        self,
        interest: Interest,
        queue: Queue[RawMessage],
        read: Callable[[RawMessage], T],
        call: Callable[[T], Awaitable[None]],
        failed: Callable[[BaseException, RawMessage], None],
    ) -> None:
        super().__init__(interest, queue)
        self._read = read
        self._call = call
        self._failed = failed
        self._task: asyncio.Task[None] | None = None
        queue.wake = self._start
        queue.fail = failed

    async def finish(self, timeout: float, caller: asyncio.Task[object] | None) -> None:
        """Wait until every event has been handled, unless the handler itself asks; after `timeout` seconds, give up."""
        task = self._task
        if task is None or task.done() or task is caller:
            return
        _, busy = await asyncio.wait({task}, timeout=timeout)
        if busy:
            _log.warning("A handler of events was still busy %s s after the client was closed: cancelled", timeout)
            # What it didn't get to is of a connection that has gone.
            self._queue.clear()
            task.cancel()
            await asyncio.wait({task})

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="amitypes-handler")
        self._task.add_done_callback(self._ended)

    async def _run(self) -> None:
        queue, read, call = self._queue, self._read, self._call
        while (event := queue.take()) is not None:
            try:
                await call(read(event))
            except Exception as error:
                # One handler's fault is nobody else's: neither the reader's nor the next event's.
                self._failed(error, event)
            except asyncio.CancelledError as error:
                if self._task is None or self._task.cancelling():
                    raise
                # Not the handler was cancelled, but what it waited for.
                self._failed(error, event)
        queue.asleep = True

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Have the next event start a task again, also where this one was cancelled, perhaps before it began."""
        if task is self._task:
            self._queue.asleep = True
