"""What waits for one subscriber, and what becomes of the event that is too many."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from amitypes import TCPClient, events, notices
from amitypes._events.backlog import Backlog, Overflow
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import NOTICE
from amitypes._events.queue import OverflowBudget, Queue
from amitypes._models.event import Event
from amitypes._protocol.errors import QueueOverflow
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message, to_message
from amitypes.notices import Dropped
from amitypes.testing import FakeAsterisk
from tests.unit.sample import REGISTRY


def queue(limit: int, overflow: Overflow, room: OverflowBudget | None = None) -> Queue[str]:
    return Queue(Backlog(limit, overflow), room or OverflowBudget(0), "The test", lambda count: f"{count} dropped")


def fill(queue: Queue[str], *items: object) -> None:
    for item in items:
        queue.put(str(item))


def take_all(queue: Queue[str]) -> list[str]:
    taken: list[str] = []
    while (item := queue.take()) is not None:
        taken.append(item)
    return taken


def test_what_is_forgotten_leaves_no_trace() -> None:
    waiting = queue(2, "drop_oldest")
    fill(waiting, *range(5))
    waiting.clear()
    fill(waiting, *range(3))
    assert take_all(waiting) == ["1 dropped", "1", "2"]


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest", "drop_newest", "raise"])
def test_what_fits_is_kept_in_order(overflow: Overflow) -> None:
    waiting = queue(3, overflow)
    for _ in range(3):
        fill(waiting, 1, 2, 3)
        assert take_all(waiting) == ["1", "2", "3"]
    assert (waiting.dropped, waiting.overflow) == (0, None)


def test_the_oldest_go() -> None:
    waiting = queue(2, "drop_oldest")
    fill(waiting, 1, 2, 3, 4, 5)
    assert take_all(waiting) == ["3 dropped", "4", "5"]
    assert waiting.dropped == 3


def test_the_newest_go() -> None:
    waiting = queue(2, "drop_newest")
    fill(waiting, 1, 2, 3, 4, 5)
    assert waiting.take() == "1"
    fill(waiting, 6, 7)
    assert take_all(waiting) == ["2", "3 dropped", "6", "1 dropped"]
    assert waiting.dropped == 4


def test_more_wait_as_long_as_there_is_room_for_all() -> None:
    room = OverflowBudget(3)
    one, two = queue(1, "wait", room), queue(1, "wait", room)
    fill(one, 1, 2, 3)
    fill(two, 1, 2, 3)
    assert room.free == 0
    assert take_all(two) == ["1", "2", "1 dropped"]
    assert room.free == 1
    assert take_all(one) == ["1", "2", "3"]
    assert (room.free, one.dropped, two.dropped) == (3, 0, 1)


def test_who_is_gone_needs_no_room() -> None:
    room = OverflowBudget(3)
    one, two = queue(1, "wait", room), queue(1, "wait", room)
    fill(one, 1, 2, 3)
    one.clear()
    fill(two, 1, 2)
    del two
    gc.collect()
    assert room.free == 3


def test_too_many_may_be_an_error() -> None:
    waiting = queue(2, "raise")
    fill(waiting, 1, 2, 3, 4)
    assert isinstance(waiting.overflow, QueueOverflow)
    assert "had 2 events waiting" in str(waiting.overflow)
    assert take_all(waiting) == ["1", "2"]
    fill(waiting, 5)
    assert take_all(waiting) == []


def test_the_log_has_a_line_at_times_and_every_drop(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    waiting = Queue[str](Backlog(1, "drop_newest"), OverflowBudget(0), "The test", lambda count: None, lambda: now)

    def swing() -> None:
        fill(waiting, *range(10))
        take_all(waiting)

    def told() -> list[str]:
        lines = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return lines

    too_many = "The test has 1 events waiting, as many as its backlog allows (drop_newest); dropped: "
    for _ in range(1000):
        swing()
    assert told() == [f"{too_many}1"]
    now = 9.9
    swing()
    assert told() == []
    now = 10.0
    assert waiting.take() is None
    assert told() == ["The test has caught up; dropped since the last line: 9008"]
    now = 19.0
    swing()
    now = 20.0
    swing()
    assert told() == [f"{too_many}10"]
    now = 40.0
    assert waiting.take() is None
    assert told() == ["The test has caught up; dropped since the last line: 8"]
    now = 60.0
    assert waiting.take() is None
    assert told() == []
    assert waiting.dropped == 9027


def test_a_long_overload_is_told_of_again(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    waiting = Queue[str](Backlog(1), OverflowBudget(0), "The test", lambda count: None, lambda: now)
    for number in range(101):
        now = float(number)
        fill(waiting, number)
    assert len(caplog.records) == 10


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": -1}, {"overflow": "explode"}])
def test_a_backlog_that_makes_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Backlog(**wrong)  # type: ignore[arg-type]  # a test's settings


def test_limits_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="waiting"):
        Limits(waiting=-1)


# In a subscription


def message(number: int) -> Message:
    return Message(f"Event: Item\r\nNumber: {number}".encode())


DROPS = frozenset({f"{NOTICE}dropped"})


def told(event: Event) -> str:
    return f"{event.count} dropped" if isinstance(event, Dropped) else str(event.raw["Number"])


@pytest.mark.parametrize(
    ("overflow", "seen"),
    [("drop_oldest", ["3 dropped", "3", "4"]), ("drop_newest", ["0", "1", "3 dropped"]), ("wait", list("01234"))],
)
async def test_a_stream(overflow: Overflow, seen: list[str]) -> None:
    subscriptions = Dispatcher(REGISTRY, Backlog(2, overflow))
    plain, telling = subscriptions.stream(None), subscriptions.stream(None, notices=DROPS)
    own = subscriptions.stream(None, backlog=Backlog())
    for number in range(5):
        subscriptions.publish([message(number)])
    subscriptions.end()
    assert plain.dropped == telling.dropped == sum(3 for item in seen if "dropped" in item)
    assert [told(event) async for event in plain] == [item for item in seen if "dropped" not in item]
    assert [told(event) async for event in telling] == seen
    assert [told(event) async for event in own] == list("01234")


async def test_a_stream_that_is_to_fail() -> None:
    subscriptions = Dispatcher(REGISTRY, Backlog(2, "raise"))
    stream, other = subscriptions.stream(None), subscriptions.stream(None, backlog=Backlog(3, "raise"))
    for number in range(3):
        subscriptions.publish([message(number)])
    assert [told(await anext(stream)) for _ in range(2)] == ["0", "1"]
    for _ in range(2):
        with pytest.raises(QueueOverflow, match="The iterator over every event had 2 events waiting"):
            await anext(stream)
    assert [told(await anext(other)) for _ in range(3)] == ["0", "1", "2"]
    await stream.aclose()
    assert [event async for event in stream] == []


async def test_a_handler_that_is_to_fail(caplog: pytest.LogCaptureFixture) -> None:
    subscriptions = Dispatcher(REGISTRY, Backlog(2, "raise"))
    seen: list[str] = []
    errors: list[BaseException] = []
    subscriptions.error_hooks.append(lambda error, event: errors.append(error))

    async def handle(message: Message) -> None:
        seen.append(told(REGISTRY.event(message)))

    subscriptions.handle(frozenset({"item"}), to_message, handle)
    for number in range(5):
        subscriptions.publish([message(number)])
    await subscriptions.drain(5)
    subscriptions.publish([message(5)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert seen == ["0", "1"]
    assert [type(error) for error in errors] == [QueueOverflow]
    assert "The handler of item had 2 events waiting" in caplog.text


async def test_a_handler_is_told_of_drops() -> None:
    subscriptions = Dispatcher(REGISTRY, Backlog(2))
    seen: list[str] = []

    async def handle(message: Message) -> None:
        seen.append(told(REGISTRY.event(message)))

    subscriptions.handle(frozenset({"item"}), to_message, handle, notices=frozenset({NOTICE}))
    for number in range(5):
        subscriptions.publish([message(number)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert seen == ["3 dropped", "3", "4"]


async def test_a_flood_costs_bounded_memory(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever is slow holds what its backlog allows, and no more."""
    caplog.set_level(logging.WARNING)
    subscriptions = Dispatcher(REGISTRY, Backlog(10), Limits(waiting=10))
    gate = asyncio.Event()

    async def handle(message: Message) -> None:
        await gate.wait()

    subscriptions.handle(None, to_message, handle)
    streams = [subscriptions.stream(None), subscriptions.stream(None, backlog=Backlog(10, "wait"))]
    for number in range(1000):
        subscriptions.publish([message(number)])
        await asyncio.sleep(0)
    gc.collect()
    held = [item for item in gc.get_objects() if isinstance(item, Message) and item.get("Number")]
    assert len(held) <= 10 + 10 + 1 + 20
    assert [stream.dropped for stream in streams] == [990, 980]
    gate.set()
    subscriptions.end()
    await subscriptions.drain(5)


