"""Routing of events to their subscribers."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from amitypes import TCPClient, events, notices
from amitypes._events.backlog import Backlog
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import UNKNOWN
from amitypes._models.event import Event
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message, to_message
from amitypes.testing import FakeAsterisk
from tests.unit.events.messages import message, numbers
from tests.unit.sample import REGISTRY, Item, Sample
from tests.waiting import wait_until


async def test_events_are_decoded_once_for_all(dispatcher: Dispatcher) -> None:
    one, two = dispatcher.stream(None), dispatcher.stream(frozenset({"item"}))
    dispatcher.publish([message("Item", 1)])
    first = await anext(one)
    assert type(first) is Item
    assert await anext(two) is first


async def test_a_slow_handler_delays_no_other(dispatcher: Dispatcher) -> None:
    gate = asyncio.Event()
    slow: list[Message] = []
    fast: list[Message] = []

    async def handle_slowly(message: Message) -> None:
        await gate.wait()
        slow.append(message)

    async def handle(message: Message) -> None:
        fast.append(message)

    dispatcher.handle(None, to_message, handle_slowly)
    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    dispatcher.publish([message("Item", 2)])
    await wait_until(lambda: len(fast) == 2)
    assert slow == []
    gate.set()
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(slow) == ["1", "2"]


async def test_a_deleted_stream_is_no_subscriber(dispatcher: Dispatcher) -> None:
    stream = dispatcher.stream(None)
    assert dispatcher
    del stream
    gc.collect()
    assert not dispatcher


async def test_prefixes_without_subscribers_are_known_until_one_subscribes(dispatcher: Dispatcher) -> None:
    async def handle(message: Message) -> None: ...

    def unwanted(*names: str) -> set[bytes]:
        for name in names:
            dispatcher.publish([Message(f"Event: {name}\r\nNumber: 1\r".encode())])
        return {prefix.partition(b"\r\n")[0] for prefix in dispatcher.unwanted}

    assert unwanted("Item", "Sample") == {b"Event: Item", b"Event: Sample"}
    dispatcher.handle(frozenset({"item"}), to_message, handle)
    assert unwanted("Item", "Sample") == {b"Event: Sample"}
    stream = dispatcher.stream(None)
    assert unwanted("Item", "Sample") == set()
    del stream
    gc.collect()
    assert unwanted("Item", "Sample") == {b"Event: Sample"}
    other = dispatcher.stream(frozenset({"sample"}))
    assert unwanted("Item", "Sample") == set()
    assert other.dropped == 0
    dispatcher.end()
    assert unwanted("Item", "Sample") == {b"Event: Sample"}
    await dispatcher.drain(5)


async def test_any_number_of_names_takes_bounded_memory(dispatcher: Dispatcher) -> None:
    for number in range(5000):
        dispatcher.publish([Message(f"Event: E{number}\r\nX: 1\r".encode())])
    assert len(dispatcher.unwanted) <= 1000
    assert dispatcher.cached_routes <= 1000


async def test_a_subscriber_can_take_unknown_events(dispatcher: Dispatcher) -> None:
    unknown = dispatcher.stream(frozenset({UNKNOWN}))
    both = dispatcher.stream(frozenset({UNKNOWN, "sample"}))
    for name in ("Item", "Undocumented", "Sample"):
        dispatcher.publish([message(name)])
    dispatcher.end()
    assert [event.event async for event in unknown] == ["Undocumented"]
    found: list[Event] = [event async for event in both]
    assert [event.event for event in found] == ["Undocumented", "Sample"]
    assert isinstance(found[1], Sample)


async def test_a_flood_takes_bounded_memory(caplog: pytest.LogCaptureFixture) -> None:
    """A slow subscriber holds as many events as its backlog allows, and no more."""
    caplog.set_level(logging.WARNING)
    dispatcher = Dispatcher(REGISTRY, Backlog(10), Limits(waiting=10))
    gate = asyncio.Event()

    async def handle(message: Message) -> None:
        await gate.wait()

    dispatcher.handle(None, to_message, handle)
    streams = [dispatcher.stream(None), dispatcher.stream(None, backlog=Backlog(10, "wait"))]
    for number in range(1000):
        dispatcher.publish([message("Item", number)])
        await asyncio.sleep(0)
    gc.collect()
    held = [item for item in gc.get_objects() if isinstance(item, Message) and item.get("Number")]
    assert len(held) <= 10 + 10 + 1 + 20
    assert [stream.dropped for stream in streams] == [990, 980]
    gate.set()
    dispatcher.end()
    await dispatcher.drain(5)


async def test_a_flood_of_events_for_a_busy_handler_delays_no_reply(asterisk: FakeAsterisk) -> None:
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


async def test_a_client_reports_the_errors_of_its_handlers(asterisk: FakeAsterisk, client: TCPClient) -> None:
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
