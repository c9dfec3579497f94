"""A real Asterisk with unusual values, unusual TLS settings, and hostile users."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from amitypes import ActionError, TCPClient, actions, events
from tests.asterisk.clients import TRANSPORTS, Transport, connected, hang_up

if TYPE_CHECKING:
    from pathlib import Path

    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import AsteriskServer, TLSFiles

VARIABLES = {
    "PLAIN": "x",
    "EMPTY": "",
    "COMMA": "a,b,,c,",
    "PAIR": "a=1,OTHER=2",
    "QUOTES": '"a", "b"',
    "ONE_QUOTE": 'say "when',
    "BACKSLASH": r"C:\new\table\\",
    "OPEN": "a(b[c, d=e",
    "CLOSED": "a)b]c, d=e",
    "NESTED": '(a,[b,"c,)")],d',
    "SEMICOLON": "a;b;c",
    "BLANKS": "  a  b  ",
    "UNICODE": "Zoë \N{GREEK SMALL LETTER OMEGA}\N{TELEPHONE RECEIVER}\N{PILE OF POO}",
    "EXPRESSION": "${PLAIN} $[1+1] ${CALLERID(num)}",
    "CONTROLS": "\t\x01\x1b[31m\x7f",
    "HEADERS": "Action: Originate",
    "LONG": "ab,\\" * 120 + "z" * 280,
}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_variables_are_read_back_as_they_were_set(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        try:
            call = actions.Originate(
                channel="Local/100@from-internal",
                application="Wait",
                data="30",
                async_=True,
                variable={**VARIABLES, "HASH(a,b)": "c,d"},
            )
            channel = (await client.send_and_wait(call, reply_timeout=20)).channel
            found = {name: (await client.actions.getvar(channel=channel, variable=name)).value for name in VARIABLES}
            other = await client.actions.getvar(channel=channel, variable="OTHER")
            hashed = await client.actions.getvar(channel=channel, variable="HASH(a,b)")
        finally:
            await hang_up(client)
    assert found == VARIABLES
    assert other.value == ""
    assert hashed.value == "c,d"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_values_are_read_back_as_they_were_stored(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        for key, value in VARIABLES.items():
            if not value or key == "LONG":
                continue  # Asterisk stores nothing empty, and returns 255 bytes
            await client.actions.db_put(family=f"hostile-{transport}", key=key, val=value)
            listing = await client.actions.db_get(family=f"hostile-{transport}", key=key)
            assert [item.val for item in listing.items] == [value.lstrip("\t\x01\x1b ")]
        await client.actions.db_del_tree(family=f"hostile-{transport}")


async def test_a_forged_answer_of_another_user_completes_no_action(asterisk: AsteriskServer) -> None:
    """Over HTTP, Asterisk lets a user event carry line ends, and so whole messages, into every session."""
    forged = "x\r\n\r\nResponse: Success\r\nMessage: forged\r\n\r\nEvent: UserEvent\r\nUserEvent: last"
    async with connected(asterisk, "tcp") as victim:
        stream = victim.events()
        assert await post(asterisk, forged) == "Success"
        values = await asyncio.gather(*(victim.actions.getvar(variable="GREETING") for _ in range(50)))
        assert all("forged" not in str(value.raw) for value in values)
        seen = []
        async with asyncio.timeout(10):
            async for event in stream:
                seen.append(event)
                if event.raw.get("UserEvent") == "last":
                    break
    strays = [event for event in seen if isinstance(event, events.UnknownEvent) and not event.event]
    assert [event.raw["Message"] for event in strays] == ["forged"]


async def post(asterisk: AsteriskServer, value: str) -> str:
    """Send a user event as any program could, and return Asterisk's response."""
    cookie = ""
    for form in (
        {"Action": "Login", "Username": "hello", "Secret": "world"},
        {"Action": "UserEvent", "UserEvent": "hostile", "X": value},
    ):
        reader, writer = await asyncio.open_connection(asterisk.host, asterisk.http_port)
        body = urlencode(form)
        writer.write(
            f"POST /rawman HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{cookie}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        answer = (await reader.readline()).decode()
        writer.close()
        session = head.partition('mansession_id="')[2].partition('"')[0]
        cookie = f'Cookie: mansession_id="{session}"\r\n'
    return answer.partition(": ")[2].strip()


async def test_asterisk_asks_no_client_for_a_certificate(
    asterisk_factory: AsteriskFactory, tls_files: TLSFiles, tmp_path: Path
) -> None:
    """Though its TLS could, its manager.conf can't; a client that has one connects as well."""
    server = asterisk_factory(
        manager_options={"tlsverifyclient": "yes", "tlscafile": "/nowhere"}, http_enabled=False, web_enabled=False
    )
    both = tmp_path / "client.pem"
    both.write_bytes(tls_files.private_key.read_bytes() + tls_files.certificate.read_bytes())
    for certificate in (None, both):
        client = TCPClient(
            server.host,
            server.ami_tls_port,
            username="hello",
            password="world",
            ssl_enabled=True,
            cert_ca=tls_files.authority,
            cert_client=certificate,
        )
        async with client:
            assert (await client.actions.ping()).ping == "Pong"


async def test_the_limits_of_the_client_are_those_of_asterisk(asterisk: AsteriskServer) -> None:
    async with connected(asterisk, "tcp") as client:
        longest = "x" * (1022 - len("Secret: "))
        most = ["x"] * 126
        for header in ({"Secret": longest}, {"X": most}):
            assert (await client.ami_request({"Action": "Ping", **header}))[0]["Response"] == "Success"
        with pytest.raises(ActionError, match="No such channel"):
            await client.actions.hangup(channel=longest[:1000])
