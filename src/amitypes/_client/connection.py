"""One connection of a client, from its login to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._client.action_errors import filter_error
from amitypes._models.errors import ActionError
from amitypes._protocol.event_filter import needs_newer_asterisk
from amitypes._protocol.message import to_message
from amitypes._transport.login_errors import login_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes._protocol.event_filter import EventRules
    from amitypes._protocol.message import Message, RawMessage
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Ask, Gap, OnEnd, OnEvents, OnGap, Transport

    MakeTransport: TypeAlias = Callable[[OnEvents, OnEnd, OnGap], Transport]

__all__ = ["Connection", "set_filter"]

_log = logging.getLogger("amitypes")


async def set_filter(filter_action: Headers, version: str, exchange: Ask) -> None:
    """Set a filter.

    Args:
        filter_action: The action that sets it.
        version: The server's version; empty if it isn't known.
        exchange: Sends an action, and waits for the reply.

    Raises:
        ActionError: The server refuses the filter, or is too old to know such a filter; then nothing was sent.
    """
    if version and needs_newer_asterisk(version, filter_action):
        raise filter_error(f"Asterisk {version} doesn't know MatchCriteria")
    (reply, *_) = await exchange(filter_action)
    if reply.is_error:
        raise filter_error(reply.get("Message").strip(), reply)


class Connection:
    """One connection: opened once, and used until it ends.

    Events that come before `start` wait for it, so that they follow the notice of the connection.

    Args:
        address: The server's address, for messages.
        make_transport: Makes the transport.
        rules: Which events to ask the server for.
        publish: Called with the events.
        on_end: Called when the connection ends, with the error; None after a Goodbye.
        on_gap: Called when events may be missing, though the connection continues.

    Attributes:
        transport: The transport.
        ended: Whether the connection has ended.
        error: Why it has ended; None for no error.
        started_at: When it was started, by the clock of the event loop.
    """

    def __init__(
        self,
        address: str,
        make_transport: MakeTransport,
        *,
        rules: EventRules,
        publish: OnEvents,
        on_end: Callable[[Connection, Exception | None], None],
        on_gap: Callable[[Connection, Gap], None],
    ) -> None:
        self.ended = False
        self.error: Exception | None = None
        self.started_at = 0.0
        self._address = address
        self._rules = rules
        self._publish = publish
        self._early: list[RawMessage] | None = []
        self._on_end = on_end
        self._filters_required = False
        self.transport: Final = make_transport(self._receive, self._end, lambda gap: on_gap(self, gap))

    async def open(self, username: str, secret: str, timeout: float, *, filters_required: bool) -> list[Message]:
        """Connect, log in and set the filters.

        Args:
            username: The manager user's name.
            secret: The user's secret.
            timeout: How long connecting, logging in and each further action may take, in seconds, each.
            filters_required: Whether to raise when the server refuses a filter; else that is logged.

        Returns:
            The reply to the login.

        Raises:
            ActionError: The server refuses a filter.
            AuthenticationError: The server refuses the login.
            ConnectionLost: The server can't be reached.
            ProtocolError: The peer doesn't speak AMI.
        """
        self._filters_required = filters_required
        reply = await self.transport.open(
            username, secret, timeout, mask=lambda: self._rules.mask, set_up=self._set_filters
        )
        if reply[0].name.lower() != "success":
            raise login_error(self._address, username, [message.as_dict() for message in reply])
        return reply

    def start(self) -> None:
        """Publish the events that have come so far, and from now on each at once."""
        self.started_at = asyncio.get_running_loop().time()
        self._filters_required = False
        early, self._early = self._early or [], None
        if self._rules.filters:
            # The server sent these before the filters were in force, so they are dropped, as if the login had come
            # later. FullyBooted belongs to the login, and no filter applies to it.
            early = [event for event in early if to_message(event).name == "FullyBooted"]
        self._publish(early)

    async def close(self) -> None:
        """Close the connection. Closing twice is a no-op."""
        self.ended = True
        await self.transport.close()

    def _receive(self, events: Iterable[RawMessage]) -> None:
        if self._early is not None:
            self._early += events
        else:
            self._publish(events)

    def _end(self, error: Exception | None) -> None:
        self.ended, self.error = True, error
        self._on_end(self, error)

    async def _set_filters(self, ask: Ask) -> None:
        """Set the filters in a new session, as the server forgets them with the old one.

        Raises:
            ActionError: The server refuses one, and they are required.
        """
        version = ""
        if any(needs_newer_asterisk("", each) for each in self._rules.filters):
            # Asked for each session, as another server may have taken over.
            (settings, *_) = await ask([("Action", "CoreSettings")])
            version = settings.get("AsteriskVersion")
        for each in self._rules.filters:
            try:
                await set_filter(each, version, ask)
            except ActionError as error:
                if self._filters_required:
                    raise
                _log.warning("%s", error)