async def test_errors_of_handlers_go_to_the_hook(caplog: pytest.LogCaptureFixture) -> None:
    subscriptions = Dispatcher(REGISTRY)
    errors: list[tuple[str, str]] = []

    def fail(error: BaseException, event: Event) -> None:
        raise RuntimeError("the hook's own")

    subscriptions.error_hooks.append(fail)
    subscriptions.error_hooks.append(lambda error, event: errors.append((repr(error), told(event))))

    async def handle(message: Message) -> None:
        raise ValueError(told(REGISTRY.event(message)))

    subscriptions.handle(None, to_message, handle)
    for number in range(2):
        subscriptions.publish([message(number)])
    subscriptions.end()
    await subscriptions.drain(5)
    assert errors == [("ValueError('0')", "0"), ("ValueError('1')", "1")]
    assert "the hook's own" in caplog.text


# In a client


async def test_a_flood_over_a_busy_handler_holds_up_no_answer(asterisk: FakeAsterisk) -> None:
    gate, seen = asyncio.Event(), list[str]()
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", backlog=Backlog(10))

    @client.on(events.Hangup, notices.Dropped)
    async def slow(event: events.Hangup | notices.Dropped) -> None:
        await gate.wait()
        seen.append(event.channel if isinstance(event, events.Hangup) else f"{event.count} dropped")

    async with client:
        lossless = client.events(events.Hangup, backlog=Backlog(10, "wait"))
        asterisk.send_event("Hangup", {"Channel": "SIP/0"})
        await client.ping()
        for number in range(1, 500):
            asterisk.send_event("Hangup", {"Channel": f"SIP/{number}"})
        async with asyncio.timeout(10):
            assert (await client.actions.ping()).ping == "Pong"
        assert not seen
        assert [(await anext(lossless)).channel for _ in range(500)] == [f"SIP/{number}" for number in range(500)]
        gate.set()
    assert seen == ["SIP/0", "489 dropped", *(f"SIP/{number}" for number in range(490, 500))]
    assert lossless.dropped == 0


async def test_a_client_tells_of_the_errors_of_its_handlers(asterisk: FakeAsterisk, client: TCPClient) -> None:
    errors: list[tuple[str, str]] = []

    @client.on_error
    def failed(error: BaseException, event: Event) -> None:
        errors.append((repr(error), event.event))

    @client.on(events.Hangup)
    async def handle(event: events.Hangup) -> None:
        raise ValueError(event.channel)

    async def callback(event: object, given: object) -> None:
        raise KeyError("callback")

    await client.register_callback("Newstate", callback)
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    asterisk.send_event("Newstate", {"Channel": "SIP/1"})
    await client.logoff()
    assert sorted(errors) == [("KeyError('callback')", "Newstate"), ("ValueError('SIP/1')", "Hangup")]
