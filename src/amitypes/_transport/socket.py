"""A TCP connection that can be read to its end even after a write has failed."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

__all__ = ["Socket", "connect"]


class Socket(socket.socket):
    """A socket that reports a broken connection to its reader only.

    asyncio drops a connection as soon as a write fails, such as after a reset, with everything that could still be
    read: events and answers that the kernel has, and that over TLS only asyncio can decrypt. So a write to a broken
    connection fails silently here, and the reader reaches the end after all that has arrived.

    Attributes:
        broken: The error of the first failed write; None if none has failed.
    """

    broken: OSError | None = None

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        """Send bytes, or drop them if the connection is broken."""
        try:
            return super().send(data, flags)
        except (ConnectionError, TimeoutError) as error:
            self.broken = error
            return memoryview(data).nbytes

    def sendmsg(self, buffers: Iterable[Buffer], *args: object) -> int:
        """The same for several buffers, as asyncio writes since Python 3.12."""
        pieces = list(buffers)
        try:
            return super().sendmsg(pieces, *args)  # type: ignore[arg-type]  # passed on
        except (ConnectionError, TimeoutError) as error:
            self.broken = error
            return sum(memoryview(piece).nbytes for piece in pieces)


async def connect(host: str, port: int) -> Socket:
    """Connect to the first of a host's addresses that accepts the connection.

    Args:
        host: The server's name or address.
        port: Its port.

    Returns:
        The connected socket.

    Raises:
        OSError: None of the addresses can be reached, or there is none.
        UnicodeError: The host is no valid name.
    """
    loop = asyncio.get_running_loop()
    errors: list[OSError] = []
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = Socket(family, kind, protocol)
        try:
            made.setblocking(False)
            await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            errors.append(error)
        except BaseException:
            made.close()
            raise
        else:
            return made
    if len(errors) == 1:
        raise errors[0]
    raise OSError("; ".join(dict.fromkeys(map(str, errors))) or f"{host} has no address")
