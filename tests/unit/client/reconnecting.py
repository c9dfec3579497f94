"""Clients that reconnect at once or never, and waiting for their states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from amitypes import Reconnect, TCPClient
from tests.waiting import wait_until

if TYPE_CHECKING:
    from amitypes.testing import FakeAsterisk

AT_ONCE: Final = Reconnect(initial=0.001, maximum=0.01, stable=0)
NEVER_YET: Final = Reconnect(initial=3600, maximum=3600)


def make(port: int, **settings: Any) -> TCPClient:
    """A client over TCP to this machine that reconnects at once.

    Args:
        port: The port of the server.
        settings: Other settings, instead of the defaults.
    """
    return TCPClient("127.0.0.1", port, **{"username": "hello", "password": "world", "reconnect": AT_ONCE, **settings})


def record_states(client: TCPClient) -> list[str]:
    """The states of a client from now on."""
    states: list[str] = []
    client.on_state(states.append)
    return states


async def reach(states: list[str], *wanted: str) -> None:
    """Wait until some states are among the recorded ones, in this order."""

    def reached() -> bool:
        recorded = iter(states)
        return all(state in recorded for state in wanted)

    await wait_until(reached)


async def lose(
    asterisk: FakeAsterisk, client: TCPClient, *, until: tuple[str, ...] = ("reconnecting", "connected")
) -> None:
    """Cut the connection, and wait until the client has reconnected, or for other states."""
    states = record_states(client)
    asterisk.disconnect()
    await reach(states, *until)
