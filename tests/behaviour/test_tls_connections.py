"""Clients and servers with TLS, and with TLS on one side only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from amitypes import TCPClient
from amitypes._transport import tcp
from amitypes.errors import (
    AMIError,
    ConnectionLost,
    ProtocolError,
)
from amitypes.testing import FakeAsterisk
from tests.transports import transport_of
from tests.unit.client.clients import LIMIT, tcp_client
from tests.unit.raw_server import Peer, raw_server
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
async def tls_asterisk(server_tls: ssl.SSLContext) -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk(ssl_context=server_tls) as server:
        yield server


@pytest.mark.parametrize("form", ["bytes", "str", "path"])
async def test_a_ca_can_be_given_as_bytes_string_or_path(
    tls_asterisk: FakeAsterisk, authority: trustme.CA, tmp_path: Path, form: str
) -> None:
    pem = authority.cert_pem.bytes()
    file = tmp_path / "ca.crt"
    file.write_bytes(pem)
    ca = {"bytes": pem, "str": str(file), "path": file}[form]
    async with tcp_client(tls_asterisk.port, ssl_enabled=True, cert_ca=ca) as client:
        assert (await client.actions.ping()).ping == "Pong"


@pytest.mark.parametrize("cert_ca", ["wrong", None])
async def test_an_untrusted_certificate_is_refused_before_anything_is_sent(
    tls_asterisk: FakeAsterisk, cert_ca: str | None
) -> None:
    wrong = trustme.CA().cert_pem.bytes() if cert_ca else None
    with pytest.raises(ConnectionLost, match=r"isn't trusted.*cert_ca"):
        await tcp_client(tls_asterisk.port, ssl_enabled=True, cert_ca=wrong).connect()
    assert tls_asterisk.received == []


async def test_a_certificate_for_another_host_is_refused(authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("pbx.example").configure_cert(context)
    async with FakeAsterisk(ssl_context=context) as server:
        with pytest.raises(ConnectionLost, match=r"isn't trusted.*127"):
            await tcp_client(server.port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes()).connect()
        assert server.received == []


def test_a_ca_without_tls_is_an_attribute_error() -> None:
    for ca in ("/path/to/ca.crt", b"pem"):
        with pytest.raises(AttributeError, match="ssl_enabled=True"):
            TCPClient("pbx", cert_ca=ca)


def test_a_missing_ca_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.pem"):
        TCPClient("pbx", ssl_enabled=True, cert_ca=tmp_path / "none.pem")


@pytest.mark.parametrize("pem", [b"", b"nothing of the kind", b"-----BEGIN CERTIFICATE-----\n\xff\n"])
def test_a_ca_without_a_certificate_is_an_ssl_error(tmp_path: Path, pem: bytes) -> None:
    with pytest.raises(ssl.SSLError, match=r"^The bytes.*PEM"):
        TCPClient("pbx", ssl_enabled=True, cert_ca=pem)
    file = tmp_path / "ca.pem"
    file.write_bytes(pem)
    with pytest.raises(ssl.SSLError, match=r"^/.*ca\.pem.*PEM"):
        TCPClient("pbx", ssl_enabled=True, cert_ca=file)


def test_a_ca_may_have_comments(authority: trustme.CA) -> None:
    TCPClient("pbx", ssl_enabled=True, cert_ca="# Für Büros\n".encode() + authority.cert_pem.bytes())


async def test_plain_tcp_to_a_tls_port_names_ssl_enabled(tls_asterisk: FakeAsterisk) -> None:
    with pytest.raises(ProtocolError, match="ssl_enabled=True"):
        await tcp_client(tls_asterisk.port, timeout=0.1).connect()


async def test_tls_to_a_plain_port_is_a_protocol_error(asterisk: FakeAsterisk, authority: trustme.CA) -> None:
    with pytest.raises(ProtocolError, match="doesn't speak TLS"):
        await tcp_client(asterisk.port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes()).connect()


async def test_a_close_during_the_tls_handshake_names_the_server(authority: trustme.CA) -> None:
    async def script(peer: Peer) -> None:
        pass

    async with raw_server(script) as port:
        with pytest.raises(AMIError, match="127"):
            await tcp_client(port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes()).connect()


async def test_close_does_not_wait_for_the_server_to_end_tls(
    authority: trustme.CA, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "_CLOSE_TIMEOUT", 0.01)

    async def script(peer: Peer) -> None:
        await peer.log_in()
        # The server reads nothing any more, so it never answers the end of TLS.
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a ReadTransport as well
        await asyncio.Event().wait()

    async with raw_server(script, ssl_context=server_tls) as port:
        client = tcp_client(port, ssl_enabled=True, cert_ca=authority.cert_pem.bytes())
        await client.connect()
        transport = transport_of(client)
        assert isinstance(transport, tcp.TCPTransport)
        assert transport._connection is not None
        connection = transport._connection.get_extra_info("socket")
        async with asyncio.timeout(LIMIT):
            await client.close()
        await wait_until(lambda: connection.fileno() == -1)
