"""Handlers, callbacks and iterators, without any connection."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterable

import pytest

from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import UNKNOWN
from amitypes._models.event import Event
from amitypes._protocol.errors import ConnectionLost
from amitypes._protocol.message import Message, RawMessage, to_message
from tests.unit.sample import REGISTRY, Item, Sample


def message(name: str, number: int = 0) -> Message:
    return Message(f"Event: {name}\r\nNumber: {number}".encode())


class OfBytes(Dispatcher):
    """Gets events as a stream is cut into them as a rule: as their bytes."""

    def publish(self, events: Iterable[RawMessage]) -> None:
        super().publish([to_message(event).frame for event in events])


@pytest.fixture(params=[Dispatcher, OfBytes])
def subscriptions(request: pytest.FixtureRequest) -> Dispatcher:
    kind: type[Dispatcher] = request.param
    return kind(REGISTRY)


def numbers(handled: list[Message]) -> list[str]:
    return [message.get("Number") for message in handled]


async def test_a_handler_gets_its_events_in_order(subscriptions: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        await asyncio.sleep(0)
        handled.append(message)

    subscriptions.handle(frozenset({"item"}), to_message, handle)
    for number in range(5):
        subscriptions.publish([message("ITEM", number)])
        subscriptions.publish([message("Other", 99)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(handled) == ["0", "1", "2", "3", "4"]


async def test_a_handler_that_fails_gets_the_next_event(
    subscriptions: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)
        raise RuntimeError("oops")

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    subscriptions.publish([message("Item", 2)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(handled) == ["1", "2"]
    assert [record.name for record in caplog.records] == ["amitypes", "amitypes"]
    assert "oops" in caplog.text
    assert "Item" in caplog.text


async def test_a_slow_handler_holds_nobody_up(subscriptions: Dispatcher) -> None:
    gate = asyncio.Event()
    slow: list[Message] = []
    fast: list[Message] = []
    done = asyncio.Event()

    async def handle_slowly(message: Message) -> None:
        await gate.wait()
        slow.append(message)

    async def handle(message: Message) -> None:
        fast.append(message)
        if len(fast) == 2:
            done.set()

    subscriptions.handle(None, to_message, handle_slowly)
    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    subscriptions.publish([message("Item", 2)])
    await asyncio.wait_for(done.wait(), 5)
    assert slow == []
    gate.set()
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(slow) == ["1", "2"]


async def test_events_are_decoded_once_for_all(subscriptions: Dispatcher) -> None:
    one, two = subscriptions.stream(None), subscriptions.stream(frozenset({"item"}))
    subscriptions.publish([message("Item", 1)])
    first = await anext(one)
    assert type(first) is Item
    assert await anext(two) is first


async def test_a_handler_works_again_after_two_ends(subscriptions: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    subscriptions.end()
    subscriptions.end()
    await subscriptions.drain(5)
    subscriptions.publish([message("Item", 2)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_goes_on_with_a_connection_made_while_it_was_busy(subscriptions: Dispatcher) -> None:
    handled: list[Message] = []
    gate = asyncio.Event()

    async def handle(message: Message) -> None:
        await gate.wait()
        handled.append(message)

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    subscriptions.end()
    subscriptions.publish([message("Item", 2)])
    gate.set()
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_that_hangs_is_cancelled_and_works_again(
    subscriptions: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        if message.get("Number") == "1":
            await asyncio.Event().wait()
        handled.append(message)

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    subscriptions.publish([message("Item", 2)])
    subscriptions.end()
    await subscriptions.drain(0.01)
    assert "still busy" in caplog.text
    subscriptions.publish([message("Item", 3)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(handled) == ["3"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_handler_that_waits_for_what_is_cancelled_gets_the_next_event(
    subscriptions: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)
        other = asyncio.create_task(asyncio.Event().wait())
        other.cancel()
        await other

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    subscriptions.publish([message("Item", 2)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert numbers(handled) == ["1", "2"]
    assert "Item" in caplog.text


def test_a_handler_serves_in_one_loop_after_another(
    subscriptions: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    async def connection(*events: int) -> None:
        for number in events:
            subscriptions.publish([message("Item", number)])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        subscriptions.end()
        await subscriptions.drain(5)

    subscriptions.handle(None, to_message, handle)
    asyncio.run(connection(1, 2))
    asyncio.run(connection(3, 4))
    asyncio.run(connection())
    gc.collect()
    assert numbers(handled) == ["1", "2", "3", "4"]
    assert not caplog.records


async def test_an_event_that_comes_when_a_handler_has_just_ended(subscriptions: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    asyncio.get_running_loop().call_soon(subscriptions.publish, [message("Item", 2)])
    for _ in range(3):
        await asyncio.sleep(0)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_whose_task_is_cancelled_before_it_began_works_again(subscriptions: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item", 1)])
    (task,) = asyncio.all_tasks() - {asyncio.current_task()}
    task.cancel()
    await asyncio.wait({task})
    subscriptions.publish([message("Item", 2)])
    await subscriptions.drain(5)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_may_end_everything_itself(subscriptions: Dispatcher) -> None:
    finished = asyncio.Event()

    async def handle(message: Message) -> None:
        subscriptions.end()
        await subscriptions.drain(5)
        finished.set()

    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([message("Item")])
    await asyncio.wait_for(finished.wait(), 5)


async def test_handlers_without_events_cost_no_task(subscriptions: Dispatcher) -> None:
    async def handle(message: Message) -> None:
        raise AssertionError

    subscriptions.handle(frozenset({"item"}), to_message, handle)
    subscriptions.publish([message("Other")])
    subscriptions.end()
    assert asyncio.all_tasks() == {asyncio.current_task()}


# Iterators


async def collect(stream: object) -> list[str]:
    return [event.raw["Number"] async for event in stream]  # type: ignore[attr-defined]  # any stream


async def test_a_stream_starts_when_it_is_made(subscriptions: Dispatcher) -> None:
    subscriptions.publish([message("Item", 0)])
    stream = subscriptions.stream(frozenset({"item"}))
    subscriptions.publish([message("Item", 1)])
    subscriptions.publish([message("Other", 99)])
    subscriptions.publish([message("Item", 2)])
    subscriptions.end()
    subscriptions.publish([message("Item", 3)])
    assert await collect(stream) == ["1", "2"]
    assert await collect(stream) == []


async def test_a_lost_connection_is_told_after_the_last_event(subscriptions: Dispatcher) -> None:
    stream = subscriptions.stream(None)
    subscriptions.publish([message("Item", 1)])
    subscriptions.end(ConnectionLost("gone"))
    assert (await anext(stream)).raw["Number"] == "1"
    for _ in range(2):
        with pytest.raises(ConnectionLost, match="gone"):
            await anext(stream)


async def test_a_closed_stream_ends_at_once(subscriptions: Dispatcher) -> None:
    async with subscriptions.stream(None) as stream:
        subscriptions.publish([message("Item", 1)])
    subscriptions.publish([message("Item", 2)])
    assert await collect(stream) == []


async def test_closing_wakes_whoever_waits(subscriptions: Dispatcher) -> None:
    stream = subscriptions.stream(None)
    waiting = asyncio.create_task(collect(stream))
    await asyncio.sleep(0)
    await stream.aclose()
    assert await asyncio.wait_for(waiting, 5) == []


@pytest.mark.parametrize("close", [False, True])
async def test_the_end_wakes_all_who_wait(subscriptions: Dispatcher, close: bool) -> None:
    stream = subscriptions.stream(None)
    waiting = [asyncio.create_task(collect(stream)) for _ in range(3)]
    await asyncio.sleep(0)
    if close:
        await stream.aclose()
    else:
        subscriptions.end()
    assert await asyncio.wait_for(asyncio.gather(*waiting), 5) == [[], [], []]


async def test_a_forgotten_stream_is_no_subscriber(subscriptions: Dispatcher) -> None:
    stream = subscriptions.stream(None)
    assert subscriptions
    del stream
    gc.collect()
    assert not subscriptions


async def test_what_nobody_wants_is_known_for_as_long_as_nobody_does(subscriptions: Dispatcher) -> None:
    async def handle(message: Message) -> None: ...

    def unwanted(*names: str) -> set[bytes]:
        for name in names:
            subscriptions.publish([Message(f"Event: {name}\r\nNumber: 1\r".encode())])
        return {beginning.partition(b"\r\n")[0] for beginning in subscriptions.unwanted}

    assert unwanted("Item", "Sample") == {b"Event: Item", b"Event: Sample"}
    subscriptions.handle(frozenset({"item"}), to_message, handle)
    assert unwanted("Item", "Sample") == {b"Event: Sample"}
    stream = subscriptions.stream(None)
    assert unwanted("Item", "Sample") == set()
    del stream
    gc.collect()
    assert unwanted("Item", "Sample") == {b"Event: Sample"}
    other = subscriptions.stream(frozenset({"sample"}))
    assert unwanted("Item", "Sample") == set()
    assert other.dropped == 0
    subscriptions.end()
    assert unwanted("Item", "Sample") == {b"Event: Sample"}
    await subscriptions.drain(5)


async def test_any_number_of_names_takes_a_bounded_memory(subscriptions: Dispatcher) -> None:
    for number in range(5000):
        subscriptions.publish([Message(f"Event: E{number}\r\nX: 1\r".encode())])
    assert len(subscriptions.unwanted) <= 1000
    assert subscriptions.cached_routes <= 1000


async def test_unknown_events_can_be_asked_for(subscriptions: Dispatcher) -> None:
    unknown = subscriptions.stream(frozenset({UNKNOWN}))
    both = subscriptions.stream(frozenset({UNKNOWN, "sample"}))
    for name in ("Item", "Nobody", "Sample"):
        subscriptions.publish([message(name)])
    subscriptions.end()
    assert [event.event async for event in unknown] == ["Nobody"]
    found: list[Event] = [event async for event in both]
    assert [event.event for event in found] == ["Nobody", "Sample"]
    assert isinstance(found[1], Sample)


async def test_a_failing_handler_shows_no_header(subscriptions: Dispatcher, caplog: pytest.LogCaptureFixture) -> None:
    async def handle(message: Message) -> None:
        raise KeyError("x")

    caplog.set_level(logging.DEBUG)
    subscriptions.handle(None, to_message, handle)
    subscriptions.publish([Message(b"Event: AuthDetail\r\nPassword: hush")])
    subscriptions.end()
    await subscriptions.drain(5)
    assert "AuthDetail" in caplog.text
    assert "hush" not in caplog.text
