"""A handler of events, and the task that calls it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from amitypes._events.queue import Queue
from amitypes._events.subscription import EventSelection, Subscription
from amitypes._protocol.message import RawMessage

__all__ = ["Handler"]

_log = logging.getLogger("amitypes")

T = TypeVar("T")


class Handler(Subscription, Generic[T]):
    """Calls a function for each event, one after another, in a task that runs as long as events wait.

    Args:
        selection: The events that the function takes.
        queue: The events that wait for the function.
        decode: Converts an event to the function's argument.
        call: The function.
        on_error: Called with an exception of the function, and the event.
    """

    def __init__(
        self,
        selection: EventSelection,
        queue: Queue[RawMessage],
        decode: Callable[[RawMessage], T],
        call: Callable[[T], Awaitable[None]],
        on_error: Callable[[BaseException, RawMessage], None],
    ) -> None:
        super().__init__(selection, queue)
        self._decode = decode
        self._call = call
        self._on_error = on_error
        self._task: asyncio.Task[None] | None = None
        queue.wake = self._start
        queue.on_overflow = on_error

    async def finish(self, timeout: float, caller: asyncio.Task[object] | None) -> None:
        """Wait until every event has been handled; cancel the handler after the timeout.

        Args:
            timeout: How long to wait, in seconds.
            caller: The current task; the handler's own task doesn't wait for itself.
        """
        task = self._task
        if task is None or task.done() or task is caller:
            return
        _, busy = await asyncio.wait({task}, timeout=timeout)
        if busy:
            _log.warning("A handler of events was still busy %s s after the client was closed: cancelled", timeout)
            # The events that still wait are of a connection that is closed.
            self._queue.clear()
            task.cancel()
            await asyncio.wait({task})

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="amitypes-handler")
        self._task.add_done_callback(self._on_done)

    async def _run(self) -> None:
        queue, decode, call = self._queue, self._decode, self._call
        while (event := queue.take()) is not None:
            try:
                await call(decode(event))
            except Exception as error:
                # An error of one handler affects neither the reader nor the next event.
                self._on_error(error, event)
            except asyncio.CancelledError as error:
                if self._task is None or self._task.cancelling():
                    raise
                # Something that the handler awaited was cancelled, not the handler itself.
                self._on_error(error, event)
        queue.consumer_idle = True

    def _on_done(self, task: asyncio.Task[None]) -> None:
        """Let the next event start a task again, also where this one was cancelled before its first step."""
        if task is self._task:
            self._queue.consumer_idle = True
