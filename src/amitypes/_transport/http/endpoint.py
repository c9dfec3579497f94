"""AMI's address on one HTTP server: sends requests there, and turns what goes wrong into errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, OutcomeUnknown, ProtocolError
from amitypes._protocol.redaction import redact
from amitypes._transport.errors import outcome_unknown
from amitypes._transport.http.errors import interrupted, is_refusal, lost_at_login, not_connected, not_http, page_error
from amitypes._transport.http.pool import Broken, HTTPConnections, NotConnected, NotHTTP

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from amitypes._transport.http.pool import Digest, Reply
    from amitypes._transport.http.request import ActionRequest

__all__ = ["Endpoint"]

_EXCERPT: Final = 60
"""Characters of an unexpected page that an error shows."""


class Endpoint:
    """AMI's address on one HTTP server.

    Args:
        host: The server's name or address.
        port: Its HTTP port.
        path: AMI's path.
        context: What TLS is to verify; None for HTTP without TLS.
        on_unreachable: Called when AMI has answered before, and now no connection can be made.

    Attributes:
        where: The server's address, for errors.
        path: AMI's path.
        established: Whether AMI has answered here before: then a fault is temporary, not a wrong address.
        last_heard: When anything of an answer last came, by the clock of the event loop.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        context: ssl.SSLContext | None,
        on_unreachable: Callable[[ConnectionLost], None],
    ) -> None:
        self.where: Final = f"{host}:{port}"
        self.path: Final = path
        self.established = False
        self.last_heard = 0.0
        self._tls = context is not None
        self._on_unreachable = on_unreachable
        self._connections = HTTPConnections(host, port, context)
        self._poll_connections = HTTPConnections(host, port, context)
        self._username = ""
        self._secret = ""
        self._connect_timeout = 0.0

    def configure(self, username: str, secret: str, connect_timeout: float) -> None:
        """Set what is known at login only.

        Args:
            username: The manager user, for errors.
            secret: Its secret, which no error shows even if the server echoes it.
            connect_timeout: How long a new connection may take, in seconds.
        """
        self._username, self._secret, self._connect_timeout = username, redact(secret), connect_timeout

    async def post(
        self, request: ActionRequest, headers: Sequence[tuple[bytes, bytes]] = (), digest: Digest | None = None
    ) -> Reply:
        """Send a request and read the reply; whether that is AMI's, `check` says.

        Args:
            request: The request.
            headers: Headers besides those that every form has; default: none.
            digest: Authenticates the request; default: nothing does.

        Returns:
            The reply.

        Raises:
            AuthenticationError: The server refuses the client's certificate.
            ConnectionLost: There is no connection, or it was lost before the request was carried out.
            OutcomeUnknown: The connection was lost after the request was sent.
            ProtocolError: What answers isn't HTTP.
        """
        connections = self._poll_connections if request.polls else self._connections
        try:
            async with connections.post(
                self.path,
                request.form,
                headers,
                connect_timeout=self._connect_timeout,
                sent=request.mark_sent,
                digest=digest,
            ) as reply:
                request.replied_at = asyncio.get_running_loop().time()
                if request.before_reading is not None:
                    await request.before_reading()
                await request.read(reply, self._note_data)
                if not request.is_answered_by(reply):
                    # What follows on this connection may be the answer to anything.
                    await reply.drop()
                return reply
        except NotConnected as error:
            failure: AMIError = not_connected(error.reason, self.where)
            if self.established and not isinstance(failure, AuthenticationError):
                failure = ConnectionLost(*failure.args)
                self._on_unreachable(failure)
            raise failure from error.reason
        except Broken as error:
            why = f"the connection to {self.where} was lost ({error})"
            if request.sent:
                raise outcome_unknown(request.exchange, why) from error
            msg = f"{request.exchange.action}: {why}. Nothing was carried out"
            raise ConnectionLost(msg) from error
        except NotHTTP as error:
            failure = not_http(error, self.where)
        raise self.error_instead_of_answer(request, failure)

    def check(self, reply: Reply, request: ActionRequest) -> None:
        """Raise an error for a reply that isn't AMI's.

        Raises:
            AuthenticationError: This host is kept out.
            ConnectionLost: Asterisk can't be reached for now.
            OutcomeUnknown: A page came in place of an answer.
            ProtocolError: It isn't AMI's, and never was.
        """
        if request.is_answered_by(reply):
            return
        if is_refusal(reply, request):
            request.mark_sent(False)
        error = page_error(
            reply,
            request,
            self.where,
            self.path,
            username=self._username,
            excerpt=self._excerpt(reply, request),
            established=self.established,
        )
        raise self.error_instead_of_answer(request, error)

    def check_answered(self, request: ActionRequest) -> None:
        """Raise an error for a request whose reply holds no answer."""
        if not request.exchange.answered:
            raise self.error_instead_of_answer(request, ProtocolError(f"{self.where} answered with nothing at all"))

    def error_instead_of_answer(self, request: ActionRequest, error: AMIError) -> AMIError:
        """The error for an action that wasn't answered in AMI: temporary where AMI has answered before."""
        return interrupted(request, error) if self.established and not isinstance(error, AuthenticationError) else error

    def error_at_login(self, error: OutcomeUnknown) -> AMIError:
        """The error for a connection that was lost before the first answer."""
        return lost_at_login(error, self.where, tls=self._tls)

    async def aclose(self) -> None:
        """Close all connections."""
        try:
            await self._poll_connections.aclose()
        finally:
            await self._connections.aclose()

    def _note_data(self) -> None:
        self.last_heard = asyncio.get_running_loop().time()

    def _excerpt(self, reply: Reply, request: ActionRequest) -> str:
        text = request.body_start.decode("utf-8", "backslashreplace")
        # A server may echo what it receives.
        for secret in (self._secret, quote_plus(self._secret, errors="surrogateescape")):
            text = text.replace(secret, "***") if secret else text
        return f"{reply.header('Content-Type') or 'no content type'} {text[:_EXCERPT]!r}"
