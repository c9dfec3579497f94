"""A client that comes back: after which losses, what it keeps, and what it tells."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from amitypes import HTTPClient, TCPClient, events, notices
from amitypes._client.reconnect import Reconnect
from amitypes._protocol.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    OutcomeUnknown,
    ProtocolError,
)
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.unit.http_server import HTTPServer, Manager
from tests.unit.raw_server import BANNER, Peer, raw_server

LIMIT = 5
"""Seconds; nothing here takes that long unless it hangs."""
AT_ONCE = Reconnect(initial=0.001, maximum=0.01, stable=0)
NEVER_YET = Reconnect(initial=3600, maximum=3600)


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    async with asyncio.timeout(2 * LIMIT):
        yield
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before


@pytest.fixture
async def client(asterisk: FakeAsterisk) -> AsyncIterator[TCPClient]:
    async with make(asterisk.port) as connected:
        yield connected


def make(port: int, **options: object) -> TCPClient:
    settings: dict[str, object] = {"username": "hello", "password": "world", "reconnect": AT_ONCE, **options}
    return TCPClient("127.0.0.1", port, **settings)  # type: ignore[arg-type]  # a test's options


async def reaches(client: TCPClient, *states: str) -> None:
    """Wait until the client has gone through some states, from now on."""
    wanted = list(states)
    done = asyncio.Event()

    @client.on_state
    def note(state: str) -> None:
        if wanted and state == wanted[0]:
            wanted.pop(0)
        if not wanted:
            done.set()

    async with asyncio.timeout(LIMIT):
        await done.wait()


async def lose(
    asterisk: FakeAsterisk, client: TCPClient, *, until: tuple[str, ...] = ("reconnecting", "connected")
) -> None:
    """Cut the connection, and wait until the client is back, or as far as is told."""
    reached = asyncio.create_task(reaches(client, *until))
    await asyncio.sleep(0)
    asterisk.disconnect()
    await reached


def names(asterisk: FakeAsterisk) -> list[str]:
    return [action.name for action in asterisk.received]


# Coming back


async def test_states(asterisk: FakeAsterisk) -> None:
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


async def test_a_failing_hook_for_states_harms_nobody(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    @client.on_state
    def fail(state: str) -> None:
        raise RuntimeError("oops")

    await lose(asterisk, client)
    await client.ping()
    assert "oops" in caplog.text


async def test_a_server_that_is_killed_and_started_again(asterisk: FakeAsterisk, client: TCPClient) -> None:
    stream = client.events(events.UserEvent)
    seen: list[str] = []

    @client.on(events.UserEvent)
    async def handle(event: events.UserEvent) -> None:
        seen.append(event.user_event)

    waiting = asyncio.create_task(client.wait_for(events.UserEvent, lambda event: event.user_event == "2"))
    for number in range(3):
        back = asyncio.create_task(reaches(client, "reconnecting", "connected"))
        await asyncio.sleep(0)
        await asterisk.kill()
        await asterisk.start()
        await back
        await client.actions.user_event(user_event=str(number))
        assert (await anext(stream)).user_event == str(number)
    assert (await waiting).user_event == "2"
    await client.logoff()
    assert seen == ["0", "1", "2"]
    assert [event async for event in stream] == []


async def test_a_server_that_is_not_there_for_a_while(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await asterisk.kill()
    await reaches(client, "reconnecting") if client.state == "connected" else None
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert client.state == "reconnecting"
    assert "reconnecting" in repr(client)
    back = asyncio.create_task(reaches(client, "connected"))
    await asyncio.sleep(0)
    await asterisk.start()
    await back


async def test_a_server_that_hangs_up_before_the_greeting(asterisk: FakeAsterisk, client: TCPClient) -> None:
    """As with ``authlimit``."""
    lost = asyncio.create_task(reaches(client, "reconnecting"))
    back = asyncio.create_task(reaches(client, "connected"))
    await asyncio.sleep(0)
    asterisk.full = True
    asterisk.disconnect()
    await lost
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert client.state == "reconnecting"
    asterisk.full = False
    await back


@pytest.mark.parametrize("said", ["Asterisk is shutting down", "Login Already In Use"])
async def test_a_refusal_that_is_not_for_ever(asterisk: FakeAsterisk, client: TCPClient, said: str) -> None:
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
    over = asyncio.create_task(reaches(client, "reconnecting", "disconnected"))
    await asyncio.sleep(0)
    asterisk.users["hello"] = "changed"
    asterisk.disconnect()
    await over
    with pytest.raises(AuthenticationError, match="refused the login"):
        await anext(stream)
    with pytest.raises(ConnectionLost, match=r"call connect\(\).*refused the login.*Nothing was sent") as caught:
        await client.ping()
    assert isinstance(caught.value.__cause__, AuthenticationError)
    logins = names(asterisk).count("Login")
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert names(asterisk).count("Login") == logins == 2
    assert "no further attempt is made" in caplog.text
    await client.connect(password="changed")
    await client.ping()


async def test_a_first_connection_that_fails_is_an_error_at_once(asterisk: FakeAsterisk) -> None:
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


async def test_giving_up(asterisk: FakeAsterisk) -> None:
    settings = Reconnect(initial=0.001, maximum=0.001, give_up=0.02)
    async with make(asterisk.port, reconnect=settings) as client:
        stream = client.events()
        await asterisk.kill()
        with pytest.raises(ConnectionLost, match=r"again within 0\.02 s: "):
            [_ async for _ in stream]
        assert client.state == "disconnected"


async def test_hurrying(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, reconnect=NEVER_YET) as client:
        lost = asyncio.create_task(reaches(client, "reconnecting"))
        back = asyncio.create_task(reaches(client, "connected"))
        await asyncio.sleep(0)
        asterisk.disconnect()
        await lost
        client.reconnect_now()
        await back


async def test_a_server_with_another_version(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("CoreSettings", {"Response": "Success", "AsteriskVersion": "23.1.0"})
    asked = len([name for name in names(asterisk) if name == "CoreSettings"])
    await lose(asterisk, client)
    await asterisk.wait_for_action("CoreSettings", count=asked + 1)
    await client.ping()
    assert client.asterisk_version == "23.1.0"


async def test_a_server_that_gives_no_events_is_not_asked_for_ever() -> None:
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


# What is told


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


async def test_one_handler_of_every_notice(asterisk: FakeAsterisk) -> None:
    client = make(asterisk.port)
    seen: list[str] = []

    @client.on(notices.Notice)
    async def note(notice: notices.Notice) -> None:
        seen.append(notice.event)

    await client.connect()
    await lose(asterisk, client)
    await client.close()
    assert seen == ["Connected", "Disconnected", "Connected"]


async def test_a_handler_may_take_stock_before_the_events_that_follow(asterisk: FakeAsterisk) -> None:
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
    await lose(asterisk, client)
    await client.logoff()
    assert seen == ["0 channels", "FullyBooted"] * 2


# Actions


async def test_actions_meanwhile_fail_at_once(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, reconnect=NEVER_YET) as client:
        await lose(asterisk, client, until=("reconnecting",))
        for call in (client.ping(), client.actions.ping(), client.logoff()):
            with pytest.raises(ConnectionLost, match="Nothing was sent") as caught:
                await call
            assert not isinstance(caught.value, OutcomeUnknown)


async def test_actions_meanwhile_may_be_held_back(asterisk: FakeAsterisk) -> None:
    settings = Reconnect(initial=3600, maximum=3600, hold_actions=True)
    async with make(asterisk.port, reconnect=settings) as client:
        await lose(asterisk, client, until=("reconnecting",))
        held = asyncio.create_task(client.actions.ping(action_id="held"))
        with pytest.raises(ConnectionLost, match=r"again within 0\.01 s .* Nothing was sent"):
            await client.actions.ping(reply_timeout=0.01)
        client.reconnect_now()
        assert (await held).action_id == "held"
        assert len([action for action in asterisk.received if action.get("ActionID") == "held"]) == 1


async def test_held_actions_are_told_that_there_is_no_way_back(asterisk: FakeAsterisk) -> None:
    settings = Reconnect(initial=3600, maximum=3600, hold_actions=True)
    client = make(asterisk.port, reconnect=settings)
    await client.connect()
    await lose(asterisk, client, until=("reconnecting",))
    held = asyncio.create_task(client.ping())
    await asyncio.sleep(0)
    await client.close()
    with pytest.raises(ConnectionLost, match="Nothing was sent"):
        await held


async def test_what_was_sent_is_never_sent_again(asterisk: FakeAsterisk) -> None:
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


async def test_a_silent_server_is_given_up(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, max_silence=0.05) as client:
        states: list[str] = []
        client.on_state(states.append)
        back = asyncio.create_task(reaches(client, "reconnecting", "connected"))
        stream = client.events(notices.Disconnected)
        asterisk.stall()
        assert "no data from the server for" in (await anext(stream)).reason
        asterisk.resume()
        await back
        await client.ping()


async def test_an_idle_server_is_not(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, max_silence=0.6) as client:
        states: list[str] = []
        client.on_state(states.append)
        await asterisk.wait_for_action("Ping", count=2)
        assert states == []


async def test_a_busy_server_is_not(asterisk: FakeAsterisk) -> None:
    """Asterisk carries out one action after another, so a Ping may have to wait for the one before."""
    done = asyncio.Event()

    @asterisk.on_action("Originate")
    async def ring(action: ReceivedAction) -> list[Reply]:
        await done.wait()
        return [{"Response": "Success"}]

    async with make(asterisk.port, max_silence=0.4) as client:
        states: list[str] = []
        client.on_state(states.append)
        call = asyncio.create_task(client.originate("100", "200", run_async=False))
        await asterisk.wait_for_action("Originate")
        await asyncio.sleep(0.8)  # the Ping, which has to wait, and what would be its end
        done.set()
        assert (await call)[0]["Response"] == "Success"
        assert states == []


async def test_silence_may_be_allowed(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, max_silence=None) as client:
        before = len(asterisk.received)
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert len(asterisk.received) == before
        await client.ping()


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_silence_that_is_none(seconds: float) -> None:
    with pytest.raises(ValueError, match="max_silence"):
        make(1, max_silence=seconds)


# The way out


async def test_closing_while_it_comes_back(asterisk: FakeAsterisk) -> None:
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
    for close in (TCPClient.logoff, TCPClient.close):
        client = make(asterisk.port)
        await client.connect()
        leave: Callable[[TCPClient], object] = close
        await leave(client)  # type: ignore[misc]  # both are coroutine functions
        assert client.state == "closed"
        asterisk.disconnect()
        for _ in range(10):
            await asyncio.sleep(0.001)
        assert client.state == "closed"


async def test_connecting_while_it_comes_back(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, reconnect=NEVER_YET) as client:
        await lose(asterisk, client, until=("reconnecting",))
        with pytest.raises(AMIError, match="Already reconnecting"):
            await client.connect()


def test_one_loop_after_another() -> None:
    """A client outlives the loop that it was used in, also where that ended without a word."""

    async def use(client: TCPClient) -> None:
        async with FakeAsterisk(port=client.port if client.port != 1 else 0) as asterisk:
            client.port = asterisk.port  # type: ignore[misc]  # the same server again
            await client.connect()
            await lose(asterisk, client)
            await client.logoff()

    async def find() -> int:
        async with FakeAsterisk() as asterisk:
            return asterisk.port

    client = make(asyncio.run(find()))
    asyncio.run(use(client))
    asyncio.run(use(client))


@pytest.mark.parametrize("state", ["connected", "reconnecting"])
def test_a_loop_that_ends_without_a_word(state: str) -> None:
    """Whoever uses the client in the next one can connect again."""
    ended: list[str] = []

    async def forget(client: TCPClient, asterisk: FakeAsterisk) -> None:
        await asterisk.start()
        client.port = asterisk.port  # type: ignore[misc]  # known only now
        client._supervisor._make_transport = make(asterisk.port, reconnect=NEVER_YET)._make_transport
        await client.connect()
        if state == "reconnecting":
            asterisk.disconnect()
            await reaches(client, "reconnecting")
        assert client.state == state
        assert asterisk._server is not None
        asterisk._server.close()

    client = make(1, reconnect=NEVER_YET, max_silence=None)
    client.on_state(ended.append)
    for _ in range(2):
        asyncio.run(forget(client, FakeAsterisk()))
        assert client.state == "closed"
    assert ended.count("connected") == 2


async def test_a_fault_of_ours_while_connecting_again(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amitypes._transport.tcp import TCPTransport

    right, calls = TCPTransport.open, itertools.count()

    async def wrong(self: TCPTransport, *args: object, **options: object) -> object:
        if next(calls) == 0:
            raise RuntimeError("a fault")
        return await right(self, *args, **options)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(TCPTransport, "open", wrong)
    await lose(asterisk, client)
    assert "a fault" in caplog.text
    assert next(calls) == 2


async def test_a_login_that_is_never_answered_is_tried_again(asterisk: FakeAsterisk) -> None:
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


# The settings


def test_delays_grow_up_to_a_limit() -> None:
    settings = Reconnect(initial=1, maximum=10, factor=3, jitter=0)
    assert list(itertools.islice(settings.delays(), 5)) == [1, 3, 9, 10, 10]


def test_delays_are_left_to_chance_in_part() -> None:
    settings = Reconnect(initial=1, maximum=1, jitter=0.25)
    delays = list(itertools.islice(settings.delays(), 500))
    assert all(0.75 <= delay <= 1 for delay in delays)
    assert len(set(delays)) > 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"initial": 0},
        {"initial": 2, "maximum": 1},
        {"factor": 0.5},
        {"jitter": 2},
        {"jitter": -0.1},
        {"stable": -1},
        {"give_up": -1},
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="|".join(wrong)):
        Reconnect(**wrong)  # type: ignore[arg-type]  # a test's settings


async def test_delays_go_on_growing_while_no_connection_holds(asterisk: FakeAsterisk) -> None:
    """A server that accepts every login and then hangs up isn't hammered."""
    settings = Reconnect(initial=0.001, maximum=3600, factor=1000, jitter=0, stable=3600)
    async with make(asterisk.port, reconnect=settings) as client:
        await lose(asterisk, client)
        await lose(asterisk, client, until=("reconnecting",))
        for _ in range(30):
            await asyncio.sleep(0.001)
        assert client.state == "reconnecting"


async def test_the_log_tells_what_happens(
    asterisk: FakeAsterisk, client: TCPClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="amitypes")
    await lose(asterisk, client)
    await client.ping()
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    where = f"127.0.0.1:{asterisk.port}"
    assert told == [
        ("WARNING", f"{where}: the server closed the connection; connecting again"),
        ("INFO", f"Connected to {where} again"),
    ]
