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
"""Sent after the flood: a client that has received it has received everything."""

_BANNER = b"Asterisk Call Manager/11.0.0\r\n"
_EPOCH, _CHANNEL = b"17954", b"-0000"
_LIFETIME = 600.0
_BUFFER = 1 << 20
_ACTION_ID = re.compile(rb"(?im)^actionid: *([^\r\n]*)")
_ANSWERS = {
    b"action: ping": b"Response: Success\r\n%bPing: Pong\r\nTimestamp: 1763920000.123456\r\n\r\n",
    b"action: challenge": b"Response: Success\r\n%bChallenge: 1\r\n\r\n",
    b"action: logoff": b"Response: Goodbye\r\n%bMessage: Thanks for all the fish.\r\n\r\n",
    b"action: login": b"Response: Success\r\n%bMessage: Authentication accepted\r\n\r\n"
    b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 1\r\nLastReload: 1\r\nStatus: Fully Booted\r\n\r\n",
}
"""By the action's first line; each has a place for the ActionID."""


@cache
def recorded() -> tuple[bytes, ...]:
    """The recorded events, each with its blank line."""
    stream = lzma.decompress(RECORDING.read_bytes())
    return tuple(frame + b"\r\n\r\n" for frame in stream.split(b"\r\n\r\n") if frame)


def flood(count: int) -> Iterator[bytes]:
    """So many events, in pieces of many: the recording, over and over, each time with other calls.

    Channels and ids differ in each round, so that a cache of values that never repeat gives no advantage.
    """
    events = recorded()
    for number, start in enumerate(range(0, count, len(events))):
        piece = b"".join(events[: count - start])
        yield piece.replace(_EPOCH, b"%05d" % (int(_EPOCH) + number)).replace(_CHANNEL, b"-%04x" % number)


def hangups(count: int) -> int:
    """How many of so many events are a Hangup."""
    events = recorded()
    rounds, rest = divmod(count, len(events))
    return sum((rounds + (place < rest)) * event.startswith(b"Event: Hangup\r\n") for place, event in enumerate(events))


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
    """Accept a client with any secret, answer what it asks first, and play the flood once it says `Play`."""
    with connection, contextlib.suppress(OSError):
        connection.sendall(_BANNER)
        rest = b""
        while data := connection.recv(_BUFFER):
            *asked, rest = (rest + data).split(b"\r\n\r\n")
            connection.sendall(b"".join(map(_answer, asked)))
            for _ in range(sum(b"userevent: play" in action.lower() for action in asked)):
                for piece in pieces:
                    connection.sendall(piece)
                connection.sendall(LAST)


def _answer(action: bytes) -> bytes:
    action_id = _ACTION_ID.search(action)
    tag = b"ActionID: " + action_id[1] + b"\r\n" if action_id else b""
    name = action.partition(b"\r\n")[0].lower()
    return _ANSWERS.get(name, b"Response: Success\r\n%bMessage: Done\r\n\r\n") % tag


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
