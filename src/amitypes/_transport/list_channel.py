"""What comes of an answer that is streamed, on its way from the transport that brings it to whoever takes it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._protocol.exchange import Exchange
    from amitypes._protocol.message import Message

__all__ = ["ListChannel"]


class ListChannel:
    """The items of one list as they come.

    A transport begins it, tells of news, and ends when the list does. The time limit is for the server: it begins anew
    with whatever comes, and rests while the transport waits for items to be taken.

    Args:
        timeout: How long the server may let wait for the next of it, in seconds.

    Attributes:
        extend: Begins the transport's time limit anew, with so many seconds; None: lets it rest.
    """

    def __init__(self, timeout: float) -> None:
        self.extend: Callable[[float | None], None] = _unlimited
        self._timeout = timeout
        self._exchange: Exchange | None = None
        self._news = asyncio.Event()
        self._taken = asyncio.Event()

    # The transport's side

    def begin(self, exchange: Exchange) -> None:
        """Take note of what is about to be sent, perhaps once more.

        Args:
            exchange: The action and its answer.
        """
        self._exchange = exchange

    def tell(self) -> None:
        """Take note that something has come."""
        self.extend(self._timeout)
        self._news.set()

    async def wait_for_room(self) -> None:
        """Wait until something may come again, where the transport can wait."""
        while self._exchange is not None and self._exchange.full:
            self.extend(None)
            self._taken.clear()
            await self._taken.wait()
            self.extend(self._timeout)

    # The side of whoever takes it

    @property
    def head(self) -> Message | None:
        """The first response, once the server has agreed."""
        messages = self._exchange.messages if self._exchange is not None else ()
        return messages[0] if messages and not messages[0].is_error else None

    def take(self) -> Message | None:
        """The next item; None where none waits."""
        item = self._exchange.next_item() if self._exchange is not None else None
        self._taken.set()
        return item

    async def wait(self) -> None:
        """Wait for the next news."""
        self._news.clear()
        await self._news.wait()

    def wake(self) -> None:
        """End a `wait`, as there will be no more news."""
        self._news.set()

    def close(self) -> None:
        """Let go of what waits."""
        if self._exchange is not None:
            self._exchange.abandoned = True
            self._exchange.waiting.clear()


def _unlimited(_: float | None) -> None:
    """Where no transport has set a limit."""
