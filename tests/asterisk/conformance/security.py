"""Who may not: every kind of bad login and of forbidden action, by AMI, HTTP and SIP."""

from __future__ import annotations

import asyncio

import pytest

from amitypes import ActionError, AuthenticationError, HTTPClient, TCPClient, actions, events
from tests.asterisk.conformance.drive import Drive


async def bad_logins(drive: Drive) -> None:
    server = drive.server
    cases: list[tuple[str, str, type[events.Event]]] = [
        ("nobody", "secret", events.InvalidAccountID),
        ("hello", "wrong", events.InvalidPassword),
        ("fenced", "secret-fenced", events.FailedACL),
    ]
    for username, secret, kind in cases:
        for client in (
            TCPClient(server.host, server.ami_port, auth="plain"),
            HTTPClient(server.host, server.http_port),
            HTTPClient(server.host, server.http_port, digest=True),
        ):
            reported = drive.expect(kind) if isinstance(client, TCPClient) else None
            with pytest.raises(AuthenticationError):
                await client.connect(username, secret)
            if reported:
                await reported


async def bad_challenge(drive: Drive) -> None:
    failed = drive.expect(events.ChallengeResponseFailed)
    reader, writer = await asyncio.open_connection(drive.server.host, drive.server.ami_port)
    writer.write(b"Action: Challenge\r\nAuthType: MD5\r\n\r\n")
    await reader.readuntil(b"Challenge: ")
    writer.write(b"Action: Login\r\nAuthType: MD5\r\nUsername: hello\r\nKey: 0\r\n\r\n")
    await failed
    writer.close()
    await drive.refused(actions.Challenge(auth_type="none"))
    await drive.do(actions.Challenge(auth_type="MD5"))


async def good_logins(drive: Drive) -> None:
    for client in (
        TCPClient(drive.server.host, drive.server.ami_port, username="hello", password="world"),
        HTTPClient(drive.server.host, drive.server.http_port, username="hello", password="world"),
    ):
        accepted = drive.expect(events.SuccessfulAuth)
        async with client:
            await accepted
    await drive.do(actions.Login(username="hello", secret="world"))


async def forbidden(drive: Drive) -> None:
    limited = drive.server.users["limited"]
    client = TCPClient(drive.server.host, drive.server.ami_port, username=limited.username, password=limited.secret)
    refused = drive.expect(events.RequestNotAllowed)
    malformed = drive.expect(events.RequestBadFormat)
    async with client:
        with pytest.raises(ActionError):
            await client.actions.originate(channel="Local/wait@conformance", application="Wait")
        await refused
        answer = await client.ami_request({"Action": "NoSuchAction"})
        assert answer[0]["Response"] == "Error"
    await malformed


async def too_many(drive: Drive) -> None:
    limited = drive.expect(events.SessionLimit)
    one, other = (
        TCPClient(drive.server.host, drive.server.ami_port, username="single", password="secret-single")
        for _ in range(2)
    )
    async with one:
        with pytest.raises(AuthenticationError):
            await other.connect()
    await limited


async def by_sip(drive: Drive) -> None:
    wrong = drive.expect(events.ChallengeResponseFailed)
    account = {"user": "secretive", "username": "secretive", "secret": "wrong"}
    async with drive.telephone("register_refused", keys={**account, "expires": "60"}) as phone:
        await phone.done()
    await wrong
    fenced = drive.expect(events.FailedACL)
    async with drive.telephone("register_forbidden", keys={"user": "fenced", "expires": "60"}):
        await fenced
    sent = drive.expect(events.ChallengeSent)
    async with drive.telephone("register_unknown", keys={"user": "secretive", "expires": "60"}):
        await sent


SCENARIOS = (bad_logins, bad_challenge, good_logins, forbidden, too_many, by_sip)
