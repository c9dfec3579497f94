"""The client's side of an AMI connection, without any I/O: which received message belongs to which action.

A `Session` gives each action an ActionID, keeps any number of actions in flight, matches the received messages with
them, and collects lists until they are complete. Events belong to an action only while it collects a list; all others
are for the subscribers, whatever ActionID they carry.
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
from amitypes._protocol.validation import BLANKS, check, is_trivially_valid, to_plain_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.types import Headers

__all__ = ["Session", "check_banner"]

_ACTION_ID: Final = re.compile(rb"\nactionid:[ ]?([^\n]*)", re.IGNORECASE)
_SUCCESS_WITH_ID: Final = b"Response: Success\r\nActionID: "
"""How most responses begin."""
_CR: Final = 13
_NEVER_AN_ITEM: Final = frozenset({"originateresponse", "userevent"})
"""Events that may carry the ActionID of an action without being part of its answer."""
_NO_PREFIXES: Final[frozenset[bytes]] = frozenset()
_UNDECLARED: Final = ResponseShape(frozenset())
"""The shape of an answer of which nothing is declared."""
_BANNER_LIMIT: Final = 1024
_ID_BATCH: Final = 16


class Session:
    """The client's side of an AMI connection.

    Args:
        response_shapes: What is declared of the answers of some actions, by action name in lower case.
        banner: Whether the stream begins with Asterisk's greeting, as over TCP; default: True.
        limits: How large a message and an answer may be; default: no limit.
        unwanted: Prefixes of events without subscribers, as `event_prefix` returns them; default: none. The session
            reads it anew for each call of `receive`.
        action_ids: The ActionIDs to use; default: random ones.

    Attributes:
        banner: The greeting; None until it has been received.
    """

    def __init__(
        self,
        response_shapes: Mapping[str, ResponseShape],
        *,
        banner: bool = True,
        limits: Limits | None = None,
        unwanted: AbstractSet[bytes] = frozenset(),
        action_ids: Iterator[str] | None = None,
    ) -> None:
        self.banner: str | None = None if banner else ""
        self._response_shapes = response_shapes
        self._unwanted = unwanted
        self._server_echoes_ids = False
        self._limits = limits
        self._framer = Framer(limits)
        self._greeting = bytearray()
        self._action_ids = _random_action_ids() if action_ids is None else action_ids
        self._pending: dict[str, Exchange] = {}
        self._collecting: set[str] = set()
        self._end_markers: dict[str, Exchange] = {}

    @property
    def pending(self) -> tuple[Exchange, ...]:
        """The actions in flight, oldest first."""
        return tuple(self._pending.values())

    def begin(
        self, headers: Iterable[tuple[str, str]], *, max_line: int | None, streamed: bool = False
    ) -> tuple[Exchange, Headers]:
        """Put an action in flight.

        Args:
            headers: The action's headers; an ActionID is added if there is none.
            max_line: The longest line in bytes that the transport carries; None if there is no limit.
            streamed: Whether the items of a list are taken as they come; default: False.

        Returns:
            The exchange, and the headers to send.

        Raises:
            InvalidActionError: AMI can't carry these headers, or an action with their ActionID is in flight.
        """
        ready = list(headers)
        if is_trivially_valid(ready, max_line=max_line):
            action, action_id = ready[0][1], next(self._action_ids)
            ready.insert(1, ("ActionID", action_id))
        else:
            action, action_id, ready = self._prepare(ready, max_line)
        if action_id in self._pending:
            msg = (
                f"{action}: an action with this ActionID is in flight already; use another, or let the client choose it"
            )
            raise InvalidActionError(msg)
        shape = self._response_shapes.get(action.lower(), _UNDECLARED)
        exchange = Exchange(action, action_id, shape, self._limits, streamed=streamed)
        self._pending[action_id] = exchange
        return exchange, ready

    def _prepare(self, headers: Headers, max_line: int | None) -> tuple[str, str, list[tuple[str, str]]]:
        """The action's name, its ActionID and the headers to send; the slow path of `begin`."""
        ready = to_plain_strings(headers)
        names = [name.lower() for name, _ in ready]
        if "actionid" in names:
            # Without the blanks that Asterisk skips: it wouldn't echo them.
            action_id = ready[names.index("actionid")][1].lstrip(BLANKS)
            ready = [header for name, header in zip(names, ready, strict=True) if name != "actionid"]
        else:
            action_id = next(self._action_ids)
        # Asterisk reads the first of several, and echoes it even if it gives up reading the rest: so it goes second.
        ready.insert(1, ("ActionID", action_id))
        check(ready, max_line=max_line)
        return next(value for name, value in ready if name.lower() == "action"), action_id, ready

    def end_marker(self, exchange: Exchange) -> Headers | None:
        """The action to send right after another one, so that the end of its answer is recognised.

        Bare text has no end of its own, so a ``Ping`` follows the action: a server that answers in
        order has sent the whole text when it answers the ``Ping``.

        Args:
            exchange: The exchange.

        Returns:
            The headers of the ``Ping``; None for an action whose answer has an end of its own.
        """
        if not exchange.shape.plain_text:
            return None
        action_id = next(self._action_ids)
        self._end_markers[action_id] = exchange
        return [("Action", "Ping"), ("ActionID", action_id)]

    def receive(self, data: bytes) -> list[Exchange | list[RawMessage]]:
        """Take in bytes from the server.

        Args:
            data: Any bytes at all.

        Returns:
            In wire order: each exchange whose answer is now complete or exceeds the limits, and between them lists of
            the messages for the subscribers. Also each streamed exchange for which items have been received.
        """
        if self.banner is None:
            self._greeting += data
            line, newline, rest = bytes(self._greeting).partition(b"\n")
            if not newline and len(line) < _BANNER_LIMIT:
                return []
            self.banner = line.decode("utf-8", "backslashreplace").strip()
            data = rest
        # While an action is in flight, any event may be part of its answer.
        return self._route(self._framer.split(data, _NO_PREFIXES if self._pending else self._unwanted))

    def end(self, *, may_be_truncated: bool = False) -> list[Exchange | list[RawMessage]]:
        """Take the last message, when the stream has ended without its blank line.

        Args:
            may_be_truncated: Whether the connection may have broken within the message; default: False. A truncated
                response then answers no action, as the missing part may say anything.

        Returns:
            As `receive`.
        """
        message = self._framer.end(may_be_truncated=may_be_truncated)
        if message is None:
            return []
        if may_be_truncated and self._exchange_of(message) and message.name.lower() != "goodbye":
            return []
        return self._route([message])

    def _route(self, raw_messages: list[RawMessage]) -> list[Exchange | list[RawMessage]]:
        if not self._pending and not self._end_markers:
            return [raw_messages] if raw_messages else []
        routed: list[Exchange | list[RawMessage]] = []
        for raw in raw_messages:
            if isinstance(raw, bytes) and not self._collecting:
                # Fast path: without a list in flight an event belongs to no action.
                _append(routed, raw)
                continue
            message = to_message(raw)
            exchange = self._exchange_of(message)
            if exchange is None:
                _append(routed, message)
                continue
            if self._end_markers and (action_id := _action_id(message)) in self._end_markers:
                del self._end_markers[action_id]
                exchange.finish()
            else:
                exchange.add(message)
            if exchange.is_collecting:
                self._collecting.add(exchange.action_id)
                if exchange.streamed and not exchange.abandoned and (not routed or routed[-1] is not exchange):
                    routed.append(exchange)
            elif exchange.complete and self._pending.pop(exchange.action_id, None) is not None:
                self._collecting.discard(exchange.action_id)
                if not exchange.abandoned:
                    routed.append(exchange)
            if exchange.excess and not exchange.complete and not exchange.abandoned:
                # The caller needn't wait for the rest, which is recognised and dropped.
                exchange.abandoned = True
                routed.append(exchange)
        return routed

    def _exchange_of(self, message: Message) -> Exchange | None:
        """The exchange that a message belongs to; None if it is for the subscribers."""
        if message.is_success or message.kind is Kind.RESPONSE:
            if action_id := _action_id(message):
                self._server_echoes_ids = True
                return self._end_markers.get(action_id) or self._pending.get(action_id)
            # A server that echoes ActionIDs always does: a response without one is forged, as by a line end in the
            # text of a user event.
            return None if self._server_echoes_ids else self._oldest_unanswered()
        if message.kind is Kind.EVENT:
            return self._list_of(message) if self._collecting else None
        texts = (exchange for exchange in self._pending.values() if exchange.shape.plain_text)
        return next(texts, None)

    def _list_of(self, event: Message) -> Exchange | None:
        """The list in flight that an event is part of."""
        name = event.name.lower()
        action_id = _action_id(event)
        if action_id is None:
            lists = (self._pending[action_id] for action_id in self._collecting)
            return next((exchange for exchange in lists if name in exchange.shape.items_without_id), None)
        return self._pending[action_id] if action_id in self._collecting and name not in _NEVER_AN_ITEM else None

    def _oldest_unanswered(self) -> Exchange | None:
        """The action that a response without ActionID belongs to: a server that echoes none answers in order."""
        return next((exchange for exchange in self._pending.values() if not exchange.answered), None)


