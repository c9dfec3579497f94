"""Finds out whether a silent server is still there."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from amitypes._protocol.errors import AMIError

if TYPE_CHECKING:
    from amitypes._client.connection import Connection

__all__ = ["Keepalive"]


class Keepalive:
    """Pings a silent server, and ends its connection if no reply comes.

    Args:
        connection: The connection, which is started.
        max_silence: How long the server may send nothing, in seconds; None: any time, without a Ping. The Ping is sent
            after half of it.
    """

    def __init__(self, connection: Connection, max_silence: float | None) -> None:
        self._connection = connection
        self._max_silence = max_silence

    async def run(self) -> None:
        """Watch the connection until it ends, or without a limit until cancelled."""
        if self._max_silence is None:
            await asyncio.Event().wait()
        else:
            await self._watch(self._max_silence)

    async def _watch(self, max_silence: float) -> None:
        loop, transport = asyncio.get_running_loop(), self._connection.transport
        while not self._connection.ended:
            remaining = transport.last_heard + max_silence / 2 - loop.time()
            if remaining > 0:
                await asyncio.sleep(remaining)
                continue
            # A server that is busy with an action, such as an Originate without Async, replies to the Ping after that
            # action. So the timeout of the Ping starts when that of the action is over.
            start = loop.time()
            due = max(start, transport.busy_until) + max_silence / 2
            with suppress(AMIError):
                await transport.exchange([("Action", "Ping")], due - start)
            if transport.last_heard < start and not self._connection.ended:
                silence = loop.time() - transport.last_heard
                transport.give_up(f"no data from the server for {silence:.3g} s, not even a reply to Ping")
                return
