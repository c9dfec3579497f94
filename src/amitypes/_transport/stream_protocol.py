"""Reads a TCP connection, with or without TLS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["StreamProtocol"]

_CHUNK: Final = 64 * 1024


class StreamProtocol(asyncio.BufferedProtocol):
    """Reads a connection until it ends.

    Bytes are passed on as they arrive, without waking a task in between, in chunks small enough to stay in a
    processor's cache together with what is decoded from them.

    Args:
        on_data: Called with the bytes.

    Attributes:
        ended: Done when nothing more is read.
        closed: Done when the connection is gone.
        fault: The error that `on_data` has raised; None if it hasn't.
        error: The error that has broken the connection; None if none has.
    """

    def __init__(self, on_data: Callable[[bytes], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: Final[asyncio.Future[None]] = self._loop.create_future()
        self.closed: Final[asyncio.Future[None]] = self._loop.create_future()
        self.fault: Exception | None = None
        self.error: Exception | None = None
        self._on_data = on_data
        self._buffer = memoryview(bytearray(_CHUNK))
        self._connection: asyncio.Transport | None = None
        self._filled = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._connection = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """The buffer for the next bytes."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on what was put there."""
        if self.ended.done():
            return
        try:
            self._on_data(bytes(self._buffer[:nbytes]))
        except Exception as error:
            self.fault = error
            _finish(self.ended)
        if nbytes == _CHUNK and self._connection is not None:
            # There is more. uvloop reads on at once: pause, so that handlers run in between.
            if self._filled:
                self._connection.pause_reading()
            else:
                self._filled = True
                self._loop.call_soon(self._resume, self._connection)

    def eof_received(self) -> None:
        """End; the connection closes by itself."""
        _finish(self.ended)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, with the reason."""
        self.error = exc
        _finish(self.ended)
        _finish(self.closed)

    def _resume(self, connection: asyncio.Transport) -> None:
        self._filled = False
        connection.resume_reading()


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
