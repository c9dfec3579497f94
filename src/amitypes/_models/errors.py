"""Errors of actions that the server refused: these carry a typed response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._protocol.errors import AMIError

if TYPE_CHECKING:
    from amitypes._models.lists import ListResponse
    from amitypes._models.response import Response

__all__ = ["ActionError", "UnsupportedActionError"]


class ActionError(AMIError):
    """The server replied to an action with ``Response: Error``.

    Attributes:
        action: The action's name on the wire.
        response: The typed response, with all that the server sent: that of a failed ``Command`` has its output.
    """

    def __init__(self, message: str, *, action: str, response: Response | ListResponse) -> None:
        super().__init__(message)
        self.action = action
        self.response = response


class UnsupportedActionError(ActionError):
    """This server has no such action: its version lacks it, or the module that offers it isn't loaded."""


for _error in (ActionError, UnsupportedActionError):
    _error.__module__ = "amitypes.errors"  # where users import it from, as tracebacks and pickles name it
