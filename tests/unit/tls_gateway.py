"""A TLS proxy before a server, as stunnel or nginx are: unlike asyncio, it says what it dislikes of a client."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def tls_gateway(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Serve TLS on a free port of 127.0.0.1, which it gives, and pass on to a port without TLS what comes in it."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []
    open_sockets: list[socket.socket] = []

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), plain:
            plain.settimeout(10)
            with context.wrap_socket(plain, server_side=True) as inside:
                open_sockets.append(inside)
                with socket.create_connection(("127.0.0.1", port), timeout=10) as outside:
                    _pump(inside, outside)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for connection in open_sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def _pump(inside: ssl.SSLSocket, outside: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(inside, selectors.EVENT_READ, outside)
        selector.register(outside, selectors.EVENT_READ, inside)
        while True:
            for key, _ in selector.select(10):
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    data += source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
