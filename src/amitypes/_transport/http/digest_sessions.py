"""Digest authentication over HTTP: a session for each nonce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AuthenticationError, OutcomeUnknown, ProtocolError
from amitypes._protocol.message import Message
from amitypes._transport.http.pool import Digest
from amitypes._transport.http.sessions import Credentials, HTTPSession
from amitypes._transport.login_errors import login_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._protocol.types import Headers
    from amitypes._transport.http.endpoint import Endpoint
    from amitypes._transport.http.request import ActionRequest

__all__ = ["DigestSessions"]

_REFUSED: Final = Message(b"Response: Error\r\nMessage: Authentication failed")


_ACCEPTED: Final = Message(b"Response: Success\r\nMessage: Authentication accepted")


_UNAUTHORIZED: Final = 401


class DigestSessions(HTTPSession):
    """No login: each request proves the secret, and the server keeps a session for each nonce.

    A nonce serves one request at a time, so each action in flight has one of its own, and so has the poller.
    """

    expires_silently = True

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        make_request: Callable[[Headers], ActionRequest],
        on_refused: Callable[[AuthenticationError], None],
    ) -> None:
        super().__init__(endpoint, credentials, make_request=make_request, on_refused=on_refused)
        self._idle: list[Digest] = []
        self._poll_digest = Digest(*credentials)

    async def log_in(self) -> list[Message]:
        """Prove by a ``Ping`` that the user is accepted."""
        digest = Digest(*self._credentials)
        request = self._make_request([("Action", "Ping")])
        try:
            await self._send_with(digest, request)
        except OutcomeUnknown as error:
            raise self._endpoint.error_at_login(error) from error
        except AuthenticationError as error:
            if error.answer:
                return [_REFUSED]
            raise
        if request.exchange.messages and request.exchange.messages[0].is_error:
            return request.exchange.messages
        self._idle.append(digest)
        return [_ACCEPTED]

    async def set_up_session(self) -> None:
        """Set up nothing: filters and mask would not reach the session that polls."""

    async def renew(self, session_id: str, why: str) -> bool:
        """Renew nothing: an unknown nonce is replaced by the server's next challenge."""
        return False

    def begin_polling(self) -> None:
        """Poll in a session of its own."""
        self._poll_digest = Digest(*self._credentials)

    async def _send(self, request: ActionRequest) -> None:
        digest = self._idle.pop() if self._idle else Digest(*self._credentials)
        try:
            await self._send_with(digest, request)
        finally:
            self._idle.append(digest)

    async def _send_poll(self, request: ActionRequest) -> None:
        await self._send_with(self._poll_digest, request)

    async def _send_with(self, digest: Digest, request: ActionRequest) -> None:
        endpoint = self._endpoint
        reply = await endpoint.post(request, digest=digest)
        if reply.status != _UNAUTHORIZED:
            endpoint.check(reply, request)
            return
        challenge = reply.header("WWW-Authenticate")
        if not challenge.lower().startswith("digest"):
            msg = f"{endpoint.where}{endpoint.path} wants another authentication than Asterisk's digest: {challenge!r}"
            request.mark_sent(False)
            raise endpoint.error_instead_of_answer(request, ProtocolError(msg))
        raise login_error(endpoint.where, self._credentials.username, [_REFUSED.as_dict()])
