"""Servers that are set up differently: TLS, and everything that a user gets wrong."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from amitypes import (
    ActionError,
    AuthenticationError,
    ConnectionLost,
    HTTPClient,
    ProtocolError,
    TCPClient,
    UnsupportedActionError,
    actions,
)
from tests.asterisk.clients import TRANSPORTS, Transport, connected, make

if TYPE_CHECKING:
    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import AsteriskServer, TLSFiles


def tls_client(
    server: AsteriskServer, transport: Transport, cert_ca: str | bytes | None, host: str
) -> TCPClient | HTTPClient:
    user = server.users["hello"]
    if transport == "tcp":
        return TCPClient(
            host,
            server.ami_tls_port,
            username=user.username,
            password=user.secret,
            ssl_enabled=True,
            cert_ca=cert_ca,
        )
    return HTTPClient(
        host,
        server.https_port,
        username=user.username,
        password=user.secret,
        ssl_enabled=True,
        cert_ca=cert_ca,
        digest=transport == "digest",
    )


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_tls(asterisk: AsteriskServer, tls_files: TLSFiles, transport: Transport, host: str) -> None:
    for cert_ca in (str(tls_files.authority), tls_files.authority.read_bytes()):
        async with tls_client(asterisk, transport, cert_ca, host) as client:
            assert (await client.actions.ping()).ping == "Pong"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_tls_verifies_the_certificate(asterisk: AsteriskServer, transport: Transport) -> None:
    client = tls_client(asterisk, transport, None, "localhost")
    with pytest.raises(ConnectionLost, match=r"certificate.*cert_ca") as caught:
        await client.connect()
    cause = caught.value.__cause__
    assert cause is not None
    assert "world" not in str(caught.value)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_tls_verifies_the_name(asterisk: AsteriskServer, tls_files: TLSFiles, transport: Transport) -> None:
    # 127.0.0.2 is the same machine, and not in the certificate.
    client = tls_client(asterisk, transport, str(tls_files.authority), "127.0.0.2")
    with pytest.raises(ConnectionLost):
        await client.connect()


def test_cert_ca_without_tls() -> None:
    for kind in (TCPClient, HTTPClient):
        with pytest.raises(AttributeError, match="ssl_enabled"):
            kind("localhost", cert_ca="/ca.crt")


async def test_tls_against_a_plain_port(asterisk: AsteriskServer) -> None:
    client = TCPClient(asterisk.host, asterisk.ami_port, username="hello", password="world", ssl_enabled=True)
    with pytest.raises(ProtocolError, match="TLS"):
        await client.connect()


async def test_plain_against_a_tls_port(asterisk: AsteriskServer) -> None:
    client = TCPClient(asterisk.host, asterisk.ami_tls_port, username="hello", password="world", timeout=1)
    with pytest.raises((ProtocolError, ConnectionLost), match="ssl_enabled=True"):
        await client.connect()


async def test_the_http_port_is_no_ami(asterisk: AsteriskServer) -> None:
    client = TCPClient(asterisk.host, asterisk.http_port, username="hello", password="world", timeout=1)
    with pytest.raises(ProtocolError, match=r"manager\.conf"):
        await client.connect()


async def test_the_ami_port_is_no_http(asterisk: AsteriskServer) -> None:
    client = HTTPClient(asterisk.host, asterisk.ami_port, username="hello", password="world", timeout=2)
    with pytest.raises(ProtocolError, match=r"http\.conf"):
        await client.connect()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_nobody_listens(transport: Transport, asterisk: AsteriskServer) -> None:
    unused = 1  # tcpmux: nothing answers there
    if transport == "tcp":
        with pytest.raises(ConnectionLost, match=r"manager\.conf.*bindaddr"):
            await TCPClient(asterisk.host, unused, username="hello", password="world").connect()
    else:
        with pytest.raises(ConnectionLost, match=r"http\.conf"):
            await HTTPClient(
                asterisk.host, unused, username="hello", password="world", digest=transport == "digest"
            ).connect()


@pytest.mark.parametrize("digest", [False, True])
async def test_manager_not_served_over_http(asterisk_factory: AsteriskFactory, digest: bool) -> None:
    server = asterisk_factory(web_enabled=False)
    client = HTTPClient(server.host, server.http_port, username="hello", password="world", digest=digest)
    with pytest.raises(ProtocolError, match=r"webenabled"):
        await client.connect()


async def test_http_server_disabled(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(http_enabled=False)
    client = HTTPClient(server.host, server.http_port, username="hello", password="world")
    with pytest.raises(ConnectionLost, match=r"http\.conf"):
        await client.connect()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_unknown_user(asterisk: AsteriskServer, transport: Transport) -> None:
    client = make(asterisk, transport)
    with pytest.raises(AuthenticationError, match=r"manager\.conf.*\[nobody\]"):
        await client.connect("nobody", "secret")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_permission_denied(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport, user="limited") as client:
        assert (await client.actions.core_status()).response == "Success"
        with pytest.raises(ActionError, match=r"Permission denied.*write=.*manager\.conf"):
            await client.send(actions.Originate(channel="Local/100@from-internal", application="Wait"))
        with pytest.raises(UnsupportedActionError):
            await client.send(actions.FilterList())  # documented for 16, and registered nowhere


async def test_context_of_tls(tls_files: TLSFiles) -> None:
    with pytest.raises(ssl.SSLError):
        TCPClient("localhost", ssl_enabled=True, cert_ca=b"not a certificate")
