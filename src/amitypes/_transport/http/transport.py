"""AMI over HTTP, with or without TLS: one POST for each action, and a long poll for the events.

With the session cookie a login opens a session, which the server forgets after `httptimeout` seconds without a request;
it then sends another cookie, and the client logs in again. The server applies a session's filters when events are
fetched, so a new session is set up before it is used for anything else. With digest there is no login: each request
proves the secret, and the server keeps a session for each nonce.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from amitypes._protocol.errors import ConnectionLost, InvalidActionError, ProtocolError
from amitypes._protocol.redaction import redact
from amitypes._protocol.validation import check
from amitypes._transport.base import Gap
from amitypes._transport.errors import too_large
from amitypes._transport.http.cookie_session import CookieSession
from amitypes._transport.http.digest_sessions import DigestSessions
from amitypes._transport.http.endpoint import Endpoint
from amitypes._transport.http.in_flight import InFlight
from amitypes._transport.http.poller import EventPoller
from amitypes._transport.http.request import ActionRequest
from amitypes._transport.http.sessions import Credentials, HTTPSession, Recording
from amitypes._transport.http.timings import PollTimings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import Message
    from amitypes._protocol.response_shape import ResponseShape
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Mask, OnEnd, OnEvents, OnGap, SetUp
    from amitypes._transport.list_channel import ListChannel

__all__ = ["HTTPTransport"]


class HTTPTransport:
    """One session, or as many digest sessions as needed, with an AMI server's HTTP side.

    Args:
        host: The server's name or address.
        port: Its HTTP port.
        prefix: The ``prefix`` of http.conf.
        digest: Whether to authenticate by digest instead of logging in for a cookie.
        context: What TLS is to verify; None for HTTP without TLS.
        response_shapes: The shapes of the responses that need one, by action name in lower case.
        on_events: Called with events, in order.
        on_end: Called once when the connection has ended without `close`.
        on_gap: Called when events may be missing, though the connection goes on: the server had forgotten the session,
            or the answer to a poll was lost on its way; default: nothing is called.
        limits: How large a message may be; default: of any size.
        timings: The pace of polling for events; default: `PollTimings()`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        prefix: str,
        digest: bool,
        context: ssl.SSLContext | None,
        response_shapes: Mapping[str, ResponseShape],
        on_events: OnEvents,
        on_end: OnEnd,
        on_gap: OnGap | None = None,
        limits: Limits | None = None,
        timings: PollTimings | None = None,
    ) -> None:
        folder = prefix.strip("/")
        path = ("/" + quote(folder) if folder else "") + ("/arawman" if digest else "/rawman")
        self._endpoint = Endpoint(host, port, path, context, on_unreachable=self._lose)
        self._digest = digest
        self._response_shapes = response_shapes
        self._on_events = on_events
        self._on_end = on_end
        self._on_gap = on_gap
        self._limits = limits
        self._timings = timings or PollTimings()
        self._in_flight = InFlight(self._endpoint.where)
        self._recording = Recording()
        self._mask: Mask = str
        self._events_wanted = False
        self._session: HTTPSession | None = None
        self._poller: EventPoller | None = None
        self._ended: Exception | None = None

    @property
    def ami_version(self) -> str | None:
        """None: over HTTP there is no greeting."""
        return None

    @property
    def last_heard(self) -> float:
        """When anything last came; see `Transport.last_heard`."""
        return self._endpoint.last_heard

    @property
    def complete_until(self) -> float:
        """When a poll was last answered, as long as events are wanted; see `Transport.complete_until`."""
        return self._recording.complete_until if self.is_polling else self._endpoint.last_heard

    @property
    def is_polling(self) -> bool:
        """Whether events are being fetched."""
        return self._poller is not None and self._poller.running

    @property
    def busy_until(self) -> float:
        """Past, as an action delays no other, unless there are as many in flight as may be."""
        return self._in_flight.busy_until

    async def open(
        self, username: str, secret: str, timeout: float, *, mask: Mask = str, set_up: SetUp | None = None
    ) -> list[Message]:
        """Log in, or prove by digest that this is possible; see `Transport.open`."""
        check([("Action", "Login"), ("Username", username), ("Secret", secret)], max_line=None)
        where = self._endpoint.where
        self._endpoint.configure(username, secret, timeout)
        self._mask = mask
        session = self._make_session(Credentials(username, redact(secret)), set_up, timeout)
        try:
            # Connecting has a timeout of its own, with an error of its own.
            async with asyncio.timeout(2 * timeout):
                answer = await session.log_in()
        except TimeoutError:
            msg = (
                f"{where} accepts connections and doesn't answer within {2 * timeout:g} s. Use the port of http.conf "
                f"(bindport), and ssl_enabled=True for its tlsbindaddr."
            )
            raise ProtocolError(msg) from None
        if answer[0].name.lower() == "success":
            self._endpoint.established = True
            await session.set_up_session()
            self._session = session
            self._poller = EventPoller(
                where,
                session,
                self._recording,
                make_request=self._make_request,
                mask=mask,
                limits=self._limits,
                timings=self._timings,
                on_events=self._on_events,
                on_gap=self._report_gap,
                on_failed=self._polling_failed,
            )
            self._start_polling()
        return answer

    def want_events(self) -> None:
        """Have events fetched from now on; see `Transport.want_events`."""
        self._events_wanted = True
        self._start_polling()

    async def exchange(self, headers: Headers, timeout: float, items: ListChannel | None = None) -> list[Message]:
        """Send an action and wait for its whole answer; see `Transport.exchange`."""
        session, poller = self._opened()
        request = ActionRequest(headers, self._response_shapes, self._limits, self._on_events, items=items)
        action = request.exchange.action.lower()
        if self._events_wanted and action == "waitevent":
            msg = (
                "WaitEvent: over HTTP the client itself waits for events once there is a subscriber, and Asterisk lets "
                "only one wait in a session. Use on(), events(), wait_for() or register_callback()"
            )
            raise InvalidActionError(msg)
        with self._in_flight.timeout(request, timeout) as limit:
            async with limit:
                if items is not None:
                    items.restart_timeout = partial(self._in_flight.restart, limit)
                if poller.running:
                    await poller.recorded()
                    self._opened()
                async with self._in_flight.slot(streamed=items is not None):
                    if action == "logoff" and poller.running:
                        await poller.fetch_last()
                        await session.send_poll(request)
                    else:
                        await session.send(request)
        self._endpoint.check_answered(request)
        exchange = request.exchange  # another one, if the request was sent again
        if exchange.truncated_reason:
            raise too_large(exchange)
        if exchange.messages[0].name.lower() == "goodbye":
            self._end(None)
            await self.close()
        return exchange.messages

    def give_up(self, why: str) -> None:
        """End the session as one that was lost; see `Transport.give_up`."""
        self._lose(ConnectionLost(f"{self._endpoint.where}: {why}"))

    async def close(self) -> None:
        """Close all connections."""
        self._ended = self._ended or ConnectionLost(f"The connection to {self._endpoint.where} was closed here")
        self._in_flight.cancel_all("the client was closed")
        if self._poller is not None:
            self._poller.stop()
        try:
            if self._poller is not None:
                await self._poller.wait_stopped()
        finally:
            await self._endpoint.aclose()

    def _opened(self) -> tuple[HTTPSession, EventPoller]:
        if self._session is None or self._poller is None or self._ended is not None:
            msg = f"Not connected to {self._endpoint.where}: nothing was sent"
            raise ConnectionLost(msg) from self._ended
        return self._session, self._poller

    def _make_session(self, credentials: Credentials, set_up: SetUp | None, timeout: float) -> HTTPSession:
        if self._digest:
            return DigestSessions(self._endpoint, credentials, make_request=self._make_request, on_refused=self._lose)
        return CookieSession(
            self._endpoint,
            credentials,
            make_request=self._make_request,
            on_refused=self._lose,
            in_flight=self._in_flight,
            recording=self._recording,
            mask=lambda: self._mask() or "on" if self._events_wanted else "off",
            set_up=set_up,
            set_up_timeout=timeout,
            on_renewed=self._session_renewed,
        )

    def _make_request(self, headers: Headers) -> ActionRequest:
        return ActionRequest(headers, self._response_shapes, self._limits, self._on_events)

    # Events

    def _start_polling(self) -> None:
        if self._events_wanted and self._poller is not None and self._ended is None:
            self._poller.start()

    def _report_gap(self, why: str) -> None:
        if self._events_wanted and self._on_gap is not None:
            self._on_gap(Gap(why, self._recording.complete_until, new_session=False))

    def _session_renewed(self, why: str, complete_until: float) -> None:
        if self._events_wanted and self._on_gap is not None:
            self._on_gap(Gap(why, complete_until, new_session=True))

    async def _polling_failed(self, error: Exception) -> None:
        self._lose(error)
        await self._endpoint.aclose()

    # The end

    def _lose(self, error: Exception) -> None:
        if self._poller is not None:
            self._poller.stop()
        self._end(error)
        self._in_flight.cancel_all(str(error).rstrip("."))

    def _end(self, error: Exception | None) -> None:
        """Report the end once; None after a Goodbye."""
        if self._ended is None:
            self._ended = error or ConnectionLost(f"Logged off from {self._endpoint.where}")
            self._on_end(error)
