"""The body of a reply over HTTP: however it comes, it is the same answer and the same events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from amitypes._protocol.message import RawMessage, to_message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._transport.http.pool import Broken, Reply
from amitypes._transport.http.request import ActionRequest

RESPONSE_SHAPES = {
    "agents": ResponseShape(frozenset({"agentscomplete"})),
    "iaxnetstats": ResponseShape(frozenset(), plain_text=True),
    "waitevent": ResponseShape(frozenset({"waiteventcomplete"}), implicit_list=True),
}

BODIES = st.lists(
    st.sampled_from(
        [
            b"Response: Success\r\nActionID: 1\r\nEventList: start\r\n\r\n",
            b"Response: Success\r\nActionID: 1\r\n\r\n",
            b"Response: Error\r\nActionID: 1\r\nMessage: no\r\n\r\n",
            b"Response: Error\r\nActionID: 2\r\n\r\n",
            b"Event: Agents\r\nActionID: 1\r\n\r\n",
            b"Event: Hangup\r\nCause: 16\r\n\r\n",
            b"Event: AgentsComplete\r\nActionID: 1\r\nEventList: Complete\r\n\r\n",
            b"Event: WaitEventComplete\r\nActionID: 1\r\n\r\n",
            *(b"some text\r\n", b"<html>", b"\r\n", b"\n", b"\r", b"\0\xff"),
        ]
    ),
    max_size=10,
).map(b"".join)


def read(action: str, pieces: Sequence[bytes], *, length: int | None) -> tuple[object, ...]:
    """What a call makes of a body that comes in pieces."""

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    headers = {"Content-Type": "text/plain"} | ({} if length is None else {"Content-Length": str(length)})
    events: list[RawMessage] = []
    call = ActionRequest([("Action", action), ("ActionID", "1")], RESPONSE_SHAPES, None, events.extend)
    broken = False
    try:
        asyncio.run(call.read(Reply(httpx2.Response(200, headers=headers, content=body())), lambda: None))
    except Broken:
        broken = True
    exchange = call.exchange
    frames = [message.frame for message in exchange.messages]
    results = ([to_message(event).frame for event in events], call.events, call.body_start, call.evicted)
    return frames, exchange.answered, exchange.complete, exchange.truncated_reason, results, broken


@given(
    st.sampled_from(["Ping", "Agents", "IAXnetstats", "WaitEvent"]),
    BODIES,
    st.lists(st.integers(0, 500), max_size=6),
    st.booleans(),
)
def test_a_body_gives_the_same_answer_however_it_is_split(
    action: str, body: bytes, cuts: list[int], tells_its_end: bool
) -> None:
    length = len(body) if tells_its_end else None
    points = [0, *sorted({min(cut, len(body)) for cut in cuts}), len(body)]
    whole = read(action, [body], length=length)
    assert read(action, [body[a:b] for a, b in pairwise(points)], length=length) == whole
    assert read(action, [body[n : n + 1] for n in range(len(body))], length=length) == whole


def test_events_of_a_poll_are_counted() -> None:
    body = b"Response: Success\r\nActionID: 1\r\n\r\n" + 2 * b"Event: Tick\r\nN: 1\r\n\r\n"
    body += b"Event: WaitEventComplete\r\nActionID: 1\r\n\r\n"
    results = read("WaitEvent", [body], length=len(body))[4]
    assert isinstance(results, tuple)
    assert (len(results[0]), results[1]) == (2, 2)
