"""When a client does what to stay connected, by a clock that tests turn: delays, keepalive, and what may be missing."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amitypes._client.reconnect import Reconnect
from amitypes._client.supervisor import Supervisor
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import NOTICE
from amitypes._events.stream import EventStream
from amitypes._models.event import Event
from amitypes._protocol.errors import ActionTimeout, AMIError, ConnectionLost, OutcomeUnknown
from amitypes._protocol.event_filter import EventRules
from amitypes._protocol.message import Message
from amitypes.notices import Connected, Disconnected
from tests.unit.clock import run
from tests.unit.sample import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Mask, OnEnd, OnEvents, OnGap, SetUp
    from amitypes._transport.list_channel import ListChannel

ACCEPTED = Message(b"Response: Success\r\nMessage: Authentication accepted")
PONG = Message(b"Response: Success\r\nPing: Pong")


class Server:
    """What a client has to do with, without any network.

    Attributes:
        down: Whether no connection can be made.
        silent: Whether it answers nothing any more.
        tried: When connections were tried.
        pinged: When a sign of life was asked for.
        lines: The connections that were made.
    """

    def __init__(self) -> None:
        self.down = self.silent = False
        self.tried: list[float] = []
        self.pinged: list[float] = []
        self.lines: list[Line] = []

    def lose(self) -> None:
        """End the connection of the moment."""
        self.lines[-1].on_end(ConnectionLost("lost"))


class Line:
    """One connection to it, as a transport."""

    ami_version = None

    def __init__(self, server: Server, on_end: OnEnd) -> None:
        self._server = server
        self.on_end = on_end
        self.last_heard = self.complete_until = self.busy_until = 0.0
        self.closed = asyncio.Event()

    def hear(self) -> None:
        self.last_heard = self.complete_until = asyncio.get_running_loop().time()

    async def open(
        self, username: str, secret: str, timeout: float, *, mask: Mask = str, set_up: SetUp | None = None
    ) -> list[Message]:
        self._server.tried.append(asyncio.get_running_loop().time())
        if self._server.down:
            raise ConnectionLost("nobody there")
        self._server.lines.append(self)
        self.hear()
        return [ACCEPTED]

    def want_events(self) -> None:
        pass

    async def exchange(self, headers: Headers, timeout: float, flow: ListChannel | None = None) -> list[Message]:
        self._server.pinged.append(asyncio.get_running_loop().time())
        if self._server.silent:
            try:
                async with asyncio.timeout(timeout):
                    await self.closed.wait()
            except TimeoutError:
                raise ActionTimeout("late", action="Ping") from None
            raise OutcomeUnknown("lost", action="Ping")
        self.hear()
        return [PONG]

    def give_up(self, why: str) -> None:
        self.on_end(ConnectionLost(why))

    async def close(self) -> None:
        self.closed.set()


def supervised(
    server: Server, *, reconnect: Reconnect | None = None, max_silence: float | None = None
) -> tuple[Supervisor, EventStream[Event]]:
    """What keeps a client connected, and the notices that it gives."""

    def make(on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Line:
        return Line(server, on_end)

    async def nothing() -> None:
        pass

    subscriptions = Dispatcher(REGISTRY)
    supervisor = Supervisor(
        "pbx:5038",
        make,
        dispatcher=subscriptions,
        rules=EventRules(None, ()),
        reconnect=reconnect,
        max_silence=max_silence,
        timeout=10,
        on_reconnected=nothing,
    )
    return supervisor, subscriptions.stream(frozenset(), notices=frozenset({NOTICE}))


def watch(
    script: Callable[[Server, Supervisor], Coroutine[object, object, None]],
    *,
    reconnect: Reconnect | None = None,
    max_silence: float | None = None,
) -> tuple[Server, list[Event]]:
    """Run a script with a connected client; gives the server as it was then, and the notices of that time."""

    async def main() -> list[Event]:
        supervisor, stream = supervised(server, reconnect=reconnect, max_silence=max_silence)
        await supervisor.connect("hello", "world")
        await script(server, supervisor)
        await supervisor.close()
        stream.end()
        # Where the connection isn't made again, the last notice is followed by the reason.
        with suppress(StopAsyncIteration, ConnectionLost):
            while True:
                notices.append(await anext(stream))
        return notices

    notices: list[Event] = []
    server = Server()
    return server, run(main())


def delays(server: Server, since: float) -> list[float]:
    """How long it was from a moment to the first attempt after it, and from each attempt to the next."""
    tried = [since, *(moment for moment in server.tried if moment > since)]
    return [round(later - earlier, 9) for earlier, later in itertools.pairwise(tried)]


# The next attempt


def test_delays_between_attempts() -> None:
    async def script(server: Server, _: Supervisor) -> None:
        await asyncio.sleep(100)
        server.down = True
        server.lose()
        await asyncio.sleep(60)

    server, _ = watch(script, reconnect=Reconnect(initial=1, maximum=10, factor=2, jitter=0))
    assert delays(server, 100) == [1, 2, 4, 8, 10, 10, 10, 10]


def test_whenever_the_server_returns_the_client_is_back_within_a_second() -> None:
    """As the defaults have it."""

    async def script(server: Server, _: Supervisor) -> None:
        await asyncio.sleep(100)
        server.down = True
        server.lose()
        await asyncio.sleep(3600)

    server, _ = watch(script, reconnect=Reconnect())
    found = delays(server, 100)
    assert len(found) >= 3600
    assert max(found) <= 1
    assert min(found[4:]) >= 0.5
    assert len(set(found)) > 1000, "clients of one server would come at the same moments"


@pytest.mark.parametrize(("held", "expected"), [(5.0, [1.0, 3.0]), (4.9, [27.0, 81.0])])
def test_a_connection_that_has_held_begins_the_delays_anew(held: float, expected: list[float]) -> None:
    async def script(server: Server, _: Supervisor) -> None:
        server.down = True
        server.lose()
        await asyncio.sleep(1 + 3 + 0.5)
        server.down = False
        await asyncio.sleep(9 - 0.5)  # the third attempt succeeds
        await asyncio.sleep(held)
        server.down = True
        server.lose()
        await asyncio.sleep(120)

    server, _ = watch(script, reconnect=Reconnect(initial=1, maximum=1000, factor=3, jitter=0, stable=5))
    assert delays(server, 0)[:3] == [1, 3, 9]
    assert delays(server, 13 + held)[:2] == expected


def test_hurrying_begins_the_delays_anew() -> None:
    async def script(server: Server, supervisor: Supervisor) -> None:
        server.down = True
        server.lose()
        await asyncio.sleep(20)  # the next attempt is at 40
        supervisor.retry_now()
        await asyncio.sleep(20)

    server, _ = watch(script, reconnect=Reconnect(initial=1, maximum=1000, factor=3, jitter=0))
    assert delays(server, 0) == [1, 3, 9, 7, 1, 3, 9]


def test_giving_up() -> None:
    states: list[tuple[float, str]] = []

    async def script(server: Server, supervisor: Supervisor) -> None:
        supervisor.hooks.append(lambda state: states.append((asyncio.get_running_loop().time(), state)))
        server.down = True
        server.lose()
        await asyncio.sleep(100)
        assert supervisor.state == "disconnected"

    server, _ = watch(script, reconnect=Reconnect(initial=1, maximum=1, jitter=0, give_up=7.5))
    assert states[:2] == [(0, "reconnecting"), (7.5, "disconnected")]
    assert delays(server, 0) == [1] * 7


# Silence


@pytest.mark.parametrize("max_silence", [60.0, 1.0])
def test_a_dead_server_is_noticed_in_time(max_silence: float) -> None:
    lost: list[float] = []

    async def script(server: Server, supervisor: Supervisor) -> None:
        supervisor.hooks.append(lambda state: lost.append(asyncio.get_running_loop().time()))
        await asyncio.sleep(max_silence / 4)
        server.lines[-1].hear()
        server.silent = True
        await asyncio.sleep(10 * max_silence)

    server, notices = watch(script, max_silence=max_silence)
    assert server.pinged == [max_silence * 3 / 4]
    assert lost[0] == max_silence * 5 / 4
    [gone] = [notice for notice in notices if isinstance(notice, Disconnected)]
    assert f"no data from the server for {max_silence:g} s" in gone.reason


def test_an_idle_server_is_asked_again_and_again() -> None:
    async def script(server: Server, supervisor: Supervisor) -> None:
        await asyncio.sleep(100)
        assert supervisor.state == "connected"

    server, _ = watch(script, max_silence=20)
    assert server.pinged == [10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_a_server_that_talks_is_not_asked() -> None:
    async def script(server: Server, _: Supervisor) -> None:
        for _second in range(100):
            await asyncio.sleep(1)
            server.lines[-1].hear()

    server, _ = watch(script, max_silence=20)
    assert server.pinged == []


def test_a_busy_server_has_its_actions_time_and_half_of_the_silence() -> None:
    lost: list[float] = []

    async def script(server: Server, supervisor: Supervisor) -> None:
        supervisor.hooks.append(lambda state: lost.append(asyncio.get_running_loop().time()))
        server.silent = True
        server.lines[-1].busy_until = 300
        await asyncio.sleep(1000)

    watch(script, max_silence=20)
    assert lost[0] == 310


# What may be missing


def test_events_are_missing_since_the_server_was_last_heard_of() -> None:
    async def script(server: Server, _: Supervisor) -> None:
        await asyncio.sleep(1000)
        server.lines[-1].complete_until = 400
        server.lose()
        await asyncio.sleep(10)

    before = datetime.now(UTC)
    _, notices = watch(script, reconnect=Reconnect())
    after = datetime.now(UTC)
    first, gone, back = notices
    assert isinstance(first, Connected)
    assert (first.again, first.missed_since) == (False, None)
    assert isinstance(gone, Disconnected)
    assert before - timedelta(seconds=600) <= gone.missed_since <= after - timedelta(seconds=600)
    assert isinstance(back, Connected)
    assert (back.again, back.missed_since) == (True, gone.missed_since)


# Actions meanwhile


def test_what_is_held_back_waits_for_its_own_time() -> None:
    async def script(server: Server, supervisor: Supervisor) -> None:
        server.down = True
        server.lose()
        with pytest.raises(ConnectionLost, match=r"again within 30 s.*Nothing was sent"):
            await supervisor.exchange([("Action", "Ping")], 30)
        assert asyncio.get_running_loop().time() == 30
        held = asyncio.create_task(supervisor.exchange([("Action", "Ping")], 30))
        await asyncio.sleep(5)
        server.down = False
        assert await held == [PONG]

    server, _ = watch(script, reconnect=Reconnect(hold_actions=True))
    assert len(server.pinged) == 1


def test_the_clock_notices_who_waits_for_ever() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(AssertionError, match="everybody waits"):
        run(main())
    assert run(_later()) == 3600


async def _later() -> float:
    await asyncio.sleep(3600)
    return asyncio.get_running_loop().time()


def test_a_client_that_is_not_connected_says_so() -> None:
    async def main() -> None:
        supervisor, _ = supervised(Server())
        with pytest.raises(AMIError, match="call connect"):
            await supervisor.exchange([("Action", "Ping")], 1)

    run(main())
