"""Reconnecting: after which losses, what continues, and what is reported."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from amitypes import HTTPClient, Reconnect, TCPClient, events, notices
from amitypes.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    OutcomeUnknown,
    ProtocolError,
)
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.unit.client.reconnecting import NEVER_YET, lose, make, reach, record_states
from tests.unit.http_server import HTTPServer, Manager
from tests.unit.raw_server import BANNER, Peer, raw_server
from tests.waiting import wait_until


@pytest.fixture
async def client(asterisk: FakeAsterisk) -> AsyncIterator[TCPClient]:
    async with make(asterisk.port) as connected:
        yield connected


def reconnect_tasks() -> list[str]:
    """The tasks of clients that reconnect."""
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("amitypes-reconnect-")]


def names(asterisk: FakeAsterisk) -> list[str]:
    return [action.name for action in asterisk.received]


# Losses


async def test_states_follow_the_connection(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    states: list[str] = [client.state]
    client.on_state(states.append)
    await client.connect()
    await lose(asterisk, client)
    await client.logoff()
    assert states == ["disconnected", "connecting", "connected", "reconnecting", "connected", "closed"]
    await client.connect()
    await client.close()
    assert states[6:] == ["connecting", "connected", "closed"]


async def test_a_state_hook_that_raises_is_logged(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    @client.on_state
    def fail(state: str) -> None:
        raise RuntimeError("oops")

    await lose(asterisk, client)
    await client.ping()
    assert "oops" in caplog.text


async def test_subscriptions_continue_when_a_killed_server_restarts(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.UserEvent)
    seen: list[str] = []

    @client.on(events.UserEvent)
    async def handle(event: events.UserEvent) -> None:
        seen.append(event.user_event)

    waiting = asyncio.create_task(client.wait_for(events.UserEvent, lambda event: event.user_event == "2"))
    for number in range(3):
        states = record_states(client)
        await asterisk.kill()
        await asterisk.start()
        await reach(states, "reconnecting", "connected")
        await client.actions.user_event(user_event=str(number))
        assert (await anext(stream)).user_event == str(number)
    assert (await waiting).user_event == "2"
    await client.logoff()
    assert seen == ["0", "1", "2"]
    assert [event async for event in stream] == []


def failed_attempts(caplog: pytest.LogCaptureFixture) -> int:
    return caplog.text.count("again: ")


async def test_the_client_retries_until_the_server_returns(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="amitypes")
    states = record_states(client)
    await asterisk.kill()
    await wait_until(lambda: failed_attempts(caplog) >= 3)
    assert states == ["reconnecting"]
    assert "reconnecting" in repr(client)
    await asterisk.start()
    await reach(states, "reconnecting", "connected")


async def test_a_close_before_the_greeting_is_retried(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    """As with ``authlimit``."""
    caplog.set_level(logging.DEBUG, logger="amitypes")
    states = record_states(client)
    asterisk.refuse_connections = True
    asterisk.disconnect()
    await wait_until(lambda: failed_attempts(caplog) >= 3)
    assert states == ["reconnecting"]
    asterisk.refuse_connections = False
    await reach(states, "reconnecting", "connected")


@pytest.mark.parametrize("said", ["Asterisk is shutting down", "Login Already In Use"])
async def test_a_temporary_refusal_of_the_login_is_retried(
    asterisk: FakeAsterisk, client: TCPClient, said: str
) -> None:
    logins = itertools.count()

    @asterisk.on_action("Login")
    def refuse(action: ReceivedAction) -> list[Reply]:
        if next(logins) < 3:
            return [{"Response": "Error", "Message": said}]
        return [{"Response": "Success", "Message": "Authentication accepted"}]

    await lose(asterisk, client)
    assert next(logins) == 4


async def test_a_refused_login_is_final(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    stream = client.events(events.UserEvent)
    asterisk.users["hello"] = "changed"
    await lose(asterisk, client, until=("reconnecting", "disconnected"))
    with pytest.raises(AuthenticationError, match="refused the login"):
        await anext(stream)
    with pytest.raises(ConnectionLost, match=r"call connect\(\).*refused the login.*Nothing was sent") as caught:
        await client.ping()
    assert isinstance(caught.value.__cause__, AuthenticationError)
    await wait_until(lambda: reconnect_tasks() == [])
    assert names(asterisk).count("Login") == 2
    assert "no further attempt is made" in caplog.text
    await client.connect(password="changed")
    await client.ping()


async def test_a_failing_first_connection_raises_at_once(asterisk: FakeAsterisk) -> None:
    await asterisk.kill()
    client = make(asterisk.port)
    with pytest.raises(ConnectionLost, match="Can't connect"):
        await client.connect()
    assert client.state == "disconnected"


@pytest.mark.parametrize("off", [None, False])
async def test_reconnecting_can_be_switched_off(asterisk: FakeAsterisk, off: object) -> None:
    async with make(asterisk.port, reconnect=off) as client:
        stream = client.events(events.UserEvent, notices.Disconnected)
        asterisk.disconnect()
        notice = await anext(stream)
        assert isinstance(notice, notices.Disconnected)
        assert not notice.reconnecting
        with pytest.raises(ConnectionLost, match="closed the connection"):
            await anext(stream)
        assert client.state == "disconnected"
        with pytest.raises(ConnectionLost, match="call connect"):
            await client.ping()


async def test_give_up_ends_the_attempts(asterisk: FakeAsterisk) -> None:
    settings = Reconnect(initial=0.001, maximum=0.001, give_up=0.02)
    async with make(asterisk.port, reconnect=settings) as client:
        stream = client.events()
        await asterisk.kill()
        with pytest.raises(ConnectionLost, match=r"again within 0\.02 s: "):
            [_ async for _ in stream]
        assert client.state == "disconnected"


async def test_reconnect_now_retries_at_once(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, reconnect=NEVER_YET) as client:
        states = record_states(client)
        await lose(asterisk, client, until=("reconnecting",))
        client.reconnect_now()
        await reach(states, "reconnecting", "connected")


async def test_the_version_is_asked_again_after_a_reconnection(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("CoreSettings", {"Response": "Success", "AsteriskVersion": "23.1.0"})
    asked = len([name for name in names(asterisk) if name == "CoreSettings"])
    await lose(asterisk, client)
    await asterisk.wait_for_action("CoreSettings", count=asked + 1)
    await client.ping()
    assert client.asterisk_version == "23.1.0"


async def test_a_server_that_refuses_wait_event_twice_is_given_up() -> None:
    manager = Manager()
    manager.scripted["WaitEvent"] = manager.with_body("Response: Error\r\nMessage: Invalid/unknown command\r\n\r\n")
    async with HTTPServer(manager) as server:
        client = HTTPClient(
            "127.0.0.1",
            server.port,
            username="hello",
            password="world",
            reconnect=Reconnect(initial=0.001, maximum=0.01),
        )
        stream = client.events()
        await client.connect()
        with pytest.raises(ProtocolError, match="no events can be had"):
            await anext(stream)
        assert client.state == "disconnected"
        assert server.actions().count("Login") == 2
        await client.close()


# Notices and the log


async def test_notices_have_their_place_among_the_events(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    stream = client.events(events.FullyBooted, events.Hangup, notices.Connected, notices.Disconnected)
    everything = client.events()
    before = datetime.now(UTC)
    await client.connect()
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    await client.ping()
    await lose(asterisk, client)
    asterisk.send_event("Hangup", {"Channel": "SIP/2"})
    await client.logoff()
    came = [event async for event in stream]
    assert [event.event for event in came] == [
        *("Connected", "FullyBooted", "Hangup", "Disconnected"),
        *("Connected", "FullyBooted", "Hangup"),
    ]
    first, again = [event for event in came if isinstance(event, notices.Connected)]
    (lost,) = [event for event in came if isinstance(event, notices.Disconnected)]
    assert (first.again, first.missed_since) == (False, None)
    assert again.again
    assert lost.reconnecting
    assert "closed the connection" in lost.reason
    assert again.missed_since == lost.missed_since
    assert before <= lost.missed_since <= datetime.now(UTC)
    assert [event.event async for event in everything] == ["FullyBooted", "Hangup", "FullyBooted", "Hangup"]


async def test_a_handler_of_notice_gets_every_notice(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    seen: list[str] = []

    @client.on(notices.Notice)
    async def note(notice: notices.Notice) -> None:
        seen.append(notice.event)

    await client.connect()
    await lose(asterisk, client)
    await client.close()
    assert seen == ["Connected", "Disconnected", "Connected"]


async def test_a_handler_of_connected_can_query_state_before_the_next_event(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    seen: list[str] = []

    @client.on(notices.Connected, events.FullyBooted)
    async def track(event: notices.Connected | events.FullyBooted) -> None:
        if isinstance(event, notices.Connected):
            listing = await client.actions.core_show_channels()
            seen.append(f"{len(listing.items)} channels")
        else:
            seen.append(event.event)

    await client.connect()
    await wait_until(lambda: len(seen) == 2)  # a loss or a logoff would end the handler's query
    await lose(asterisk, client)
    await wait_until(lambda: len(seen) == 4)
    await client.logoff()
    assert seen == ["0 channels", "FullyBooted"] * 2


async def test_the_log_shows_loss_and_reconnection(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="amitypes")
    await lose(asterisk, client)
    await client.ping()
    logged = [(record.levelname, record.getMessage()) for record in caplog.records]
    where = f"127.0.0.1:{asterisk.port}"
    assert logged == [
        ("WARNING", f"{where}: the server closed the connection; connecting again"),
        ("INFO", f"Connected to {where} again"),
    ]


# Actions


async def test_actions_while_reconnecting_fail_at_once(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, reconnect=NEVER_YET) as client:
        await lose(asterisk, client, until=("reconnecting",))
        for call in (client.ping(), client.actions.ping(), client.logoff()):
            with pytest.raises(ConnectionLost, match="Nothing was sent") as caught:
                await call
            assert not isinstance(caught.value, OutcomeUnknown)


async def test_held_actions_are_sent_after_the_reconnection(asterisk: FakeAsterisk) -> None:
    settings = Reconnect(initial=3600, maximum=3600, hold_actions=True)
    async with make(asterisk.port, reconnect=settings) as client:
        await lose(asterisk, client, until=("reconnecting",))
        held = asyncio.create_task(client.actions.ping(action_id="held"))
        with pytest.raises(ConnectionLost, match=r"again within 0\.01 s .* Nothing was sent"):
            await client.actions.ping(reply_timeout=0.01)
        client.reconnect_now()
        assert (await held).action_id == "held"
        assert len([action for action in asterisk.received if action.get("ActionID") == "held"]) == 1


async def test_held_actions_raise_when_the_client_is_closed(asterisk: FakeAsterisk) -> None:
    settings = Reconnect(initial=3600, maximum=3600, hold_actions=True)
    client = make(asterisk.port, reconnect=settings)
    await client.connect()
    await lose(asterisk, client, until=("reconnecting",))
    held = asyncio.create_task(client.ping())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(ConnectionLost, match="Nothing was sent"):
        await held


async def test_a_sent_action_is_never_sent_again(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Originate")
    settings = Reconnect(initial=0.001, maximum=0.01, hold_actions=True)
    async with make(asterisk.port, reconnect=settings) as client:
        calls = [asyncio.create_task(client.originate("100", str(number))) for number in range(200)]
        await asterisk.wait_for_action("Originate", count=200)
        await lose(asterisk, client)
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(result) for result in results} == {OutcomeUnknown}
        await client.ping()
        assert names(asterisk).count("Originate") == 200


# Silence


async def test_a_silent_server_is_disconnected(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, max_silence=0.05) as client:
        states = record_states(client)
        stream = client.events(notices.Disconnected)
        asterisk.stall()
        assert "no data from the server for" in (await anext(stream)).reason
        asterisk.resume()
        await reach(states, "reconnecting", "connected")
        await client.ping()


async def test_an_idle_server_stays_connected(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, max_silence=0.6) as client:
        states = record_states(client)
        await asterisk.wait_for_action("Ping", count=2)
        assert states == []


async def test_a_server_busy_with_an_action_stays_connected(asterisk: FakeAsterisk) -> None:
    """Asterisk carries out one action after another, so a Ping waits for the action before."""
    done = asyncio.Event()

    @asterisk.on_action("Originate")
    async def ring(action: ReceivedAction) -> list[Reply]:
        await done.wait()
        return [{"Response": "Success"}]

    async with make(asterisk.port, max_silence=0.4) as client:
        states = record_states(client)
        call = asyncio.create_task(client.originate("100", "200", run_async=False))
        await asterisk.wait_for_action("Originate")
        await asyncio.sleep(0.8)  # longer than max_silence, and a Ping waits all the while
        done.set()
        assert (await call)[0]["Response"] == "Success"
        assert states == []


# Closing


async def test_closing_stops_reconnecting(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port, reconnect=NEVER_YET)
    await client.connect()
    stream = client.events()
    waiting = asyncio.create_task(client.wait_for(events.Hangup))
    await lose(asterisk, client, until=("reconnecting",))
    await client.close()
    assert [event.event async for event in stream] == []
    with pytest.raises(ConnectionLost, match="closed"):
        await waiting
    assert client.state == "closed"
    assert names(asterisk).count("Login") == 1


async def test_closing_during_the_login_of_a_reconnection() -> None:
    connections = itertools.count()
    reached = asyncio.Event()

    async def script(peer: Peer) -> None:
        if next(connections) == 0:
            await peer.log_in()
            return
        await peer.send(BANNER)
        await peer.action()
        reached.set()
        await peer.until_gone()

    async with raw_server(script) as port:
        client = make(port)
        await client.connect()
        await reached.wait()
        await client.close()
        assert client.state == "closed"


async def test_a_closed_client_stays_closed(asterisk: FakeAsterisk) -> None:
    closes: tuple[Callable[[TCPClient], Awaitable[object]], ...] = (TCPClient.logoff, TCPClient.close)
    for close in closes:
        client = make(asterisk.port)
        await client.connect()
        await close(client)
        assert client.state == "closed"
        states = record_states(client)
        asterisk.disconnect()
        assert reconnect_tasks() == []
        assert (client.state, states) == ("closed", [])


async def test_connecting_while_reconnecting_is_an_error(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, reconnect=NEVER_YET) as client:
        await lose(asterisk, client, until=("reconnecting",))
        with pytest.raises(AMIError, match="Already reconnecting"):
            await client.connect()


async def free_port() -> int:
    async with FakeAsterisk() as asterisk:
        return asterisk.port


def test_a_client_works_in_one_event_loop_after_another() -> None:
    """A client outlives the event loop in which it was used."""

    async def use(client: TCPClient) -> None:
        async with FakeAsterisk(port=client.port) as asterisk:
            await client.connect()
            await lose(asterisk, client)
            await client.logoff()

    client = make(asyncio.run(free_port()))
    asyncio.run(use(client))
    asyncio.run(use(client))


@pytest.mark.parametrize("state", ["connected", "reconnecting"])
def test_a_client_is_closed_when_its_event_loop_ends(state: str) -> None:
    """It can connect again in the next one."""

    async def use(client: TCPClient, asterisk: FakeAsterisk) -> None:
        await asterisk.start()
        await client.connect()
        if state == "reconnecting":
            await lose(asterisk, client, until=("reconnecting",))
        assert client.state == state
        assert asterisk._server is not None
        asterisk._server.close()

    client = make(asyncio.run(free_port()), reconnect=NEVER_YET, max_silence=None)
    states = record_states(client)
    for _ in range(2):
        asyncio.run(use(client, FakeAsterisk(port=client.port)))
        assert client.state == "closed"
    assert states.count("connected") == 2


async def test_a_bug_while_reconnecting_does_not_end_the_attempts(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amitypes._transport.tcp import TCPTransport

    right, calls = TCPTransport.open, itertools.count()

    async def wrong(self: TCPTransport, *args: Any, **options: Any) -> object:
        if next(calls) == 0:
            raise RuntimeError("a bug")
        return await right(self, *args, **options)

    monkeypatch.setattr(TCPTransport, "open", wrong)
    await lose(asterisk, client)
    assert "a bug" in caplog.text
    assert next(calls) == 2


async def test_a_login_without_a_reply_is_retried(asterisk: FakeAsterisk) -> None:
    logins = itertools.count()

    @asterisk.on_action("Login")
    def answer(action: ReceivedAction) -> list[Reply]:
        return [] if next(logins) == 1 else [{"Response": "Success", "Message": "Authentication accepted"}]

    async with make(asterisk.port, timeout=0.5) as client:
        await lose(asterisk, client)
        assert next(logins) == 3
    logins = itertools.count(1)
    with pytest.raises(ActionTimeout):
        await make(asterisk.port, timeout=0.5).connect()
