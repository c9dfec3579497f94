"""What comes over HTTP in place of AMI: pages of Asterisk's HTTP server, of a proxy before it, or of anybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, ProtocolError
from amitypes._transport.errors import outcome_unknown

if TYPE_CHECKING:
    from amitypes._transport.http.exchange import Call
    from amitypes._transport.http.pool import Reply

__all__ = ["in_session", "page_error", "refuses"]

_SHUTTING_DOWN: Final = b"Shutdown in progress"
"""What Asterisk's own page says; it has read no more than the first line of the request then."""
_UNREACHED: Final = frozenset({502, 503, 504})
"""What proxies say when the server behind them is gone, or doesn't answer."""


def refuses(reply: Reply, call: Call) -> bool:
    """Whether a page tells that the action was not carried out.

    Args:
        reply: The page.
        call: The action.

    Returns:
        True for the statuses that HTTP has for requests that are refused (4xx), and for Asterisk's own 503. The 503 of
        a proxy proves nothing: some say so as well when the server went while it carried out the action.
    """
    return 400 <= reply.status < 500 or (reply.status == 503 and _SHUTTING_DOWN in call.beginning)


def page_error(
    reply: Reply, call: Call, where: str, path: str, *, username: str, excerpt: str, known: bool
) -> AuthenticationError | ConnectionLost | ProtocolError:
    """The error that a page is.

    Args:
        reply: The page.
        call: The action that it came for.
        where: The server's address.
        path: The path of AMI.
        username: Who sent it.
        excerpt: How the page begins.
        known: Whether AMI was there before.

    Returns:
        An `AuthenticationError` where this host is kept out, `ConnectionLost` where Asterisk can't be reached for now,
        or a `ProtocolError`.
    """
    kind: type[AuthenticationError | ConnectionLost | ProtocolError] = ProtocolError
    match reply.status:
        case 403:
            kind = AuthenticationError
            said = (
                f"{where}{path} keeps this host out (403): in manager.conf, look at permit, deny and acl of "
                f"[{username}]; in http.conf, at the restrictions."
            )
        case 503 if refuses(reply, call):
            kind, said = ConnectionLost, f"{where}: Asterisk is shutting down (503)."
        case status if status in _UNREACHED:
            kind = ConnectionLost
            said = f"{where} answers with the status {status} and {excerpt}, as a proxy does that can't reach Asterisk."
        case 404 if known:
            # While it starts, its HTTP server is there before its manager.
            kind, said = ConnectionLost, f"{where} has no {path} any more: Asterisk is starting, or was reconfigured."
        case 404:
            said = (
                f"{where} answers in HTTP, but has no {path}: in manager.conf, [general] needs enabled=yes and "
                f"webenabled=yes; the prefix of http.conf must be passed as prefix."
            )
        case 200 if not known:
            said = (
                f"{where}{path} doesn't answer as an Asterisk Manager Interface, but with {excerpt}. "
                f"Use the host and port of Asterisk's http.conf."
            )
        case status:
            said = f"{where}{path} answers with the status {status} and {excerpt}"
    return kind(said)


def in_session(call: Call, error: AMIError) -> ConnectionLost:
    """The error for an action that was sent where AMI was before, and that something else has answered.

    That passes: it comes from what stands before Asterisk, or from an Asterisk that starts.

    Args:
        call: The action; not `sent` where it is known that it wasn't carried out.
        error: What answered.

    Returns:
        An `OutcomeUnknown`, or `ConnectionLost` where nothing was carried out.
    """
    why = str(error).rstrip(".")
    lost = ConnectionLost(f"{call.exchange.action}: {why}. Nothing was carried out")
    if call.sent:
        lost = outcome_unknown(call.exchange, f"this came instead of an answer: {why}")
    lost.__cause__ = error
    return lost
