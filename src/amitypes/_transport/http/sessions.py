"""A user's access to AMI over HTTP: what authentication by cookie and by digest have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from amitypes._protocol.errors import AuthenticationError
from amitypes._protocol.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._protocol.types import Headers
    from amitypes._transport.http.endpoint import Endpoint
    from amitypes._transport.http.request import ActionRequest

__all__ = ["Credentials", "HTTPSession", "Recording"]


class Credentials(NamedTuple):
    """A manager user.

    Attributes:
        username: Its name.
        secret: Its secret, redacted.
    """

    username: str
    secret: str


@dataclass(slots=True)
class Recording:
    """What the server records of events for the current session; shared by the session and the poller.

    Attributes:
        active: Whether the server records events since the login.
        complete_until: Up to when no event is missing, by the clock of the event loop.
        session_seconds: How long the server keeps an idle session; None where it doesn't say.
    """

    active: bool = False
    complete_until: float = 0.0
    session_seconds: int | None = None


class HTTPSession(ABC):
    """One user's access to AMI over HTTP.

    Args:
        endpoint: Where requests go.
        credentials: The manager user.
        make_request: Makes the request of an action that isn't part of polling.
        on_refused: Called when the server refuses the user or keeps this host out: the next action would be refused as
            well, and servers ban hosts that keep trying.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        make_request: Callable[[Headers], ActionRequest],
        on_refused: Callable[[AuthenticationError], None],
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._make_request = make_request
        self._on_refused = on_refused

    session_id: str = ""
    """The current session; empty where each request has one of its own."""
    expires_silently: bool = False
    """Whether nothing shows that the server has forgotten the session that polls."""

    @abstractmethod
    async def log_in(self) -> list[Message]:
        """Log in.

        Returns:
            The server's answer.

        Raises:
            AMIError: It can't be reached, or isn't AMI.
        """

    @abstractmethod
    async def set_up_session(self) -> None:
        """Set up the session of an accepted login, and make it the current one."""

    async def send(self, request: ActionRequest) -> None:
        """Send an action and read its answer.

        Args:
            request: The action.

        Raises:
            AMIError: It isn't answered.
        """
        try:
            await self._send(request)
        except AuthenticationError as error:
            self._on_refused(error)
            raise

    async def send_poll(self, request: ActionRequest) -> None:
        """Send an action in the session that polls for events, and read its answer.

        Args:
            request: The action.

        Raises:
            AMIError: It isn't answered.
        """
        try:
            await self._send_poll(request)
        except AuthenticationError as error:
            self._on_refused(error)
            raise

    @abstractmethod
    def begin_polling(self) -> None:
        """Begin the session that polls."""

    @abstractmethod
    async def renew(self, session_id: str, why: str) -> bool:
        """Log in again, unless that has been done since a session was the current one.

        Args:
            session_id: The session.
            why: What happened to it.

        Returns:
            Whether there is a new session; False where sessions are not renewed.
        """

    @abstractmethod
    async def _send(self, request: ActionRequest) -> None: ...

    @abstractmethod
    async def _send_poll(self, request: ActionRequest) -> None: ...
