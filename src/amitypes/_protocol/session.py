"""One conversation with an Asterisk Manager Interface, without any I/O.

A `Session` takes the bytes that a transport receives and tells which actions they answer and which events they bring.
It gives each action an ActionID, keeps any number of them in flight, and collects lists until they are complete. Events
belong to an action only while it collects a list; all others are for the subscribers, whatever ActionID they carry.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import InvalidActionError, ProtocolError
from amitypes._protocol.exchange import Exchange
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Kind, Message, to_message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._protocol.validation import BLANKS, check, is_trivially_valid, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.types import Headers

__all__ = ["Session", "check_banner"]

_ACTION_ID = re.compile(rb"\nactionid:[ ]?([^\n]*)", re.IGNORECASE)
_USUAL: Final = b"Response: Success\r\nActionID: "
"""How most answers begin."""
_CR: Final = 13
_NEVER_AN_ITEM: Final = frozenset({"originateresponse", "userevent"})
"""Events that may carry our ActionID without being part of an answer."""
_NOTHING: Final[frozenset[bytes]] = frozenset()
_PLAIN: Final = ResponseShape(frozenset())
_BANNER_LIMIT: Final = 1024
_AT_A_TIME: Final = 16


class Session:
    """The client's side of a conversation.

    Args:
        response_shapes: What is declared of the answers of some actions, by action name in lower case.
        banner: Whether the stream begins with Asterisk's greeting (it does over TCP).
        limits: How large a message and an answer may be; default: of any size.
        unwanted: Beginnings of events that nobody wants, as `wire.head` has them; default: none.

    Attributes:
        banner: The greeting's text; None until it has come.
    """

    def __init__(
        self,
        response_shapes: Mapping[str, ResponseShape],
        *,
        banner: bool = True,
        limits: Limits | None = None,
        unwanted: AbstractSet[bytes] = frozenset(),
    ) -> None:
        self.banner: str | None = None if banner else ""
        self._response_shapes = response_shapes
        self._unwanted = unwanted
        self._echoed = False
        self._limits = limits
        self._framer = Framer(limits)
        self._greeting = bytearray()
        self._ids = _unguessable()
        self._pending: dict[str, Exchange] = {}
        self._collecting: set[str] = set()
        self._fences: dict[str, Exchange] = {}

    @property
    def pending(self) -> tuple[Exchange, ...]:
        """The actions in flight, oldest first."""
        return tuple(self._pending.values())

    def begin(
        self, headers: Iterable[tuple[str, str]], *, max_line: int | None, streamed: bool = False
    ) -> tuple[Exchange, Headers]:
        """Put an action in flight.

        Args:
            headers: The action's headers; without an ActionID it is given one.
            max_line: The longest line in bytes that the transport carries; None for no limit.
            streamed: Whether the items of a list are taken as they come; default: False.

        Returns:
            The exchange, and the headers to send.

        Raises:
            InvalidActionError: AMI can't carry these headers, or their ActionID is in flight already.
        """
        ready = list(headers)
        if is_trivially_valid(ready, max_line=max_line):
            action, action_id = ready[0][1], self._next_id()
            ready.insert(1, ("ActionID", action_id))
        else:
            action, action_id, ready = self._prepare(ready, max_line)
        if action_id in self._pending:
            msg = (
                f"{action}: an action with this ActionID is in flight already; let the client choose it, or use another"
            )
            raise InvalidActionError(msg)
        answer = self._response_shapes.get(action.lower(), _PLAIN)
        exchange = Exchange(action, action_id, answer, self._limits, streamed=streamed)
        self._pending[action_id] = exchange
        return exchange, ready

    def _prepare(self, headers: Headers, max_line: int | None) -> tuple[str, str, list[tuple[str, str]]]:
        """The action's name, its ActionID and the headers to send, of any headers at all."""
        ready = plain(headers)
        names = [name.lower() for name, _ in ready]
        if "actionid" in names:
            # Without the blanks that Asterisk skips: it wouldn't echo them.
            action_id = ready[names.index("actionid")][1].lstrip(BLANKS)
            ready = [header for name, header in zip(names, ready, strict=True) if name != "actionid"]
        else:
            action_id = self._next_id()
        # Asterisk reads the first of several, and echoes it even if it gives up reading the rest: so it goes second.
        ready.insert(1, ("ActionID", action_id))
        check(ready, max_line=max_line)
        return next(value for name, value in ready if name.lower() == "action"), action_id, ready

    def fence(self, exchange: Exchange) -> Headers | None:
        """What has to be sent right after an action to learn where its answer ends.

        Bare text has no end that could be told from silence, so a ``Ping`` follows the action: a server that answers
        in order has said all when it answers that.

        Args:
            exchange: The exchange.

        Returns:
            The headers of the Ping; None for an action whose answer tells its end by itself.
        """
        if not exchange.shape.plain_text:
            return None
        action_id = self._next_id()
        self._fences[action_id] = exchange
        return [("Action", "Ping"), ("ActionID", action_id)]

    def receive(self, data: bytes) -> list[Exchange | list[RawMessage]]:
        """Take in bytes from the server.

        Args:
            data: Any bytes at all.

        Returns:
            In the order of arrival: each exchange whose answer is complete now, or exceeds the limits, and between them
            lists of what is for the subscribers. One that is streamed also where something of it has come.
        """
        if self.banner is None:
            self._greeting += data
            line, newline, rest = bytes(self._greeting).partition(b"\n")
            if not newline and len(line) < _BANNER_LIMIT:
                return []
            self.banner = line.decode("utf-8", "backslashreplace").strip()
            data = rest
        # While an action is in flight, any event may be part of its answer.
        return self._sort(self._framer.cut(data, _NOTHING if self._pending else self._unwanted))

    def end(self, *, cut: bool = False) -> list[Exchange | list[RawMessage]]:
        """Take note that the stream has ended.

        Args:
            cut: Whether the connection may have broken within a message; False, by default, where it is known that all
                has come. What is left of an answer then answers nothing, as nobody knows what else it said.

        Returns:
            What a last message without a blank line still brings.
        """
        message = self._framer.end(cut=cut)
        if message is None:
            return []
        if cut and self._exchange_of(message) and message.name.lower() != "goodbye":
            return []
        return self._sort([message])

    def _next_id(self) -> str:
        # Other sessions see some ActionIDs (in OriginateResponse, in user events), and could forge what looks like an
        # answer: so none tells the next one.
        return next(self._ids)

    def _sort(self, arrivals: list[RawMessage]) -> list[Exchange | list[RawMessage]]:
        if not self._pending and not self._fences:
            return [arrivals] if arrivals else []
        sorted_: list[Exchange | list[RawMessage]] = []
        for arrival in arrivals:
            if isinstance(arrival, bytes) and not self._collecting:
                # Most events can't be part of a list, and aren't looked into to find that out.
                _add(sorted_, arrival)
                continue
            message = to_message(arrival)
            exchange = self._exchange_of(message)
            if exchange is None:
                _add(sorted_, message)
                continue
            if self._fences and (action_id := _action_id(message)) in self._fences:
                del self._fences[action_id]
                exchange.end()
            else:
                exchange.take(message)
            if exchange.collects:
                self._collecting.add(exchange.action_id)
                if exchange.streamed and not exchange.abandoned and (not sorted_ or sorted_[-1] is not exchange):
                    sorted_.append(exchange)
            elif exchange.complete and self._pending.pop(exchange.action_id, None) is not None:
                self._collecting.discard(exchange.action_id)
                if not exchange.abandoned:
                    sorted_.append(exchange)
            if exchange.excess and not exchange.complete and not exchange.abandoned:
                # Who waits needn't wait for the rest, which is recognised and dropped.
                exchange.abandoned = True
                sorted_.append(exchange)
        return sorted_

    def _exchange_of(self, message: Message) -> Exchange | None:
        """The exchange that a message belongs to, or None if it is for the subscribers."""
        if message.is_success or message.kind is Kind.RESPONSE:
            if action_id := _action_id(message):
                self._echoed = True
                return self._fences.get(action_id) or self._pending.get(action_id)
            # A server that echoes ActionIDs does so always: without one it is a forgery, as by a line end in the text
            # of a user event.
            return None if self._echoed else self._oldest()
        if message.kind is Kind.EVENT:
            return self._list_of(message) if self._collecting else None
        texts = (exchange for exchange in self._pending.values() if exchange.shape.plain_text)
        return next(texts, None)

    def _list_of(self, event: Message) -> Exchange | None:
        """The open list that an event is part of."""
        name = event.name.lower()
        action_id = _action_id(event)
        if action_id is None:
            lists = (self._pending[action_id] for action_id in self._collecting)
            return next((exchange for exchange in lists if name in exchange.shape.items_without_id), None)
        return self._pending[action_id] if action_id in self._collecting and name not in _NEVER_AN_ITEM else None

    def _oldest(self) -> Exchange | None:
        """What a server that knows no ActionID answers, as it answers in order."""
        return next((exchange for exchange in self._pending.values() if not exchange.answered), None)


