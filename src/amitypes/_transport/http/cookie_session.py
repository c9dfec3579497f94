"""One session over HTTP, known by its cookie."""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, OutcomeUnknown, ProtocolError
from amitypes._protocol.message import Message
from amitypes._protocol.redaction import RedactedBytes, redact
from amitypes._transport.http.sessions import Credentials, HTTPSession, Recording
from amitypes._transport.login_errors import login_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._protocol.types import Headers
    from amitypes._transport.base import SetUp
    from amitypes._transport.http.endpoint import Endpoint
    from amitypes._transport.http.in_flight import InFlight
    from amitypes._transport.http.pool import Reply
    from amitypes._transport.http.request import ActionRequest

__all__ = ["CookieSession"]

_log = logging.getLogger("amitypes")

_COOKIE: Final = re.compile(r'mansession_id="?([0-9a-f]+)', re.IGNORECASE)
_MAX_AGE: Final = re.compile(r"max-age=(\d{1,9})", re.IGNORECASE)


class _Login(NamedTuple):
    """An accepted login.

    Attributes:
        cookie: The session's id.
        recording: Whether the server records events in it.
        at: When it was accepted, by the clock of the event loop.
    """

    cookie: str
    recording: bool
    at: float


class CookieSession(HTTPSession):
    """One session, known by its cookie: opened by a login, and renewed when the server has forgotten it.

    Args:
        endpoint: Where requests go.
        credentials: The manager user.
        make_request: Makes the request of an action.
        on_refused: Called when the server refuses the user or keeps this host out.
        in_flight: Limits the time of the actions that set up a session.
        recording: Updated by each login.
        mask: Which events to ask for, as ``Events`` has it.
        set_up: Awaited in each new session before it is used for anything else; None: nothing is to be done.
        set_up_timeout: How long each action of `set_up` may take, in seconds.
        on_renewed: Called when a session was renewed, with what happened to the old one, and up to when its events are
            complete.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        make_request: Callable[[Headers], ActionRequest],
        on_refused: Callable[[AuthenticationError], None],
        in_flight: InFlight,
        recording: Recording,
        mask: Callable[[], str],
        set_up: SetUp | None,
        set_up_timeout: float,
        on_renewed: Callable[[str, float], None],
    ) -> None:
        super().__init__(endpoint, credentials, make_request=make_request, on_refused=on_refused)
        self._in_flight = in_flight
        self._recording = recording
        self._mask = mask
        self._set_up = set_up
        self._set_up_timeout = set_up_timeout
        self._on_renewed = on_renewed
        self._renewing = asyncio.Lock()
        self._login: _Login | None = None

    async def log_in(self) -> list[Message]:
        """Log in, for a cookie."""
        # The mask is always sent, as Asterisk's versions differ in what they record for a session without one.
        mask = self._mask()
        username, secret = self._credentials
        request = self._make_request(
            [("Action", "Login"), ("Username", username), ("Secret", secret), ("Events", mask)]
        )
        where = self._endpoint.where
        try:
            reply = await self._endpoint.post(request)
            self._endpoint.check(reply, request)
        except OutcomeUnknown as error:
            raise self._endpoint.error_at_login(error) from error
        messages = request.exchange.messages
        if not messages:
            msg = f"{where} answers the login with nothing at all"
            raise ProtocolError(msg)
        if messages[0].name.lower() != "success":
            return messages
        if max_age := _MAX_AGE.search(reply.header("Set-Cookie")):
            self._recording.session_seconds = int(max_age[1])
        if not (cookie := _cookie(reply)):
            msg = f"{where} accepts the login without the cookie mansession_id: does a proxy remove it?"
            raise ProtocolError(msg)
        self._login = _Login(cookie, mask.lower() != "off", request.replied_at)
        return messages

    async def set_up_session(self) -> None:
        """Set up the session of the last login, and make it the current one."""
        login = self._login
        if login is None:
            return
        if self._set_up is not None:
            await self._set_up(partial(self._send_in, login.cookie))
        self.session_id = login.cookie
        self._recording.active, self._recording.complete_until = login.recording, login.at

    def begin_polling(self) -> None:
        """Poll in the current session."""

    async def renew(self, session_id: str, why: str) -> bool:
        """Log in again, unless that has been done since a session was the current one."""
        async with self._renewing:
            if self.session_id != session_id:
                return True
            where = self._endpoint.where
            _log.info("%s: %s; logging in again", where, why)
            complete_until = self._recording.complete_until
            try:
                answer = await self.log_in()
            except ProtocolError as error:
                # AMI has answered here before: this is a server that starts, or a proxy.
                raise ConnectionLost(*error.args) from error
            if answer[0].name.lower() != "success":
                refused = login_error(where, self._credentials.username, [message.as_dict() for message in answer])
                refused.args = (f"The session had ended, and then {refused}",)
                raise refused
            try:
                await self.set_up_session()
            except AuthenticationError:
                raise
            except AMIError as error:
                msg = f"{where}: {why}, and a new one could not be set up ({error})"
                raise ConnectionLost(msg) from error
            self._on_renewed(why, complete_until)
            return True

    async def _send(self, request: ActionRequest) -> None:
        session_id = self.session_id
        if await self._is_accepted(request, session_id):
            return
        request.begin()
        await self.renew(session_id, "the server had forgotten the session")
        if not await self._is_accepted(request, self.session_id):
            where, action = self._endpoint.where, request.exchange.action
            msg = (
                f"{where} forgets the session at once: {action} was refused twice, each time after a login. Raise "
                f"httptimeout in manager.conf, or let all requests reach one and the same Asterisk."
            )
            raise ConnectionLost(msg)

    async def _send_poll(self, request: ActionRequest) -> None:
        await self._send(request)

    async def _send_in(self, session_id: str, headers: Headers) -> list[Message]:
        """Send an action in a session that isn't the current one yet: it waits for no other, and isn't sent again."""
        request = self._make_request(headers)
        with self._in_flight.timeout(request, self._set_up_timeout) as timeout:
            async with timeout:
                if not await self._is_accepted(request, session_id):
                    msg = (
                        f"{self._endpoint.where} forgets the session at once: {request.exchange.action} was refused "
                        f"after a login"
                    )
                    raise ConnectionLost(msg)
        self._endpoint.check_answered(request)
        return request.exchange.messages

    async def _is_accepted(self, request: ActionRequest, session_id: str) -> bool:
        """Send an action; False if the server refused it because it has forgotten the session."""
        cookie = RedactedBytes(f'mansession_id="{session_id}"'.encode("ascii"))
        reply = await self._endpoint.post(request, [(b"Cookie", cookie)])
        self._endpoint.check(reply, request)
        messages = request.exchange.messages
        refused = bool(messages) and messages[0].is_error and messages[0].get("Message").lower() == "permission denied"
        return not refused or _cookie(reply) in ("", session_id)


def _cookie(reply: Reply) -> str:
    """The id of the session that a reply belongs to; empty if it has none."""
    found = _COOKIE.search(reply.header("Set-Cookie"))
    return redact(found.group(1)) if found else ""
