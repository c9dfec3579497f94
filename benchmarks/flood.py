"""The recorded flood, and a server that plays it as fast as the other side reads: in a process of its own.

`python -m benchmarks.flood N` prints its port, lets every client in, and plays N events to each.
"""

from __future__ import annotations

import contextlib
import lzma
import re
import socket
import sys
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.processes import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

RECORDING = Path(__file__).parent / "data" / "flood.raw.xz"
LAST = b"Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\n"
"""Comes after the flood: who sees it has seen all."""

_BANNER = b"Asterisk Call Manager/11.0.0\r\n"
_EPOCH, _CHANNEL = b"17954", b"-0000"
_LIFETIME = 600.0
_BUFFER = 1 << 20


@cache
def recorded() -> tuple[bytes, ...]:
    """The recorded events, each with its blank line."""
    stream = lzma.decompress(RECORDING.read_bytes())
    return tuple(frame + b"\r\n\r\n" for frame in stream.split(b"\r\n\r\n") if frame)


def flood(count: int) -> Iterator[bytes]:
    """So many events, in pieces of many: the recording, over and over, each time with other calls.

    Channels and ids are others in each round, so that nobody gains by remembering what never comes again.
    """
    events = recorded()
    for number, start in enumerate(range(0, count, len(events))):
        piece = b"".join(events[: count - start])
        yield piece.replace(_EPOCH, b"%05d" % (int(_EPOCH) + number)).replace(_CHANNEL, b"-%04x" % number)


def server(count: int) -> AbstractContextManager[int]:
    """Run the server in a process of its own; gives its port on 127.0.0.1."""
    return serving("benchmarks.flood", count)


def _serve(count: int) -> None:
    pieces = list(flood(count))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_LIFETIME)
        print(listener.getsockname()[1], flush=True)
        with contextlib.suppress(TimeoutError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=_play, args=(connection, pieces), daemon=True).start()


def _play(connection: socket.socket, pieces: list[bytes]) -> None:
    """Let a client in whatever its secret, answer what it asks first, and play the flood once it says `Play`."""
    with connection, contextlib.suppress(OSError):
        connection.sendall(_BANNER)
        received = b""
        while data := connection.recv(_BUFFER):
            received += data
            while b"\r\n\r\n" in received:
                action, _, received = received.partition(b"\r\n\r\n")
                connection.sendall(_answer(action + b"\r\n"))
                if b"userevent: play" in action.lower():
                    for piece in pieces:
                        connection.sendall(piece)
                    connection.sendall(LAST)


def _answer(action: bytes) -> bytes:
    action_id = re.search(rb"(?im)^actionid: *(.*)\r\n", action)
    tag = b"ActionID: " + action_id[1] + b"\r\n" if action_id else b""
    if re.match(rb"(?i)action: *challenge", action):
        return b"Response: Success\r\n" + tag + b"Challenge: 1\r\n\r\n"
    if re.match(rb"(?i)action: *logoff", action):
        return b"Response: Goodbye\r\n" + tag + b"Message: Thanks for all the fish.\r\n\r\n"
    message = b"Authentication accepted" if re.match(rb"(?i)action: *login", action) else b"Done"
    booted = (
        b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1\r\nLastReload: 1\r\nStatus: Fully Booted\r\n\r\n"
    )
    return (
        b"Response: Success\r\n"
        + tag
        + b"Message: "
        + message
        + b"\r\n\r\n"
        + (booted if b"accepted" in message else b"")
    )


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
