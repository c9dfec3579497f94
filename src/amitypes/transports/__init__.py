"""The shells that carry AMI: everything that does I/O, and nothing else."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from amitypes.errors import (
    ActionTimeout,
    AuthenticationError,
    ConnectionLost,
    MessageTooLarge,
    OutcomeUnknown,
    ProtocolError,
    QueueOverflow,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import TypeAlias

    from amitypes.flow import Flow
    from amitypes.session import Exchange
    from amitypes.wire import Arrival, Headers, Message

    OnEvents: TypeAlias = Callable[[Iterable[Arrival]], None]
    """Takes events, or other messages that answer no action, in the order of their arrival."""
    OnEnd: TypeAlias = Callable[[Exception | None], None]
    """Takes note that the connection has ended: None after a Goodbye, else what went wrong."""
    OnGap: TypeAlias = Callable[["Gap"], None]
    """Takes note that events may be missing, though the connection goes on."""
    Ask: TypeAlias = Callable[[Headers], Awaitable[list[Message]]]
    """Sends an action in one certain session, and waits for the answer."""
    SetUp: TypeAlias = Callable[[Ask], Awaitable[None]]
    """Does what a new session needs before it is used."""
    Mask: TypeAlias = Callable[[], str]
    """Tells which events are asked for now, as ``Events`` has it; empty for those that the user may read."""

__all__ = [
    "Gap",
    "Transport",
    "outcome_unknown",
    "overflowed",
    "refuses_certificate",
    "timed_out",
    "tls_failed",
    "too_large",
]

_ABOUT_CERTIFICATES: Final = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "HANDSHAKE_FAILURE")
"""What OpenSSL's names of such alerts have in them; the last is how a server before TLS 1.3 misses one."""


class Gap(NamedTuple):
    """Events may be missing in a connection that goes on, as can be over HTTP."""

    why: str
    """What happened."""
    since: float
    """Up to when none is missing, by the clock of the event loop."""
    new_session: bool
    """Whether the server has begun a new session, which knows nothing of the one before."""


class Transport(Protocol):
    """A way to reach one AMI server. A transport serves for one connection."""

    @property
    def ami_version(self) -> str | None:
        """AMI's version as the server's greeting tells it; None where there is no greeting."""
        ...

    @property
    def last_heard(self) -> float:
        """When anything last came from the server, by the clock of the event loop."""
        ...

    @property
    def complete_until(self) -> float:
        """Up to when all events that were wanted have come, by the clock of the event loop."""
        ...

    @property
    def busy_until(self) -> float:
        """Until when the server may be silent as it carries out an action, by the clock of the event loop."""
        ...

    async def open(
        self, username: str, secret: str, timeout: float, *, mask: Mask = str, set_up: SetUp | None = None
    ) -> list[Message]:
        """Connect and log in.

        Args:
            username: The manager user's name.
            secret: The manager user's secret.
            timeout: How long connecting and logging in may take, in seconds, each.
            mask: Tells at each login which events to ask for; default: what the user's ``read`` in manager.conf allows.
            set_up: Awaited after each accepted login, also a later one, before the session is used for anything else
                and before the events in it are fetched; default: there is nothing to do.

        Returns:
            The answer to the login: acceptance or refusal.

        Raises:
            AMIError: What `set_up` raises.
            ConnectionLost: The server can't be reached.
            ProtocolError: What answers isn't AMI.
        """
        ...

    def want_events(self) -> None:
        """Have events delivered from now on, where the server doesn't send them by itself.

        Called before `open`, none is missed from the login on.
        """
        ...

    async def exchange(self, headers: Headers, timeout: float, flow: Flow | None = None) -> list[Message]:
        """Send an action and wait for its whole answer.

        Args:
            headers: The action.
            timeout: How long to wait, in seconds.
            flow: Takes the items of a list as they come, and has a time limit of its own from the response on; default:
                they are collected.

        Returns:
            The answer's messages, the response first; without the items where a flow takes them.

        Raises:
            InvalidActionError: AMI can't carry this action.
            ActionTimeout: The answer isn't whole in time.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and its answer will not come.
            MessageTooLarge: The answer, or a message of it, exceeds the limits.
            QueueOverflow: More items wait in the flow than the limits allow.
        """
        ...

    def give_up(self, why: str) -> None:
        """End the connection as one that was lost.

        Args:
            why: What happened to it.
        """
        ...

    async def close(self) -> None:
        """Close the connection. Closing twice does no harm."""
        ...