def _append(routed: list[Exchange | list[RawMessage]], raw: RawMessage) -> None:
    last = routed[-1] if routed else None
    if isinstance(last, list):
        last.append(raw)
    else:
        routed.append([raw])


def _random_action_ids() -> Iterator[str]:
    """ActionIDs of 128 random bits each.

    Other sessions see some ActionIDs (in ``OriginateResponse``, in user events), and could forge responses if one
    ActionID allowed to guess the next. Several are made at a time, as the system call takes longest.
    """
    while True:
        batch = os.urandom(16 * _ID_BATCH).hex()
        for start in range(0, len(batch), 32):
            yield batch[start : start + 32]


def check_banner(banner: str, where: str) -> str:
    """Read AMI's version from the server's greeting.

    Args:
        banner: The first line that the server sent.
        where: The server's address, for the error.

    Returns:
        The version, such as ``11.0.0``.

    Raises:
        ProtocolError: This isn't the greeting of an Asterisk Manager Interface.
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
    """A message's ActionID, found in its bytes: most messages are parsed only when they are decoded."""
    frame = message.frame
    if frame.startswith(_SUCCESS_WITH_ID):
        end = frame.find(b"\n", len(_SUCCESS_WITH_ID)) - 1
        if end > 0 and frame[end] == _CR:
            return frame[len(_SUCCESS_WITH_ID) : end].decode("utf-8", "surrogateescape")
    if message.name.strip(" \t").lower() == "follows":
        return message.get("ActionID") or None  # a line of the free text may look like one
    found = _ACTION_ID.search(frame)
    return found[1].decode("utf-8", "surrogateescape").removesuffix("\r") if found else None
