"""A client's connection: made, used, closed, and described."""

from __future__ import annotations

import asyncio
import logging

import pytest

from amitypes import TCPClient, actions, events
from amitypes.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    OutcomeUnknown,
)
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.unit.client.clients import LIMIT, tcp_client
from tests.unit.raw_server import BANNER, Peer, raw_server

# Connecting


async def test_versions_are_known_once_connected(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port)
    assert (client.ami_version, client.asterisk_version) == (None, None)
    async with client:
        assert (client.ami_version, client.asterisk_version) == ("11.0.0", "22.10.1")
        assert (client.host, client.port) == ("127.0.0.1", asterisk.port)


async def test_without_the_privilege_the_version_is_none(asterisk: FakeAsterisk) -> None:
    asterisk.reply("CoreSettings", {"Response": "Error", "Message": "Permission denied"})
    async with tcp_client(asterisk.port) as client:
        assert client.asterisk_version is None


async def test_repr_shows_the_state(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port)
    assert repr(client) == f"<TCPClient 127.0.0.1:{asterisk.port}, not connected>"
    async with client:
        assert repr(client) == f"<TCPClient 127.0.0.1:{asterisk.port}, connected>"
    assert "not connected" in repr(client)


async def test_connecting_twice_is_an_error(client: TCPClient) -> None:
    with pytest.raises(AMIError, match="Already connected"):
        await client.connect()
    await client.ping()


async def test_a_client_can_connect_again_after_logoff(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port)
    seen: list[str] = []

    @client.on(events.UserEvent)
    async def handle(event: events.UserEvent) -> None:
        seen.append(event.user_event)

    for number in range(3):
        await client.connect()
        await client.actions.user_event(user_event=str(number))
        await client.logoff()
    assert seen == ["0", "1", "2"]


async def test_a_client_can_connect_again_after_a_loss(asterisk: FakeAsterisk, lone_client: TCPClient) -> None:
    stream = lone_client.events(events.UserEvent)
    asterisk.disconnect()
    with pytest.raises(ConnectionLost):
        await anext(stream)
    await lone_client.connect()
    assert await lone_client.ping()


async def test_connecting_without_credentials_is_an_error() -> None:
    with pytest.raises(AuthenticationError, match="username and password"):
        await TCPClient("127.0.0.1", 1).connect()


async def test_a_refused_login_carries_the_reply(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port, password="hush")
    with pytest.raises(AuthenticationError) as caught:
        await client.connect()
    assert caught.value.answer == [{"Response": "Error", "Message": "Authentication failed"}]
    assert "[hello]" in str(caught.value)
    assert "hush" not in f"{caught.value!r}"
    assert "not connected" in repr(client)


async def test_subscriptions_outlive_a_refused_login(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port)
    stream = client.events(events.FullyBooted)
    for _ in range(3):
        with pytest.raises(AuthenticationError):
            await client.connect(password="wrong")
    await client.connect()
    async with asyncio.timeout(LIMIT):
        assert (await anext(stream)).status == "Fully Booted"
    await client.logoff()


async def test_a_password_that_ami_cannot_carry_is_refused(asterisk: FakeAsterisk) -> None:
    with pytest.raises(InvalidActionError) as caught:
        await tcp_client(asterisk.port, password="hush\nhush").connect()
    assert "hush" not in f"{caught.value!r}"
    assert asterisk.received == []


async def test_a_cancelled_connect_leaves_nothing_open() -> None:
    reached, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        reached.set()
        await peer.until_gone()
        left.set()

    async with raw_server(script) as port:
        client = tcp_client(port)
        task = asyncio.create_task(client.connect())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), LIMIT)
        assert "not connected" in repr(client)


async def test_a_connect_that_is_cancelled_after_the_login_leaves_nothing_open() -> None:
    reached, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        await peer.answer(await peer.action(), "Message: Authentication accepted")
        await peer.action()  # which version?
        reached.set()
        await peer.until_gone()
        left.set()

    async with raw_server(script) as port:
        client = tcp_client(port)
        task = asyncio.create_task(client.connect())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), LIMIT)
        assert "not connected" in repr(client)


# Actions