def timed_out(exchange: Exchange, timeout: float) -> ActionTimeout:
    """The error for an answer that isn't whole in time.

    Args:
        exchange: The action.
        timeout: How long it was waited for, in seconds.

    Returns:
        The error, with what had arrived.
    """
    count = len(exchange.messages) + exchange.items
    came = f"{count} messages of the answer came" if count else "nothing came"
    missing = "nothing more of the answer" if exchange.streamed and count else "no complete answer"
    return ActionTimeout(
        f"{exchange.action}: {missing} within {timeout:g} s ({came}). "
        f"The server may still carry it out; pass a longer timeout if it needs one.",
        action=exchange.action,
        received=[message.as_dict() for message in exchange.messages],
    )


def outcome_unknown(exchange: Exchange, why: str) -> OutcomeUnknown:
    """The error for an action whose connection went before the answer was whole.

    Args:
        exchange: The action.
        why: What happened to the connection.

    Returns:
        The error, with what had arrived.
    """
    return OutcomeUnknown(
        f"{exchange.action}: sent, and then {why}. The server may have carried it out: look before sending it again.",
        action=exchange.action,
        received=[message.as_dict() for message in exchange.messages],
    )


def too_large(exchange: Exchange) -> MessageTooLarge:
    """The error for an answer that exceeds the limits, or of which a message does.

    Args:
        exchange: The action.

    Returns:
        The error, with what was kept.
    """
    return MessageTooLarge(
        f"{exchange.action}: {exchange.cut}. The action was carried out; raise the client's limits, or ask for less.",
        action=exchange.action,
        received=[message.as_dict() for message in exchange.messages],
    )


def overflowed(exchange: Exchange) -> QueueOverflow:
    """The error for a streamed answer of which more waits than may wait.

    Args:
        exchange: The action.

    Returns:
        The error.
    """
    return QueueOverflow(
        f"{exchange.action}: {len(exchange.waiting)} items of the list wait, more than the client's limits allow. The "
        f"rest isn't kept: take the items faster, or raise the limits."
    )


def tls_failed(
    error: ssl.SSLError, where: str, *, config: str, port: int
) -> AuthenticationError | ConnectionLost | ProtocolError:
    """The error for a connection that TLS wouldn't make.

    Args:
        error: What went wrong.
        where: The server's address.
        config: The file of Asterisk's that sets its TLS up.
        port: Its port for TLS unless that file sets another.

    Returns:
        The error.
    """
    reason = error.reason or str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionLost(
            f"{where}: the server's certificate isn't trusted ({error.verify_message}). Pass cert_ca with the CA that "
            f"signed {config}'s tlscertfile, and connect by a name that the certificate has."
        )
    if refuses_certificate(error):
        return AuthenticationError(
            f"{where} wants a client certificate that it trusts, and got another one or none ({reason}): pass its file "
            f"as cert_client, and its key's as cert_key."
        )
    if "PROTOCOL_VERSION" in reason or reason == "UNSUPPORTED_PROTOCOL":
        return ProtocolError(
            f"{where} speaks no TLS that is safe: 1.2 at least is needed ({reason}). Allow that on the server."
        )
    return ProtocolError(
        f"{where} doesn't speak TLS ({reason}). Use the port of {config}'s tlsbindaddr ({port} unless set) with "
        f"tlsenable=yes, or ssl_enabled=False."
    )


def refuses_certificate(error: object) -> bool:
    """Whether an error says that the server doesn't take the client's certificate, or misses one.

    Args:
        error: Any error.

    Returns:
        True for such an alert of TLS. It may come after the handshake, with what is read first.
    """
    reason = error.reason or "" if isinstance(error, ssl.SSLError) else ""
    return "_ALERT_" in reason and any(word in reason for word in _ABOUT_CERTIFICATES)
