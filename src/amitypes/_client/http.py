"""A client over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from amitypes._client.base import BaseClient
from amitypes._client.config import HTTPConfig, redact_setting
from amitypes._client.reconnect_settings import Reconnect
from amitypes._protocol.event_filter import EventFilter, EventMask

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from amitypes._events.backlog import Backlog
    from amitypes._protocol.limits import Limits
    from amitypes._transport.base import OnEnd, OnEvents, OnGap, Transport
    from amitypes._transport.http.timings import PollTimings

__all__ = ["BaseHTTPClient"]


class BaseHTTPClient(BaseClient):
    """A client over HTTP: ``/rawman`` with the session cookie, or ``/arawman`` with digest authentication."""

    _config: HTTPConfig

    poll_timings: ClassVar[PollTimings | None] = None
    """The pace of polling for events; None: the defaults of `PollTimings`."""

    # Printed from HTTPConfig by `python -m tests.repository.constructors`: change a setting there.
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
        prefix: str = "",
        digest: bool = False,
        timeout: float = 10.0,
        reply_timeout: float = 60.0,
        events: EventMask | None = None,
        filters: Sequence[EventFilter] = (),
        reconnect: Reconnect | bool | None = True,
        max_silence: float | None = 60.0,
        backlog: Backlog | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Check the settings, and read the files of TLS. `connect` connects.

        Args:
            host: The server's name or address; default: ``localhost``.
            port: The HTTP port; default: 8088, or 8089 with TLS.
            username: The manager user for `connect`; default: none.
            password: The user's secret; default: none.
            ssl_enabled: Whether to use TLS, 1.2 or newer; default: False. The certificate and the host name are
                verified.
            cert_ca: What to trust besides the system's CAs: the path of a PEM file, or its bytes; default: nothing.
            cert_client: The client's certificate, where the server asks for one: the path of a PEM file, with
                intermediate certificates after the client's own; default: none. Asterisk asks for none; a TLS proxy in
                front of it may.
            cert_key: The path of the certificate's private key; default: in the same file.
            cert_passphrase: The passphrase of that key; default: none, for a key that isn't encrypted.
            ssl_context: A TLS context to use as it is, instead of the four parameters before; default: none. It needs
                ``ssl_enabled=True``.
            prefix: The ``prefix`` of http.conf; default: none.
            digest: Whether to authenticate each request by digest instead of logging in for a cookie; default: False.
                The server then applies neither `events` nor `filters`.
            timeout: How long connecting and logging in may take, in seconds, each; default: 10.
            reply_timeout: How long to wait for the reply to an action, in seconds; default: 60.
            events: Which events to ask the server for: ``on``, ``off``, or some classes such as ``["call", "agent"]``;
                default: all that the user's ``read`` in manager.conf allows.
            filters: Filters that the server applies to these events; default: none.
            reconnect: How to reconnect when the connection is lost; False or None: not at all. Default: True, as
                `Reconnect()`.
            max_silence: How long the server may send nothing before the connection counts as lost, in seconds; None:
                any time; default: 60. After half of it the client sends a keepalive (``Ping``).
            backlog: How many events may wait for each subscriber, and what happens to more, for subscriptions without a
                `Backlog` of their own; default: as `Backlog()`.
            limits: How much the client accepts from the server; default: as `Limits()`.

        Raises:
            TypeError: A setting has a value of a wrong type.
            AttributeError: `cert_ca`, or another parameter of TLS, without ``ssl_enabled=True``.
            OSError: A file of TLS can't be read, or (`ssl.SSLError`) doesn't hold what it should.
            ValueError: The port, or another setting, is out of range or contradicts another one.
        """
        password = redact_setting(password)
        cert_passphrase = redact_setting(cert_passphrase)
        super().__init__(
            HTTPConfig(
                host=host,
                port=port,
                username=username,
                password=password,
                ssl_enabled=ssl_enabled,
                cert_ca=cert_ca,
                cert_client=cert_client,
                cert_key=cert_key,
                cert_passphrase=cert_passphrase,
                ssl_context=ssl_context,
                prefix=prefix,
                digest=digest,
                timeout=timeout,
                reply_timeout=reply_timeout,
                events=events,
                filters=filters,
                reconnect=reconnect,
                max_silence=max_silence,
                backlog=backlog,
                limits=limits,
            )
        )

    def _make_transport(self, on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Transport:
        from amitypes._transport.http.transport import HTTPTransport

        return HTTPTransport(
            self.host,
            self.port,
            prefix=self._config.prefix,
            digest=self._config.digest,
            context=self._context,
            response_shapes=self.response_shapes,
            limits=self._limits,
            on_events=on_events,
            on_end=on_end,
            on_gap=on_gap,
            timings=self.poll_timings,
        )


# A TypeError for an unknown parameter names the class that users construct.
BaseHTTPClient.__init__.__qualname__ = f"{HTTPConfig.client_name}.__init__"
