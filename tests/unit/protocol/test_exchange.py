"""`Exchange`: the answer to one action as it is received."""

from __future__ import annotations

import pytest

from amitypes._protocol.exchange import Exchange
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message
from amitypes._protocol.response_shape import ResponseShape

SHAPE = ResponseShape(frozenset({"agentscomplete"}))
RESPONSE = Message(b"Response: Success\r\nEventList: start")
ITEM = Message(b"Event: Agents\r\nAgent: 1")
END = Message(b"Event: AgentsComplete")


def test_a_streamed_list_buffers_its_items_only() -> None:
    exchange = Exchange("Agents", "1", SHAPE, streamed=True)
    for message in (RESPONSE, ITEM, ITEM):
        exchange.add(message)
    assert (exchange.is_collecting, exchange.item_count, len(exchange.buffered)) == (True, 2, 2)
    assert [exchange.next_item(), exchange.next_item(), exchange.next_item()] == [ITEM, ITEM, None]
    exchange.add(END)
    assert (exchange.complete, exchange.item_count, exchange.messages) == (True, 2, [RESPONSE, END])


@pytest.mark.parametrize("limits", [Limits(items=2), Limits(answer=2 * len(ITEM.frame))])
def test_the_buffer_of_a_streamed_list_is_full_at_the_limits(limits: Limits) -> None:
    exchange = Exchange("Agents", "1", SHAPE, limits, streamed=True)
    filled = []
    for message in (RESPONSE, ITEM, ITEM):
        exchange.add(message)
        filled.append(exchange.is_full)
    assert filled == [False, False, True]
    exchange.next_item()
    assert not exchange.is_full


def test_an_abandoned_answer_is_followed_to_its_end_and_dropped() -> None:
    exchange = Exchange("Agents", "1", SHAPE)
    exchange.abandoned = True
    for message in (RESPONSE, ITEM, END):
        exchange.add(message)
    assert (exchange.complete, exchange.messages) == (True, [])


def test_a_truncated_item_is_reported() -> None:
    exchange = Exchange("Agents", "1", SHAPE)
    exchange.add(RESPONSE)
    assert exchange.truncated_reason == ""
    exchange.add(Message(ITEM.frame, truncated_reason="longer than allowed"))
    assert exchange.truncated_reason == "a message of the answer is longer than allowed"


def test_goodbye_is_recognised_in_any_case() -> None:
    for frame, goodbye in (
        (b"Response: GoodBye", True),
        (b"Response: Success\r\n", False),
        (b"Response: Error", False),
    ):
        exchange = Exchange("Logoff", "1", SHAPE)
        exchange.add(Message(frame))
        assert exchange.is_goodbye is goodbye
