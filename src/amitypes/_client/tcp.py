"""A client over TCP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from amitypes._client.base import BaseClient
from amitypes._client.reconnect import Reconnect
from amitypes._protocol.event_filter import EventFilter, EventMask
from amitypes._protocol.limits import Limits
from amitypes._protocol.redaction import redact
from amitypes._transport.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from amitypes._events.backlog import Backlog
    from amitypes._transport.base import OnEnd, OnEvents, OnGap, Transport

__all__ = ["BaseTCPClient"]


class BaseTCPClient(BaseClient):
    """A client over TCP.

    Args:
        host: The server's name or address; default: ``localhost``.
        port: AMI's port; default: 5038, or 5039 with TLS.
        username: The manager user for `connect`; default: none.
        password: Its secret; default: none.
        ssl_enabled: Whether to use TLS, 1.2 or newer; default: False. The certificate and the host name are verified.
        cert_ca: What to trust besides the system's CAs: the path of a PEM file, or its bytes.
        cert_client: The certificate by which the client proves itself, where the server's side of TLS asks for one:
            the path of a PEM file, intermediate certificates behind it; default: none. Asterisk itself asks for none, a
            TLS proxy before it may.
        cert_key: The path of its private key; default: in the same file.
        cert_passphrase: What opens that key; default: it isn't encrypted.
        ssl_context: All about TLS instead of the four before, used as it is; default: none. With ``ssl_enabled=True``.
        auth: How to log in: ``md5`` proves the secret without sending it, ``plain`` sends it; default: ``plain`` with
            TLS, ``md5`` without. A server that refuses the one is never tried with the other.
        timeout: How long connecting and logging in may take, in seconds, each; default: 10.
        reply_timeout: How long to wait for the answer to an action, in seconds; default: 60.
        events: Which events to ask the server for: ``on``, ``off``, or some classes such as ``["call", "agent"]``;
            default: all that the user's ``read`` in manager.conf allows.
        filters: Filters by which the server chooses among them; default: none.
        reconnect: How to come back after a lost connection; False: not at all. Default: as `Reconnect` has it.
        max_silence: Seconds after which a server that says nothing counts as gone, None: never; default: 60. After half
            of them it is asked for a sign of life (``Ping``).
        backlog: How many events may wait for each subscriber, and what becomes of more, unless a subscription has a
            `Backlog` of its own; default: as `Backlog` has it.
        limits: How much the client takes in; default: as `Limits` has it.

    Raises:
        AttributeError: `cert_ca`, or another parameter of TLS, without ``ssl_enabled=True``.
        OSError: A file of TLS can't be read, or (`ssl.SSLError`) doesn't hold what it should.
        ValueError: There is no such port, or a setting makes no sense.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int | None = None,
        *,
        username: str | None = None,
        password: str | None = None,
        ssl_enabled: bool = False,
        cert_ca: str | Path | bytes | None = None,
        cert_client: str | Path | None = None,
        cert_key: str | Path | None = None,
        cert_passphrase: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        auth: Literal["md5", "plain"] | None = None,
        timeout: float = 10.0,
        reply_timeout: float = 60.0,
        events: EventMask | None = None,
        filters: Sequence[EventFilter] = (),
        reconnect: Reconnect | bool = True,
        max_silence: float | None = 60.0,
        backlog: Backlog | None = None,
        limits: Limits | None = None,
    ) -> None:
        password, cert_passphrase = redact(password), redact(cert_passphrase)
        if auth not in {None, "md5", "plain"}:
            msg = f"auth={auth!r}: 'md5' or 'plain'"
            raise ValueError(msg)
        super().__init__(
            host,
            port if port is not None else 5039 if ssl_enabled else 5038,
            username=username,
            password=password,
            context=tls_context(
                ssl_enabled,
                cert_ca=cert_ca,
                cert_client=cert_client,
                cert_key=cert_key,
                cert_passphrase=cert_passphrase,
                ssl_context=ssl_context,
            ),
            timeout=timeout,
            reply_timeout=reply_timeout,
            events=events,
            filters=filters,
            reconnect=reconnect,
            max_silence=max_silence,
            backlog=backlog,
            limits=limits,
        )
        self._md5 = not ssl_enabled if auth is None else auth == "md5"

    def _make_transport(self, on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Transport:
        from amitypes._transport.tcp import TCPTransport

        return TCPTransport(
            self.host,
            self.port,
            context=self._context,
            md5=self._md5,
            response_shapes=self.response_shapes,
            limits=self._limits,
            unwanted=self._dispatcher.unwanted,
            on_events=on_events,
            on_end=on_end,
        )
