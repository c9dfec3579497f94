"""What only HTTP has: sessions, digest, and events by polling. Other modules test the rest with every transport."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes import AuthenticationError, ConnectionLost, HTTPClient, InvalidActionError, ProtocolError, events
from tests.asterisk.clients import user_event
from tests.waiting import wait_until

if TYPE_CHECKING:
    from amitypes import EventStream
    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import AsteriskServer, TLSFiles, User

LIMIT = 30.0
both = pytest.mark.parametrize("digest", [False, True], ids=["cookie", "digest"])


def make(
    server: AsteriskServer,
    user: str = "hello",
    *,
    digest: bool = False,
    secret: str | None = None,
    reconnect: bool = True,
) -> HTTPClient:
    account: User = server.users[user]
    return HTTPClient(
        server.host,
        server.http_port,
        username=account.username,
        password=secret or account.secret,
        digest=digest,
        reconnect=reconnect,
    )


REJECTED_HOST = """[general]
%{MANAGER_OPTIONS}
[hello]
secret = world
deny = 0.0.0.0/0.0.0.0
permit = 10.1.2.3/255.255.255.255
read = all
write = all
"""


async def take(stream: EventStream[events.UserEvent], count: int) -> list[str]:
    async with asyncio.timeout(LIMIT):
        return [str((await anext(stream)).raw["UserEvent"]) for _ in range(count)]


@both
@pytest.mark.parametrize("user", ["hello", "mixed", "limited", "nosystem", "filtered"])
async def test_a_login_over_http_succeeds(asterisk: AsteriskServer, digest: bool, user: str) -> None:
    client = make(asterisk, user, digest=digest)
    assert await client.connect() == [{"Response": "Success", "Message": "Authentication accepted"}]
    assert (await client.ping())[0]["Ping"] == "Pong"
    assert await client.logoff() == [{"Response": "Goodbye", "Message": "Thanks for all the fish."}]


@both
@pytest.mark.parametrize("secret", ["World", "wörld"])
async def test_a_wrong_secret_is_refused_over_http(asterisk: AsteriskServer, digest: bool, secret: str) -> None:
    with pytest.raises(AuthenticationError, match=r"refused.*\[hello\]") as caught:
        await make(asterisk, digest=digest, secret=secret).connect()
    assert caught.value.answer == [{"Response": "Error", "Message": "Authentication failed"}]
    assert secret not in str(caught.value)


@both
async def test_every_byte_arrives(asterisk: AsteriskServer, digest: bool) -> None:
    text = "a b+c&d=e;%41 Grüße 'x' \"y\" \\z \udcfc"
    long = "ü" * 2000
    async with make(asterisk, digest=digest) as client:
        waiting = client.wait_for(events.UserEvent, lambda event: event.raw["UserEvent"] == "Bytes", timeout=LIMIT)
        await client.ami_request({"Action": "UserEvent", "UserEvent": "Bytes", "Text": text, "Long": long})
        event = await waiting
    assert event.raw["Text"] == text
    assert event.raw["Long"] == long


@both
async def test_the_largest_form_is_accepted(asterisk: AsteriskServer, digest: bool) -> None:
    async with make(asterisk, digest=digest) as client:
        size = 40_960 - len("Action=UserEvent&ActionID=1&UserEvent=Big&Text=")
        action = {"Action": "UserEvent", "ActionID": "1", "UserEvent": "Big", "Text": "x" * size}
        assert (await client.ami_request(action))[0]["Response"] == "Success"
        with pytest.raises(InvalidActionError, match="40960"):
            await client.ami_request(action | {"Text": "x" * (size + 1)})


@both
async def test_many_actions_at_a_time_are_answered(asterisk: AsteriskServer, digest: bool) -> None:
    async with make(asterisk, digest=digest) as client:
        stream = client.events(events.UserEvent)
        answers = await asyncio.gather(*(client.ping() for _ in range(150)))
        assert all(answer[0]["Ping"] == "Pong" for answer in answers)
        await asyncio.gather(*(user_event(client, f"Many{number}") for number in range(100)))
        assert sorted(await take(stream, 100)) == sorted(f"Many{number}" for number in range(100))


@both
async def test_the_events_of_a_call_arrive_over_http(asterisk: AsteriskServer, digest: bool) -> None:
    client = make(asterisk, digest=digest)
    stream = client.events(events.Newchannel, events.Hangup)
    await client.connect()
    await client.originate("200", "200")
    seen: list[events.Newchannel | events.Hangup] = []
    async with asyncio.timeout(LIMIT):
        while len(seen) < 4:
            seen.append(await anext(stream))
    await client.logoff()
    assert [type(event).__name__ for event in seen] == ["Newchannel", "Newchannel", "Hangup", "Hangup"]
    assert {event.channel for event in seen[:2]} == {event.channel for event in seen[2:]}
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_events_arrive_from_the_login_on(asterisk: AsteriskServer) -> None:
    client = make(asterisk)
    booted = client.wait_for(events.FullyBooted, timeout=LIMIT)
    await client.connect()
    assert (await booted).status == "Fully Booted"
    await client.logoff()


@both
async def test_a_subscription_starts_when_it_is_made(asterisk: AsteriskServer, digest: bool) -> None:
    async with make(asterisk, digest=digest) as client:
        await user_event(client, "Before")
        stream = client.events(events.UserEvent)
        for number in range(5):
            await user_event(client, f"After{number}")
        assert await take(stream, 5) == [f"After{number}" for number in range(5)]


@both
async def test_a_slow_action_delays_no_other(asterisk: AsteriskServer, digest: bool) -> None:
    async with make(asterisk, digest=digest) as client:
        stream = client.events(events.UserEvent)
        originate = {"Action": "Originate", "Channel": "Local/500@from-internal", "Timeout": "3000", "Async": "false"}
        call = asyncio.create_task(client.ami_request(originate | {"Application": "Wait", "Data": "1"}))
        await client.wait_for(events.Newchannel, timeout=LIMIT)
        assert (await client.ping())[0]["Ping"] == "Pong"
        await user_event(client, "Meanwhile")
        assert await take(stream, 1) == ["Meanwhile"]
        assert not call.done()
        assert (await call)[0]["Response"] == "Error"


async def wait_for_expiry(server: AsteriskServer, username: str) -> None:
    """Wait until the server has no session of a user any more."""
    await wait_until(lambda: asyncio.to_thread(lambda: server.sessions(username) == 0), timeout=LIMIT)


async def test_an_expired_session_is_renewed(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(http_timeout=2)
    async with make(server) as client:
        await wait_for_expiry(server, "hello")
        answers = await asyncio.gather(*(client.ping() for _ in range(10)))
        assert all(answer[0]["Ping"] == "Pong" for answer in answers)
        assert server.sessions("hello") == 1


@both
@pytest.mark.parametrize("seconds", [3, 11])
async def test_events_arrive_with_a_small_httptimeout(
    asterisk_factory: AsteriskFactory, digest: bool, seconds: int
) -> None:
    """Up to 10 the server doesn't wait in WaitEvent at all; with 11 it waits a second."""
    server = asterisk_factory(http_timeout=seconds)
    waiter, sender = make(server, digest=digest), make(server, "mixed")
    stream = waiter.events(events.UserEvent)
    async with waiter, sender:
        for number in range(4):
            # Each event is sent after the one before was fetched, so several polls are needed.
            await user_event(sender, f"Slowly{number}")
            assert await take(stream, 1) == [f"Slowly{number}"]


