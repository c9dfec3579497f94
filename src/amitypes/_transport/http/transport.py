"""AMI over HTTP, with or without TLS: one POST for each action, and a long poll for the events.

With the session cookie a login opens a session, which the server forgets after `httptimeout` seconds without a request;
that is noticed by the other cookie it then sends, and mended by logging in again. The server applies a session's
filters when events are fetched, so a new session is set up before it is used for anything else. With digest there is no
login: each request proves the secret, and the server keeps a session for each nonce.

The server records events for a session, and `WaitEvent` fetches them: one is always under way, on a connection of its
own, and what happens between two of them waits on the server. An answer that is lost on its way takes the events in it
along, which nothing reveals; so whenever that may have been, it is told. A session that nobody wants events of is kept
from recording, so that the server doesn't hoard them.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, quote_plus

from amitypes._protocol.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    OutcomeUnknown,
    ProtocolError,
)
from amitypes._protocol.message import Message
from amitypes._protocol.redaction import RedactedBytes, redact
from amitypes._protocol.response_shape import ResponseShape
from amitypes._protocol.validation import check
from amitypes._transport.base import Gap
from amitypes._transport.errors import outcome_unknown, refuses_certificate, timed_out, tls_failed, too_large
from amitypes._transport.http.error_pages import in_session, page_error, refuses
from amitypes._transport.http.exchange import Call
from amitypes._transport.http.pool import Broken, Digest, HTTPConnections, NotConnected, NotHTTP
from amitypes._transport.login_errors import login_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Mask, OnEnd, OnEvents, OnGap, SetUp
    from amitypes._transport.http.pool import Reply
    from amitypes._transport.list_channel import ListChannel

__all__ = ["HTTPTransport"]

_log = logging.getLogger("amitypes")

MAX_IN_FLIGHT: Final = 20
"""Actions in flight at a time; http.conf's sessionlimit (100 unless set) cuts off who has more connections."""
_WAIT: Final = 50
"""The most seconds that one poll waits for events: what a server allows with its httptimeout at 60, and few enough for
proxies that want an answer within a minute."""
_LEFT_OF_SESSION: Final = 10
"""Seconds before a session's end at which the server ends a poll."""
_WAIT_MARGIN: Final = 15.0
_BUSY_PACE: Final = 0.05
"""Seconds from poll to poll while events come: under load they come in batches, and else without delay."""
_IDLE_PACE: Final = 1.0
"""Seconds from poll to poll while none come, where the server doesn't wait (httptimeout of 10 and less)."""
_LAST_POLL: Final = 5.0
"""Seconds that fetching the last events may take before the logoff."""
_GIVEN_WAY: Final = 2.0
"""Seconds until a poll is answered whose place another one has taken; the server looks once a second."""
_UNKNOWN_TO_LAST: Final = 5.0
"""Seconds for which every server keeps a digest session; a new one looks no different to us."""
_POLL: Final = {"waitevent": ResponseShape(frozenset({"waiteventcomplete"}), implicit_list=True)}
_COOKIE: Final = re.compile(r'mansession_id="?([0-9a-f]+)', re.IGNORECASE)
_MAX_AGE: Final = re.compile(r"max-age=(\d{1,9})", re.IGNORECASE)
_EXCERPT: Final = 60
_REFUSED: Final = Message(b"Response: Error\r\nMessage: Authentication failed")
_ACCEPTED: Final = Message(b"Response: Success\r\nMessage: Authentication accepted")


class _Login(NamedTuple):
    """What a login has brought."""

    answer: list[Message]
    cookie: str = ""
    """The id of the session."""
    recording: bool = False
    """Whether the server records events in it."""
    began: float = 0.0
    """When it began, by the clock of the event loop."""


