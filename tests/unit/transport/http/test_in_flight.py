"""The limits of actions in flight: slots, timeouts, and an end for all of them."""

from __future__ import annotations

import asyncio

import pytest

from amitypes._transport.http.in_flight import InFlight
from amitypes._transport.http.request import ActionRequest
from amitypes.errors import ActionTimeout, ConnectionLost, OutcomeUnknown
from tests.waiting import wait_until


def ping(*, sent: bool = False) -> ActionRequest:
    request = ActionRequest([("Action", "Ping")], {}, None)
    request.mark_sent(sent)
    return request


async def hold(in_flight: InFlight, request: ActionRequest, seconds: float, began: asyncio.Event) -> None:
    with in_flight.timeout(request, seconds) as timeout:
        async with timeout:
            began.set()
            await asyncio.Event().wait()


@pytest.mark.parametrize(("sent", "words"), [(True, "no complete answer within 0.01 s"), (False, "not even sent")])
async def test_a_timeout_says_whether_the_action_was_sent(sent: bool, words: str) -> None:
    with pytest.raises(ActionTimeout, match=words):
        await hold(InFlight("pbx:8088"), ping(sent=sent), 0.01, asyncio.Event())


@pytest.mark.parametrize(("sent", "error"), [(True, OutcomeUnknown), (False, ConnectionLost)])
async def test_cancelling_all_ends_every_action_at_once(sent: bool, error: type[ConnectionLost]) -> None:
    in_flight, began = InFlight("pbx:8088"), [asyncio.Event() for _ in range(3)]
    tasks = [asyncio.create_task(hold(in_flight, ping(sent=sent), 3600, each)) for each in began]
    await asyncio.gather(*(each.wait() for each in began))
    in_flight.cancel_all("the cable was cut")
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert type(result) is error
        assert "the cable was cut" in str(result)


async def test_no_timeout_is_restarted_after_the_end() -> None:
    in_flight = InFlight("pbx:8088")

    async def restart_after_the_end() -> None:
        with in_flight.timeout(ping(), 3600) as timeout:
            async with timeout:
                in_flight.cancel_all("the client was closed")
                in_flight.restart(timeout, 3600)
                await asyncio.Event().wait()

    with pytest.raises(ConnectionLost, match="Nothing was sent"):
        await restart_after_the_end()


async def test_a_timeout_can_be_suspended() -> None:
    in_flight = InFlight("pbx:8088")
    with in_flight.timeout(ping(), 3600) as timeout:
        async with timeout:
            in_flight.restart(timeout, None)
            assert timeout.when() is None
            in_flight.restart(timeout, 60)
            assert timeout.when() is not None


async def test_the_server_is_busy_only_while_every_slot_is_taken() -> None:
    in_flight, request, began = InFlight("pbx:8088", limit=1), ping(), asyncio.Event()
    assert in_flight.busy_until == 0
    async with in_flight.slot(streamed=False):
        task = asyncio.create_task(hold(in_flight, request, 3600, began))
        await wait_until(began.is_set)
        assert in_flight.busy_until > asyncio.get_running_loop().time()
    assert in_flight.busy_until == 0
    task.cancel()
    await asyncio.wait({task})


async def test_streamed_lists_have_slots_of_their_own() -> None:
    in_flight = InFlight("pbx:8088", limit=1)
    async with in_flight.slot(streamed=True), in_flight.slot(streamed=False):
        assert in_flight.slot(streamed=True).locked()
