"""Logging in over TCP: how the secret is proved, and what a refusal raises."""

from __future__ import annotations

import hashlib
import ssl
from types import SimpleNamespace

import pytest
import trustme

from amitypes import TCPClient
from amitypes.errors import AuthenticationError, ConnectionLost, ProtocolError
from amitypes.testing import FakeAsterisk, Reply
from tests.behaviour.received_actions import received
from tests.unit.client.reconnecting import make


async def test_the_secret_is_proved_and_not_sent(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port):
        pass
    assert [action.name for action in asterisk.received][:2] == ["Challenge", "Login"]
    (login,) = received(asterisk, "Login")
    assert login.get("AuthType") == "MD5"
    assert login.get("Secret") == ""
    assert "world" not in str(login.headers)


@pytest.mark.parametrize("secret", ["Pä$$ wörd=ÄÖ", "x" * 1000])
async def test_any_secret_can_be_proved(secret: str) -> None:
    async with FakeAsterisk({"hello": secret}) as asterisk, make(asterisk.port, password=secret) as client:
        await client.ping()


async def test_the_md5_key_is_the_one_that_asterisk_expects() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.reply("Challenge", {"Response": "Success", "Challenge": "840415273"})
        with pytest.raises(AuthenticationError):
            await make(asterisk.port).connect()
        (login,) = received(asterisk, "Login")
        assert login.get("Key") == hashlib.md5(b"840415273world").hexdigest()


async def test_the_secret_is_proved_where_fips_forbids_md5_for_security(
    asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with OpenSSL's FIPS module."""

    def strict(data: bytes, *, usedforsecurity: bool = True) -> object:
        if usedforsecurity:
            raise ValueError("disabled for FIPS")
        return hashlib.md5(data, usedforsecurity=False)

    monkeypatch.setattr("amitypes._transport.tcp.hashlib", SimpleNamespace(md5=strict))
    async with make(asterisk.port) as client:
        await client.ping()


async def test_auth_plain_sends_the_secret(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, auth="plain"):
        pass
    assert received(asterisk, "Challenge") == []
    (login,) = received(asterisk, "Login")
    assert (login.get("Secret"), login.get("AuthType")) == ("world", "")


@pytest.mark.parametrize(("tls", "auth", "proved"), [(False, None, True), (True, None, False), (True, "md5", True)])
async def test_the_secret_is_proved_by_default_without_tls_only(tls: bool, auth: str | None, proved: bool) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with FakeAsterisk(ssl_context=context if tls else None) as asterisk:
        certificate = authority.cert_pem.bytes() if tls else None
        async with make(asterisk.port, ssl_enabled=tls, cert_ca=certificate, auth=auth):
            pass
    (login,) = received(asterisk, "Login")
    assert login.get("AuthType") == ("MD5" if proved else "")
    assert login.get("Secret") == ("" if proved else "world")


def test_an_unknown_auth_is_refused() -> None:
    with pytest.raises(ValueError, match="auth='sha'"):
        TCPClient("pbx", auth="sha")  # type: ignore[arg-type]  # what a type checker refuses


async def test_a_wrong_secret_raises_authentication_error(asterisk: FakeAsterisk) -> None:
    with pytest.raises(AuthenticationError, match="Authentication failed"):
        await make(asterisk.port, password="hush").connect()


@pytest.mark.parametrize(
    "answer",
    [{"Response": "Error", "Message": "Invalid/unknown command: Challenge"}, {"Response": "Success"}],
)
async def test_a_server_without_challenges_is_not_sent_the_secret(asterisk: FakeAsterisk, answer: Reply) -> None:
    asterisk.reply("Challenge", answer)
    with pytest.raises(ProtocolError, match="auth='plain'"):
        await make(asterisk.port).connect()
    assert received(asterisk, "Login") == []


@pytest.mark.parametrize(
    ("message", "kind"), [("Login Already In Use", AuthenticationError), ("Asterisk is shutting down", ConnectionLost)]
)
async def test_a_refused_challenge_raises_the_error_of_a_refused_login(
    asterisk: FakeAsterisk, message: str, kind: type[Exception]
) -> None:
    asterisk.reply("Challenge", {"Response": "Error", "Message": message})
    with pytest.raises(kind, match=r"[Ii]n [Uu]se|shutting down"):
        await make(asterisk.port).connect()
