"""Plays recordings of what servers sent to the client, and counts what of it the types don't know.

`python -m tests.asterisk.replay FOLDER` does so with every `*.raw` file below a folder: what a server sent over one TCP
connection, byte for byte, from its greeting on. Any Asterisk's will do; the conformance run makes some with
`--record FOLDER`, and so does `nc`. The answers to actions of other clients are left out: which action each belongs to
isn't in them. The items of lists are events, and are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from amitypes import TCPClient
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Kind
from amitypes.events import Event
from tests.asterisk.conformance.observations import Observations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amitypes.runtime import BaseTCPClient

SECONDS: Final = 120.0
"""How long the playing of one recording may take."""
_END: Final = "RecordingEnded"


async def replay(recording: bytes, client_class: type[BaseTCPClient] = TCPClient) -> Observations:
    """Let a client connect to a server that sends a recording, and count all events that it hands to subscribers.

    Args:
        recording: What a server sent, from its greeting on; cut off anywhere.
        client_class: The client: that of amitypes, or of a package generated for one server.

    Returns:
        What came.
    """
    greeting, _, sent = recording.partition(b"\r\n")
    framer = Framer()
    framer.feed(sent)
    whole = sent.removesuffix(framer.buffered)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        actions = Framer()
        writer.write(greeting + b"\r\n")
        login = True
        while data := await reader.read(65536):
            for action in actions.feed(data):
                answer = f"Response: Success\r\nActionID: {action.get('ActionID')}\r\nAsteriskVersion: unknown\r\n\r\n"
                writer.write(answer.encode())
                if not login:
                    continue
                login = False
                writer.write(whole + f"Event: UserEvent\r\nUserEvent: {_END}\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    seen = Observations()
    ended = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        client = client_class("127.0.0.1", port, username="any", password="any", auth="plain")

        @client.on(Event)
        async def count(event: Event) -> None:
            if event.raw.get("UserEvent") == _END:
                ended.set()
            elif event.event:  # what has no name is an answer
                seen.event(event)

        async with client, asyncio.timeout(SECONDS):
            await ended.wait()
    return seen


def events_in(recording: bytes) -> int:
    """How many events a recording has, found without the client's help."""
    messages = Framer().feed(recording.partition(b"\r\n")[2])
    return sum(message.kind is Kind.EVENT for message in messages)


async def _replay_all(files: Sequence[Path], client_class: type[BaseTCPClient]) -> Observations:
    everything = Observations()
    for file in files:
        everything.add(await replay(file.read_bytes(), client_class))
    return everything


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: prints the counts; status 1 when the types don't know something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="where the *.raw files are")
    parser.add_argument("--package", help="a package generated for one server, to replay with instead of amitypes")
    parser.add_argument("--only", default="", metavar="PREFIX", help="only files whose names begin so, such as 20-")
    options = parser.parse_args(arguments)
    folders: list[Path] = options.folders
    client_class = TCPClient if options.package is None else import_module(options.package).TCPClient
    files = sorted({file for folder in folders for file in folder.rglob(f"{options.only}*.raw")})
    if not files:
        parser.error(f"no {options.only}*.raw file below {', '.join(map(str, folders))}")
    seen = asyncio.run(_replay_all(files, client_class))
    print(f"{len(files)} recordings")
    print("\n".join(seen.report()))
    gaps = seen.gaps()
    print("\n".join(["what the types lack or declare wrongly:", *gaps] if gaps else ["all is as declared"]))
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
