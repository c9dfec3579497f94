"""A TCP connection that can be read to its end, also after a write has failed."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

__all__ = ["Socket", "connect"]


class Socket(socket.socket):
    """A socket of which only reading tells that its connection has broken.

    asyncio gives a connection up as soon as a write fails, as after a reset, whatever waits to be read by then: events
    and answers, which the kernel still has, and which over TLS only asyncio can decrypt. So writing to a connection
    that is no more fails in silence, and who reads comes to its end, after all that had arrived.

    Attributes:
        broken: What writing has failed with; None while it hasn't.
    """

    broken: OSError | None = None

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        """Send bytes, or drop them where the connection is no more."""
        try:
            return super().send(data, flags)
        except (ConnectionError, TimeoutError) as error:
            self.broken = error
            return memoryview(data).nbytes

    def sendmsg(self, buffers: Iterable[Buffer], *args: object) -> int:
        """The same for several pieces: how asyncio writes since Python 3.12."""
        pieces = list(buffers)
        try:
            return super().sendmsg(pieces, *args)  # type: ignore[arg-type]  # passed on
        except (ConnectionError, TimeoutError) as error:
            self.broken = error
            return sum(memoryview(piece).nbytes for piece in pieces)


async def connect(host: str, port: int) -> Socket:
    """Connect to the first of a host's addresses that takes it.

    Args:
        host: The server's name or address.
        port: Its port.

    Returns:
        The connected socket.

    Raises:
        OSError: None of the addresses can be reached, or there is none.
        UnicodeError: No name server could know the host.
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
