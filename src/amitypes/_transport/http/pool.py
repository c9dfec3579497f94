"""A pool of HTTP connections, and the only module that uses httpx2: it sends a POST, and raises errors of its own.

httpx2's transport is used without its client, which would add what AMI must not have: a cookie jar, redirects, proxies
and credentials from the environment, and a log line for every poll.
"""

from __future__ import annotations

import logging
import re
import ssl
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol, cast

import httpx2

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping, Sequence

__all__ = ["Broken", "Digest", "HTTPConnections", "NotConnected", "NotHTTP", "Reply"]

_IDLE: Final = 5.0
"""Seconds after which an idle connection isn't used again; the server closes it after 15 by default."""
_CONNECTED: Final = "connection.connect_tcp.complete"
_SENDING: Final = "http11.send_request_headers.started"
_UNAUTHORIZED: Final = 401
_LOST: Final = ("disconnected", "closed")
"""Words of httpx2's protocol error for a lost connection, which it has no class for."""


class _Stream(Protocol):
    """A connection, as httpx2 knows it."""

    def get_extra_info(self, info: str) -> object: ...
    async def aclose(self) -> None: ...


class NotConnected(Exception):
    """No connection could be made, so nothing was sent.

    Attributes:
        reason: What went wrong; a `TimeoutError` or an `OSError`, such as `ssl.SSLError`, where that is known.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Broken(Exception):
    """The connection was lost while a request was sent or its reply was awaited.

    Attributes:
        reason: What went wrong; an `OSError`, such as `ssl.SSLError`, where that is known.
    """

    def __init__(self, text: str, reason: Exception) -> None:
        super().__init__(text)
        self.reason = reason


class NotHTTP(Exception):
    """The server doesn't speak HTTP."""


class Reply:
    """A reply whose body is still to be read.

    Args:
        response: httpx2's response.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.status: Final = response.status_code

    def header(self, name: str) -> str:
        """A header's value; empty if there is none.

        Args:
            name: The header's name, in any case.

        Returns:
            The value; several are joined by commas.
        """
        return self._response.headers.get(name, "")

    @property
    def tells_its_end(self) -> bool:
        """Whether a truncated body can be distinguished from a complete one."""
        return "Content-Length" in self._response.headers or "Transfer-Encoding" in self._response.headers

    async def drop(self) -> None:
        """Close the connection of this reply, so that nothing else is sent on it."""
        await cast("_Stream", self._response.extensions["network_stream"]).aclose()

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces, as they arrive; it can be read once."""
        return self._response.aiter_raw()


class Digest:
    """Digest authentication of one request at a time, as the server wants a nonce's count to rise.

    Args:
        username: The user's name.
        secret: The user's secret.
    """

    def __init__(self, username: str, secret: str) -> None:
        self._auth = httpx2.DigestAuth(_bytes(username), _bytes(secret))

    def flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """The requests to send for one: that one, and a second one after a challenge."""
        return self._auth.auth_flow(request)


