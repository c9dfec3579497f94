"""Keepalive: when a silent server is pinged, and when its connection is given up, by a clock that tests turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from amitypes._client.keepalive import Keepalive
from amitypes._protocol.message import Message
from amitypes.errors import ActionTimeout, OutcomeUnknown
from tests.unit.clock import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from amitypes._client.connection import Connection
    from amitypes._protocol.types import Headers

PONG = Message(b"Response: Success\r\nPing: Pong")


class Line:
    """A connection and its transport in one.

    Attributes:
        silent: Whether the server replies to nothing.
        pinged: When Pings were sent.
        given_up: When the connection was given up, and why.
    """

    def __init__(self) -> None:
        self.transport = self
        self.ended = self.silent = False
        self.last_heard = self.busy_until = 0.0
        self.pinged: list[float] = []
        self.given_up: tuple[float, str] | None = None

    def hear(self) -> None:
        self.last_heard = asyncio.get_running_loop().time()

    async def exchange(self, headers: Headers, timeout: float) -> list[Message]:
        assert headers == [("Action", "Ping")]
        self.pinged.append(asyncio.get_running_loop().time())
        if self.silent:
            await asyncio.sleep(timeout)
            raise ActionTimeout("late", action="Ping")
        self.hear()
        return [PONG]

    def give_up(self, why: str) -> None:
        self.given_up = (asyncio.get_running_loop().time(), why)
        self.ended = True


def watch(
    max_silence: float | None, script: Callable[[Line], Coroutine[object, object, None]], line: Line | None = None
) -> Line:
    """Watch a connection while a script runs."""
    watched = Line() if line is None else line

    async def main() -> None:
        watching = asyncio.create_task(Keepalive(cast("Connection", watched), max_silence).run())
        await script(watched)
        watching.cancel()
        await asyncio.wait({watching})

    run(main())
    return watched


@pytest.mark.parametrize("max_silence", [60.0, 1.0])
def test_a_dead_server_is_given_up_after_max_silence(max_silence: float) -> None:
    async def script(line: Line) -> None:
        await asyncio.sleep(max_silence / 4)
        line.hear()
        line.silent = True
        await asyncio.sleep(10 * max_silence)

    line = watch(max_silence, script)
    assert line.pinged == [max_silence * 3 / 4]
    assert line.given_up == (
        max_silence * 5 / 4,
        f"no data from the server for {max_silence:g} s, not even a reply to Ping",
    )


def test_an_idle_server_is_pinged_after_each_half_of_max_silence() -> None:
    async def script(line: Line) -> None:
        await asyncio.sleep(100)

    line = watch(20, script)
    assert line.pinged == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert line.given_up is None


def test_a_server_that_sends_events_is_not_pinged() -> None:
    async def script(line: Line) -> None:
        for _second in range(100):
            await asyncio.sleep(1)
            line.hear()

    assert watch(20, script).pinged == []


def test_any_data_during_a_ping_keeps_the_connection() -> None:
    async def script(line: Line) -> None:
        line.silent = True
        await asyncio.sleep(15)
        line.hear()
        line.silent = False
        await asyncio.sleep(21)

    line = watch(20, script)
    assert line.given_up is None
    assert line.pinged == [10, 25, 35]


def test_a_ping_behind_an_action_waits_for_the_timeout_of_that_action() -> None:
    async def script(line: Line) -> None:
        line.silent = True
        line.busy_until = 300
        await asyncio.sleep(1000)

    line = watch(20, script)
    assert line.given_up is not None
    assert line.given_up[0] == 310


def test_without_max_silence_no_ping_is_sent() -> None:
    async def script(line: Line) -> None:
        line.silent = True
        await asyncio.sleep(1_000_000)

    line = watch(None, script)
    assert (line.pinged, line.given_up) == ([], None)


def test_a_connection_that_ends_during_a_ping_is_not_given_up() -> None:
    class Ending(Line):
        async def exchange(self, headers: Headers, timeout: float) -> list[Message]:
            self.ended = True
            raise OutcomeUnknown("lost", action="Ping")

    async def script(line: Line) -> None:
        await asyncio.sleep(100)

    assert watch(20, script, Ending()).given_up is None
