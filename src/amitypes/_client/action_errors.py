"""Errors for refused actions, which say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._models.errors import ActionError, UnsupportedActionError
from amitypes._protocol.message import Message

if TYPE_CHECKING:
    from amitypes._models.lists import ListResponse
    from amitypes._models.response import Response

__all__ = ["action_error", "filter_error"]


def filter_error(reason: str, reply: Message | None = None) -> ActionError:
    """The error for a filter that the server doesn't accept.

    Args:
        reason: Why not.
        reply: The server's reply; None if nothing was sent.

    Returns:
        The error.
    """
    from amitypes._models.response import Response

    return ActionError(
        f"Filter: not set ({reason}). The user needs system in its write= of manager.conf; name, header and method of "
        f"an EventFilter need Asterisk 18.26, 20.11, 21.6, 22.1 or newer.",
        action="Filter",
        response=Response.decode(reply or Message(b"")),
    )


def action_error(
    action: str, asterisk_version: str | None, message: str, response: Response | ListResponse
) -> ActionError:
    """The error for ``Response: Error``.

    Args:
        action: The action's name on the wire.
        asterisk_version: The server's version, if it is known.
        message: The ``Message`` of the refusal.
        response: The response.

    Returns:
        The error; an `UnsupportedActionError` if the server doesn't know the action.
    """
    lowered = message.lower()
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
            f"(`manager show command {action}` on Asterisk's console shows which), or the session has ended."
        )
    return ActionError(f"{action}: Asterisk answered {message or 'Error'!r}.{hint}", action=action, response=response)
