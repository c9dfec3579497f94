"""A list of which the server could not write everything: the missing part is noticed."""

from __future__ import annotations

import pytest

from amitypes._generated.response_shapes import RESPONSE_SHAPES
from amitypes._protocol.exchange import Exchange
from amitypes._protocol.message import Message
from amitypes._protocol.session import Session
from amitypes.events import Agents
from amitypes.responses import Agents as AgentsResponse
from amitypes.runtime import Registry
from tests.unit.protocol.routed import flat

REGISTRY = Registry("amitypes._generated")
RESPONSE = b"Response: Success\r\nActionID: 1\r\nEventList: start\r\nMessage: Agents will follow\r\n\r\n"
ITEMS = [
    b"Event: Agents\r\nActionID: 1\r\nAgent: %d\r\nName: J\xc3\xb6rg\r\nStatus: AGENT_IDLE\r\nChannel: SIP/%d\r\n\r\n"
    % (n, n)
    for n in range(2)
]
END = b"Event: AgentsComplete\r\nActionID: 1\r\nEventList: Complete\r\nListItems: 2\r\n\r\n"


def received(stream: bytes) -> tuple[Exchange, list[Message]]:
    """The exchange that the stream answers, and the messages for the subscribers."""
    session = Session(RESPONSE_SHAPES, banner=False)
    exchange, _ = session.begin([("Action", "Agents"), ("ActionID", "1")], max_line=None)
    return exchange, [item for item in flat(session.receive(stream)) if isinstance(item, Message)]


@pytest.mark.parametrize("length", range(1, len(ITEMS[0])))
def test_a_truncated_item_of_a_list_is_noticed(length: int) -> None:
    """The next item continues in the middle of it."""
    stream = RESPONSE + ITEMS[0][:length] + ITEMS[1] + END
    exchange, others = received(stream)
    assert exchange.complete
    answer = AgentsResponse.collect(exchange.messages, REGISTRY)
    assert answer.issues or answer.others or others or any(item.extra_headers for item in answer.items)
    kept = b"".join(message.frame for message in (*exchange.messages, *others))
    assert sorted(kept.replace(b"\r", b"").replace(b"\n", b"")) == sorted(
        stream.replace(b"\r", b"").replace(b"\n", b"")
    )


def test_whole_items_have_no_issues() -> None:
    exchange, others = received(RESPONSE + b"".join(ITEMS) + END)
    answer = AgentsResponse.collect(exchange.messages, REGISTRY)
    assert [type(item) for item in answer.items] == [Agents, Agents]
    assert (answer.issues, answer.others, others) == ((), [], [])
