"""One action over HTTP: its headers as a form, and the body of the reply as its answer."""

from __future__ import annotations

import math
from contextlib import aclosing
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from amitypes._protocol.errors import InvalidActionError
from amitypes._protocol.message import to_message
from amitypes._protocol.redaction import RedactedBytes
from amitypes._protocol.session import Session
from amitypes._transport.http.pool import Broken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from amitypes._protocol.exchange import Exchange
    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.response_shape import ResponseShape
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import OnEvents
    from amitypes._transport.http.pool import Reply
    from amitypes._transport.list_channel import ListChannel

__all__ = ["ActionRequest"]

_MAX_FORM: Final = 40_960
"""Bytes of a form that Asterisk reads."""
_BODY_START: Final = 1000
"""Bytes of a body that are kept to tell what answered, if it isn't AMI."""
_MAX_EARLY: Final = 1000
"""Messages that may precede the response. AMI sends none; a server that sends more isn't AMI."""


class ActionRequest:
    """An action as an HTTP request, and what has come of it.

    Args:
        headers: The action.
        response_shapes: The shapes of the responses that need one, by action name in lower case.
        limits: How large a message may be; None for any size.
        on_events: Called with the events that come with the answer, in order; default: they are dropped.
        polls: Whether to use the connection that is kept for fetching events; default: False.
        before_reading: Awaited before the reply's body is read; default: nothing.
        items: Receives the items of a list as they arrive; default: they are collected.

    Attributes:
        exchange: The action and its answer.
        form: The action as the body of a POST.
        sent: Whether it may have been carried out: a byte of it has left, and the server hasn't refused it.
        replied_at: When the reply began to arrive, by the clock of the event loop.
        events: How many messages came that aren't part of the answer.
        body_start: The first bytes of the reply's body.

    Raises:
        InvalidActionError: AMI over HTTP can't carry this action.
    """

    def __init__(
        self,
        headers: Headers,
        response_shapes: Mapping[str, ResponseShape],
        limits: Limits | None,
        on_events: OnEvents | None = None,
        *,
        polls: bool = False,
        before_reading: Callable[[], Awaitable[None]] | None = None,
        items: ListChannel | None = None,
    ) -> None:
        self.polls: Final = polls
        self.before_reading: Final = before_reading
        self.replied_at = 0.0
        self._headers = headers
        self._response_shapes = response_shapes
        self._limits = limits
        self._on_events = on_events
        self._items = items
        self.begin()

    def begin(self) -> None:
        """Reset the request, to be sent (again)."""
        self._session = Session(self._response_shapes, banner=False, limits=self._limits)
        self.exchange, ready = self._session.begin(self._headers, max_line=None, streamed=self._items is not None)
        if self._items is not None:
            self._items.begin(self.exchange)
        self.form = RedactedBytes(urlencode(ready, encoding="utf-8", errors="surrogateescape").encode("ascii"))
        if len(self.form) > _MAX_FORM:
            msg = f"{self.exchange.action}: {len(self.form)} bytes as a form, and Asterisk reads {_MAX_FORM} over HTTP"
            raise InvalidActionError(msg)
        self.sent = False
        self.events = 0
        self.body_start = b""
        self._early_size = 0
        self._early: list[RawMessage] = []

    @property
    def evicted(self) -> bool:
        """Whether the body was empty, as that of a WaitEvent that another one replaces."""
        return not self.exchange.answered and not self.body_start

    def is_answered_by(self, reply: Reply) -> bool:
        """Whether a reply that was read is AMI's."""
        return _is_plain(reply) and (self.exchange.answered or not self.body_start)

    def mark_sent(self, sent: bool) -> None:
        """Record that the request leaves, or that the server has refused it, as to ask for authentication first."""
        self.sent = sent

    async def read(self, reply: Reply, on_data: Callable[[], None]) -> None:
        """Read the reply's body; its end ends the answer.

        Args:
            reply: The reply.
            on_data: Called for each piece of an answer; not for a page, which doesn't prove that Asterisk is alive.

        Raises:
            Broken: The body ends within the answer.
        """
        plain = _is_plain(reply)
        async with aclosing(reply.pieces()) as pieces:
            async for data in pieces:
                if self._items is not None:
                    await self._items.wait_for_space()
                self.body_start += data[: _BODY_START - len(self.body_start)]
                if plain:
                    self._sort(self._session.receive(data))
                    if self._items is not None:
                        self._items.notify()
                if self.exchange.answered:
                    on_data()
                if self.exchange.excess and not self.polls:
                    return
                if not self.exchange.answered and self._is_not_ami(plain):
                    return
        if not plain:
            return
        if reply.tells_its_end or self.exchange.shape.plain_text:
            # The answer to a poll has an end of its own: without it, the answer was truncated on its way.
            self._sort(self._session.end(may_be_truncated=self.polls))
        elif not self.exchange.complete:
            msg = "closed within the answer"
            raise Broken(msg, EOFError(msg))
        if self.exchange.shape.plain_text:
            self.exchange.finish()

    def _is_not_ami(self, plain: bool) -> bool:
        """Whether so much has come without a response that this isn't AMI."""
        if not plain:
            return len(self.body_start) >= _BODY_START
        most = self._limits.message if self._limits else math.inf
        return len(self._early) >= _MAX_EARLY or self._early_size > most

    def _sort(self, received: list[Exchange | list[RawMessage]]) -> None:
        """Pass events on as they come, so that no flood of them is held here; before the response, hold them."""
        events = [event for run in received if isinstance(run, list) for event in run]
        self.events += len(events)
        if not self.exchange.answered:
            self._early += events
            self._early_size += sum(len(to_message(event).frame) for event in events)
            return
        events, self._early = self._early + events, []
        if self._on_events is not None:
            self._on_events(events)


def _is_plain(reply: Reply) -> bool:
    """Whether a reply may be AMI's: plain text, not compressed, with the status 200."""
    return (
        reply.status == 200
        and reply.header("Content-Type").lower().startswith("text/plain")
        and reply.header("Content-Encoding").lower() in {"", "identity"}
    )
