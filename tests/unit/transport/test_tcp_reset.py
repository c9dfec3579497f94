"""A connection that is reset: what had arrived by then is still read."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
import trustme

from amitypes import EventStream, Reconnect, TCPClient, events, notices
from amitypes._protocol.framing import Framer
from amitypes.errors import ConnectionLost, OutcomeUnknown
from tests.unit.raw_server import BANNER

ACCEPTED = b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
VERSION = b"Response: Success\r\nAsteriskVersion: 22.10.1\r\n\r\n"
COUNT = 400
"""Some 50 kB: what the client's kernel buffers by itself. What doesn't fit is lost with the reset."""


def event(number: int) -> bytes:
    return b"Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: %d\r\nFiller: %s\r\n\r\n" % (number, b"x" * 50)


def logged_in_over_tls(server: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """The server's side of the client's next connection, over TLS; waits for it."""
    server.settimeout(10)
    accepted, _ = server.accept()
    accepted.settimeout(10)
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or the reset overtakes what was sent
    peer = context.wrap_socket(accepted, server_side=True)
    peer.sendall(BANNER)
    for answer in (ACCEPTED, VERSION):
        assert peer.recv(1000)
        peer.sendall(answer)
    return peer


async def logged_in(server: socket.socket) -> socket.socket:
    """The server's side of the client's next connection."""
    loop = asyncio.get_running_loop()
    server.setblocking(False)
    peer, _ = await loop.sock_accept(server)
    await loop.sock_sendall(peer, BANNER)
    for answer in (ACCEPTED, VERSION):
        assert await loop.sock_recv(peer, 1000)
        await loop.sock_sendall(peer, answer)
    return peer


async def answer_all(peer: socket.socket) -> None:
    loop, framer = asyncio.get_running_loop(), Framer()
    await loop.sock_sendall(peer, BANNER)
    while data := await loop.sock_recv(peer, 65536):
        for action in framer.feed(data):
            answer = f"Response: Success\r\nActionID: {action.get('ActionID')}\r\nPing: Pong\r\n\r\n"
            await loop.sock_sendall(peer, answer.encode())


async def all_is_told(
    client: TCPClient, ping: asyncio.Task[object], stream: EventStream[events.UserEvent | notices.Disconnected]
) -> OutcomeUnknown:
    """What is in flight and what is sent now ends with the right error, and all events have come.

    Returns:
        What the first action that is sent now raises.
    """
    first, *others = await asyncio.gather(*(client.ping() for _ in range(100)), return_exceptions=True)
    assert isinstance(first, OutcomeUnknown)
    assert {type(error) for error in others} == {ConnectionLost}  # never sent
    with pytest.raises(OutcomeUnknown):
        await ping
    came = [await anext(stream) for _ in range(COUNT + 1)]
    assert [e.user_event for e in came if isinstance(e, events.UserEvent)] == [str(n) for n in range(COUNT)]
    assert isinstance(came[-1], notices.Disconnected)
    return first


async def test_data_received_before_a_failed_write_is_delivered(caplog: pytest.LogCaptureFixture) -> None:
    """The client writes before its loop has read: the write fails, and the events are there all the same."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = TCPClient(*server.getsockname(), username="hello", password="world", reconnect=False, auth="plain")
        stream = client.events(events.UserEvent, notices.Disconnected)
        connecting = asyncio.create_task(client.connect())
        peer = await logged_in(server)
        with peer:
            await connecting
            ping = asyncio.create_task(client.ping())
            await asyncio.sleep(0)  # the Ping leaves; it isn't read, so closing is a reset
            peer.setblocking(True)
            peer.sendall(b"".join(event(number) for number in range(COUNT)))
        assert "broke" in str(await all_is_told(client, ping, stream))
        with pytest.raises(ConnectionLost):
            await anext(stream)
        await client.close()
    assert [record.getMessage() for record in caplog.records] == []


async def test_tls_data_received_before_a_failed_write_is_delivered(caplog: pytest.LogCaptureFixture) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = TCPClient(
            *server.getsockname(),
            username="hello",
            password="world",
            reconnect=False,
            ssl_enabled=True,
            ssl_context=trusting,
        )
        stream = client.events(events.UserEvent, notices.Disconnected)
        connecting = asyncio.create_task(client.connect())
        with await asyncio.to_thread(logged_in_over_tls, server, context) as peer:
            await connecting
            ping = asyncio.create_task(client.ping())
            await asyncio.sleep(0)  # as above
            peer.sendall(b"".join(event(number) for number in range(COUNT)))
        await all_is_told(client, ping, stream)
        await client.close()
    assert [record.getMessage() for record in caplog.records] == []


async def test_an_unsent_action_waits_for_the_next_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = TCPClient(
            *server.getsockname(),
            username="hello",
            password="world",
            auth="plain",
            reconnect=Reconnect(hold_actions=True),
        )
        connecting = asyncio.create_task(client.connect())
        with await logged_in(server):
            await connecting
            sent = asyncio.create_task(client.ping())
            await asyncio.sleep(0)  # as above
        # The first of these finds the connection broken as it is written; the second isn't written any more.
        found, held = (asyncio.create_task(client.ping()) for _ in range(2))
        loop = asyncio.get_running_loop()
        peer, _ = await loop.sock_accept(server)
        with peer:
            answering = asyncio.create_task(answer_all(peer))
            for lost in (sent, found):
                with pytest.raises(OutcomeUnknown):
                    await lost
            assert await held
            await client.close()
            await answering