async def test_a_refused_renewal_is_an_authentication_error(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(http_timeout=2)
    client = make(server)
    await client.connect()
    configuration = server.folder / "etc/manager.conf"
    configuration.write_text(configuration.read_text().replace("secret = world", "secret = changed"))
    server.cli("manager reload")
    await wait_for_expiry(server, "hello")
    with pytest.raises(AuthenticationError, match="session had ended"):
        await client.ping()
    await client.close()


@both
async def test_a_stopped_server_ends_the_events(asterisk_factory: AsteriskFactory, digest: bool) -> None:
    server = asterisk_factory()
    client = make(server, digest=digest, reconnect=False)
    stream = client.events(events.Newchannel)
    await client.connect()
    await client.ping()
    await asyncio.to_thread(server.stop)
    with pytest.raises(ConnectionLost):
        async with asyncio.timeout(LIMIT):
            await anext(stream)
    with pytest.raises(ConnectionLost):
        await client.ping()
    await client.close()


@both
async def test_the_prefix_of_http_conf_is_used(asterisk_factory: AsteriskFactory, digest: bool) -> None:
    config = "[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = %{HTTP_PORT}\nprefix = pbx\n"
    server = asterisk_factory(tls=None, config={"http.conf": config})
    async with HTTPClient(
        server.host, server.http_port, username="hello", password="world", prefix="pbx", digest=digest
    ) as client:
        assert (await client.ping())[0]["Ping"] == "Pong"


@both
async def test_a_rejected_host_is_an_authentication_error(asterisk_factory: AsteriskFactory, digest: bool) -> None:
    server = asterisk_factory(config={"manager.conf": REJECTED_HOST})
    with pytest.raises(AuthenticationError, match=r"manager\.conf.*permit.*acl"):
        await make(server, digest=digest).connect()


@both
async def test_https_carries_events(asterisk: AsteriskServer, tls_files: TLSFiles, digest: bool) -> None:
    client = HTTPClient(
        "localhost",
        asterisk.https_port,
        username="hello",
        password="world",
        ssl_enabled=True,
        cert_ca=str(tls_files.authority),
        digest=digest,
    )
    stream = client.events(events.UserEvent)
    async with client:
        await user_event(client, "Secure")
        assert await take(stream, 1) == ["Secure"]


async def test_https_on_a_plain_port_names_http_conf(asterisk: AsteriskServer) -> None:
    client = HTTPClient(asterisk.host, asterisk.http_port, username="hello", password="world", ssl_enabled=True)
    with pytest.raises(ProtocolError, match=r"doesn't speak TLS.*http\.conf"):
        await client.connect()


@both
async def test_plain_http_on_a_tls_port_names_ssl_enabled(asterisk: AsteriskServer, digest: bool) -> None:
    client = HTTPClient(asterisk.host, asterisk.https_port, username="hello", password="world", digest=digest)
    with pytest.raises(ConnectionLost, match="ssl_enabled=True"):
        await client.connect()
