"""From the bytes that TCP brings to the events of a subscriber: however they come, none that is wanted is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from amitypes.registry import Registry
from amitypes.subscriptions import UNKNOWN, Subscriptions
from amitypes.transports import tcp
from amitypes.wire import Framer, WireDict
from tests.unit.raw_server import BANNER

REGISTRY = Registry("amitypes._generated")

STREAMS = st.lists(
    st.sampled_from(
        [
            b"Event: Hangup\r\nCause: 16\r\n\r\n",
            b"Event: hangup\r\nCause: 17\n\n",
            b"Event: Hangup\r\n\r\n",
            b"Event: Newexten\r\nX: 1\r\n\r\n" * 3,
            b"Event: newexten\r\n\r\n",
            b"Event: Newexten\r\nX: 1\n\n",
            b"Event: Mine\r\nX: 1\r\n\r\n",
            b"Event: LineEntry\r\nX: 1\r\nEvent: Hangup\r\nX: 2\r\n\r\n",
            b"Response: Success\r\nEvent: Hangup\r\n\r\n",
            *(b"Event: Hangup", b"\r\n", b"\n", b"\r", b"\0\xff", b"text\r\n\r\n"),
        ]
    ),
    max_size=15,
)


async def received(names: frozenset[str], pieces: Sequence[bytes]) -> list[WireDict]:
    """What a subscriber of these events gets."""
    subscriptions = Subscriptions(REGISTRY)
    stream = subscriptions.stream(names)
    transport = tcp.TCPTransport(
        "pbx",
        5038,
        context=None,
        md5=False,
        answers={},
        on_message=subscriptions.publish,
        on_end=lambda _: None,
        unwanted=subscriptions.unwanted,
    )
    reader = asyncio.StreamReader()
    protocol = tcp._Protocol(reader, transport._take)
    for piece in pieces:
        protocol.data_received(piece)
    assert reader.exception() is None
    subscriptions.end()
    return [event.raw async for event in stream]


@given(
    st.sampled_from([frozenset({"hangup"}), frozenset({UNKNOWN}), frozenset({"newexten", "lineentry"})]),
    STREAMS,
    st.lists(st.integers(0, 600), max_size=10),
)
@example(frozenset({"hangup"}), [b"Event: LineEntry\r\nX: 1\r\nEvent: Hangup\r\nX: 2\r\n\r\n"] * 2, [])
def test_every_event_that_is_wanted_is_there(names: frozenset[str], snippets: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(snippets)
    expected = [
        message.as_dict()
        for message in Framer().feed(stream)
        if (message.name.lower() if REGISTRY.event_class(message.name) else UNKNOWN) in names
    ]
    sent = BANNER + stream
    points = [0, *sorted({min(cut, len(sent)) for cut in cuts}), len(sent)]
    for pieces in ([sent], [sent[a:b] for a, b in pairwise(points)], [sent[n : n + 1] for n in range(len(sent))]):
        assert asyncio.run(received(names, pieces)) == expected