def _add(sorted_: list[Exchange | list[RawMessage]], arrival: RawMessage) -> None:
    last = sorted_[-1] if sorted_ else None
    if isinstance(last, list):
        last.append(arrival)
    else:
        sorted_.append([arrival])


def _unguessable() -> Iterator[str]:
    """Texts of 128 random bits each; several at a time, as asking the system for them is what takes time."""
    while True:
        several = os.urandom(16 * _AT_A_TIME).hex()
        for start in range(0, len(several), 32):
            yield several[start : start + 32]


def check_banner(banner: str, where: str) -> str:
    """Read AMI's version from the server's greeting.

    Args:
        banner: The first line that the server sent.
        where: The server's address, for the error.

    Returns:
        The version, such as ``11.0.0``.

    Raises:
        ProtocolError: This isn't how an Asterisk Manager Interface greets.
    """
    name, _, version = banner.partition("/")
    if "call manager" not in name.lower():
        msg = (
            f"{where} is no Asterisk Manager Interface: it greets with {banner[:60]!r}. "
            f"Use the port of [general] in manager.conf (5038 unless set; with TLS 5039)."
        )
        raise ProtocolError(msg)
    return version


def _action_id(message: Message) -> str | None:
    """A message's ActionID, from the bytes: most messages aren't parsed before they are decoded."""
    frame = message.frame
    if frame.startswith(_USUAL):
        end = frame.find(b"\n", len(_USUAL)) - 1
        if end > 0 and frame[end] == _CR:
            return frame[len(_USUAL) : end].decode("utf-8", "surrogateescape")
    if message.name.strip(" \t").lower() == "follows":
        return message.get("ActionID") or None  # what looks like one may be part of the text
    found = _ACTION_ID.search(frame)
    return found[1].decode("utf-8", "surrogateescape").removesuffix("\r") if found else None
