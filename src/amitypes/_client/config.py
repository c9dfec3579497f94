"""The settings of a client: their names, types, defaults, documentation and validation.

The constructors in `tcp` and `http` repeat them, as editors, `help()` and type checkers show only what a signature
says. They are printed from this module by ``python -m tests.repository.constructors``, and a test compares them.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import NoneType
from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

from amitypes._client.reconnect_settings import Reconnect
from amitypes._events.backlog import Backlog
from amitypes._protocol.event_filter import EventFilter, EventMask, EventRules
from amitypes._protocol.limits import Limits
from amitypes._protocol.redaction import redact
from amitypes._transport.tls import tls_context

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ClientConfig", "HTTPConfig", "TCPConfig", "redact_setting"]

_MAX_PORT: Final = 65535

_CLASSES: Final[Mapping[str, tuple[type, ...]]] = {
    "None": (NoneType,),
    "bool": (bool,),
    "bytes": (bytes,),
    "float": (int, float),
    "int": (int,),
    "str": (str,),
    "Path": (os.PathLike,),
    "ssl.SSLContext": (ssl.SSLContext,),
    "Backlog": (Backlog,),
    "Limits": (Limits,),
    "Reconnect": (Reconnect,),
}
"""The classes that annotations name. A setting with any other annotation has a check of its own."""


@dataclass(frozen=True, kw_only=True)
class ClientConfig:
    """The settings that every client has.

    Raises:
        TypeError: A setting has a value of a wrong type.
        AttributeError: `cert_ca`, or another parameter of TLS, without ``ssl_enabled=True``.
        OSError: A file of TLS can't be read, or (`ssl.SSLError`) doesn't hold what it should.
        ValueError: The port, or another setting, is out of range or contradicts another one.
    """

    client_name: ClassVar[str] = "Client"
    """The class that users construct, for errors."""
    default_ports: ClassVar[tuple[int, int]]
    """The port without TLS, and with it."""

    host: str = "localhost"
    """The server's name or address; default: ``localhost``."""
    port: int | None = None
    """The server's port; default: the usual one."""
    username: str | None = None
    """The manager user for `connect`; default: none."""
    password: str | None = field(default=None, repr=False)
    """The user's secret; default: none."""
    ssl_enabled: bool = False
    """Whether to use TLS, 1.2 or newer; default: False. The certificate and the host name are verified."""
    cert_ca: str | Path | bytes | None = None
    """What to trust besides the system's CAs: the path of a PEM file, or its bytes; default: nothing."""
    cert_client: str | Path | None = None
    """The client's certificate, where the server asks for one: the path of a PEM file, with intermediate certificates
    after the client's own; default: none. Asterisk asks for none; a TLS proxy in front of it may."""
    cert_key: str | Path | None = None
    """The path of the certificate's private key; default: in the same file."""
    cert_passphrase: str | None = field(default=None, repr=False)
    """The passphrase of that key; default: none, for a key that isn't encrypted."""
    ssl_context: ssl.SSLContext | None = None
    """A TLS context to use as it is, instead of the four parameters before; default: none. It needs
    ``ssl_enabled=True``."""
    timeout: float = 10.0
    """How long connecting and logging in may take, in seconds, each; default: 10."""
    reply_timeout: float = 60.0
    """How long to wait for the reply to an action, in seconds; default: 60."""
    events: EventMask | None = None
    """Which events to ask the server for: ``on``, ``off``, or some classes such as ``["call", "agent"]``; default: all
    that the user's ``read`` in manager.conf allows."""
    filters: Sequence[EventFilter] = ()
    """Filters that the server applies to these events; default: none."""
    reconnect: Reconnect | bool | None = True
    """How to reconnect when the connection is lost; False or None: not at all. Default: True, as `Reconnect()`."""
    max_silence: float | None = 60.0
    """How long the server may send nothing before the connection counts as lost, in seconds; None: any time; default:
    60. After half of it the client sends a keepalive (``Ping``)."""
    backlog: Backlog | None = None
    """How many events may wait for each subscriber, and what happens to more, for subscriptions without a `Backlog` of
    their own; default: as `Backlog()`."""
    limits: Limits | None = None
    """How much the client accepts from the server; default: as `Limits()`."""

    def __post_init__(self) -> None:
        """Validate the settings."""
        for each in fields(self):
            self._check_type(each.name, str(each.type))
        filters: object = self.filters
        if not isinstance(filters, Sequence) or not all(isinstance(each, EventFilter) for each in filters):
            msg = f"{self.client_name}: filters must be a sequence of EventFilter"
            raise TypeError(msg)
        events: object = self.events
        if events is not None and not isinstance(events, Iterable):
            msg = f"{self.client_name}: events must be 'on', 'off' or an iterable of classes"
            raise TypeError(msg)
        if not 0 < self.used_port <= _MAX_PORT:
            msg = f"There is no port {self.used_port}: ports are from 1 to {_MAX_PORT}"
            raise ValueError(msg)
        if self.max_silence is not None and self.max_silence <= 0:
            msg = f"max_silence={self.max_silence:g}: it must be a number of seconds above 0, or None"
            raise ValueError(msg)

    def _check_type(self, name: str, annotation: str) -> None:
        parts = annotation.split(" | ")
        if not _CLASSES.keys() >= set(parts):
            return
        value: object = getattr(self, name)
        if isinstance(value, bool) and "bool" not in parts:
            fits = False  # to Python it is an int
        else:
            fits = isinstance(value, tuple(kind for part in parts for kind in _CLASSES[part]))
        if not fits:
            kind = value.kind if isinstance(value, _WrongSecret) else type(value).__name__
            msg = f"{self.client_name}: {name} must be {' or '.join(parts)}, not {kind}"
            raise TypeError(msg)

    @property
    def used_port(self) -> int:
        """The port to connect to."""
        return self.port if self.port is not None else self.default_ports[self.ssl_enabled]

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.used_port}"

    @property
    def reconnect_settings(self) -> Reconnect | None:
        """How to reconnect; None: not at all."""
        return Reconnect() if self.reconnect is True else self.reconnect or None

    def event_rules(self) -> EventRules:
        """Make the rules that say which events to ask the server for."""
        return EventRules(self.events, self.filters)

    def tls_context(self) -> ssl.SSLContext | None:
        """Make the TLS context; None without TLS."""
        return tls_context(
            self.ssl_enabled,
            cert_ca=self.cert_ca,
            cert_client=self.cert_client,
            cert_key=self.cert_key,
            cert_passphrase=self.cert_passphrase,
            ssl_context=self.ssl_context,
        )


