"""TLS, and errors of configuration: each error names the setting."""

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
async def test_tls_connects(asterisk: AsteriskServer, tls_files: TLSFiles, transport: Transport, host: str) -> None:
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
async def test_tls_verifies_the_host_name(asterisk: AsteriskServer, tls_files: TLSFiles, transport: Transport) -> None:
    # 127.0.0.2 is this machine, and isn't in the certificate.
    client = tls_client(asterisk, transport, str(tls_files.authority), "127.0.0.2")
    with pytest.raises(ConnectionLost):
        await client.connect()


def test_cert_ca_without_tls_is_an_error() -> None:
    for kind in (TCPClient, HTTPClient):
        with pytest.raises(AttributeError, match="ssl_enabled"):
            kind("localhost", cert_ca="/ca.crt")


async def test_tls_on_a_plain_port_is_a_protocol_error(asterisk: AsteriskServer) -> None:
    client = TCPClient(asterisk.host, asterisk.ami_port, username="hello", password="world", ssl_enabled=True)
    with pytest.raises(ProtocolError, match="TLS"):
        await client.connect()


async def test_plain_tcp_on_a_tls_port_names_ssl_enabled(asterisk: AsteriskServer) -> None:
    client = TCPClient(asterisk.host, asterisk.ami_tls_port, username="hello", password="world", timeout=1)
    with pytest.raises((ProtocolError, ConnectionLost), match="ssl_enabled=True"):
        await client.connect()


async def test_a_tcp_client_on_the_http_port_names_manager_conf(asterisk: AsteriskServer) -> None:
    client = TCPClient(asterisk.host, asterisk.http_port, username="hello", password="world", timeout=1)
    with pytest.raises(ProtocolError, match=r"manager\.conf"):
        await client.connect()


async def test_an_http_client_on_the_ami_port_names_http_conf(asterisk: AsteriskServer) -> None:
    client = HTTPClient(asterisk.host, asterisk.ami_port, username="hello", password="world", timeout=2)
    with pytest.raises(ProtocolError, match=r"http\.conf"):
        await client.connect()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_port_without_a_listener_names_the_config_file(transport: Transport, asterisk: AsteriskServer) -> None:
    unused = 1  # tcpmux: no server listens there
    if transport == "tcp":
        with pytest.raises(ConnectionLost, match=r"manager\.conf.*bindaddr"):
            await TCPClient(asterisk.host, unused, username="hello", password="world").connect()
    else:
        with pytest.raises(ConnectionLost, match=r"http\.conf"):
            await HTTPClient(
                asterisk.host, unused, username="hello", password="world", digest=transport == "digest"
            ).connect()


@pytest.mark.parametrize("digest", [False, True])
async def test_disabled_ami_over_http_names_webenabled(asterisk_factory: AsteriskFactory, digest: bool) -> None:
    server = asterisk_factory(web_enabled=False)
    client = HTTPClient(server.host, server.http_port, username="hello", password="world", digest=digest)
    with pytest.raises(ProtocolError, match=r"webenabled"):
        await client.connect()


async def test_a_disabled_http_server_names_http_conf(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(http_enabled=False)
    client = HTTPClient(server.host, server.http_port, username="hello", password="world")
    with pytest.raises(ConnectionLost, match=r"http\.conf"):
        await client.connect()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_unknown_user_is_an_authentication_error(asterisk: AsteriskServer, transport: Transport) -> None:
    client = make(asterisk, transport)
    with pytest.raises(AuthenticationError, match=r"manager\.conf.*\[nobody\]"):
        await client.connect("nobody", "secret")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_denied_action_names_the_setting(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport, user="limited") as client:
        assert (await client.actions.core_status()).response == "Success"
        with pytest.raises(ActionError, match=r"Permission denied.*write=.*manager\.conf"):
            await client.send(actions.Originate(channel="Local/100@from-internal", application="Wait"))
        with pytest.raises(UnsupportedActionError):
            await client.send(actions.FilterList())  # documented for 16, and registered nowhere


async def test_an_invalid_certificate_authority_is_an_error(tls_files: TLSFiles) -> None:
    with pytest.raises(ssl.SSLError):
        TCPClient("localhost", ssl_enabled=True, cert_ca=b"not a certificate")
