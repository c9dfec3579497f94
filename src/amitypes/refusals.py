"""From the server's no to an error that tells which setting to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes.errors import ActionError, AuthenticationError, ConnectionLost, UnsupportedActionError
from amitypes.wire import Message

if TYPE_CHECKING:
    from amitypes.models import ListResponse, Response
    from amitypes.wire import WireDict

__all__ = ["action_refused", "filter_refused", "login_refused", "may_be_lifted"]

_IN_USE: Final = "already in use"


def login_refused(where: str, username: str, answer: list[WireDict]) -> AuthenticationError | ConnectionLost:
    """The error for a refused login.

    Args:
        where: The server's address.
        username: Who wanted in.
        answer: What the server answered.

    Returns:
        The error; not the credentials' fault where Asterisk is shutting down.
    """
    said = str(answer[0].get("Message", "nothing")) if answer else "nothing"
    if "shutting down" in said.lower():
        return ConnectionLost(f"{where} takes no logins: Asterisk is shutting down. Connect again when it is back.")
    hint = (
        "another session of this user is open, and manager.conf has allowmultiplelogin=no"
        if _IN_USE in said.lower()
        else f"in manager.conf, look at [{username}]: its secret, permit, deny and acl"
    )
    shown = [{name: value for name, value in item.items() if name.lower() != "actionid"} for item in answer]
    return AuthenticationError(f"{where} refused the login of {username!r} ({said}): {hint}.", shown)


def may_be_lifted(error: AuthenticationError) -> bool:
    """Whether the same login may be accepted later.

    Args:
        error: A refused login.

    Returns:
        True where the server still holds a session of the same user, such as the one that was just lost; and where TLS
        failed with no better reason than that the two don't agree, as with a server that starts without its own
        certificate.
    """
    if "HANDSHAKE_FAILURE" in str(getattr(error.__cause__, "reason", "")):  # as OpenSSL calls it
        return True
    return bool(error.answer) and _IN_USE in str(error.answer[0].get("Message", "")).lower()


def filter_refused(said: str, answer: Message | None = None) -> ActionError:
    """The error for a filter that the server doesn't take.

    Args:
        said: What it says of it.
        answer: Its answer; None where it wasn't even asked.

    Returns:
        The error.
    """
    from amitypes.models import Response

    return ActionError(
        f"Filter: not set ({said}). The user needs system in its write= of manager.conf; name, header and method of an "
        f"EventFilter need Asterisk 18.26, 20.11, 21.6, 22.1 or newer.",
        action="Filter",
        response=Response.decode(answer or Message(b"")),
    )


def action_refused(
    action: str, asterisk_version: str | None, said: str, response: Response | ListResponse
) -> ActionError:
    """The error for ``Response: Error``.

    Args:
        action: The action's name on the wire.
        asterisk_version: What the server says its version is, if it does.
        said: The ``Message`` of the refusal.
        response: The answer.

    Returns:
        The error; an `UnsupportedActionError` where the server doesn't know the action.
    """
    lowered = said.lower()
    if lowered.startswith("invalid/unknown command"):
        server = f"Asterisk {asterisk_version}" if asterisk_version else "This server"
        return UnsupportedActionError(
            f"{action}: {server} has no such action. Its version lacks it, or the module that offers it isn't loaded; "
            f"the action's documentation names both.",
            action=action,
            response=response,
        )
    hint = ""
    if lowered == "permission denied":
        hint = (
            f" The user's write= in manager.conf lacks the privilege that {action} needs "
            f"(`manager show command {action}` on Asterisk's console tells which), or the session has ended."
        )
    return ActionError(f"{action}: Asterisk answered {said or 'Error'!r}.{hint}", action=action, response=response)