async def test_a_call_without_a_connection_raises_and_sends_nothing() -> None:
    client = tcp_client(1)
    for call in (client.ping(), client.actions.ping(), client.logoff()):
        with pytest.raises(ConnectionLost, match="connect") as caught:
            await call
        assert not isinstance(caught.value, OutcomeUnknown)


async def test_an_invalid_action_is_refused_before_it_is_sent(asterisk: FakeAsterisk, client: TCPClient) -> None:
    before = len(asterisk.received)
    with pytest.raises(InvalidActionError, match=r"UserEvent: .* CR, LF or NUL"):
        await client.actions.user_event(user_event="a\r\nAction: Originate")
    assert len(asterisk.received) == before


async def test_bare_text_is_the_output_of_its_action() -> None:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        assert (await peer.action()).name == "IAXnetstats"
        await peer.send("   -------- LOCAL ---\n  one: 1\n\r\n")
        ping = await peer.action()
        await peer.answer(ping, "Ping: Pong")
        await peer.until_gone()

    async with raw_server(script) as port:
        client = tcp_client(port)
        await client.connect()
        async with asyncio.timeout(LIMIT):
            answer = await client.ami_request({"Action": "IAXnetstats"})
        assert answer == [{"Output": ["   -------- LOCAL ---", "  one: 1"]}]
        await client.close()


# Closing


async def test_closing_twice_or_unconnected_is_a_no_op(asterisk: FakeAsterisk) -> None:
    client = tcp_client(asterisk.port)
    await client.close()
    await client.connect()
    await client.close()
    await client.close()


async def test_closing_stops_a_connect() -> None:
    reached, left = asyncio.Event(), asyncio.Event()
    closed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.send(BANNER)
        login = await peer.action()
        reached.set()
        await closed.wait()
        await peer.answer(login, "Message: Authentication accepted")
        await peer.until_gone()
        left.set()

    async with raw_server(script) as port:
        client = tcp_client(port)
        task = asyncio.create_task(client.connect())
        await reached.wait()
        await client.close()
        closed.set()
        with pytest.raises(ConnectionLost, match="closed while it connected"):
            await task
        await asyncio.wait_for(left.wait(), LIMIT)
        assert "not connected" in repr(client)


async def test_closing_ends_actions_in_flight(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Ping")
    task = asyncio.create_task(client.ping())
    await asterisk.wait_for_action("Ping")
    await client.close()
    with pytest.raises(OutcomeUnknown, match="closed"):
        await task


async def test_actions_sent_right_before_close_reach_the_server() -> None:
    names = [f"Number{number}" for number in range(20)]

    async def script(peer: Peer) -> None:
        await peer.log_in()
        arrived.set_result([(await peer.action()).get("Action") for _ in names])

    arrived: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
    async with raw_server(script) as port:
        client = tcp_client(port)
        await client.connect()
        sent = [asyncio.create_task(client.ami_request({"Action": name})) for name in names]
        await asyncio.sleep(0)  # all tasks begin, in this order
        await client.close()
        assert {type(error) for error in await asyncio.gather(*sent, return_exceptions=True)} == {OutcomeUnknown}
        async with asyncio.timeout(LIMIT):
            assert await arrived == names


# Secrets


async def test_no_log_repr_or_error_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    async with FakeAsterisk({"hello": "hush-1"}) as server:
        client = tcp_client(server.port, password="hush-1")
        for password in ("hush-2", "hush-3\n", "hush-4" * 300):
            with pytest.raises(AMIError) as refused:
                await client.connect(password=password)
            shown += [refused.value, repr(refused.value), refused.value.__cause__]
        async with client:
            shown.append(client)

            @client.on(events.UserEvent)
            async def fail(event: events.UserEvent) -> None:
                raise RuntimeError

            login = actions.Login(username="hello", secret="hush-5")
            shown.append(login)
            await client.send(login)
            await client.actions.user_event(user_event="x")

            @server.on_action("Ping")
            async def never(action: ReceivedAction) -> list[Reply]:
                return []

            with pytest.raises(ActionTimeout) as late:
                await client.ami_request({"Action": "Ping", "Secret": "hush-6"}, reply_timeout=0.01)
            shown += [late.value, late.value.received]
            shown.append(server.received)
            server.disconnect()
    assert "hush" not in " ".join(f"{item} {item!r}" for item in shown)
    assert "hush" not in caplog.text
    assert caplog.records
