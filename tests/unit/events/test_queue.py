"""The queue of one subscriber, and its rule for the event that exceeds the limit."""

from __future__ import annotations

import gc

import pytest

from amitypes._events.backlog import Backlog, Overflow
from amitypes._events.queue import OverflowBudget, Queue
from amitypes.errors import QueueOverflow


def queue(limit: int, overflow: Overflow, budget: OverflowBudget | None = None) -> Queue[str]:
    return Queue(Backlog(limit, overflow), budget or OverflowBudget(0), "The test", lambda count: f"{count} dropped")


def fill(queue: Queue[str], *items: object) -> None:
    for item in items:
        queue.put(str(item))


def take_all(queue: Queue[str]) -> list[str]:
    taken: list[str] = []
    while (item := queue.take()) is not None:
        taken.append(item)
    return taken


@pytest.mark.parametrize("overflow", ["wait", "drop_oldest", "drop_newest", "raise"])
def test_items_within_the_limit_are_kept_in_order(overflow: Overflow) -> None:
    waiting = queue(3, overflow)
    for _ in range(3):
        fill(waiting, 1, 2, 3)
        assert take_all(waiting) == ["1", "2", "3"]
    assert (waiting.dropped, waiting.overflow) == (0, None)


def test_a_cleared_queue_has_no_gap() -> None:
    waiting = queue(2, "drop_oldest")
    fill(waiting, *range(5))
    waiting.clear()
    fill(waiting, *range(3))
    assert take_all(waiting) == ["1 dropped", "1", "2"]


def test_drop_oldest_drops_what_has_waited_longest() -> None:
    waiting = queue(2, "drop_oldest")
    fill(waiting, 1, 2, 3, 4, 5)
    assert take_all(waiting) == ["3 dropped", "4", "5"]
    assert waiting.dropped == 3


def test_drop_newest_drops_what_comes() -> None:
    waiting = queue(2, "drop_newest")
    fill(waiting, 1, 2, 3, 4, 5)
    assert waiting.take() == "1"
    fill(waiting, 6, 7)
    assert take_all(waiting) == ["2", "3 dropped", "6", "1 dropped"]
    assert waiting.dropped == 4


def test_wait_takes_from_the_shared_budget() -> None:
    budget = OverflowBudget(3)
    one, two = queue(1, "wait", budget), queue(1, "wait", budget)
    fill(one, 1, 2, 3)
    fill(two, 1, 2, 3)
    assert budget.free == 0
    assert take_all(two) == ["1", "2", "1 dropped"]
    assert budget.free == 1
    assert take_all(one) == ["1", "2", "3"]
    assert (budget.free, one.dropped, two.dropped) == (3, 0, 1)


def test_a_cleared_or_deleted_queue_returns_its_budget() -> None:
    budget = OverflowBudget(3)
    one, two = queue(1, "wait", budget), queue(1, "wait", budget)
    fill(one, 1, 2, 3)
    one.clear()
    fill(two, 1, 2)
    del two
    gc.collect()
    assert budget.free == 3


def test_raise_ends_the_queue_with_an_error() -> None:
    waiting = queue(2, "raise")
    fill(waiting, 1, 2, 3, 4)
    assert isinstance(waiting.overflow, QueueOverflow)
    assert "had 2 events waiting" in str(waiting.overflow)
    assert take_all(waiting) == ["1", "2"]
    fill(waiting, 5)
    assert take_all(waiting) == []


def test_the_log_has_few_lines_and_counts_every_drop(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    waiting = Queue[str](Backlog(1, "drop_newest"), OverflowBudget(0), "The test", lambda count: None, lambda: now)

    def overflow() -> None:
        fill(waiting, *range(10))
        take_all(waiting)

    def logged() -> list[str]:
        lines = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return lines

    too_many = "The test has 1 events waiting, as many as its backlog allows (drop_newest); dropped: "
    for _ in range(1000):
        overflow()
    assert logged() == [f"{too_many}1"]
    now = 9.9
    overflow()
    assert logged() == []
    now = 10.0
    assert waiting.take() is None
    assert logged() == ["The test has caught up; dropped since the last line: 9008"]
    now = 19.0
    overflow()
    now = 20.0
    overflow()
    assert logged() == [f"{too_many}10"]
    now = 40.0
    assert waiting.take() is None
    assert logged() == ["The test has caught up; dropped since the last line: 8"]
    now = 60.0
    assert waiting.take() is None
    assert logged() == []
    assert waiting.dropped == 9027


def test_a_long_overload_is_logged_again(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    waiting = Queue[str](Backlog(1), OverflowBudget(0), "The test", lambda count: None, lambda: now)
    for number in range(101):
        now = float(number)
        fill(waiting, number)
    assert len(caplog.records) == 10
