"""Servers that can't be used, and what `connect` raises for each."""

from __future__ import annotations

import socket

import pytest

from amitypes import TCPClient
from amitypes.errors import (
    ActionTimeout,
    ConnectionLost,
    ProtocolError,
)
from tests.unit.client.clients import LIMIT, tcp_client
from tests.unit.raw_server import BANNER, Peer, Script, raw_server


async def test_a_closed_port_is_a_lost_connection_that_names_manager_conf() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionLost, match=rf"127\.0\.0\.1:{port}.*manager\.conf"):
        await tcp_client(port).connect()


@pytest.mark.parametrize("host", ["x" * 70, "unknown.invalid"])
async def test_an_unknown_host_is_a_lost_connection(host: str) -> None:
    with pytest.raises(ConnectionLost, match="Can't connect"):
        await TCPClient(host, 5038, username="a", password="b", timeout=LIMIT).connect()


async def speak_first(peer: Peer) -> None:
    await peer.send("SSH-2.0-OpenSSH_9.6\r\n")
    await peer.until_gone()


async def speak_http(peer: Peer) -> None:
    await peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("script", [speak_first, speak_http])
async def test_another_protocol_is_a_protocol_error(script: Script) -> None:
    async with raw_server(script) as port:
        with pytest.raises(ProtocolError, match="no Asterisk Manager Interface: it greets with"):
            await tcp_client(port).connect()


async def test_a_server_without_a_greeting_is_a_protocol_error() -> None:
    async with raw_server(Peer.until_gone) as port:
        with pytest.raises(ProtocolError, match="sends nothing"):
            await tcp_client(port, timeout=0.4).connect()


async def test_a_close_before_the_greeting_names_authlimit() -> None:
    async def script(peer: Peer) -> None:
        pass

    async with raw_server(script) as port:
        with pytest.raises(ConnectionLost, match=r"before any greeting.*authlimit"):
            await tcp_client(port).connect()


async def test_a_close_during_the_login_is_a_lost_connection() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.action()

    async with raw_server(script) as port:
        with pytest.raises(ConnectionLost) as caught:
            await tcp_client(port, password="hush").connect()
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(("auth", "action"), [("md5", "Challenge"), ("plain", "Login")])
async def test_a_login_without_a_reply_times_out(auth: str, action: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.until_gone()

    async with raw_server(script) as port:
        with pytest.raises(ActionTimeout, match=rf"{action}: .* within 0\.4 s"):
            await tcp_client(port, timeout=0.4, auth=auth).connect()


async def test_a_server_that_is_shutting_down_is_a_lost_connection() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.answer(await peer.action(), "Message: Asterisk is shutting down", status="Error")
        await peer.until_gone()

    async with raw_server(script) as port:
        with pytest.raises(ConnectionLost, match="shutting down"):
            await tcp_client(port).connect()
