"""What all connections of one fake Asterisk share."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final, Protocol

from amitypes.testing.calls import Outcome, Switchboard

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from amitypes._protocol.types import Headers
    from amitypes.testing.messages import Handler, ReceivedAction

__all__ = ["Peer", "State"]


class Peer(Protocol):
    """A client that is connected, as the rest of a fake Asterisk sees it.

    Attributes:
        username: The user who is logged in; None before the login.
        event_mask: The classes of the events that the client wants; None for all.
        challenge: The challenge for an MD5 login; None until the client asks for one.
        closing: Whether to close the connection after the current answer.
    """

    username: str | None
    event_mask: frozenset[str] | None
    challenge: str | None
    closing: bool

    @property
    def state(self) -> State:
        """What all connections share."""
        ...

    def send_event(self, name: str, privilege: str, headers: Headers) -> None:
        """Send an event if the client is logged in and wants events of these classes."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        ...

    def flush(self) -> None:
        """Send what was held back while the server was stalled."""
        ...

    def close(self) -> None:
        """Close the connection abruptly."""
        ...


class State:
    """What all connections of one fake Asterisk share.

    Args:
        users: Secrets by username.
        banner: The greeting.
        ami_version: AMI's version in ``CoreSettings``.
        asterisk_version: Asterisk's version in ``CoreSettings``.
        commands: The output of CLI commands.
        extensions: How calls to each extension end up.
        call_duration: Duration of an answered call in seconds; None: until it is hung up.
        event_delay: Seconds before each event of a call.

    Attributes:
        connections: The open connections, and the tasks that serve them.
        received: The actions received so far.
        handlers: The functions that a test has set to answer actions, by action name.
        switchboard: The channels and calls.
        tasks: The calls in progress.
        refuse_connections: Whether to close new connections before the greeting.
        running: Unset while the server is stalled: nothing is read or written then.
    """

    def __init__(
        self,
        users: dict[str, str],
        *,
        banner: str,
        ami_version: str,
        asterisk_version: str,
        commands: Mapping[str, Sequence[str]],
        extensions: Mapping[str, Outcome],
        call_duration: float | None,
        event_delay: float,
    ) -> None:
        self.users: Final = users
        self.banner: Final = banner
        self.ami_version: Final = ami_version
        self.asterisk_version: Final = asterisk_version
        self.commands: Final = commands
        self.connections: Final[dict[Peer, asyncio.Task[None] | None]] = {}
        self.received: Final[list[ReceivedAction]] = []
        self.handlers: Final[dict[str, Handler]] = {}
        self.switchboard: Final = Switchboard(
            self.send_event, extensions=extensions, call_duration=call_duration, event_delay=event_delay
        )
        self.tasks: Final[set[asyncio.Task[None]]] = set()
        self.refuse_connections = False
        self.running: Final = asyncio.Event()
        self.running.set()
        self._action_received = asyncio.Event()

    def send_event(self, name: str, privilege: str, headers: Headers) -> None:
        """Send an event to every client that wants it.

        Args:
            name: The event's name.
            privilege: Its classes.
            headers: Its other headers.
        """
        for connection in list(self.connections):
            connection.send_event(name, privilege, headers)

    def handler(self, name: str) -> Handler | None:
        """The function that a test has set to answer an action.

        Args:
            name: The action's name, in any case.

        Returns:
            The function; None if there is none.
        """
        wanted = name.lower()
        return next((handler for known, handler in self.handlers.items() if known.lower() == wanted), None)

    def record(self, action: ReceivedAction) -> None:
        """Record an action as received.

        Args:
            action: The action.
        """
        self.received.append(action)
        self._action_received.set()

    async def received_action(self, name: str, count: int = 1) -> ReceivedAction:
        """Wait until an action has been received.

        Args:
            name: The action's name, in any case.
            count: Which of the actions of this name: 1 is the first.

        Returns:
            The action.
        """
        while True:
            found = [action for action in self.received if action.name.lower() == name.lower()]
            if len(found) >= count:
                return found[count - 1]
            self._action_received.clear()
            await self._action_received.wait()

    def new_challenge(self) -> str:
        """A challenge for an MD5 login."""
        return str(secrets.randbelow(10**9))

    def start_task(self, coroutine: Coroutine[object, object, None]) -> None:
        """Run a coroutine in the background, until the server is closed.

        Args:
            coroutine: The coroutine.
        """
        task = asyncio.get_running_loop().create_task(coroutine, name="fake-asterisk")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
