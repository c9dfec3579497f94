"""TLS: the certificates that are trusted and shown, and the errors when either fails."""

from __future__ import annotations

import ssl
import warnings
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from amitypes import AuthenticationError, ConnectionLost, HTTPClient, ProtocolError, TCPClient
from amitypes.testing import FakeAsterisk
from tests.unit.http_server import HTTPServer, Manager
from tests.unit.raw_server import Peer, raw_server
from tests.unit.tls_gateway import tls_gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CLIENTS = [TCPClient, HTTPClient]
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
PASSPHRASE = "hush-passphrase"

both = pytest.mark.parametrize("client", CLIENTS)


class Files:
    """An authority, and what it has signed, as files."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.server = self.authority.issue_cert("127.0.0.1", "localhost")
        mine = self.authority.issue_cert("client@pbx.example")
        others = trustme.CA().issue_cert("client@pbx.example")
        self.ca = folder / "ca.pem"
        self.certificate = folder / "certificate.pem"
        self.key = folder / "key.pem"
        self.both = folder / "both.pem"
        self.encrypted = folder / "encrypted.pem"
        self.other_key = folder / "other_key.pem"
        self.others = folder / "others.pem"
        self.rubbish = folder / "rubbish.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        mine.cert_chain_pems[0].write_to_path(str(self.certificate))
        mine.private_key_pem.write_to_path(str(self.key))
        mine.private_key_and_cert_chain_pem.write_to_path(str(self.both))
        others.private_key_pem.write_to_path(str(self.other_key))
        others.private_key_and_cert_chain_pem.write_to_path(str(self.others))
        key = serialization.load_pem_private_key(mine.private_key_pem.bytes(), None)
        self.encrypted.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(PASSPHRASE.encode()),
            )
        )
        self.rubbish.write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("tls"))


def server_context(files: Files, *, clients: bool = True) -> ssl.SSLContext:
    """A server that demands a certificate of the same authority's from its clients by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files.server.configure_cert(context)
    if clients:
        files.authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@asynccontextmanager
async def served(client: type[TCPClient | HTTPClient], context: ssl.SSLContext) -> AsyncIterator[int]:
    """A server of the client's kind behind TLS."""
    with ExitStack() as stack:
        if client is TCPClient:
            async with FakeAsterisk() as asterisk:
                yield stack.enter_context(tls_gateway(asterisk.port, context))
        else:
            async with HTTPServer(Manager()) as server:
                yield stack.enter_context(tls_gateway(server.port, context))


def make(client: type[TCPClient | HTTPClient], port: int, **options: Any) -> TCPClient | HTTPClient:
    return client("127.0.0.1", port, username="hello", password="world", ssl_enabled=True, timeout=5, **options)


@both
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_client_certificate_is_accepted(
    files: Files, client: type[TCPClient | HTTPClient], version: ssl.TLSVersion
) -> None:
    context = server_context(files)
    context.minimum_version = context.maximum_version = version
    ways: list[dict[str, Any]] = [
        {"cert_client": files.both},
        {"cert_client": str(files.certificate), "cert_key": str(files.key)},
        {"cert_client": files.certificate, "cert_key": files.encrypted, "cert_passphrase": PASSPHRASE},
    ]
    async with served(client, context) as port:
        for way in ways:
            async with make(client, port, cert_ca=files.ca, **way) as connected:
                assert (await connected.actions.ping()).response == "Success"


@both
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("shown", ["none", "of another authority"])
async def test_a_missing_or_foreign_client_certificate_is_an_error(
    files: Files, client: type[TCPClient | HTTPClient], version: ssl.TLSVersion, shown: str
) -> None:
    context = server_context(files)
    context.minimum_version = context.maximum_version = version
    certificate = None if shown == "none" else files.others
    async with served(client, context) as port:
        # Over TLS 1.3 the refusal comes after the handshake, and may be overtaken by the end of the connection.
        with pytest.raises((AuthenticationError, ConnectionLost), match="cert_client"):
            await make(client, port, cert_ca=files.ca, cert_client=certificate).connect()


@both
async def test_an_ssl_context_is_used_as_it_is(files: Files, client: type[TCPClient | HTTPClient]) -> None:
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(files.both)
    async with served(client, server_context(files)) as port, make(client, port, ssl_context=context) as connected:
        assert (await connected.actions.ping()).response == "Success"