class HTTPTransport:
    """One session, or as many digest sessions as needed, with an AMI server's HTTP side.

    Args:
        host: The server's name or address.
        port: Its HTTP port.
        prefix: The ``prefix`` of http.conf.
        digest: Whether to authenticate by digest instead of logging in for a cookie.
        context: What TLS is to verify; None for HTTP without TLS.
        response_shapes: What is declared of the answers of some actions.
        on_events: Called for events, in order.
        on_end: Called once when the connection has ended without `close`.
        on_gap: Called when events may be missing, though the connection goes on: the server had forgotten the session,
            or the answer to a poll was lost on its way.
        limits: How large a message may be; default: of any size.
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
    ) -> None:
        self._where = f"{host}:{port}"
        folder = prefix.strip("/")
        self._path = ("/" + quote(folder) if folder else "") + ("/arawman" if digest else "/rawman")
        self._digest = digest
        self._response_shapes = response_shapes
        self._on_events = on_events
        self._on_end = on_end
        self._on_gap = on_gap
        self._limits = limits
        self._http = HTTPConnections(host, port, context)
        self._poll_http = HTTPConnections(host, port, context)
        self._tls = context is not None
        self._username = ""
        self._secret = ""
        self._connect_timeout = 0.0
        self._cookie = ""
        self._renewing = asyncio.Lock()
        self._slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        # Of its own for streamed lists: while one lasts, other actions may have to be sent for it to go on.
        self._flow_slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        # A nonce serves one request at a time, so each action in flight has one of its own.
        self._digests: list[Digest] = []
        self._logged_in = False
        self._wanted = False
        self._recording = False
        self._polling: asyncio.Task[None] | None = None
        self._polling_ends = False
        self._poll_digest = Digest("", "")
        self._wait = _WAIT
        self._recorded = asyncio.Event()
        self._leaving = asyncio.Event()
        self._waiting: set[asyncio.Timeout] = set()
        self._mask: Mask = str
        self._set_up: SetUp | None = None
        self._answered_at = 0.0
        self._complete_until = 0.0
        self._last_heard = 0.0
        self._ended: Exception | None = None
        self._cut = ""

    @property
    def ami_version(self) -> str | None:
        """None: over HTTP there is no greeting."""
        return None

    @property
    def last_heard(self) -> float:
        """When anything last came; see `Transport.last_heard`."""
        return self._last_heard

    @property
    def complete_until(self) -> float:
        """When a poll was last answered, as long as events are wanted; see `Transport.complete_until`."""
        return self._complete_until if self._polling is not None else self._last_heard

    @property
    def busy_until(self) -> float:
        """Past, as an action holds up no other, unless there are as many in flight as may be."""
        return max((limit.when() or 0.0 for limit in self._waiting), default=0.0) if self._slots.locked() else 0.0

    async def open(
        self, username: str, secret: str, timeout: float, *, mask: Mask = str, set_up: SetUp | None = None
    ) -> list[Message]:
        """Log in, or prove by digest that this could be done; see `Transport.open`."""
        check([("Action", "Login"), ("Username", username), ("Secret", secret)], max_line=None)
        self._username, self._secret, self._connect_timeout = username, secret, timeout
        self._mask, self._set_up = mask, set_up
        try:
            # The connection has a limit of its own, which is told apart.
            async with asyncio.timeout(2 * timeout):
                login = await (self._prove() if self._digest else self._login())
        except TimeoutError:
            msg = (
                f"{self._where} accepts connections and doesn't answer within {2 * timeout:g} s. Use the port of "
                f"http.conf (bindport), and ssl_enabled=True for its tlsbindaddr."
            )
            raise ProtocolError(msg) from None
        if login.answer[0].name.lower() == "success":
            self._logged_in = True
            if not self._digest:
                await self._enter(login)
            self._start_polling()
        return login.answer

    def want_events(self) -> None:
        """Have events fetched from now on; see `Transport.want_events`."""
        self._wanted = True
        self._start_polling()

    async def exchange(self, headers: Headers, timeout: float, flow: ListChannel | None = None) -> list[Message]:
        """Send an action and wait for its whole answer; see `Transport.exchange`."""
        self._check_open()
        call = Call(headers, self._response_shapes, self._limits, self._on_events, flow=flow)
        exchange = call.exchange
        if self._wanted and exchange.action.lower() == "waitevent":
            msg = (
                "WaitEvent: over HTTP the client itself waits for events once anybody wants them, and Asterisk lets "
                "only one wait in a session. Use on(), events(), wait_for() or register_callback()"
            )
            raise InvalidActionError(msg)
        with self._limit(call, timeout) as limit:
            async with limit:
                if flow is not None:
                    flow.extend = partial(self._extend, limit)
                if self._polling is not None:
                    # What this action leads to shall be recorded.
                    await self._recorded.wait()
                    self._check_open()
                async with self._slots if flow is None else self._flow_slots:
                    if exchange.action.lower() == "logoff" and self._polling is not None:
                        await self._poll_for_the_last_time(self._polling)
                        await self._ask(call, self._poll_digest)
                    else:
                        await self._ask_in_turn(call)
        if not call.exchange.answered:
            raise self._instead(call, ProtocolError(f"{self._where} answered with nothing at all"))
        messages = call.exchange.messages
        if call.exchange.cut:
            raise too_large(call.exchange)
        if messages[0].name.lower() == "goodbye":
            self._end(None)
            await self.close()
        return messages

    def give_up(self, why: str) -> None:
        """End the session as one that was lost; see `Transport.give_up`."""
        self._lose(ConnectionLost(f"{self._where}: {why}"))

    async def close(self) -> None:
        """Close all connections."""
        self._ended = self._ended or ConnectionLost(f"The connection to {self._where} was closed here")
        self._cut_short("the client was closed")
        self._stop_polling()
        try:
            if self._polling is not None and self._polling is not asyncio.current_task():
                await asyncio.wait({self._polling})
        finally:
            await self._close_connections()

    # Events

    def _start_polling(self) -> None:
        wanted = self._wanted and not self._off
        if wanted and self._logged_in and self._polling is None and self._ended is None:
            self._recorded.clear()
            self._polling = asyncio.create_task(self._poll(), name=f"amitypes-{self._where}")

    @property
    def _off(self) -> bool:
        """Whether the mask is off; then a WaitEvent would have the server record everything after all."""
        return self._mask().lower() == "off"

    def _stop_polling(self) -> None:
        """Cancel the polling once: a second time would disturb how it closes its connection."""
        if self._polling is not None and not self._polling_ends and self._polling is not asyncio.current_task():
            self._polling_ends = True
            self._polling.cancel()

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        self._poll_digest = Digest(self._username, self._secret)
        try:
            if not self._recording:
                if mask := self._mask():
                    events = [("Action", "Events"), ("EventMask", mask)]
                    await self._ask(
                        Call(events, self._response_shapes, self._limits, self._on_events), self._poll_digest
                    )
                # Starts the recording. What older Asterisks recorded before is nobody's.
                call = self._poll_call(0, deliver=False)
                await self._wait_event(call)
                self._check_poll(call)
            self._recorded.set()
            while not self._leaving.is_set() and not self._off:
                start = loop.time()
                if self._digest and start > self._answered_at + _UNKNOWN_TO_LAST:
                    self._tell_gap("no events were fetched for a while, and the server may have forgotten the session")
                came = await self._fetch()
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(start + (_BUSY_PACE if came else _IDLE_PACE)):
                        await self._leaving.wait()
            if not self._leaving.is_set():
                # Said again, as the last poll may have undone it. With another mask, polling begins anew.
                off = [("Action", "Events"), ("EventMask", "off")]
                await self._ask(Call(off, self._response_shapes, self._limits, self._on_events), self._poll_digest)
                self._recording, self._polling = False, None
                loop.call_soon(self._start_polling)
        except Exception as error:
            # Whatever it is, who waits for events must hear of it.
            self._polling_ends = True
            self._lose(error)
            await self._close_connections()
        finally:
            self._recorded.set()

    async def _fetch(self) -> bool:
        """Fetch the events that there are, or wait for some.

        Returns:
            Whether there were any.

        Raises:
            ConnectionLost: The server can't be reached, tried twice.
            ProtocolError: The server doesn't let us.
        """
        cookie = self._cookie
        call = self._poll_call(self._wait)
        try:
            await self._wait_event(call)
        except ConnectionLost as error:
            if self._ended is not None:
                raise
            # A connection may go for reasons of its own; a server that is gone shows at the next one.
            _log.info("Waiting for events: %s Trying once more.", error)
            self._tell_gap("the connection went while it waited for events, which may have been on their way")
            call.begin()
            await self._wait_event(call)
        self._check_poll(call)
        if call.exchange.collects:
            self._tell_gap("the answer to a WaitEvent broke off")
        elif call.evicted and not self._leaving.is_set():
            why = "somebody else fetched events of this session"
            if self._digest:
                self._tell_gap(why)
            else:
                await self._renew(cookie, why)
        return call.events > 0

    def _poll_call(self, seconds: int, *, deliver: bool = True, after: asyncio.Task[None] | None = None) -> Call:
        headers = [("Action", "WaitEvent"), ("Timeout", str(seconds))]
        on_events = self._deliver if deliver else self._deliver_if_recorded
        return Call(headers, _POLL, self._limits, on_events, polls=True, after=after)

    def _deliver(self, events: Iterable[RawMessage]) -> None:
        """Deliver what a poll brings, unless the server was told meanwhile to send nothing."""
        if not self._off:
            self._on_events(events)

    def _deliver_if_recorded(self, events: Iterable[RawMessage]) -> None:
        """Deliver what the first poll brings in a session that was begun meanwhile, as events were wanted by then."""
        if self._recording:
            self._deliver(events)

    async def _wait_event(self, call: Call) -> None:
        try:
            async with asyncio.timeout(self._wait + _WAIT_MARGIN):
                await self._ask(call, self._poll_digest)
        except TimeoutError:
            msg = f"{self._where}: WaitEvent isn't answered, {_WAIT_MARGIN:g} s after its time."
            raise ConnectionLost(msg) from None
        except OutcomeUnknown as error:
            msg = f"The connection to {self._where} went while it waited for events ({error.__cause__})."
            raise ConnectionLost(msg) from error
        self._answered_at = asyncio.get_running_loop().time()
        if call.exchange.complete:
            self._complete_until = call.came_at

    def _check_poll(self, call: Call) -> None:
        messages = call.exchange.messages
        if messages and messages[0].is_error:
            said = messages[0].get("Message")
            kind = ConnectionLost if "shutting down" in said.lower() else ProtocolError
            msg = f"{self._where}: no events can be had, as Asterisk answers WaitEvent with {said!r}"
            raise kind(msg)

    async def _poll_for_the_last_time(self, polling: asyncio.Task[None]) -> None:
        """Fetch what the server still holds, and end the poll that is under way: of two, the server ends the first."""
        self._leaving.set()
        if polling.done():
            return
        try:
            async with asyncio.timeout(_LAST_POLL):
                call = self._poll_call(0, after=polling)
                await self._wait_event(call)
                self._check_poll(call)
        except (AMIError, TimeoutError) as error:
            _log.warning("%s: the last events before the logoff may be missing (%r)", self._where, error)

    async def _given_way(self, polling: asyncio.Task[None]) -> None:
        """Wait until the answer to the poll before has been read: what is in it comes first."""
        await asyncio.wait({polling}, timeout=_GIVEN_WAY)
        self._stop_polling()

    def _tell_gap(self, why: str, since: float | None = None, *, new_session: bool = False) -> None:
        if self._wanted and self._on_gap is not None:
            self._on_gap(Gap(why, self._complete_until if since is None else since, new_session))

    async def _close_connections(self) -> None:
        try:
            await self._poll_http.aclose()
        finally:
            await self._http.aclose()

    # Actions, as a user who may send them

    async def _ask(self, call: Call, digest: Digest) -> None:
        try:
            if self._digest:
                await self._ask_by_digest(call, digest)
            else:
                await self._ask_by_cookie(call)
        except AuthenticationError as error:
            # Whoever sends the next action would be refused as well, and servers keep out who tries too often.
            self._lose(error)
            raise

    async def _ask_in_turn(self, call: Call) -> None:
        digest = self._digests.pop() if self._digests else Digest(self._username, self._secret)
        try:
            await self._ask(call, digest)
        finally:
            self._digests.append(digest)

    async def _ask_by_cookie(self, call: Call) -> None:
        cookie = self._cookie
        if await self._session_holds(call):
            return
        call.begin()
        await self._renew(cookie, "the server had forgotten the session")
        if not await self._session_holds(call):
            msg = (
                f"{self._where} forgets the session at once: {call.exchange.action} was refused twice, each time after "
                f"a login. Raise httptimeout in manager.conf, or let all requests reach one and the same Asterisk."
            )
            raise ConnectionLost(msg)

    async def _session_holds(self, call: Call, cookie: str | None = None) -> bool:
        """Send an action; False if the server refused it as it knows the session no more.

        Args:
            call: The action.
            cookie: The session; default: the current one.
        """
        cookie = self._cookie if cookie is None else cookie
        reply = await self._post(call, [(b"Cookie", RedactedBytes(f'mansession_id="{cookie}"'.encode("ascii")))])
        self._check(reply, call)
        messages = call.exchange.messages
        refused = bool(messages) and messages[0].is_error and messages[0].get("Message").lower() == "permission denied"
        return not refused or _cookie(reply) in ("", cookie)

    async def _renew(self, cookie: str, why: str) -> None:
        """Log in again, unless another action has done so since `cookie` was current."""
        async with self._renewing:
            if self._cookie != cookie:
                return
            _log.info("%s: %s; logging in again", self._where, why)
            since = self._complete_until
            try:
                login = await self._login()
            except ProtocolError as error:
                # It was another server before: one that starts, or what stands before it.
                raise ConnectionLost(*error.args) from error
            if login.answer[0].name.lower() != "success":
                refused = login_error(self._where, self._username, [message.as_dict() for message in login.answer])
                refused.args = (f"The session had ended, and then {refused}",)
                raise refused
            try:
                await self._enter(login)
            except AuthenticationError:
                raise
            except AMIError as error:
                msg = f"{self._where}: {why}, and a new one could not be set up ({error})"
                raise ConnectionLost(msg) from error
            self._tell_gap(why, since, new_session=True)

    async def _enter(self, login: _Login) -> None:
        """Set a new session up, and make it the current one."""
        if self._set_up is not None:
            await self._set_up(partial(self._ask_within, login.cookie))
        self._cookie, self._recording, self._complete_until = login.cookie, login.recording, login.began

    async def _ask_within(self, cookie: str, headers: Headers) -> list[Message]:
        """Send an action in a session that isn't the current one yet: it waits for no other, and isn't sent again."""
        call = Call(headers, self._response_shapes, self._limits, self._on_events)
        with self._limit(call, self._connect_timeout) as limit:
            async with limit:
                if not await self._session_holds(call, cookie):
                    msg = f"{self._where} forgets the session at once: {call.exchange.action} was refused after a login"
                    raise ConnectionLost(msg)
        if not call.exchange.answered:
            raise self._instead(call, ProtocolError(f"{self._where} answered with nothing at all"))
        return call.exchange.messages

    async def _login(self) -> _Login:
        # Said either way, as Asterisk's versions differ in what they record for a session that doesn't say.
        events = self._mask() or "on" if self._wanted else "off"
        login = [("Action", "Login"), ("Username", self._username), ("Secret", self._secret), ("Events", events)]
        call = Call(login, self._response_shapes, self._limits, self._on_events)
        try:
            reply = await self._post(call, [])
            self._check(reply, call)
        except OutcomeUnknown as error:
            raise self._lost_at_login(error) from error
        messages = call.exchange.messages
        if not messages:
            msg = f"{self._where} answers the login with nothing at all"
            raise ProtocolError(msg)
        if messages[0].name.lower() != "success":
            return _Login(messages)
        if lasts := _MAX_AGE.search(reply.header("Set-Cookie")):
            self._wait = max(0, min(_WAIT, int(lasts[1]) - _LEFT_OF_SESSION))
        if not (cookie := _cookie(reply)):
            msg = f"{self._where} accepts the login without the cookie mansession_id: does a proxy remove it?"
            raise ProtocolError(msg)
        return _Login(messages, cookie, events != "off", call.came_at)

    async def _prove(self) -> _Login:
        digest = Digest(self._username, self._secret)
        call = Call([("Action", "Ping")], self._response_shapes, self._limits)
        try:
            await self._ask_by_digest(call, digest)
        except OutcomeUnknown as error:
            raise self._lost_at_login(error) from error
        except AuthenticationError as error:
            if error.answer:
                return _Login([_REFUSED])
            raise
        if call.exchange.messages and call.exchange.messages[0].is_error:
            return _Login(call.exchange.messages)
        self._digests.append(digest)
        return _Login([_ACCEPTED])

    async def _ask_by_digest(self, call: Call, digest: Digest) -> None:
        reply = await self._post(call, [], digest)
        if reply.status != 401:
            self._check(reply, call)
            return
        challenge = reply.header("WWW-Authenticate")
        if not challenge.lower().startswith("digest"):
            msg = f"{self._where}{self._path} wants another authentication than Asterisk's digest: {challenge!r}"
            call.note(sent=False)
            raise self._instead(call, ProtocolError(msg))
        raise login_error(self._where, self._username, [_REFUSED.as_dict()])

    # One POST

    async def _post(self, call: Call, headers: list[tuple[bytes, bytes]], digest: Digest | None = None) -> Reply:
        try:
            async with (self._poll_http if call.polls else self._http).post(
                self._path, call.form, headers, connect_timeout=self._connect_timeout, sent=call.note, digest=digest
            ) as reply:
                call.came_at = asyncio.get_running_loop().time()
                if call.after is not None:
                    await self._given_way(call.after)
                await call.read(reply, self._hear)
                if not call.is_answered_by(reply):
                    # Whose answers come there now is anybody's guess.
                    await reply.drop()
                return reply
        except NotConnected as error:
            gone = self._not_connected(error.reason)
            if self._logged_in and not isinstance(gone, AuthenticationError):
                # Neither the session nor its events can be reached: whoever waits must hear of it.
                gone = ConnectionLost(*gone.args)
                self._lose(gone)
            raise gone from error.reason
        except Broken as error:
            went = f"the connection to {self._where} went ({error})"
            if call.sent:
                raise outcome_unknown(call.exchange, went) from error
            msg = f"{call.exchange.action}: {went}. Nothing was carried out"
            raise ConnectionLost(msg) from error
        except NotHTTP as error:
            wrong = ProtocolError(
                f"{self._where} doesn't answer in HTTP ({error}). Use the port of http.conf (bindport, 8088 unless "
                f"set; with TLS that of tlsbindaddr); AMI's own port (5038) is for TCPClient."
            )
            wrong.__cause__ = error
        raise self._instead(call, wrong)

    @contextmanager
    def _limit(self, call: Call, timeout: float) -> Iterator[asyncio.Timeout]:
        """A time limit that the connection's end can cut short, and the right error at its end."""
        limit = asyncio.timeout(timeout)
        self._waiting.add(limit)
        try:
            yield limit
        except TimeoutError:
            action = call.exchange.action
            if self._cut and call.sent:
                raise outcome_unknown(call.exchange, self._cut) from None
            if self._cut:
                msg = f"{action}: {self._cut}. Nothing was sent"
                raise ConnectionLost(msg) from None
            if call.sent:
                raise timed_out(call.exchange, timeout) from None
            msg = f"{action}: not even sent within {timeout:g} s, for want of a connection to {self._where}"
            raise ActionTimeout(msg, action=action) from None
        finally:
            self._waiting.discard(limit)

    def _extend(self, limit: asyncio.Timeout, timeout: float | None) -> None:
        """Begin a time limit anew, unless it is over or was cut short; None: let it rest."""
        if not self._cut and not limit.expired():
            limit.reschedule(None if timeout is None else asyncio.get_running_loop().time() + timeout)

    def _hear(self) -> None:
        self._last_heard = asyncio.get_running_loop().time()

    def _lose(self, error: Exception) -> None:
        self._stop_polling()
        self._end(error)
        self._cut_short(str(error).rstrip("."))

    def _cut_short(self, why: str) -> None:
        """Have nobody wait for an answer any more."""
        self._cut = self._cut or why
        for limit in self._waiting:
            if not limit.expired():
                limit.reschedule(0)

    def _end(self, error: Exception | None) -> None:
        """Take note that nothing comes any more: None after a Goodbye."""
        if self._ended is None:
            self._ended = error or ConnectionLost(f"Logged off from {self._where}")
            self._on_end(error)

    # What goes wrong

    def _check_open(self) -> None:
        if self._ended is not None or not self._logged_in:
            msg = f"Not connected to {self._where}: nothing was sent"
            raise ConnectionLost(msg) from self._ended

    def _check(self, reply: Reply, call: Call) -> None:
        """Make sure that a reply is AMI's.

        Raises:
            AuthenticationError: This host is kept out.
            ConnectionLost: Asterisk comes or goes.
            OutcomeUnknown: A page came in place of an answer.
            ProtocolError: It isn't AMI's, and never was.
        """
        if call.is_answered_by(reply):
            return
        if refuses(reply, call):
            call.note(sent=False)
        excerpt, known = self._excerpt(reply, call), self._logged_in
        error = page_error(reply, call, self._where, self._path, username=self._username, excerpt=excerpt, known=known)
        raise self._instead(call, error)

    def _instead(self, call: Call, error: AMIError) -> AMIError:
        """The error for an action that wasn't answered in AMI."""
        return in_session(call, error) if self._logged_in and not isinstance(error, AuthenticationError) else error

    def _excerpt(self, reply: Reply, call: Call) -> str:
        text = call.beginning.decode("utf-8", "backslashreplace")
        # A server that echoes what it gets would give the secret away.
        for secret in (self._secret, quote_plus(self._secret, errors="surrogateescape")):
            text = text.replace(secret, "***") if secret else text
        return f"{reply.header('Content-Type') or 'no content type'} {text[:_EXCERPT]!r}"

    def _lost_at_login(self, error: OutcomeUnknown) -> AMIError:
        broken = error.__cause__
        if isinstance(broken, AMIError):
            return ConnectionLost(*broken.args)
        if (
            isinstance(broken, Broken)
            and isinstance(broken.reason, ssl.SSLError)
            and refuses_certificate(broken.reason)
        ):
            return self._not_connected(broken.reason)
        tls = "it wants a client certificate (cert_client)" if self._tls else "the port expects TLS (ssl_enabled=True)"
        return ConnectionLost(
            f"{self._where}: the connection went before the first answer ({broken}). Either {tls}, or the sessionlimit "
            f"of http.conf is reached."
        )

    def _not_connected(self, error: Exception) -> AMIError:
        where = self._where
        if isinstance(error, ssl.SSLError):
            return tls_failed(error, where, config="http.conf", port=8089)
        return ConnectionLost(
            f"Can't connect to Asterisk's HTTP server at {where}: {error}. In http.conf, [general] needs enabled=yes, "
            f"and bindaddr and bindport (with TLS tlsenable=yes and tlsbindaddr) as used here; `http show status` on "
            f"Asterisk's console tells where it listens."
        )


def _cookie(reply: Reply) -> str:
    """The id of the session that a reply belongs to; nothing if it has none."""
    found = _COOKIE.search(reply.header("Set-Cookie"))
    return redact(found.group(1)) if found else ""
