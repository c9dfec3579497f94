"""One action over HTTP: from its headers to a form, and from the body of the reply to its answer."""

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
    import asyncio
    from collections.abc import Callable, Mapping

    from amitypes._protocol.exchange import Exchange
    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.response_shape import ResponseShape
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import OnEvents
    from amitypes._transport.http.pool import Reply
    from amitypes._transport.list_channel import ListChannel

__all__ = ["Call"]

_MAX_BODY: Final = 40_960
_BEGINNING: Final = 1000
_MAX_EARLY: Final = 1000
"""Messages that may come before the response; AMI sends none, and what sends more isn't AMI."""


class Call:
    """One action on its way, and what has come of it.

    Args:
        headers: The action.
        response_shapes: What is declared of the answers of some actions.
        limits: How large a message may be.
        on_events: Called for what comes with the answer without being part of it, in order; default: nobody wants it.
        polls: Whether it takes the connection that is kept for fetching events; default: False.
        after: What must have ended before the reply's body is read; default: nothing.
        flow: Takes the items of a list as they come; default: they are collected.

    Attributes:
        exchange: The action and its answer.
        form: The action as the body of a POST.
        sent: Whether it may have been carried out: a byte of it has left, and the server hasn't refused it.
        came_at: When the reply began to come, by the clock of the event loop.
        events: How many messages came that weren't part of the answer.
        beginning: The first bytes of the reply's body.

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
        after: asyncio.Task[None] | None = None,
        flow: ListChannel | None = None,
    ) -> None:
        self.polls: Final = polls
        self.after: Final = after
        self.came_at = 0.0
        self._headers = headers
        self._response_shapes = response_shapes
        self._limits = limits
        self._on_events = on_events
        self._flow = flow
        self.begin()

    def begin(self) -> None:
        """Forget what has come, to be sent (again)."""
        self._session = Session(self._response_shapes, banner=False, limits=self._limits)
        self.exchange, ready = self._session.begin(self._headers, max_line=None, streamed=self._flow is not None)
        if self._flow is not None:
            self._flow.begin(self.exchange)
        self.form = RedactedBytes(urlencode(ready, encoding="utf-8", errors="surrogateescape").encode("ascii"))
        if len(self.form) > _MAX_BODY:
            msg = f"{self.exchange.action}: {len(self.form)} bytes as a form, and Asterisk reads {_MAX_BODY} over HTTP"
            raise InvalidActionError(msg)
        self.sent = False
        self.events = 0
        self.beginning = b""
        self._early_size = 0
        self._early: list[RawMessage] = []

    @property
    def evicted(self) -> bool:
        """Whether the body was empty, as that of a WaitEvent when another one takes its place."""
        return not self.exchange.answered and not self.beginning

    def is_answered_by(self, reply: Reply) -> bool:
        """Whether a reply that was read is AMI's."""
        return _is_plain(reply) and (self.exchange.answered or not self.beginning)

    def note(self, sent: bool) -> None:
        """Note that it leaves, or that the server has refused it, such as to know first who sends it."""
        self.sent = sent

    async def read(self, reply: Reply, heard: Callable[[], None]) -> None:
        """Take in the reply's body; its end ends the answer.

        Args:
            reply: The reply.
            heard: Called with each piece of an answer that comes; a page is no sign of life of Asterisk's.

        Raises:
            Broken: The body ends within the answer.
        """
        plain = _is_plain(reply)
        async with aclosing(reply.pieces()) as pieces:
            async for data in pieces:
                if self._flow is not None:
                    await self._flow.wait_for_room()
                self.beginning += data[: _BEGINNING - len(self.beginning)]
                if plain:
                    self._take(self._session.receive(data))
                    if self._flow is not None:
                        self._flow.tell()
                if self.exchange.answered:
                    heard()
                if self.exchange.excess and not self.polls:
                    return  # as much as anybody wants to know
                if not self.exchange.answered and self._enough(plain):
                    return  # not AMI's, and the beginning tells what it is
        if not plain:
            return
        if reply.tells_its_end or self.exchange.shape.plain_text:
            # An answer to a poll has an end of its own, so what comes without that was cut by somebody.
            self._take(self._session.end(cut=self.polls))
        elif not self.exchange.complete:
            msg = "closed within the answer"
            raise Broken(msg, EOFError(msg))
        if self.exchange.shape.plain_text:
            self.exchange.end()

    def _enough(self, plain: bool) -> bool:
        """Whether as much has come as may come before the response."""
        if not plain:
            return len(self.beginning) >= _BEGINNING
        most = self._limits.message if self._limits else math.inf
        return len(self._early) >= _MAX_EARLY or self._early_size > most

    def _take(self, arrived: list[Exchange | list[RawMessage]]) -> None:
        """Hand out events as they come, so that no flood of them waits here; without an answer it isn't AMI."""
        events = [event for run in arrived if isinstance(run, list) for event in run]
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
