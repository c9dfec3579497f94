"""Who may not: every kind of bad login and of forbidden action, by AMI, HTTP and SIP, each awaited as its event."""

from __future__ import annotations

import asyncio
from hashlib import md5
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlencode

import pytest

from amitypes import ActionError, AuthenticationError, HTTPClient, TCPClient, actions, events
from tests.asterisk.clients import make
from tests.asterisk.conformance.drive import Drive

if TYPE_CHECKING:
    from collections.abc import Callable

    Security: TypeAlias = (
        events.ChallengeResponseFailed
        | events.ChallengeSent
        | events.FailedACL
        | events.InvalidAccountID
        | events.InvalidPassword
        | events.InvalidTransport
        | events.RequestBadFormat
        | events.RequestNotAllowed
        | events.RequestNotSupported
        | events.SessionLimit
        | events.SuccessfulAuth
    )

STRANGER: Final = "127.0.0.2"
"""An address without a PJSIP endpoint."""


NO_USER: Final = ""
"""The account of a session before its login."""


def about(account: str, service: str = "AMI") -> Callable[[Security], bool]:
    return lambda event: (event.service, event.account_id) == (service, account)


async def bad_logins(drive: Drive) -> None:
    """By HTTP's digest nothing is reported: Asterisk just asks again."""
    server = drive.server
    cases: list[tuple[str, str, type[events.InvalidAccountID | events.InvalidPassword | events.FailedACL]]] = [
        ("nobody", "secret", events.InvalidAccountID),
        ("hello", "wrong", events.InvalidPassword),
        ("fenced", "secret-fenced", events.FailedACL),
    ]
    for username, secret, kind in cases:
        plain = TCPClient(server.host, server.ami_port, auth="plain")  # a challenge would hide a wrong secret's kind
        for client in (plain, HTTPClient(server.host, server.http_port)):
            reported = drive.expect(kind, about(username))
            with pytest.raises(AuthenticationError):
                await client.connect(username, secret)
            await reported
        with pytest.raises(AuthenticationError):
            await HTTPClient(server.host, server.http_port, digest=True).connect(username, secret)


async def bad_challenge(drive: Drive) -> None:
    for challenge in (_challenge_by_tcp, _challenge_by_http):
        failed = drive.expect(events.ChallengeResponseFailed, about(NO_USER))
        await challenge(drive, "0" * 32)
        assert (await failed).response == "0" * 32
        passed = drive.expect(events.SuccessfulAuth, about("hello"))
        await challenge(drive, None)
        await passed
    await drive.refused(actions.Challenge(auth_type="none"))
    await drive.do(actions.Challenge(auth_type="MD5"))


async def _challenge_by_tcp(drive: Drive, key: str | None) -> None:
    """Log in with a challenge, and with a key that doesn't answer it unless it is None."""
    reader, writer = await asyncio.open_connection(drive.server.host, drive.server.ami_port)
    writer.write(b"Action: Challenge\r\nAuthType: MD5\r\n\r\n")
    await reader.readuntil(b"Challenge: ")
    sent = (await reader.readline()).decode().strip()
    key = key or md5(f"{sent}world".encode(), usedforsecurity=False).hexdigest()
    writer.write(f"Action: Login\r\nAuthType: MD5\r\nUsername: hello\r\nKey: {key}\r\n\r\n".encode())
    await reader.readuntil(b"Message: Authentication")
    writer.close()


async def _challenge_by_http(drive: Drive, key: str | None) -> None:
    """The same by HTTP."""

    def ask() -> None:
        cookie, answer = _get(drive, {"Action": "Challenge", "AuthType": "MD5"})
        sent = answer.partition("Challenge: ")[2].split()[0]
        answered = key or md5(f"{sent}world".encode(), usedforsecurity=False).hexdigest()
        login = {"Action": "Login", "AuthType": "MD5", "Username": "hello", "Key": answered}
        assert "Message: Authentication" in _get(drive, login, cookie)[1]

    await asyncio.to_thread(ask)


def _get(drive: Drive, headers: dict[str, str], cookie: str = "") -> tuple[str, str]:
    """Ask by HTTP, without the client: the cookie and the answer."""
    connection = HTTPConnection(drive.server.host, drive.server.http_port, timeout=10)
    connection.request("GET", f"/rawman?{urlencode(headers)}", headers={"Cookie": cookie} if cookie else {})
    response = connection.getresponse()
    given = (response.getheader("Set-Cookie") or "").partition(";")[0]
    text = response.read().decode()
    connection.close()
    return given, text


async def good_logins(drive: Drive) -> None:
    for transport in ("tcp", "http"):
        accepted = drive.expect(events.SuccessfulAuth, about("hello"))
        async with make(drive.server, transport):
            await accepted
    await drive.do(actions.Login(username="hello", secret="world"))


