"""What stands before a server while that is away: none of it makes a client give up, but a clear no."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme

from amitypes import HTTPClient, TCPClient, events
from amitypes._client.reconnect import Reconnect
from amitypes._protocol.errors import AMIError, AuthenticationError, ConnectionLost
from amitypes._transport.http.timings import PollTimings
from tests.behaviour.proxy import Doorman
from tests.behaviour.scripted_server import TRANSPORTS, Scripted, Transport
from tests.unit.http_server import HTTPServer, Manager, Request, http
from tests.unit.tls_gateway import tls_gateway

LIMIT = 20
"""Seconds; nothing here takes that long unless it hangs."""
SOON = Reconnect(initial=0.001, maximum=0.01)
"""No connection here lasts long enough to count as one that held."""
HANGUP = "Event: Hangup\r\nUniqueid: {}\r\n\r\n"

HTML = "text/html"
SHUTDOWN = http("<html><p>Shutdown in progress</p></html>", status="503 Service Unavailable", content_type=HTML)
PAGES = {
    "bad gateway": http("<html>", status="502 Bad Gateway", content_type=HTML),
    "a proxy's 503": http("upstream connect error", status="503 Service Unavailable"),
    "Asterisk's 503": SHUTDOWN,
    "gateway timeout": http("<html>", status="504 Gateway Timeout", content_type=HTML),
    "server error": http("<html>", status="500 Server Error", content_type=HTML),
    "not there": http("<html>", status="404 Not Found", content_type=HTML),
    "too many": http("slow down", status="429 Too Many Requests"),
    "a login of its own": http("", 'WWW-Authenticate: Basic realm="x"', status="401 Unauthorized"),
    "a good status": http("<html>Back soon", content_type=HTML),
    "plain text": http("Back soon"),
    "nothing": http(""),
    "no HTTP": b"Asterisk Call Manager/11.0.0\r\n\r\n",
}


def watched(client: TCPClient | HTTPClient) -> list[str]:
    """The states that it goes through from now on."""
    states: list[str] = []
    client.on_state(states.append)
    return states


@dataclass
class Gateway:
    """An HTTP proxy before Asterisk, with pages of its own for some actions, or for all."""

    manager: Manager = field(default_factory=Manager)
    page: bytes = b""
    only: str = ""

    async def __call__(self, request: Request) -> bytes | None:
        if self.page and self.only in {"", request.action}:
            return self.page
        return await self.manager(request)


class QuicklyPolling(HTTPClient):
    poll_timings = PollTimings(idle_pace=0.01)


def http_client(port: int, **options: Any) -> HTTPClient:
    return QuicklyPolling("127.0.0.1", port, username="hello", password="world", reconnect=SOON, **options)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
async def test_pages_of_a_proxy(page: bytes) -> None:
    gateway = Gateway()
    async with HTTPServer(gateway) as server:
        client = http_client(server.port)
        stream = client.events(events.Hangup)
        async with client, asyncio.timeout(LIMIT):
            states = watched(client)
            # Logins get through, and the connections after them are short.
            gateway.page, gateway.only = page, "WaitEvent"
            gateway.manager.events.put_nowait(None)
            await server.asked("Login", 6)
            # Nothing gets through.
            gateway.only = ""
            await server.asked("Login", 12)
            gateway.page = b""
            gateway.manager.events.put_nowait(HANGUP.format("1"))
            assert (await anext(stream)).uniqueid == "1"
            assert set(states) == {"reconnecting", "connected"}


async def test_pages_where_nobody_wants_events() -> None:
    """A proxy that answers is no sign of life of the server behind it."""
    gateway = Gateway()
    async with HTTPServer(gateway) as server, http_client(server.port, max_silence=0.05) as client:
        states = watched(client)
        gateway.page = PAGES["bad gateway"]
        async with asyncio.timeout(LIMIT):
            while "reconnecting" not in states:
                await asyncio.sleep(0.001)
            gateway.page = b""
            while client.state != "connected":
                await asyncio.sleep(0.001)
        assert set(states) == {"reconnecting", "connected"}


async def test_a_page_that_keeps_this_host_out_is_final() -> None:
    gateway = Gateway()
    async with HTTPServer(gateway) as server:
        client = http_client(server.port)
        stream = client.events(events.Hangup)
        async with client, asyncio.timeout(LIMIT):
            gateway.page = http("<html>", status="403 Forbidden")
            gateway.manager.events.put_nowait(None)
            with pytest.raises(AuthenticationError, match="403"):
                await anext(stream)
            assert client.state == "disconnected"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
async def test_at_the_first_connection_a_page_is_an_error_at_once(page: bytes) -> None:
    gateway = Gateway(page=page)
    async with HTTPServer(gateway) as server:
        client = http_client(server.port)
        with pytest.raises(AMIError):
            await client.connect()
        assert client.state == "disconnected"
        assert len(server.requests) == 1


# What a load balancer, or TLS in front of the server, says while there is none

ALERTS = {
    "handshake failure": b"\x15\x03\x03\x00\x02\x02\x28",
    "internal error": b"\x15\x03\x03\x00\x02\x02\x50",
}
SAID = {
    "nothing": b"",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "junk": b"\0\xff\r\n\r\n" * 100,
}


async def comes_back(client: TCPClient | HTTPClient, server: Scripted, doorman: Doorman) -> None:
    """Connect, be turned away for a while, and get through again."""
    stream = client.events(events.Hangup)
    async with client, asyncio.timeout(LIMIT):
        states = watched(client)
        doorman.closed = True
        doorman.cut()
        await doorman.turned_away(6)
        doorman.closed = False
        while client.state != "connected":
            await asyncio.sleep(0.001)
        assert set(states) == {"reconnecting", "connected"}
        came = asyncio.create_task(stream.__anext__())
        while not came.done():  # over HTTP, a poll that was cut takes what comes until the next one has begun
            await server.push(HANGUP.format("1").encode())
            await asyncio.sleep(0.001)
        assert (await came).uniqueid == "1"
        await client.close()


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_another_server_in_its_place(transport: Transport, said: bytes) -> None:
    async with Scripted() as server, Doorman(server.port(transport), said) as doorman:
        await comes_back(server.client(transport, port=doorman.port, reconnect=SOON), server, doorman)


@pytest.mark.parametrize("said", [*ALERTS.values(), *SAID.values()], ids=[*ALERTS, *SAID])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_tls_that_fails_for_a_while(transport: Transport, said: bytes) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(Scripted())
        port = stack.enter_context(tls_gateway(server.port(transport), context))
        doorman = await stack.enter_async_context(Doorman(port, said, listens=True))
        ours: dict[str, Any] = {"ssl_enabled": True, "cert_ca": authority.cert_pem.bytes()}
        client = server.client(transport, port=doorman.port, reconnect=SOON, **ours)
        await comes_back(client, server, doorman)


async def test_tls_that_fails_where_it_did_not_is_a_loss_over_http_too() -> None:
    """There each connection begins with TLS, also in a session that is good."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with Scripted() as server:
        with tls_gateway(server.port("http"), context) as port:
            async with Doorman(port, SAID["HTTP"], listens=True) as doorman:
                ours: dict[str, Any] = {"ssl_enabled": True, "cert_ca": authority.cert_pem.bytes()}
                client = server.client("http", port=doorman.port, reconnect=False, **ours)
                await client.connect()
                doorman.closed = True
                doorman.cut()
                while client.state == "connected":  # the kept connection may be tried first
                    with pytest.raises(ConnectionLost):
                        await client.ping()
                with pytest.raises(ConnectionLost, match=r"speak TLS.*Nothing was sent") as caught:
                    await client.ping()
                assert type(caught.value.__cause__) is ConnectionLost
                await client.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_another_certificate_for_a_while(transport: Transport) -> None:
    authority, other = trustme.CA(), trustme.CA()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(Scripted())
        ports: list[int] = []
        inner = stack.enter_context(ExitStack())
        for each in (authority, other):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            each.issue_cert("127.0.0.1").configure_cert(context)
            ports.append(inner.enter_context(tls_gateway(server.port(transport), context)))
        doorman = await stack.enter_async_context(Doorman(ports[0], other=ports[1]))
        ours: dict[str, Any] = {"ssl_enabled": True, "cert_ca": authority.cert_pem.bytes()}
        client = server.client(transport, port=doorman.port, reconnect=SOON, **ours)
        await comes_back(client, server, doorman)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_actions_meanwhile_are_told_that_nothing_was_sent(transport: Transport) -> None:
    async with Scripted() as server, Doorman(server.port(transport), SAID["HTTP"]) as doorman:
        options: dict[str, Any] = {"reconnect": SOON, "max_silence": 0.1}
        async with server.client(transport, port=doorman.port, **options) as client, asyncio.timeout(LIMIT):
            doorman.closed = True
            doorman.cut()
            before = server.names().count("Ping")
            while client.state == "connected":
                with pytest.raises(AMIError):
                    await client.ping()
            with pytest.raises(ConnectionLost, match="Nothing was sent") as caught:
                await client.ping()
            assert type(caught.value) is ConnectionLost
            assert server.names().count("Ping") == before
            doorman.closed = False
