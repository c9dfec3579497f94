"""The socket under AMI's TCP: connecting, and writing to a connection that is no more."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

from amitypes._transport.socket import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._transport.socket import Socket

PIECES = [b"Action: Ping\r\n", b"\r\n"]
RESET = struct.pack("ii", 1, 0)


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def refusing() -> int:
    """A port without a listener."""
    with listening() as server:
        port: int = server.getsockname()[1]
    return port


def known_as(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Have a name server know these addresses of every host."""

    async def getaddrinfo(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    "write",
    [lambda made: made.send(b"".join(PIECES)), lambda made: made.sendmsg(PIECES)],
    ids=["send", "sendmsg"],
)
async def test_a_write_to_a_broken_connection_is_dropped(write: Callable[[Socket], int]) -> None:
    with listening() as server, await connect(*server.getsockname()) as made:
        peer, _ = server.accept()
        assert write(made) == 16
        assert made.broken is None
        peer.sendall(b"the last words")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
        assert [write(made), write(made)] == [16, 16]
        assert isinstance(made.broken, ConnectionError)
        assert made.recv(100) == b"the last words"
        assert made.recv(100) == b""


async def test_a_full_buffer_is_no_broken_connection() -> None:
    with listening() as server, await connect(*server.getsockname()) as made:
        with pytest.raises(BlockingIOError):
            sum(made.send(b"x" * 65536) for _ in range(10_000))
        assert made.broken is None


async def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        known_as(monkeypatch, refusing(), port)
        with await connect("pbx", 1) as made:
            assert made.getpeername() == ("127.0.0.1", port)


async def test_an_error_names_every_address_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = refusing(), refusing()
    known_as(monkeypatch, one)
    with pytest.raises(ConnectionRefusedError):
        await connect("pbx", 1)
    known_as(monkeypatch, one, other)
    with pytest.raises(OSError, match=rf"{one}.*; .*{other}"):
        await connect("pbx", 1)
    known_as(monkeypatch)
    with pytest.raises(OSError, match="pbx has no address"):
        await connect("pbx", 1)
