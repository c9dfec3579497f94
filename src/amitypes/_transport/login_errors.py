"""Builds the error for a refused login, which names the setting to look at, and says whether to retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AuthenticationError, ConnectionLost

if TYPE_CHECKING:
    from amitypes._protocol.types import WireDict

__all__ = ["is_retryable", "login_error"]

_IN_USE: Final = "already in use"


def login_error(where: str, username: str, answer: list[WireDict]) -> AuthenticationError | ConnectionLost:
    """The error for a refused login.

    Args:
        where: The server's address.
        username: The manager user.
        answer: What the server answered.

    Returns:
        An `AuthenticationError`; `ConnectionLost` where Asterisk refuses because it is shutting down.
    """
    text = str(answer[0].get("Message", "nothing")) if answer else "nothing"
    if "shutting down" in text.lower():
        return ConnectionLost(f"{where} takes no logins: Asterisk is shutting down. Connect again when it is back.")
    hint = (
        "another session of this user is open, and manager.conf has allowmultiplelogin=no"
        if _IN_USE in text.lower()
        else f"in manager.conf, look at [{username}]: its secret, permit, deny and acl"
    )
    shown = [{name: value for name, value in item.items() if name.lower() != "actionid"} for item in answer]
    return AuthenticationError(f"{where} refused the login of {username!r} ({text}): {hint}.", shown)


def is_retryable(error: AuthenticationError) -> bool:
    """Whether the same login may be accepted later.

    Args:
        error: A refused login.

    Returns:
        True where the server still has a session of the same user, such as the one that was just lost; and where the
        TLS handshake failed without a reason, as with a server that is starting and has no certificate yet.
    """
    if "HANDSHAKE_FAILURE" in str(getattr(error.__cause__, "reason", "")):  # as OpenSSL calls it
        return True
    return bool(error.answer) and _IN_USE in str(error.answer[0].get("Message", "")).lower()
