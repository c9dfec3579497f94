"""From received bytes to the events of a subscriber: however the bytes are split, no wanted event is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amitypes import Backlog, TCPClient, events
from amitypes._events.dispatcher import Dispatcher
from amitypes._events.names import UNKNOWN
from amitypes._protocol.framing import Framer
from amitypes._protocol.types import WireDict
from amitypes._transport import tcp
from amitypes.runtime import Registry
from tests.processes import serving
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
    """The events that a subscriber of these names gets."""
    subscriptions = Dispatcher(REGISTRY)
    stream = subscriptions.stream(names)
    transport = tcp.TCPTransport(
        "pbx",
        5038,
        context=None,
        md5=False,
        response_shapes={},
        on_events=subscriptions.publish,
        on_end=lambda _: None,
        unwanted=subscriptions.unwanted,
    )
    protocol = transport._protocol
    for piece in pieces:
        protocol.get_buffer(-1)[: len(piece)] = piece
        protocol.buffer_updated(len(piece))
    assert protocol.fault is None
    subscriptions.end()
    return [event.raw async for event in stream]


@given(
    st.sampled_from([frozenset({"hangup"}), frozenset({UNKNOWN}), frozenset({"newexten", "lineentry"})]),
    STREAMS,
    st.lists(st.integers(0, 600), max_size=10),
)
@example(frozenset({"hangup"}), [b"Event: LineEntry\r\nX: 1\r\nEvent: Hangup\r\nX: 2\r\n\r\n"] * 2, [])
def test_every_wanted_event_arrives_however_the_bytes_are_split(
    names: frozenset[str], snippets: list[bytes], cuts: list[int]
) -> None:
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


LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]
with suppress(ImportError):  # not available for Windows
    import uvloop

    LOOPS.append(uvloop.new_event_loop)


@pytest.mark.parametrize("make_loop", LOOPS, ids=lambda make: make.__module__)
def test_a_handler_that_keeps_up_gets_every_event(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Also with an event loop that reads on while data is available."""
    many, seen = 60_000, 0

    async def read(port: int) -> None:
        client = TCPClient("127.0.0.1", port, username="u", password="p", backlog=Backlog(2000), reconnect=False)
        over = asyncio.Event()

        @client.on(events.Event)
        async def count(event: events.Event) -> None:
            nonlocal seen
            seen += 1
            if isinstance(event, events.Shutdown):
                over.set()

        async with client, asyncio.timeout(60):
            await client.ami_request({"Action": "UserEvent", "UserEvent": "Play"})
            await over.wait()

    with serving("benchmarks.flood", many) as port, asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(read(port))
    assert seen >= many
