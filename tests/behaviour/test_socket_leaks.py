"""Connecting over HTTP leaves no socket open, however it ends."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
import trustme

from amitypes._transport.http.transport import HTTPTransport
from amitypes.errors import AMIError
from tests.behaviour.proxy import Proxy, forward_single_bytes
from tests.unit.http_server import HTTPServer, Manager
from tests.unit.server import LoopbackServer
from tests.unit.tls_gateway import tls_gateway
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLDER = Path("/proc/self/fd")
TIMES = 200

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="this system doesn't list the open files of a process")


def open_sockets() -> int:
    count = 0
    for entry in FOLDER.iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:  # of the listing itself
            continue
    return count


async def settled(count: int) -> int:
    """How many sockets are open, once those that are closing have closed."""
    with suppress(TimeoutError):
        await wait_until(lambda: open_sockets() <= count)
    return open_sockets()


def make(port: int, context: ssl.SSLContext | None, *, host: str = "127.0.0.1") -> HTTPTransport:
    return HTTPTransport(
        host,
        port,
        prefix="",
        digest=False,
        context=context,
        response_shapes={},
        on_events=lambda events: None,
        on_end=lambda error: None,
    )


class SilentServer(LoopbackServer):
    """Accepts connections, and sends nothing."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            await reader.read()
        writer.close()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


Target: TypeAlias = tuple[int, ssl.SSLContext | None]
MakeTarget: TypeAlias = Callable[[AsyncExitStack], Awaitable[Target]]


async def silent(stack: AsyncExitStack) -> Target:
    """Accepts, and sends nothing."""
    return (await stack.enter_async_context(SilentServer())).port, None


async def silent_tls(stack: AsyncExitStack) -> Target:
    """Accepts, and sends nothing when the TLS handshake is due."""
    return (await stack.enter_async_context(SilentServer())).port, ssl.create_default_context()


async def slow_tls(stack: AsyncExitStack) -> Target:
    """Speaks TLS, one byte at a time."""
    authority = trustme.CA()
    context, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(ours)
    server = await stack.enter_async_context(HTTPServer(Manager()))
    port = stack.enter_context(tls_gateway(server.port, context))
    proxy = await stack.enter_async_context(Proxy(port, down=forward_single_bytes))
    return proxy.port, ours


async def unreachable(stack: AsyncExitStack) -> Target:
    """Accepts no connection: its backlog is full."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    return listener.getsockname()[1], None


targets = pytest.mark.parametrize("target", [silent, silent_tls, slow_tls, unreachable])


@targets
async def test_cancelled_connects_leave_no_socket_open(stack: AsyncExitStack, target: MakeTarget) -> None:
    port, context = await target(stack)
    transport = make(port, context)
    before = open_sockets()
    for number in range(TIMES):
        opening = asyncio.create_task(transport.open("hello", "world", 5.0))
        for _ in range(number % 50):
            await asyncio.sleep(0 if number % 3 else 0.0001)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
    assert await settled(before) == before, "left open until the transport is closed"
    await transport.close()


@targets
async def test_connects_that_time_out_leave_no_socket_open(stack: AsyncExitStack, target: MakeTarget) -> None:
    port, context = await target(stack)
    transport = make(port, context)
    before = open_sockets()
    opened = await asyncio.gather(
        *(transport.open("hello", "world", 0.001 * number) for number in range(1, 51)), return_exceptions=True
    )
    assert any(isinstance(error, AMIError) for error in opened)
    await transport.close()
    assert await settled(before) == before


def test_open_sockets_are_counted() -> None:
    before = open_sockets()
    with socket.socket():
        assert open_sockets() == before + 1
