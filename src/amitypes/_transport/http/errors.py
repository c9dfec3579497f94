"""The errors of AMI over HTTP: no connection, no HTTP, or a page in place of an answer.

A page may come from Asterisk's HTTP server, from a proxy before it, or from a server that has nothing to do with it.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost, OutcomeUnknown, ProtocolError
from amitypes._transport.errors import outcome_unknown, refuses_certificate, tls_failed
from amitypes._transport.http.pool import Broken

if TYPE_CHECKING:
    from amitypes._transport.http.pool import Reply
    from amitypes._transport.http.request import ActionRequest

__all__ = ["interrupted", "is_refusal", "lost_at_login", "not_connected", "not_http", "page_error"]

_SHUTTING_DOWN: Final = b"Shutdown in progress"
"""In Asterisk's own page; it has read no more than the first line of the request then."""
_UNREACHABLE: Final = frozenset({502, 503, 504})
"""The statuses of a proxy whose server is gone or doesn't answer."""


def not_connected(error: Exception, where: str) -> AuthenticationError | ConnectionLost | ProtocolError:
    """The error for a connection that can't be made.

    Args:
        error: What went wrong.
        where: The server's address.

    Returns:
        The error.
    """
    if isinstance(error, ssl.SSLError):
        return tls_failed(error, where, config="http.conf", port=8089)
    return ConnectionLost(
        f"Can't connect to Asterisk's HTTP server at {where}: {error}. In http.conf, [general] needs enabled=yes, "
        f"and bindaddr and bindport (with TLS tlsenable=yes and tlsbindaddr) as used here; `http show status` on "
        f"Asterisk's console tells where it listens."
    )


def not_http(error: Exception, where: str) -> ProtocolError:
    """The error for a server that doesn't speak HTTP.

    Args:
        error: What is wrong with its reply.
        where: The server's address.

    Returns:
        The error.
    """
    failure = ProtocolError(
        f"{where} doesn't answer in HTTP ({error}). Use the port of http.conf (bindport, 8088 unless set; with TLS "
        f"that of tlsbindaddr); AMI's own port (5038) is for TCPClient."
    )
    failure.__cause__ = error
    return failure


def lost_at_login(
    error: OutcomeUnknown, where: str, *, tls: bool
) -> AuthenticationError | ConnectionLost | ProtocolError:
    """The error for a connection that was lost before the first answer.

    Args:
        error: How it was lost.
        where: The server's address.
        tls: Whether the connection uses TLS.

    Returns:
        The error.
    """
    broken = error.__cause__
    if isinstance(broken, AMIError):
        return ConnectionLost(*broken.args)
    if isinstance(broken, Broken) and isinstance(broken.reason, ssl.SSLError) and refuses_certificate(broken.reason):
        return not_connected(broken.reason, where)
    cause = "it wants a client certificate (cert_client)" if tls else "the port expects TLS (ssl_enabled=True)"
    return ConnectionLost(
        f"{where}: the connection was lost before the first answer ({broken}). Either {cause}, or the sessionlimit of "
        f"http.conf is reached."
    )


def is_refusal(reply: Reply, request: ActionRequest) -> bool:
    """Whether a page proves that the action was not carried out.

    Args:
        reply: The page.
        request: The action.

    Returns:
        True for HTTP's statuses of refused requests (4xx) and for Asterisk's own 503. The 503 of a proxy proves
        nothing: some send it when the server goes away while it carries out the action.
    """
    return 400 <= reply.status < 500 or (reply.status == 503 and _SHUTTING_DOWN in request.body_start)


def page_error(
    reply: Reply, request: ActionRequest, where: str, path: str, *, username: str, excerpt: str, established: bool
) -> AuthenticationError | ConnectionLost | ProtocolError:
    """The error that a page stands for.

    Args:
        reply: The page.
        request: The action that it answers.
        where: The server's address.
        path: The path of AMI.
        username: The manager user.
        excerpt: The first characters of the page.
        established: Whether AMI has answered here before.

    Returns:
        An `AuthenticationError` where this host is kept out, `ConnectionLost` where Asterisk can't be reached for now,
        else a `ProtocolError`.
    """
    kind: type[AuthenticationError | ConnectionLost | ProtocolError] = ProtocolError
    match reply.status:
        case 403:
            kind = AuthenticationError
            text = (
                f"{where}{path} keeps this host out (403): in manager.conf, look at permit, deny and acl of "
                f"[{username}]; in http.conf, at the restrictions."
            )
        case 503 if is_refusal(reply, request):
            kind, text = ConnectionLost, f"{where}: Asterisk is shutting down (503)."
        case status if status in _UNREACHABLE:
            kind = ConnectionLost
            text = f"{where} answers with the status {status} and {excerpt}, as a proxy does that can't reach Asterisk."
        case 404 if established:
            # While Asterisk starts, its HTTP server answers before its manager does.
            kind, text = ConnectionLost, f"{where} has no {path} any more: Asterisk is starting, or was reconfigured."
        case 404:
            text = (
                f"{where} answers in HTTP, but has no {path}: in manager.conf, [general] needs enabled=yes and "
                f"webenabled=yes; the prefix of http.conf must be passed as prefix."
            )
        case 200 if not established:
            text = (
                f"{where}{path} doesn't answer as an Asterisk Manager Interface, but with {excerpt}. "
                f"Use the host and port of Asterisk's http.conf."
            )
        case status:
            text = f"{where}{path} answers with the status {status} and {excerpt}"
    return kind(text)


def interrupted(request: ActionRequest, error: AMIError) -> ConnectionLost:
    """The error for an action that was sent where AMI has answered before, and was answered by something else.

    Such a fault is temporary: its cause is a proxy before Asterisk, or an Asterisk that is starting.

    Args:
        request: The action; not `sent` where it is known that it wasn't carried out.
        error: What came in place of an answer.

    Returns:
        An `OutcomeUnknown`, or `ConnectionLost` where nothing was carried out.
    """
    why = str(error).rstrip(".")
    lost = ConnectionLost(f"{request.exchange.action}: {why}. Nothing was carried out")
    if request.sent:
        lost = outcome_unknown(request.exchange, f"this came instead of an answer: {why}")
    lost.__cause__ = error
    return lost
