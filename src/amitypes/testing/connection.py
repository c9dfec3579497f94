"""One client's connection to a fake Asterisk."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Final

from amitypes._protocol.encoding import encode
from amitypes._protocol.framing import Framer
from amitypes._protocol.validation import MAX_HEADERS, MAX_LINE
from amitypes.testing.builtin import BUILT_IN, WITHOUT_LOGIN
from amitypes.testing.messages import ReceivedAction, echo_action_id, error, to_headers

if TYPE_CHECKING:
    import asyncio

    from amitypes._protocol.types import Headers
    from amitypes.testing.messages import Handler
    from amitypes.testing.state import State

__all__ = ["Connection"]

_log = logging.getLogger("amitypes.testing")

_CHUNK: Final = 64 * 1024


class Connection:
    """One client's connection: reads its actions and answers them one after another.

    As on Asterisk, events that come up while an action is carried out are sent after its answer.

    Args:
        state: What all connections share.
        reader: What the client sends.
        writer: What it gets.

    Attributes:
        username: Who is logged in; None before the login.
        mask: The classes of the events that the client wants; None for all.
        challenge: The challenge that the client asked for; None if it didn't.
        leaving: Whether to close the connection after the answer that is under way.
    """

    def __init__(self, state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.state: Final = state
        self.username: str | None = None
        self.mask: frozenset[str] | None = None
        self.challenge: str | None = None
        self.leaving = False
        self._reader = reader
        self._writer = writer
        self._busy = False
        self._held: list[bytes] = []
        self._unsaid: list[bytes] = []

    async def serve(self) -> None:
        """Greet, then answer until the client leaves or is made to."""
        if self.state.full:
            return
        self.write(f"{self.state.banner}\r\n".encode())
        framer = Framer()
        while data := await self._reader.read(_CHUNK):
            for message in framer.feed(data):
                await self.state.speaking.wait()
                await self._carry_out(ReceivedAction(message.frame))
                await self._writer.drain()
                if self.leaving:
                    return

    def send_event(self, name: str, privilege: str, headers: Headers) -> None:
        """Send an event if the client is logged in and wants events of these classes.

        Args:
            name: The event's name.
            privilege: Its classes, such as ``call,all``; empty for an event that everybody gets.
            headers: Its other headers.
        """
        classes = {word for word in privilege.split(",") if word not in {"", "all"}}
        if self.username is None or (self.mask is not None and not classes <= self.mask):
            return
        event = encode([("Event", name), *([("Privilege", privilege)] if privilege else []), *headers])
        if self._busy:
            self._held.append(event)
        else:
            self.write(event)

    def write(self, data: bytes) -> None:
        """Send bytes as they are.

        Args:
            data: The bytes.
        """
        if not self.state.speaking.is_set():
            self._unsaid.append(data)
        elif not self._writer.is_closing():
            self._writer.write(data)

    def flush(self) -> None:
        """Send what was to be sent during a silence."""
        unsaid, self._unsaid = self._unsaid, []
        for data in unsaid:
            self.write(data)

    def close(self) -> None:
        """Cut the connection without a word."""
        self._writer.close()

    async def _carry_out(self, action: ReceivedAction) -> None:
        self.state.note(action)
        self._busy = True
        try:
            answer = await self._answer(action)
        finally:
            self._busy = False
        for message in answer:
            self.write(encode(echo_action_id(message, action.get("ActionID"))))
        held, self._held = self._held, []
        for event in held:
            self.write(event)

    async def _answer(self, action: ReceivedAction) -> list[Headers]:
        if fault := _malformed(action):
            return [error(fault)]
        name = action.name
        if self.username is None and name.lower() not in WITHOUT_LOGIN:
            return [error("Permission denied")]
        if handler := self.state.handler(name):
            return await _ask(handler, action)
        if known := BUILT_IN.get(name.lower()):
            return await known.respond(self, action)
        return [error(f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands.")]


def _malformed(action: ReceivedAction) -> str:
    """What Asterisk says of an action that it can't read; empty for one that it can."""
    if len(action.headers) > MAX_HEADERS:
        return "Too many lines in message or allocation failure"
    if any(len(line.rstrip(b"\r")) > MAX_LINE for line in action.frame.split(b"\n")):
        return "Failed to parse message: line too long"
    return "" if action.name else "Missing action in request"


async def _ask(handler: Handler, action: ReceivedAction) -> list[Headers]:
    try:
        replies = handler(action)
        return [to_headers(reply) for reply in (await replies if inspect.isawaitable(replies) else replies)]
    except Exception as fault:
        # The test's client has to see this, or the test would hang instead of failing.
        _log.exception("The handler of %s failed", action.name)
        return [error(f"The handler of {action.name} failed: {fault!r}")]
