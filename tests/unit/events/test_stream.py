"""Streams of events."""

from __future__ import annotations

import asyncio

import pytest

from amitypes._events.backlog import Backlog, Overflow
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import NOTICE
from amitypes.errors import ConnectionLost, QueueOverflow
from tests.unit.events.messages import message, number_or_gap
from tests.unit.sample import REGISTRY


async def collect(stream: object) -> list[str]:
    return [event.raw["Number"] async for event in stream]  # type: ignore[attr-defined]  # any stream


async def test_a_stream_starts_when_it_is_made(dispatcher: Dispatcher) -> None:
    dispatcher.publish([message("Item", 0)])
    stream = dispatcher.stream(frozenset({"item"}))
    dispatcher.publish([message("Item", 1)])
    dispatcher.publish([message("Other", 99)])
    dispatcher.publish([message("Item", 2)])
    dispatcher.end()
    dispatcher.publish([message("Item", 3)])
    assert await collect(stream) == ["1", "2"]
    assert await collect(stream) == []


async def test_a_lost_connection_is_raised_after_the_last_event(dispatcher: Dispatcher) -> None:
    stream = dispatcher.stream(None)
    dispatcher.publish([message("Item", 1)])
    dispatcher.end(ConnectionLost("gone"))
    assert (await anext(stream)).raw["Number"] == "1"
    for _ in range(2):
        with pytest.raises(ConnectionLost, match="gone"):
            await anext(stream)


async def test_a_closed_stream_ends_at_once(dispatcher: Dispatcher) -> None:
    async with dispatcher.stream(None) as stream:
        dispatcher.publish([message("Item", 1)])
    dispatcher.publish([message("Item", 2)])
    assert await collect(stream) == []


async def test_closing_a_stream_wakes_its_consumer(dispatcher: Dispatcher) -> None:
    stream = dispatcher.stream(None)
    waiting = asyncio.create_task(collect(stream))
    await asyncio.sleep(0)
    await stream.aclose()
    assert await asyncio.wait_for(waiting, 5) == []


@pytest.mark.parametrize("close", [False, True])
async def test_the_end_of_a_stream_wakes_all_consumers(dispatcher: Dispatcher, close: bool) -> None:
    stream = dispatcher.stream(None)
    waiting = [asyncio.create_task(collect(stream)) for _ in range(3)]
    await asyncio.sleep(0)
    if close:
        await stream.aclose()
    else:
        dispatcher.end()
    assert await asyncio.wait_for(asyncio.gather(*waiting), 5) == [[], [], []]


@pytest.mark.parametrize(
    ("overflow", "seen"),
    [("drop_oldest", ["3 dropped", "3", "4"]), ("drop_newest", ["0", "1", "3 dropped"]), ("wait", list("01234"))],
)
async def test_a_stream_applies_its_backlog(overflow: Overflow, seen: list[str]) -> None:
    dispatcher = Dispatcher(REGISTRY, Backlog(2, overflow))
    plain, telling = dispatcher.stream(None), dispatcher.stream(None, notices=frozenset({f"{NOTICE}dropped"}))
    own = dispatcher.stream(None, backlog=Backlog())
    for number in range(5):
        dispatcher.publish([message("Item", number)])
    dispatcher.end()
    assert plain.dropped == telling.dropped == sum(3 for item in seen if "dropped" in item)
    assert [number_or_gap(event) async for event in plain] == [item for item in seen if "dropped" not in item]
    assert [number_or_gap(event) async for event in telling] == seen
    assert [number_or_gap(event) async for event in own] == list("01234")


async def test_a_stream_with_raise_ends_at_an_overflow() -> None:
    dispatcher = Dispatcher(REGISTRY, Backlog(2, "raise"))
    stream, other = dispatcher.stream(None), dispatcher.stream(None, backlog=Backlog(3, "raise"))
    for number in range(3):
        dispatcher.publish([message("Item", number)])
    assert [number_or_gap(await anext(stream)) for _ in range(2)] == ["0", "1"]
    for _ in range(2):
        with pytest.raises(QueueOverflow, match="The iterator over every event had 2 events waiting"):
            await anext(stream)
    assert [number_or_gap(await anext(other)) for _ in range(3)] == ["0", "1", "2"]
    await stream.aclose()
    assert [event async for event in stream] == []
