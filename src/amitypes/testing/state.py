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
        username: Who is logged in; None before the login.
        mask: The classes of the events that the client wants; None for all.
        challenge: The challenge that the client asked for; None if it didn't.
        leaving: Whether to close the connection after the current answer.
    """

    username: str | None
    mask: frozenset[str] | None
    challenge: str | None
    leaving: bool

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
        """Close the connection without a word."""
        ...


class State:
    """What all connections of one fake Asterisk share.

    Args:
        users: Secrets by username.
        banner: The greeting.
        ami_version: AMI's version in ``CoreSettings``.
        asterisk_version: Asterisk's version in ``CoreSettings``.
        commands: What CLI commands print.
        extensions: What becomes of a call to an extension.
        call_seconds: How long an answered call lasts; None: until it is hung up.
        pace: Seconds before each event of a call.

    Attributes:
        connections: The connections there are, and the tasks that serve them.
        received: The actions received so far.
        scripted: What a test has said to answer actions with, by name.
        switchboard: The channels and calls.
        tasks: The calls under way.
        full: Whether to hang up on new connections before the greeting.
        speaking: Unset while nothing is read or written.
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
        call_seconds: float | None,
        pace: float,
    ) -> None:
        self.users: Final = users
        self.banner: Final = banner
        self.ami_version: Final = ami_version
        self.asterisk_version: Final = asterisk_version
        self.commands: Final = commands
        self.connections: Final[dict[Peer, asyncio.Task[None] | None]] = {}
        self.received: Final[list[ReceivedAction]] = []
        self.scripted: Final[dict[str, Handler]] = {}
        self.switchboard: Final = Switchboard(
            self.send_event, extensions=extensions, call_seconds=call_seconds, pace=pace
        )
        self.tasks: Final[set[asyncio.Task[None]]] = set()
        self.full = False
        self.speaking: Final = asyncio.Event()
        self.speaking.set()
        self._news = asyncio.Event()

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
        """What a test has said to answer an action with.

        Args:
            name: The action's name, in any case.

        Returns:
            The function, or None.
        """
        wanted = name.lower()
        return next((handler for known, handler in self.scripted.items() if known.lower() == wanted), None)

    def note(self, action: ReceivedAction) -> None:
        """Remember an action.

        Args:
            action: What was received.
        """
        self.received.append(action)
        self._news.set()

    async def received_action(self, name: str, count: int = 1) -> ReceivedAction:
        """Wait until an action has been received.

        Args:
            name: The action's name, in any case.
            count: How many times.

        Returns:
            The action of that count.
        """
        while True:
            found = [action for action in self.received if action.name.lower() == name.lower()]
            if len(found) >= count:
                return found[count - 1]
            self._news.clear()
            await self._news.wait()

    def new_challenge(self) -> str:
        """A challenge for an MD5 login."""
        return str(secrets.randbelow(10**9))

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Let something go on in the background, until the server is closed.

        Args:
            work: What goes on.
        """
        task = asyncio.get_running_loop().create_task(work, name="fake-asterisk")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
