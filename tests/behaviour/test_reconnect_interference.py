"""What answers in place of a server while that is down: the client keeps reconnecting, but for a clear refusal."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme

from amitypes import HTTPClient, Reconnect, TCPClient, events
from amitypes._transport.http.timings import PollTimings
from amitypes.errors import AMIError, AuthenticationError, ConnectionLost
from tests.behaviour.proxy import Gatekeeper
from tests.behaviour.scripted_server import TRANSPORTS, ScriptedServer, Transport
from tests.unit.http_server import HTTPServer, Manager, Request, http
from tests.unit.tls_gateway import tls_gateway
from tests.waiting import wait_until

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


def record_states(client: TCPClient | HTTPClient) -> list[str]:
    """The states that the client goes through from now on."""
    states: list[str] = []
    client.on_state(states.append)
    return states


@dataclass
class Gateway:
    """An HTTP proxy before Asterisk that answers some actions, or all, with a page of its own."""

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
async def test_the_client_reconnects_after_pages_of_a_proxy(page: bytes) -> None:
    gateway = Gateway()
    async with HTTPServer(gateway) as server:
        client = http_client(server.port)
        stream = client.events(events.Hangup)
        async with client, asyncio.timeout(LIMIT):
            states = record_states(client)
            # Logins pass, and the connections after them are short.
            gateway.page, gateway.only = page, "WaitEvent"
            gateway.manager.events.put_nowait(None)
            await server.asked("Login", 6)
            # Nothing passes.
            gateway.only = ""
            await server.asked("Login", 12)
            gateway.page = b""
            gateway.manager.events.put_nowait(HANGUP.format("1"))
            assert (await anext(stream)).uniqueid == "1"
            assert set(states) == {"reconnecting", "connected"}


async def test_without_subscribers_pages_of_a_proxy_are_no_keepalive() -> None:
    """That the proxy answers says nothing about the server behind it."""
    gateway = Gateway()
    async with HTTPServer(gateway) as server, http_client(server.port, max_silence=0.05) as client:
        states = record_states(client)
        gateway.page = PAGES["bad gateway"]
        async with asyncio.timeout(LIMIT):
            await wait_until(lambda: "reconnecting" in states)
            gateway.page = b""
            await wait_until(lambda: client.state == "connected")
        assert set(states) == {"reconnecting", "connected"}


async def test_a_403_page_ends_the_client() -> None:
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
async def test_a_page_fails_the_first_connection_at_once(page: bytes) -> None:
    gateway = Gateway(page=page)
    async with HTTPServer(gateway) as server:
        client = http_client(server.port)
        with pytest.raises(AMIError):
            await client.connect()
        assert client.state == "disconnected"
        assert len(server.requests) == 1


# What a load balancer, or a TLS gateway, sends while the server is down

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


async def connect_and_reconnect(client: TCPClient | HTTPClient, server: ScriptedServer, gatekeeper: Gatekeeper) -> None:
    """Connect, lose the connection, be rejected for a while, and reconnect."""
    stream = client.events(events.Hangup)
    async with client, asyncio.timeout(LIMIT):
        states = record_states(client)
        gatekeeper.closed = True
        gatekeeper.cut()
        await gatekeeper.rejected(6)
        gatekeeper.closed = False
        await wait_until(lambda: client.state == "connected")
        assert set(states) == {"reconnecting", "connected"}
        received = asyncio.create_task(stream.__anext__())

        async def pushed() -> bool:
            """Over HTTP the poll that was cut takes what comes until the next one has begun: push until one arrives."""
            await server.push(HANGUP.format("1").encode())
            return received.done()

        await wait_until(pushed)
        assert (await received).uniqueid == "1"
        await client.close()


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_client_reconnects_after_another_server_answered(transport: Transport, said: bytes) -> None:
    async with ScriptedServer() as server, Gatekeeper(server.port(transport), said) as gatekeeper:
        await connect_and_reconnect(server.client(transport, port=gatekeeper.port, reconnect=SOON), server, gatekeeper)


@pytest.mark.parametrize("said", [*ALERTS.values(), *SAID.values()], ids=[*ALERTS, *SAID])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_client_reconnects_after_tls_failures(transport: Transport, said: bytes) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ScriptedServer())
        port = stack.enter_context(tls_gateway(server.port(transport), context))
        gatekeeper = await stack.enter_async_context(Gatekeeper(port, said, listens=True))
        ours: dict[str, Any] = {"ssl_enabled": True, "cert_ca": authority.cert_pem.bytes()}
        client = server.client(transport, port=gatekeeper.port, reconnect=SOON, **ours)
        await connect_and_reconnect(client, server, gatekeeper)


async def test_a_tls_failure_during_an_http_session_is_a_lost_connection() -> None:
    """Over HTTP each connection of a session begins with TLS."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with ScriptedServer() as server:
        with tls_gateway(server.port("http"), context) as port:
            async with Gatekeeper(port, SAID["HTTP"], listens=True) as gatekeeper:
                ours: dict[str, Any] = {"ssl_enabled": True, "cert_ca": authority.cert_pem.bytes()}
                client = server.client("http", port=gatekeeper.port, reconnect=False, **ours)
                await client.connect()
                gatekeeper.closed = True
                gatekeeper.cut()
                while client.state == "connected":  # the kept connection may be tried first
                    with pytest.raises(ConnectionLost):
                        await client.ping()
                with pytest.raises(ConnectionLost, match=r"speak TLS.*Nothing was sent") as caught:
                    await client.ping()
                assert type(caught.value.__cause__) is ConnectionLost
                await client.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_client_reconnects_after_an_untrusted_certificate(transport: Transport) -> None:
    authority, other = trustme.CA(), trustme.CA()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ScriptedServer())
        ports: list[int] = []
        inner = stack.enter_context(ExitStack())
        for each in (authority, other):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            each.issue_cert("127.0.0.1").configure_cert(context)
            ports.append(inner.enter_context(tls_gateway(server.port(transport), context)))
        gatekeeper = await stack.enter_async_context(Gatekeeper(ports[0], other=ports[1]))
        ours: dict[str, Any] = {"ssl_enabled": True, "cert_ca": authority.cert_pem.bytes()}
        client = server.client(transport, port=gatekeeper.port, reconnect=SOON, **ours)
        await connect_and_reconnect(client, server, gatekeeper)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_action_while_reconnecting_raises_and_is_not_sent(transport: Transport) -> None:
    async with ScriptedServer() as server, Gatekeeper(server.port(transport), SAID["HTTP"]) as gatekeeper:
        options: dict[str, Any] = {"reconnect": SOON, "max_silence": 0.1}
        async with server.client(transport, port=gatekeeper.port, **options) as client, asyncio.timeout(LIMIT):
            gatekeeper.closed = True
            gatekeeper.cut()
            before = server.names().count("Ping")
            while client.state == "connected":
                with pytest.raises(AMIError):
                    await client.ping()
            with pytest.raises(ConnectionLost, match="Nothing was sent") as caught:
                await client.ping()
            assert type(caught.value) is ConnectionLost
            assert server.names().count("Ping") == before
            gatekeeper.closed = False
