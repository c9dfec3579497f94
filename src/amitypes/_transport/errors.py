"""The errors that transports have in common: timeouts, lost connections, limits and TLS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import (
    ActionTimeout,
    AuthenticationError,
    ConnectionLost,
    MessageTooLarge,
    OutcomeUnknown,
    ProtocolError,
    QueueOverflow,
)

if TYPE_CHECKING:
    from amitypes._protocol.exchange import Exchange

__all__ = ["outcome_unknown", "overflowed", "refuses_certificate", "timed_out", "tls_failed", "too_large"]

_ABOUT_CERTIFICATES: Final = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "HANDSHAKE_FAILURE")
"""Parts of OpenSSL's names of alerts about certificates. A server before TLS 1.3 sends the last for a missing one."""


def timed_out(exchange: Exchange, timeout: float) -> ActionTimeout:
    """The error for an answer that isn't complete in time.

    Args:
        exchange: The action.
        timeout: How long the caller has waited, in seconds.

    Returns:
        The error, with the messages that had arrived.
    """
    count = len(exchange.messages) + exchange.item_count
    came = f"{count} messages of the answer came" if count else "nothing came"
    missing = "nothing more of the answer" if exchange.streamed and count else "no complete answer"
    return ActionTimeout(
        f"{exchange.action}: {missing} within {timeout:g} s ({came}). "
        f"The server may still carry it out; pass a longer timeout if it needs one.",
        action=exchange.action,
        received=[message.as_dict() for message in exchange.messages],
    )


def outcome_unknown(exchange: Exchange, why: str) -> OutcomeUnknown:
    """The error for an action whose connection was lost before the answer was complete.

    Args:
        exchange: The action.
        why: What happened to the connection.

    Returns:
        The error, with the messages that had arrived.
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
        The error, with the messages that were kept.
    """
    return MessageTooLarge(
        f"{exchange.action}: {exchange.truncated_reason}. The action was carried out; raise the client's limits, or "
        f"ask for less.",
        action=exchange.action,
        received=[message.as_dict() for message in exchange.messages],
    )


def overflowed(exchange: Exchange) -> QueueOverflow:
    """The error for a streamed list of which more items wait than the limits allow.

    Args:
        exchange: The action.

    Returns:
        The error.
    """
    return QueueOverflow(
        f"{exchange.action}: {len(exchange.buffered)} items of the list wait, more than the client's limits allow. The "
        f"rest is dropped: take the items faster, or raise the limits."
    )


def tls_failed(
    error: ssl.SSLError, where: str, *, config: str, port: int
) -> AuthenticationError | ConnectionLost | ProtocolError:
    """The error for a TLS handshake that failed.

    Args:
        error: What went wrong.
        where: The server's address.
        config: Asterisk's configuration file for this TLS.
        port: The default port for TLS.

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
            f"{where} offers no safe version of TLS: at least 1.2 is needed ({reason}). Allow that on the server."
        )
    return ProtocolError(
        f"{where} doesn't speak TLS ({reason}). Use the port of {config}'s tlsbindaddr ({port} unless set) with "
        f"tlsenable=yes, or ssl_enabled=False."
    )


def refuses_certificate(error: object) -> bool:
    """Whether an error says that the server refuses the client's certificate, or requires one.

    Args:
        error: Any error.

    Returns:
        True for such an alert of TLS; it may come after the handshake, with the first data that is read.
    """
    reason = error.reason or "" if isinstance(error, ssl.SSLError) else ""
    return "_ALERT_" in reason and any(word in reason for word in _ABOUT_CERTIFICATES)
