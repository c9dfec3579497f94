"""What a transport is: a way to reach one AMI server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import TypeAlias

    from amitypes._protocol.message import Message, RawMessage
    from amitypes._protocol.types import Headers
    from amitypes._transport.list_channel import ListChannel

    OnEvents: TypeAlias = Callable[[Iterable[RawMessage]], None]
    """Called with events, and other messages that answer no action, in the order of their arrival."""
    OnEnd: TypeAlias = Callable[[Exception | None], None]
    """Called when the connection has ended, with the error; with None after a Goodbye."""
    OnGap: TypeAlias = Callable[["Gap"], None]
    """Called when events may be missing, though the connection goes on."""
    Ask: TypeAlias = Callable[[Headers], Awaitable[list[Message]]]
    """Sends an action in one session, and waits for the answer."""
    SetUp: TypeAlias = Callable[[Ask], Awaitable[None]]
    """Sets up a new session before it is used."""
    Mask: TypeAlias = Callable[[], str]
    """Returns the events to ask for now, as ``Events`` has them; empty for all that the user may read."""

__all__ = ["Gap", "Transport"]


class Gap(NamedTuple):
    """Events may be missing, though the connection goes on; over HTTP only."""

    why: str
    """What happened."""
    since: float
    """Up to when no event is missing, by the clock of the event loop."""
    new_session: bool
    """Whether there is a new session, which has none of the state of the old one."""


class Transport(Protocol):
    """A way to reach one AMI server, for one connection."""

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
        """Up to when all events for subscribers have arrived, by the clock of the event loop."""
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
            mask: Returns at each login the events to ask for; default: what the user's ``read`` in manager.conf allows.
            set_up: Awaited after each accepted login, later ones included, before the session is used for anything
                else and before its events are fetched; default: nothing is to be done.

        Returns:
            The answer to the login: acceptance or refusal.

        Raises:
            AMIError: What `set_up` raises.
            ConnectionLost: The server can't be reached.
            ProtocolError: What answers isn't AMI.
        """
        ...

    def want_events(self) -> None:
        """Deliver events from now on, where the server doesn't send them by itself.

        When called before `open`, no event after the login is missed.
        """
        ...

    async def exchange(self, headers: Headers, timeout: float, items: ListChannel | None = None) -> list[Message]:
        """Send an action and wait for its whole answer.

        Args:
            headers: The action.
            timeout: How long to wait, in seconds.
            items: Receives the items of a list as they arrive, and has a timeout of its own from the response on;
                default: they are collected.

        Returns:
            The answer's messages, the response first; without the items if they are streamed.

        Raises:
            InvalidActionError: AMI can't carry this action.
            ActionTimeout: The answer isn't whole in time.
            ConnectionLost: There is no connection; nothing was sent.
            OutcomeUnknown: The action was sent, and its answer will not come.
            MessageTooLarge: The answer, or a message of it, exceeds the limits.
            QueueOverflow: More items wait for the consumer than the limits allow.
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
