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

    As on Asterisk, events that occur while an action is carried out are sent after its answer.

    Args:
        state: What all connections share.
        reader: Reads from the client.
        writer: Writes to the client.

    Attributes:
        username: The user who is logged in; None before the login.
        event_mask: The classes of the events that the client wants; None for all.
        challenge: The challenge for an MD5 login; None until the client asks for one.
        closing: Whether to close the connection after the current answer.
    """

    def __init__(self, state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.state: Final = state
        self.username: str | None = None
        self.event_mask: frozenset[str] | None = None
        self.challenge: str | None = None
        self.closing = False
        self._reader = reader
        self._writer = writer
        self._busy = False
        self._deferred_events: list[bytes] = []
        self._unsent: list[bytes] = []

    async def serve(self) -> None:
        """Send the greeting, then answer actions until the connection is closed."""
        if self.state.refuse_connections:
            return
        self.write(f"{self.state.banner}\r\n".encode())
        framer = Framer()
        while data := await self._reader.read(_CHUNK):
            for message in framer.feed(data):
                await self.state.running.wait()
                await self._carry_out(ReceivedAction(message.frame))
                await self._writer.drain()
                if self.closing:
                    return

    def send_event(self, name: str, privilege: str, headers: Headers) -> None:
        """Send an event if the client is logged in and wants events of these classes.

        Args:
            name: The event's name.
            privilege: Its classes, such as ``call,all``; empty for an event that every client gets.
            headers: Its other headers.
        """
        classes = {word for word in privilege.split(",") if word not in {"", "all"}}
        if self.username is None or (self.event_mask is not None and not classes <= self.event_mask):
            return
        event = encode([("Event", name), *([("Privilege", privilege)] if privilege else []), *headers])
        if self._busy:
            self._deferred_events.append(event)
        else:
            self.write(event)

    def write(self, data: bytes) -> None:
        """Send bytes as they are.

        Args:
            data: The bytes.
        """
        if not self.state.running.is_set():
            self._unsent.append(data)
        elif not self._writer.is_closing():
            self._writer.write(data)

    def flush(self) -> None:
        """Send what was held back while the server was stalled."""
        unsent, self._unsent = self._unsent, []
        for data in unsent:
            self.write(data)

    def close(self) -> None:
        """Close the connection abruptly."""
        self._writer.close()

    async def _carry_out(self, action: ReceivedAction) -> None:
        self.state.record(action)
        self._busy = True
        try:
            answer = await self._answer(action)
        finally:
            self._busy = False
        for message in answer:
            self.write(encode(echo_action_id(message, action.get("ActionID"))))
        events, self._deferred_events = self._deferred_events, []
        for event in events:
            self.write(event)

    async def _answer(self, action: ReceivedAction) -> list[Headers]:
        if problem := _malformed(action):
            return [error(problem)]
        name = action.name
        if self.username is None and name.lower() not in WITHOUT_LOGIN:
            return [error("Permission denied")]
        if handler := self.state.handler(name):
            return await _call_handler(handler, action)
        if known := BUILT_IN.get(name.lower()):
            return await known.respond(self, action)
        return [error(f"Invalid/unknown command: {name}. Use Action: ListCommands to show available commands.")]


def _malformed(action: ReceivedAction) -> str:
    """Asterisk's error for an action that it can't parse; empty for any other."""
    if len(action.headers) > MAX_HEADERS:
        return "Too many lines in message or allocation failure"
    if any(len(line.rstrip(b"\r")) > MAX_LINE for line in action.frame.split(b"\n")):
        return "Failed to parse message: line too long"
    return "" if action.name else "Missing action in request"


async def _call_handler(handler: Handler, action: ReceivedAction) -> list[Headers]:
    try:
        replies = handler(action)
        return [to_headers(reply) for reply in (await replies if inspect.isawaitable(replies) else replies)]
    except Exception as problem:
        # Without an answer the test would hang instead of failing.
        _log.exception("The handler of %s failed", action.name)
        return [error(f"The handler of {action.name} failed: {problem!r}")]
