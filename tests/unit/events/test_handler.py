"""Handlers."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from amitypes._events.backlog import Backlog
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import NOTICE
from amitypes._models.event import Event
from amitypes._protocol.message import Message, to_message
from amitypes.errors import QueueOverflow
from tests.unit.events.messages import message, number_or_gap, numbers
from tests.unit.sample import REGISTRY
from tests.waiting import wait_until


async def test_a_handler_gets_its_events_in_order(dispatcher: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        await asyncio.sleep(0)
        handled.append(message)

    dispatcher.handle(frozenset({"item"}), to_message, handle)
    for number in range(5):
        dispatcher.publish([message("ITEM", number)])
        dispatcher.publish([message("Other", 99)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(handled) == ["0", "1", "2", "3", "4"]


async def test_a_handler_that_fails_gets_the_next_event(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)
        raise RuntimeError("oops")

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    dispatcher.publish([message("Item", 2)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(handled) == ["1", "2"]
    assert [record.name for record in caplog.records] == ["amitypes", "amitypes"]
    assert "oops" in caplog.text
    assert "Item" in caplog.text


async def test_a_handler_continues_after_two_ends(dispatcher: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    dispatcher.end()
    dispatcher.end()
    await dispatcher.drain(5)
    dispatcher.publish([message("Item", 2)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(handled) == ["1", "2"]


async def test_a_busy_handler_continues_with_the_next_connection(dispatcher: Dispatcher) -> None:
    handled: list[Message] = []
    gate = asyncio.Event()

    async def handle(message: Message) -> None:
        await gate.wait()
        handled.append(message)

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    dispatcher.end()
    dispatcher.publish([message("Item", 2)])
    gate.set()
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_that_hangs_is_cancelled_and_starts_again(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        if message.get("Number") == "1":
            await asyncio.Event().wait()
        handled.append(message)

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    dispatcher.publish([message("Item", 2)])
    dispatcher.end()
    await dispatcher.drain(0.01)
    assert "still busy" in caplog.text
    dispatcher.publish([message("Item", 3)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(handled) == ["3"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_handler_that_awaits_a_cancelled_task_gets_the_next_event(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)
        other = asyncio.create_task(asyncio.Event().wait())
        other.cancel()
        await other

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    dispatcher.publish([message("Item", 2)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert numbers(handled) == ["1", "2"]
    assert "Item" in caplog.text


def test_a_handler_runs_in_one_loop_after_another(dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    expected: list[str] = []

    async def connection(*events: int) -> None:
        for number in events:
            dispatcher.publish([message("Item", number)])
            expected.append(str(number))
            await wait_until(lambda: numbers(handled) == expected)
        dispatcher.end()
        await dispatcher.drain(5)

    dispatcher.handle(None, to_message, handle)
    asyncio.run(connection(1, 2))
    asyncio.run(connection(3, 4))
    asyncio.run(connection())
    gc.collect()
    assert numbers(handled) == expected == ["1", "2", "3", "4"]
    assert not caplog.records


async def test_an_event_that_comes_as_the_task_ends_is_handled(dispatcher: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    asyncio.get_running_loop().call_soon(dispatcher.publish, [message("Item", 2)])
    await wait_until(lambda: len(handled) == 2)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_whose_task_was_cancelled_before_its_start_starts_again(dispatcher: Dispatcher) -> None:
    handled: list[Message] = []

    async def handle(message: Message) -> None:
        handled.append(message)

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item", 1)])
    (task,) = asyncio.all_tasks() - {asyncio.current_task()}
    task.cancel()
    await asyncio.wait({task})
    dispatcher.publish([message("Item", 2)])
    await dispatcher.drain(5)
    assert numbers(handled) == ["1", "2"]


async def test_a_handler_may_end_the_subscriptions_itself(dispatcher: Dispatcher) -> None:
    finished: list[bool] = []

    async def handle(message: Message) -> None:
        dispatcher.end()
        await dispatcher.drain(5)
        finished.append(True)

    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([message("Item")])
    await wait_until(lambda: bool(finished))


async def test_a_handler_without_events_has_no_task(dispatcher: Dispatcher) -> None:
    async def handle(message: Message) -> None:
        raise AssertionError

    dispatcher.handle(frozenset({"item"}), to_message, handle)
    dispatcher.publish([message("Other")])
    dispatcher.end()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_log_of_a_failed_handler_shows_no_header(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(message: Message) -> None:
        raise KeyError("x")

    caplog.set_level(logging.DEBUG)
    dispatcher.handle(None, to_message, handle)
    dispatcher.publish([Message(b"Event: AuthDetail\r\nPassword: hush")])
    dispatcher.end()
    await dispatcher.drain(5)
    assert "AuthDetail" in caplog.text
    assert "hush" not in caplog.text


async def test_a_handler_gets_a_notice_of_dropped_events() -> None:
    dispatcher = Dispatcher(REGISTRY, Backlog(2))
    seen: list[str] = []

    async def handle(message: Message) -> None:
        seen.append(number_or_gap(REGISTRY.event(message)))

    dispatcher.handle(frozenset({"item"}), to_message, handle, notices=frozenset({NOTICE}))
    for number in range(5):
        dispatcher.publish([message("Item", number)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert seen == ["3 dropped", "3", "4"]


async def test_a_handler_with_raise_ends_at_an_overflow(caplog: pytest.LogCaptureFixture) -> None:
    dispatcher = Dispatcher(REGISTRY, Backlog(2, "raise"))
    seen: list[str] = []
    errors: list[BaseException] = []
    dispatcher.error_hooks.append(lambda error, event: errors.append(error))

    async def handle(message: Message) -> None:
        seen.append(number_or_gap(REGISTRY.event(message)))

    dispatcher.handle(frozenset({"item"}), to_message, handle)
    for number in range(5):
        dispatcher.publish([message("Item", number)])
    await dispatcher.drain(5)
    dispatcher.publish([message("Item", 5)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert seen == ["0", "1"]
    assert [type(error) for error in errors] == [QueueOverflow]
    assert "The handler of item had 2 events waiting" in caplog.text


async def test_errors_of_handlers_reach_the_hooks(caplog: pytest.LogCaptureFixture) -> None:
    dispatcher = Dispatcher(REGISTRY)
    errors: list[tuple[str, str]] = []

    def fail(error: BaseException, event: Event) -> None:
        raise RuntimeError("the hook's own")

    dispatcher.error_hooks.append(fail)
    dispatcher.error_hooks.append(lambda error, event: errors.append((repr(error), number_or_gap(event))))

    async def handle(message: Message) -> None:
        raise ValueError(number_or_gap(REGISTRY.event(message)))

    dispatcher.handle(None, to_message, handle)
    for number in range(2):
        dispatcher.publish([message("Item", number)])
    dispatcher.end()
    await dispatcher.drain(5)
    assert errors == [("ValueError('0')", "0"), ("ValueError('1')", "1")]
    assert "the hook's own" in caplog.text
