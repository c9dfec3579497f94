"""AMI over TCP, with or without TLS."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from functools import partial
from typing import TYPE_CHECKING, Final

from amitypes._protocol.encoding import encode
from amitypes._protocol.errors import AMIError, ConnectionLost, ProtocolError
from amitypes._protocol.exchange import Exchange
from amitypes._protocol.redaction import redact
from amitypes._protocol.session import Session, check_banner
from amitypes._protocol.validation import MAX_LINE, check
from amitypes._transport.deadlines import Deadlines
from amitypes._transport.errors import (
    outcome_unknown,
    overflowed,
    refuses_certificate,
    timed_out,
    tls_failed,
    too_large,
)
from amitypes._transport.socket import Socket, connect
from amitypes._transport.stream_protocol import StreamProtocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from amitypes._protocol.limits import Limits
    from amitypes._protocol.message import Message, RawMessage
    from amitypes._protocol.response_shape import ResponseShape
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Mask, OnEnd, OnEvents, SetUp
    from amitypes._transport.list_channel import ListChannel

__all__ = ["TCPTransport"]

_log = logging.getLogger("amitypes")

_MAX_BATCH: Final = 32
"""Actions in one write: with more, the server would wait for the first."""
_CLOSE_TIMEOUT: Final = 1.0


class TCPTransport:
    """One TCP connection to an AMI server, made in the event loop that it lives in.

    Args:
        host: The server's name or address.
        port: Its AMI port.
        context: What TLS is to verify; None for a connection without TLS.
        md5: Whether to prove the secret by a challenge instead of sending it.
        response_shapes: The shapes of the responses that need one, by action name in lower case.
        on_events: Called with events, in order.
        on_end: Called once when the connection has ended without `close`.
        limits: How large a message may be; default: of any size.
        unwanted: Prefixes of events without subscribers, as the framer skips them; default: none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None,
        md5: bool,
        response_shapes: Mapping[str, ResponseShape],
        on_events: OnEvents,
        on_end: OnEnd,
        limits: Limits | None = None,
        unwanted: AbstractSet[bytes] = frozenset(),
    ) -> None:
        self._host = host
        self._port = port
        self._context = context
        self._md5 = md5
        self._on_events = on_events
        self._on_end = on_end
        self._session = Session(response_shapes, limits=limits, unwanted=unwanted)
        self._answers: dict[Exchange, asyncio.Future[list[Message]]] = {}
        self._lists: dict[Exchange, ListChannel] = {}
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._expire, self._loop)
        self._greeted: asyncio.Future[str] | None = None
        self._protocol = StreamProtocol(self._receive)
        self._connection: asyncio.Transport | None = None
        self._socket: Socket | None = None
        self._outgoing: list[bytes] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ended: Exception | None = None
        self._given_up = ""
        self._goodbye = False
        self._last_heard = 0.0

    @property
    def ami_version(self) -> str | None:
        """AMI's version as the server's greeting tells it; None before it came."""
        banner = self._session.banner
        return None if banner is None else banner.partition("/")[2]

    @property
    def last_heard(self) -> float:
        """When anything last came; see `Transport.last_heard`."""
        return self._last_heard

    @property
    def complete_until(self) -> float:
        """When anything last came, as over TCP events come by themselves; see `Transport.complete_until`."""
        return self._last_heard

    @property
    def busy_until(self) -> float:
        """The last deadline of the actions in flight: Asterisk carries them out one after another."""
        return self._deadlines.last

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"

    async def open(
        self, username: str, secret: str, timeout: float, *, mask: Mask = str, set_up: SetUp | None = None
    ) -> list[Message]:
        """Connect, read the greeting and log in; see `Transport.open`."""
        login = [("Action", "Login"), ("Username", username), ("Secret", secret)]
        check(login)
        try:
            async with asyncio.timeout(timeout):
                await self._connect()
        except (OSError, UnicodeError) as error:  # the latter of a host that no name server could know
            raise self._not_connected(error, timeout) from error
        self._greeted = self._loop.create_future()
        self._reading = asyncio.create_task(self._read(), name=f"amitypes-{self._where}")
        try:
            async with asyncio.timeout(timeout):
                banner = await self._greeted
        except TimeoutError:
            msg = (
                f"{self._where} accepts connections and sends nothing; an Asterisk Manager Interface sends a banner. "
                f"Use the port of [general] in manager.conf, and ssl_enabled=True for its tlsbindaddr."
            )
            raise ProtocolError(msg) from None
        check_banner(banner, self._where)
        remaining = timeout
        if self._md5:
            due = self._loop.time() + timeout
            answer = await self.exchange([("Action", "Challenge"), ("AuthType", "MD5")], timeout)
            challenge = answer[0].get("Challenge")
            if not challenge:
                return self._unchallenged(answer)
            key = hashlib.md5((challenge + secret).encode("utf-8", "surrogateescape"), usedforsecurity=False)
            login[2:] = [("AuthType", "MD5"), ("Key", redact(key.hexdigest()))]
            remaining = max(0.0, due - self._loop.time())
        if events := mask():
            login.append(("Events", events))
        answer = await self.exchange(login, remaining)
        if set_up is not None and answer[0].name.lower() == "success":
            await set_up(lambda headers: self.exchange(headers, timeout))
        return answer

    def want_events(self) -> None:
        """Nothing to do: over TCP the server sends events by itself."""

    async def exchange(self, headers: Headers, timeout: float, items: ListChannel | None = None) -> list[Message]:
        """Send an action and wait for its whole answer; see `Transport.exchange`."""
        if self._reading is not None and self._ended is None and self._broken:
            # The reading task is about to say why.
            await asyncio.wait({self._reading})
        if self._connection is None or self._ended is not None or self._reading is None:
            msg = f"Not connected to {self._where}: nothing was sent"
            raise ConnectionLost(msg) from self._ended
        exchange, ready = self._session.begin(headers, max_line=MAX_LINE, streamed=items is not None)
        end_marker = self._session.end_marker(exchange)
        self._send(encode(ready) + encode(end_marker) if end_marker else encode(ready))
        del ready
        # Prepared while the server is at work.
        answer: asyncio.Future[list[Message]] = self._loop.create_future()
        self._answers[exchange] = answer
        self._deadlines.begin(exchange, timeout)
        if items is not None:
            self._lists[exchange] = items
            items.restart_timeout = partial(self._restart_timeout, exchange)
            items.begin(exchange)
        try:
            # No `drain`: the caller waits anyway, and the reading task reports a lost connection.
            return await answer
        finally:
            self._deadlines.end(exchange)
            # Also when the caller was cancelled: what still comes of the answer is dropped.
            exchange.abandoned = True
            del self._answers[exchange]
            if items is not None:
                del self._lists[exchange]

    def _restart_timeout(self, exchange: Exchange, timeout: float | None) -> None:
        """Restart the timeout of an action; None suspends it."""
        if timeout is None:
            self._deadlines.end(exchange)
        else:
            self._deadlines.begin(exchange, timeout)

    def _expire(self, exchange: Exchange, timeout: float) -> None:
        answer = self._answers[exchange]
        if not answer.done():
            answer.set_exception(timed_out(exchange, timeout))

    def _send(self, data: bytes) -> None:
        """Send an action at once; those that follow directly, while others are in flight, go out in one write."""
        if self._outgoing is not None:
            self._outgoing.append(data)
            if len(self._outgoing) == _MAX_BATCH:
                self._flush()
        elif self._connection is not None:
            self._connection.write(data)
            if self._answers:
                self._outgoing = []
                self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, None
        if outgoing and self._connection is not None:
            self._connection.write(b"".join(outgoing))

    def give_up(self, why: str) -> None:
        """End the connection as one that was lost; see `Transport.give_up`."""
        self._given_up = why
        if self._connection is not None:
            self._connection.abort()

    async def close(self) -> None:
        """Close the connection."""
        self._ended = self._ended or ConnectionLost(f"The connection to {self._where} was closed here")
        # First what needs no waiting, as waiting may be cancelled.
        if self._reading is not None:
            self._reading.cancel()
        self._fail("the client was closed")
        self._deadlines.close()
        if self._connection is None:
            return
        self._flush()
        self._connection.close()
        try:
            if self._reading is not None:
                await asyncio.wait({self._reading})
            await asyncio.wait({self._protocol.closed}, timeout=_CLOSE_TIMEOUT)
        finally:
            # Without waiting for a server that doesn't take part in closing TLS.
            self._connection.abort()

    @property
    def _broken(self) -> bool:
        """Whether nothing can be written any more."""
        closing = self._connection is not None and self._connection.is_closing()
        return closing or (self._socket is not None and self._socket.broken is not None)

    async def _connect(self) -> None:
        self._socket = await connect(self._host, self._port)
        self._connection, _ = await self._loop.create_connection(
            lambda: self._protocol,
            sock=self._socket,
            ssl=self._context,
            server_hostname=self._host if self._context else None,
        )

    async def _read(self) -> None:
        protocol = self._protocol
        self._last_heard = self._loop.time()
        self._greet()
        why, refused = "the server closed the connection", None
        try:
            await protocol.ended
            if protocol.fault is not None:
                raise protocol.fault
            self._deliver(self._session.end(may_be_truncated=True))
            broken = protocol.error or (self._socket.broken if self._socket else None)
            if broken is not None:
                raise broken
        except OSError as error:
            why = f"the connection broke ({error})"
            if isinstance(error, ssl.SSLError) and refuses_certificate(error):
                refused = self._not_connected(error, 0.0)
        except Exception as error:
            # A bug in amitypes: callers and subscribers must not wait for ever.
            _log.exception("Reading from %s failed", self._where)
            why = f"reading from it failed ({error!r})"
        why = self._given_up or why
        self._ended = ConnectionLost(f"{self._where}: {why}")
        if self._greeted is not None and not self._greeted.done():
            tls = (
                "it wants a client certificate (cert_client)" if self._context else "it expects TLS (ssl_enabled=True)"
            )
            self._greeted.set_exception(
                refused
                or ConnectionLost(
                    f"{self._where}: {why} before any greeting. Either manager.conf's authlimit or permit/deny keeps "
                    f"this host out, or the port isn't AMI's, or {tls}."
                )
            )
        self._fail(why)
        if self._connection is not None:
            self._connection.close()
        self._on_end(None if self._goodbye else self._ended)

    def _receive(self, data: bytes) -> None:
        """Process what has arrived."""
        if self._ended is None:
            self._last_heard = self._loop.time()
            self._deliver(self._session.receive(data))
            self._greet()

    def _greet(self) -> None:
        if self._session.banner is not None and self._greeted is not None and not self._greeted.done():
            self._greeted.set_result(self._session.banner)

    def _deliver(self, received: list[Exchange | list[RawMessage]]) -> None:
        for item in received:
            if isinstance(item, list):
                self._on_events(item)
                continue
            self._goodbye = self._goodbye or item.is_goodbye
            answer = self._answers.get(item)
            if answer is None or answer.done():
                continue
            if item.streamed:
                self._lists[item].notify()
            if item.truncated_reason:
                answer.set_exception(too_large(item))
            elif item.streamed and not item.complete:
                if item.is_full:
                    # Reading goes on, as events and other answers come the same way: the rest is dropped.
                    item.abandoned = True
                    answer.set_exception(overflowed(item))
            else:
                answer.set_result(item.messages)

    def _fail(self, why: str) -> None:
        """Fail every action in flight: its answer will not come."""
        for exchange, answer in self._answers.items():
            if not answer.done():
                answer.set_exception(outcome_unknown(exchange, why))

    def _unchallenged(self, answer: list[Message]) -> list[Message]:
        """The answer, if it says why there is no challenge; the secret is never sent in its place."""
        text = answer[0].get("Message")
        if any(word in text.lower() for word in ("in use", "shutting down")):
            return answer
        msg = (
            f"{self._where} gives no challenge for an MD5 login ({text or 'no reason given'}), and the secret isn't "
            f"sent in plain text by itself: use TLS, or auth='plain' in a network that you trust."
        )
        raise ProtocolError(msg)

    def _not_connected(self, error: Exception, timeout: float) -> AMIError:
        where = self._where
        match error:
            case ssl.SSLError():
                return tls_failed(error, where, config="manager.conf", port=5039)
            case TimeoutError():
                why = f"no connection within {timeout:g} s"
            case _:
                why = str(error) or "the server hung up"
        return ConnectionLost(
            f"Can't connect to AMI at {where}: {why}. In manager.conf, [general] needs enabled=yes, and port and "
            f"bindaddr (with TLS tlsenable=yes and tlsbindaddr) as used here."
        )
