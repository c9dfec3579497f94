"""The items of a streamed list, on their way from the transport that receives them to their consumer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._protocol.exchange import Exchange
    from amitypes._protocol.message import Message

__all__ = ["ListChannel"]


class ListChannel:
    """The items of one list as they arrive.

    The timeout is the server's: it restarts whenever something arrives, and is suspended while the transport waits for
    the consumer.

    Args:
        timeout: How long the server may take for the next part of the list, in seconds.

    Attributes:
        restart_timeout: Restarts the transport's timeout, with a number of seconds; None suspends it.
    """

    def __init__(self, timeout: float) -> None:
        self.restart_timeout: Callable[[float | None], None] = _no_timeout
        self._timeout = timeout
        self._exchange: Exchange | None = None
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()

    # For the transport

    def begin(self, exchange: Exchange) -> None:
        """Use an exchange that is about to be sent, perhaps for the second time.

        Args:
            exchange: The action and its answer.
        """
        self._exchange = exchange

    def notify(self) -> None:
        """Wake the consumer, as something has arrived."""
        self.restart_timeout(self._timeout)
        self._changed.set()

    async def wait_for_space(self) -> None:
        """Wait until another item may arrive, where the transport can stop reading."""
        while self._exchange is not None and self._exchange.is_full:
            self.restart_timeout(None)
            self._taken.clear()
            await self._taken.wait()
            self.restart_timeout(self._timeout)

    # For the consumer

    @property
    def response(self) -> Message | None:
        """The response that opened the list; None before it has arrived, or where the server refused."""
        messages = self._exchange.messages if self._exchange is not None else ()
        return messages[0] if messages and not messages[0].is_error else None

    def take(self) -> Message | None:
        """The next item; None where none waits."""
        item = self._exchange.next_item() if self._exchange is not None else None
        self._taken.set()
        return item

    async def wait(self) -> None:
        """Wait until something has arrived."""
        self._changed.clear()
        await self._changed.wait()

    def finish(self) -> None:
        """End a `wait`, as nothing more will arrive."""
        self._changed.set()

    def close(self) -> None:
        """Drop the items that wait, and those still to come."""
        if self._exchange is not None:
            self._exchange.abandoned = True
            self._exchange.buffered.clear()


def _no_timeout(_: float | None) -> None:
    """In place of a transport's timeout before there is one."""
