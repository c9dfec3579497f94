"""The supervisor: states, notices and held actions across losses, by a clock that tests turn."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from amitypes._client.reconnect_settings import Reconnect
from amitypes._client.supervisor import Supervisor
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import NOTICE
from amitypes._events.stream import EventStream
from amitypes._models.event import Event
from amitypes._protocol.event_filter import EventRules
from amitypes._protocol.message import Message
from amitypes.errors import ActionTimeout, AMIError, ConnectionLost, OutcomeUnknown
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
    """A server without any network.

    Attributes:
        down: Whether no connection can be made.
        silent: Whether it replies to nothing any more.
        tried: When connections were tried.
        actions: When actions arrived.
        lines: The connections that were made.
    """

    def __init__(self) -> None:
        self.down = self.silent = False
        self.tried: list[float] = []
        self.actions: list[float] = []
        self.lines: list[Line] = []

    def lose(self) -> None:
        """End the current connection."""
        self.lines[-1].on_end(ConnectionLost("lost"))


class Line:
    """One connection to the server, as a transport."""

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
            raise ConnectionLost("no server")
        self._server.lines.append(self)
        self.hear()
        return [ACCEPTED]

    def want_events(self) -> None:
        pass

    async def exchange(self, headers: Headers, timeout: float, items: ListChannel | None = None) -> list[Message]:
        self._server.actions.append(asyncio.get_running_loop().time())
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
    """A supervisor, and the notices that it publishes."""

    def make(on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Line:
        return Line(server, on_end)

    async def nothing() -> None:
        pass

    dispatcher = Dispatcher(REGISTRY)
    supervisor = Supervisor(
        "pbx:5038",
        make,
        dispatcher=dispatcher,
        rules=EventRules(None, ()),
        reconnect=reconnect,
        max_silence=max_silence,
        timeout=10,
        on_reconnected=nothing,
    )
    return supervisor, dispatcher.stream(frozenset(), notices=frozenset({NOTICE}))


def watch(
    script: Callable[[Server, Supervisor], Coroutine[object, object, None]],
    *,
    reconnect: Reconnect | None = None,
    max_silence: float | None = None,
) -> tuple[Server, list[Event]]:
    """Run a script with a connected client; returns the server, and the notices until the end of the script."""

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
    """The delays from a time to the first attempt after it, and from each attempt to the next."""
    tried = [since, *(time for time in server.tried if time > since)]
    return [round(later - earlier, 9) for earlier, later in itertools.pairwise(tried)]


# Attempts


def test_default_delays_are_at_most_a_second_and_differ() -> None:
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
    assert len(set(found)) > 1000, "clients of one server would reconnect at the same time"


@pytest.mark.parametrize(("held", "expected"), [(5.0, [1.0, 3.0]), (4.9, [27.0, 81.0])])
def test_delays_start_again_after_a_stable_connection(held: float, expected: list[float]) -> None:
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


def test_the_client_is_disconnected_after_give_up() -> None:
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
def test_a_dead_server_is_detected_after_max_silence(max_silence: float) -> None:
    lost: list[float] = []

    async def script(server: Server, supervisor: Supervisor) -> None:
        supervisor.hooks.append(lambda state: lost.append(asyncio.get_running_loop().time()))
        await asyncio.sleep(max_silence / 4)
        server.lines[-1].hear()
        server.silent = True
        await asyncio.sleep(10 * max_silence)

    server, notices = watch(script, max_silence=max_silence)
    assert server.actions == [max_silence * 3 / 4]
    assert lost[0] == max_silence * 5 / 4
    [gone] = [notice for notice in notices if isinstance(notice, Disconnected)]
    assert f"no data from the server for {max_silence:g} s" in gone.reason


# Missed events


def test_missed_since_is_when_events_were_last_complete() -> None:
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


# Actions without a connection


def test_a_held_action_waits_for_its_own_reply_timeout() -> None:
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
    assert len(server.actions) == 1


def test_an_exchange_before_connect_names_connect() -> None:
    async def main() -> None:
        supervisor, _ = supervised(Server())
        with pytest.raises(AMIError, match="call connect"):
            await supervisor.exchange([("Action", "Ping")], 1)

    run(main())
