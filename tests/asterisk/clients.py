"""Clients of the test servers, over each transport, with counts of what they receive."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict, Unpack

from amitypes import HTTPClient, TCPClient
from amitypes.events import Event
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from amitypes import EventFilter, EventMask, Reconnect
    from tests.asterisk.census import Census
    from tests.asterisk.server import AsteriskServer

Transport = Literal["tcp", "http", "digest"]
TRANSPORTS: Final[tuple[Transport, ...]] = ("tcp", "http", "digest")
Client: TypeAlias = TCPClient | HTTPClient


class Settings(TypedDict, total=False):
    """Settings of a client that a test may change."""

    timeout: float
    events: EventMask
    filters: Sequence[EventFilter]
    reconnect: Reconnect | bool
    max_silence: float


def make(
    server: AsteriskServer,
    transport: Transport,
    user: str = "hello",
    port: int | None = None,
    **settings: Unpack[Settings],
) -> Client:
    """A client that isn't connected yet; to another port of this machine where one is given."""
    account = server.users[user]
    if transport == "tcp":
        return TCPClient(
            server.host, port or server.ami_port, username=account.username, password=account.secret, **settings
        )
    return HTTPClient(
        server.host,
        port or server.http_port,
        username=account.username,
        password=account.secret,
        digest=transport == "digest",
        **settings,
    )


def port_of(server: AsteriskServer, transport: Transport) -> int:
    """Where a server listens for this transport."""
    return server.ami_port if transport == "tcp" else server.http_port


async def user_event(client: Client, name: str, **more: str) -> None:
    """Let the server send a user event to every session."""
    (answer, *_) = await client.ami_request({"Action": "UserEvent", "UserEvent": name, **more})
    assert answer["Response"] == "Success", answer


@asynccontextmanager
async def connected(
    server: AsteriskServer, transport: Transport, census: Census | None = None, user: str = "hello"
) -> AsyncIterator[Client]:
    """A connected client, whose events the census counts."""
    client = make(server, transport, user)
    if census is not None:

        @client.on(Event)
        async def count(event: Event) -> None:
            census.event(event)

    async with client:
        yield client


async def hang_up(client: Client) -> None:
    """End every call, and wait until the channels are gone."""
    await client.ami_request({"Action": "Hangup", "Channel": "/.*/"})

    async def no_channels() -> bool:
        """The last Hangup event is sent before the last channel is gone."""
        return len(await client.channels()) == 2

    await wait_until(no_channels, timeout=10)