@dataclass(frozen=True, kw_only=True)
class TCPConfig(ClientConfig):
    """The settings of a client over TCP."""

    client_name: ClassVar[str] = "TCPClient"
    default_ports: ClassVar[tuple[int, int]] = (5038, 5039)

    port: int | None = None
    """AMI's port; default: 5038, or 5039 with TLS."""
    auth: Literal["md5", "plain"] | None = None
    """How to log in: ``md5`` proves the secret without sending it, ``plain`` sends it; default: ``plain`` with TLS,
    ``md5`` without. When the server refuses one, the client never tries the other."""

    def __post_init__(self) -> None:
        """Validate the settings."""
        super().__post_init__()
        if self.auth not in (None, "md5", "plain"):
            msg = f"auth={self.auth!r}: it must be 'md5' or 'plain'"
            raise ValueError(msg)

    @property
    def md5(self) -> bool:
        """Whether to log in with a challenge."""
        return not self.ssl_enabled if self.auth is None else self.auth == "md5"


@dataclass(frozen=True, kw_only=True)
class HTTPConfig(ClientConfig):
    """The settings of a client over HTTP."""

    client_name: ClassVar[str] = "HTTPClient"
    default_ports: ClassVar[tuple[int, int]] = (8088, 8089)

    port: int | None = None
    """The HTTP port; default: 8088, or 8089 with TLS."""
    prefix: str = ""
    """The ``prefix`` of http.conf; default: none."""
    digest: bool = False
    """Whether to authenticate each request by digest instead of logging in for a cookie; default: False. The server
    then applies neither `events` nor `filters`."""

    def __post_init__(self) -> None:
        """Validate the settings."""
        super().__post_init__()
        if self.digest and (self.events is not None or self.filters):
            msg = (
                "With digest=True the server applies neither events nor filters: leave them out, or use digest=False, "
                "which logs in"
            )
            raise ValueError(msg)


class _WrongSecret:
    """A secret of a wrong type, which no traceback must show either."""

    def __init__(self, kind: str) -> None:
        self.kind: Final = kind


def redact_setting(secret: str | None) -> str | None:
    """Redact a secret for tracebacks, one of a wrong type as well: `ClientConfig` refuses that later.

    Args:
        secret: The secret.

    Returns:
        An equal string that no traceback shows.
    """
    if secret is None or isinstance(secret, str):
        return redact(secret)
    return cast("str", _WrongSecret(type(secret).__name__))