async def forbidden(drive: Drive) -> None:
    for transport in ("tcp", "http"):
        refused = drive.expect(events.RequestNotAllowed, about("limited"))
        malformed = drive.expect(events.RequestBadFormat, about("limited"))
        async with make(drive.server, transport, "limited") as client:
            with pytest.raises(ActionError):
                await client.actions.originate(channel="Local/wait@conformance", application="Wait")
            await refused
            answer = await client.ami_request({"Action": "NoSuchAction"})
            assert answer[0]["Response"] == "Error"
            assert (await malformed).request_type == "Action: NoSuchAction"


async def before_login(drive: Drive) -> None:
    """Before the login no action is allowed, and an action needs its name."""
    not_allowed = drive.expect(events.RequestNotAllowed, lambda event: event.request_type == "Action: Ping")
    nameless = drive.expect(events.RequestBadFormat, lambda event: event.request_type == "Action: NONE")
    _, writer = await asyncio.open_connection(drive.server.host, drive.server.ami_port)
    writer.write(b"Action: Ping\r\n\r\n")
    await not_allowed
    writer.write(b"Nothing: said\r\n\r\n")
    await nameless
    writer.close()
    again = drive.expect(events.RequestNotAllowed, lambda event: event.request_type == "Action: Ping")
    assert "Permission denied" in (await asyncio.to_thread(_get, drive, {"Action": "Ping"}))[1]
    await again


async def too_many(drive: Drive) -> None:
    one, other = (
        TCPClient(drive.server.host, drive.server.ami_port, username="single", password="secret-single")
        for _ in range(2)
    )
    async with one:
        limited = drive.expect(events.SessionLimit, about(NO_USER))
        with pytest.raises(AuthenticationError):
            await other.connect()
        await limited


async def by_sip(drive: Drive) -> None:
    account = {"user": "secretive", "username": "secretive", "expires": "60"}
    wrong = drive.expect(events.ChallengeResponseFailed, about("secretive", "PJSIP"))
    async with drive.telephone("register_refused", keys={**account, "secret": "wrong"}) as phone:
        await phone.done()
    await wrong
    sent = drive.expect(events.ChallengeSent, about("secretive", "PJSIP"))
    passed = drive.expect(events.SuccessfulAuth, about("secretive", "PJSIP"))
    async with drive.telephone("register_secret", keys={**account, "secret": "secret-secretive"}):
        await asyncio.gather(sent, passed)
    fenced = drive.expect(events.FailedACL, about("fenced", "PJSIP"))
    async with drive.telephone("register_forbidden", keys={"user": "fenced", "expires": "60"}):
        await fenced
    elsewhere = drive.expect(events.RequestNotSupported, about("phone", "PJSIP"))
    async with drive.telephone(
        "register_elsewhere", keys={"user": "phone", "aor": "partner", "expires": "60"}
    ) as phone:
        await phone.done()
    await elsewhere
    unknown = drive.expect(events.InvalidAccountID, about("nobody", "PJSIP"))
    for _ in range(2):  # the first one from an address isn't worth a report
        async with drive.telephone(
            "register_unknown", host=STRANGER, keys={"user": "nobody", "expires": "60"}
        ) as phone:
            await phone.done()
    await unknown


async def by_chan_sip(drive: Drive) -> None:
    if not drive.offers(actions.SIPpeers):
        return
    port = drive.server.chan_sip_port
    account = {"user": "2000", "username": "2000", "expires": "60"}
    wrong = drive.expect(events.InvalidPassword, about("2000", "SIP"))
    sent = drive.expect(events.ChallengeSent, about("2000", "SIP"))
    async with drive.telephone("register_refused", server_port=port, keys={**account, "secret": "wrong"}):
        await asyncio.gather(sent, wrong)
    passed = drive.expect(events.SuccessfulAuth, about("2000", "SIP"))
    async with drive.telephone("register_secret", server_port=port, keys={**account, "secret": "secret-2000"}):
        await passed
    cases: list[tuple[str, type[events.InvalidAccountID | events.FailedACL | events.InvalidTransport]]] = [
        ("nobody", events.InvalidAccountID),
        ("fenced", events.FailedACL),
        ("overtcp", events.InvalidTransport),
    ]
    for user, kind in cases:
        reported = drive.expect(kind, lambda event: event.service == "SIP")
        async with drive.telephone("register_forbidden", server_port=port, keys={"user": user, "expires": "60"}):
            await reported


SCENARIOS = (
    bad_logins,
    bad_challenge,
    good_logins,
    forbidden,
    before_login,
    too_many,
    by_sip,
    by_chan_sip,
)
