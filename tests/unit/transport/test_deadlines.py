"""Time limits: each action's own, to the tick, whatever becomes of the others."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from amitypes._protocol.exchange import Exchange
from amitypes._protocol.response_shape import ResponseShape
from amitypes._transport.deadlines import Deadlines
from tests.unit import clock


def action(name: str) -> Exchange:
    return Exchange("Ping", name, ResponseShape(frozenset()))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 20), st.none() | st.integers(0, 25)), max_size=200))
def test_each_action_expires_at_its_own_deadline(plan: list[tuple[int, int, int | None]]) -> None:
    """Of each action: when it is sent, its time limit, and after how long it is answered."""
    over: dict[str, float] = {}

    async def main() -> None:
        loop = asyncio.get_running_loop()
        limits = Deadlines(
            lambda exchange, timeout: over.update({exchange.action_id: loop.time() - timeout}),
            asyncio.get_running_loop(),
        )

        async def live(number: int, sent: int, timeout: int, answered: int | None) -> None:
            await asyncio.sleep(sent)
            exchange = action(str(number))
            limits.begin(exchange, timeout)
            # At the same tick the answer comes last.
            await asyncio.sleep(30 if answered is None else answered + 0.5)
            limits.end(exchange)

        await asyncio.gather(*(live(number, *each) for number, each in enumerate(plan)))
        assert len(limits) == 0
        assert limits.last == 0

    clock.run(main())
    assert over == {
        str(number): sent
        for number, (sent, timeout, answered) in enumerate(plan)
        if answered is None or answered + 0.5 > timeout
    }


def test_a_restarted_timeout_expires_later() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        over: list[float] = []
        limits = Deadlines(lambda exchange, timeout: over.append(loop.time()), asyncio.get_running_loop())
        limits.begin(action("other"), 100)
        limits.begin(one := action("one"), 5)
        for _ in range(3):
            await asyncio.sleep(4)
            limits.begin(one, 5)
        assert limits.last == 100
        await asyncio.sleep(50)
        assert over == [17]

    clock.run(main())


def test_a_reused_action_id_has_its_own_deadline() -> None:
    async def main() -> None:
        over: list[Exchange] = []
        limits = Deadlines(lambda exchange, timeout: over.append(exchange), asyncio.get_running_loop())
        limits.begin(answered := action("mine"), 5)
        limits.begin(waiting := action("mine"), 10)
        limits.end(answered)
        await asyncio.sleep(20)
        assert over == [waiting]

    clock.run(main())


def test_nothing_expires_after_close() -> None:
    async def main() -> None:
        over: list[Exchange] = []
        limits = Deadlines(lambda exchange, timeout: over.append(exchange), asyncio.get_running_loop())
        limits.begin(action("one"), 5)
        limits.close()
        await asyncio.sleep(10)
        assert over == []

    clock.run(main())


def test_answered_actions_leave_a_bounded_heap() -> None:
    async def main() -> None:
        limits = Deadlines(lambda exchange, timeout: None, asyncio.get_running_loop())
        for number in range(10_000):
            limits.begin(exchange := action(str(number)), 60)
            limits.end(exchange)
        assert len(limits._ends) < 200

    clock.run(main())