@both
async def test_tls_before_1_2_is_refused(files: Files, client: type[TCPClient | HTTPClient]) -> None:
    context = server_context(files, clients=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with served(client, context) as port:
        with pytest.raises(ProtocolError, match=r"at least 1\.2"):
            await make(client, port, cert_ca=files.ca).connect()


@both
async def test_a_certificate_for_another_server_is_refused(files: Files, client: type[TCPClient | HTTPClient]) -> None:
    """Neither one whose CA is unknown, nor one with a valid certificate for another name."""
    async with served(client, server_context(files, clients=False)) as port:
        with pytest.raises(ConnectionLost, match="isn't trusted"):
            await make(client, port).connect()
    elsewhere = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files.authority.issue_cert("pbx.example").configure_cert(elsewhere)
    async with served(client, elsewhere) as port:
        with pytest.raises(ConnectionLost, match=r"isn't trusted .*127\.0\.0\.1"):
            await make(client, port, cert_ca=files.ca).connect()


@both
async def test_an_unfinished_tls_handshake_times_out(client: type[TCPClient | HTTPClient]) -> None:
    async with raw_server(Peer.until_gone) as port:
        with pytest.raises(ConnectionLost, match=r"no connection within 0\.1 s"):
            await client("127.0.0.1", port, username="a", password="b", ssl_enabled=True, timeout=0.1).connect()


@both
def test_tls_verifies_certificate_and_host_name(files: Files, client: type[TCPClient | HTTPClient]) -> None:
    for options in ({}, {"cert_ca": files.ca}, {"cert_client": files.both}):
        context = make(client, 1, **options)._context
        assert context is not None
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


@both
@pytest.mark.parametrize(
    "options",
    [
        {"cert_ca": "ca.pem"},
        {"cert_client": "client.pem"},
        {"cert_key": "key.pem"},
        {"cert_passphrase": PASSPHRASE},
        {"ssl_context": ssl.create_default_context()},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_tls_setting_without_tls_is_an_error(client: type[TCPClient | HTTPClient], options: dict[str, Any]) -> None:
    with pytest.raises(AttributeError, match=rf"{next(iter(options))}.*ssl_enabled=True") as refused:
        client("pbx", **options)
    assert PASSPHRASE not in str(refused.value)


@both
def test_contradicting_tls_settings_are_an_error(files: Files, client: type[TCPClient | HTTPClient]) -> None:
    with pytest.raises(ValueError, match="instead of cert_ca"):
        make(client, 1, ssl_context=ssl.create_default_context(), cert_ca=files.ca)
    with pytest.raises(ValueError, match="cert_key belongs to a certificate"):
        make(client, 1, cert_key=files.key)


@pytest.mark.parametrize(
    ("certificate", "key", "passphrase", "said"),
    [
        ("certificate", "other_key", None, "the key in cert_key .*other_key.pem isn't that of the certificate"),
        ("certificate", "encrypted", None, "it takes cert_passphrase to open cert_key .*encrypted.pem"),
        ("certificate", "encrypted", "hush-wrong", "cert_passphrase does not open cert_key .*encrypted.pem"),
        ("certificate", "encrypted", "hush" * 1000, "cert_passphrase does not open cert_key .*encrypted.pem"),
        ("certificate", None, None, "cert_client .*certificate.pem must hold .* its private key"),
        ("rubbish", "key", None, "cert_client .*rubbish.pem must hold a certificate"),
        ("key", "key", None, "cert_client .*key.pem must hold a certificate"),
        ("certificate", "rubbish", None, "cert_key .*rubbish.pem its private key"),
    ],
)
def test_an_invalid_certificate_or_key_is_an_error(
    files: Files, certificate: str, key: str | None, passphrase: str | None, said: str
) -> None:
    with pytest.raises(ssl.SSLError, match=said) as refused:
        TCPClient(
            "pbx",
            ssl_enabled=True,
            cert_client=getattr(files, certificate),
            cert_key=None if key is None else getattr(files, key),
            cert_passphrase=passphrase,
        )
    assert "hush" not in f"{refused.value!r}"


def test_a_missing_certificate_file_is_an_error(files: Files, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.pem"):
        TCPClient("pbx", ssl_enabled=True, cert_client=tmp_path / "none.pem")
    with pytest.raises(FileNotFoundError, match=r"none\.pem"):
        TCPClient("pbx", ssl_enabled=True, cert_client=files.certificate, cert_key=tmp_path / "none.pem")