class HTTPConnections:
    """Connections to one server, kept open between requests, as many as there are requests at a time.

    Args:
        host: The server's name or address.
        port: Its port.
        context: What TLS is to verify; None for HTTP without TLS.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        self._scheme = "http" if context is None else "https"
        self._host = host
        self._port = port
        self._streams: list[_Stream] = []
        self._transport = httpx2.AsyncHTTPTransport(
            # Not used without TLS; httpx2's own default takes long to make.
            verify=context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=_IDLE),
        )

    @asynccontextmanager
    async def post(
        self,
        path: str,
        body: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        *,
        connect_timeout: float,
        sent: Callable[[bool], None],
        digest: Digest | None,
    ) -> AsyncIterator[Reply]:
        """Send a form; at the end, close what wasn't read of the reply.

        Args:
            path: The path, quoted.
            body: The form, encoded.
            headers: Headers besides those that every form has.
            connect_timeout: How long a new connection may take, in seconds; there is no other timeout here.
            sent: Called with True before the first byte is sent, and with False when the server has refused the form
                because it isn't authenticated.
            digest: Authenticates the form; None: nothing does.

        Yields:
            The reply.

        Raises:
            NotConnected: No connection could be made; nothing was sent.
            Broken: The connection was lost after that.
            NotHTTP: The reply isn't HTTP.
        """
        connecting: list[_Stream] = []
        handled = sys.exception()

        async def trace(event: str, about: Mapping[str, object]) -> None:
            if event == _CONNECTED:
                connecting.append(cast("_Stream", about["return_value"]))
                self._note(connecting[-1])
            elif event == _SENDING:
                connecting.clear()
                sent(True)

        try:
            request = httpx2.Request(
                "POST",
                httpx2.URL(scheme=self._scheme, host=self._host, port=self._port, path=path),
                headers=[
                    (b"Content-Type", b"application/x-www-form-urlencoded"),
                    (b"Accept-Encoding", b"identity"),
                    *headers,
                ],
                content=body,
                extensions={"timeout": httpx2.Timeout(None, connect=connect_timeout).as_dict(), "trace": trace},
            )
            response = await self._send(request, digest, sent)
            try:
                yield Reply(response)
            finally:
                await response.aclose()
        except httpx2.ConnectTimeout as error:
            raise NotConnected(TimeoutError(f"no connection within {connect_timeout:g} s")) from error
        except (httpx2.ConnectError, httpx2.InvalidURL) as error:
            raise NotConnected(_reason(error, handled)) from error
        except (httpx2.ProtocolError, httpx2.DecodingError) as error:
            text = str(error)
            raise (Broken(text, error) if any(word in text for word in _LOST) else NotHTTP(text)) from error
        except (httpx2.TransportError, OSError) as error:  # the latter of TLS, which httpx2 doesn't wrap
            reason = _reason(error, handled)
            raise Broken(str(reason) or "broke", reason) from error
        finally:
            # httpx2 drops a connection whose TLS handshake is cancelled, and leaves its socket open.
            for stream in connecting:
                with suppress(OSError):
                    await stream.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        try:
            await self._transport.aclose()
        finally:
            for stream in self._streams:
                await stream.aclose()

    def _note(self, stream: _Stream) -> None:
        # httpx2 may leave connections open when a request is cancelled while it closes idle ones: keep track here.
        self._streams = [known for known in self._streams if _is_open(known)]
        self._streams.append(stream)

    async def _send(
        self, request: httpx2.Request, digest: Digest | None, sent: Callable[[bool], None]
    ) -> httpx2.Response:
        if digest is None:
            return await self._transport.handle_async_request(request)
        flow = digest.flow(request)
        response = await self._transport.handle_async_request(next(flow))
        while True:
            response.request = request
            if response.status_code == _UNAUTHORIZED:
                sent(False)
            try:
                proven = flow.send(response)
            except StopIteration:
                return response
            except (ValueError, NotImplementedError) as error:
                await response.aclose()
                msg = f"its challenge for a digest can't be read: {response.headers['WWW-Authenticate'][:200]!r}"
                raise NotHTTP(msg) from error
            # A challenge: when it is read to its end, the connection can be used for the next request.
            async for _ in response.aiter_raw():
                pass
            await response.aclose()
            response = await self._transport.handle_async_request(proven)


def _is_open(stream: _Stream) -> bool:
    connection = cast("socket.socket | None", stream.get_extra_info("socket"))
    return connection is not None and connection.fileno() != -1


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _reason(error: Exception, handled: BaseException | None) -> Exception:
    """The innermost error of the system, which several libraries have wrapped.

    Args:
        error: What httpx2 raised.
        handled: The error that was being handled before, which Python takes for the first cause.
    """
    reason, cause = error, error.__cause__ or error.__context__
    while cause is not None and cause is not handled:
        if isinstance(cause, OSError):
            reason = cause
        cause = cause.__cause__ or cause.__context__
    return reason


class _RedactSession(logging.Filter):
    """Keeps the session's id, which is as good as a password, out of httpcore2's debug log."""

    _ID = re.compile(r"(mansession_id=\W*)\w+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the id; the record itself stays."""
        text = record.getMessage()
        if "mansession_id" in text:
            record.msg, record.args = self._ID.sub(r"\1...", text), None
        return True


logging.getLogger("httpcore2.http11").addFilter(_RedactSession())
