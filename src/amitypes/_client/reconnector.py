"""Reopens a lost connection, attempt after attempt."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost
from amitypes._transport.login_errors import is_retryable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from amitypes._client.reconnect_settings import Reconnect

__all__ = ["Reconnector"]

_log = logging.getLogger("amitypes")


class Reconnector:
    """Retries a connection, with a delay before each attempt.

    It serves for one event loop. The delays grow across losses, until a connection was stable.

    Args:
        address: The server's address, for messages.
        settings: The delays, and when to give up.

    Attributes:
        settings: The settings.
    """

    def __init__(self, address: str, settings: Reconnect) -> None:
        self.settings: Final = settings
        self._address = address
        self._delays = settings.delays()
        self._retry_now = asyncio.Event()

    def prepare(self, *, was_stable: bool) -> None:
        """Prepare for `run`; a `retry_now` from here on is not lost.

        Args:
            was_stable: Whether the lost connection was stable, so that the delays start again.
        """
        if was_stable:
            self._delays = self.settings.delays()
        self._retry_now.clear()

    def retry_now(self) -> None:
        """Make the next attempt at once, and start the delays again."""
        self._retry_now.set()

    async def run(self, connect: Callable[[], Awaitable[object]], cause: Exception | None) -> None:
        """Try to connect until it succeeds.

        Args:
            connect: Makes one attempt.
            cause: Why the connection was lost.

        Raises:
            AuthenticationError: The server refuses the login for good.
            ConnectionLost: The attempts took as long as the settings allow.
        """
        last = cause
        limit = asyncio.timeout(self.settings.give_up)
        try:
            async with limit:
                while True:
                    await self._wait_for_delay()
                    try:
                        await connect()
                    except AuthenticationError as error:
                        if not is_retryable(error):
                            raise
                        last = error
                    except AMIError as error:
                        last = error
                    except Exception as error:
                        # A bug in amitypes must not end the attempts.
                        _log.exception("Reconnecting to %s failed", self._address)
                        last = error
                    else:
                        return
                    _log.debug("Not connected to %s again: %s", self._address, last)
        except TimeoutError:
            if not limit.expired():
                raise
            msg = f"Not connected to {self._address} again within {self.settings.give_up:g} s: {last}"
            raise ConnectionLost(msg) from last

    async def _wait_for_delay(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(next(self._delays)):
                await self._retry_now.wait()
        if self._retry_now.is_set():
            self._retry_now.clear()
            self._delays = self.settings.delays()
