"""A list action's answer, from bytes to typed items: `python -m benchmarks.subjects.lists ITEMS collected|streamed`.

Prints microseconds of CPU per item, the smallest of some turns, and the most MiB that were in use at a time besides.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING, Final

from amitypes import Limits, ListStream, responses
from amitypes._protocol.session import Session
from amitypes._transport.list_channel import ListChannel
from amitypes.client import TCPClient
from amitypes.errors import AMIError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from amitypes._protocol.message import Message

TURNS: Final = 5
_READ: Final = 64 * 1024
_TAG: Final = "ActionID: benchmark\r\n"
_ACTION: Final = [("Action", "CoreShowChannels"), ("ActionID", "benchmark")]


async def main(count: int, way: str) -> None:
    """Measure."""
    work = {"collected": collected, "streamed": streamed}[way]
    await work(pieces(100))  # which loads the classes, and has them make plans
    pieces_ = list(pieces(count))
    spent = [await _spent(work, pieces_, count) for _ in range(TURNS)]
    del pieces_
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    await work(pieces(count))
    _, peak = tracemalloc.get_traced_memory()
    print(json.dumps({"cpu": min(spent) / count * 1e6, "mib": (peak - before) / 2**20}))


async def collected(stream: Iterable[bytes]) -> int:
    """All items at once, as `send` does it."""
    session = Session(TCPClient.response_shapes, banner=False)
    exchange, _ = session.begin(_ACTION, max_line=None)
    for piece in stream:
        session.receive(piece)
    return len(responses.CoreShowChannels.collect(exchange.messages, TCPClient.registry).items)


async def streamed(stream: Iterable[bytes]) -> int:
    """One after another, as `stream` does it; the consumer runs between two pieces."""
    session = Session(TCPClient.response_shapes, banner=False)
    exchange, _ = session.begin(_ACTION, max_line=None, streamed=True)
    flow = ListChannel(60)
    flow.begin(exchange)

    async def read() -> list[Message]:
        for piece in stream:
            session.receive(piece)
            flow.notify()
            await asyncio.sleep(0)
        return exchange.messages

    items = ListStream(
        "CoreShowChannels",
        flow,
        asyncio.create_task(read()),
        kind=responses.CoreShowChannels,
        events=TCPClient.registry,
        limits=Limits(),
        refused=lambda message: AMIError(message.get("Message")),
    )
    await items.open()
    count = 0
    async for _ in items:
        count += 1
    return count


async def _spent(work: Callable[[Iterable[bytes]], Awaitable[int]], stream: list[bytes], count: int) -> float:
    start = time.process_time()
    found = await work(stream)
    spent = time.process_time() - start
    assert found == count
    return spent


def pieces(count: int) -> Iterator[bytes]:
    """The answer as it comes from a socket."""
    waiting = f"Response: Success\r\n{_TAG}EventList: start\r\nMessage: Channels will follow\r\n\r\n".encode()
    for number in range(count):
        waiting += _item(number)
        if len(waiting) >= _READ:
            yield waiting[:_READ]
            waiting = waiting[_READ:]
    end = f"Event: CoreShowChannelsComplete\r\n{_TAG}EventList: Complete\r\nListItems: {count}\r\n\r\n"
    yield waiting + end.encode()


def _item(number: int) -> bytes:
    return (
        f"Event: CoreShowChannel\r\n{_TAG}Channel: PJSIP/{number % 1000}-{number:08x}\r\nChannelState: 6\r\n"
        f"ChannelStateDesc: Up\r\nCallerIDNum: {number}\r\nCallerIDName: <unknown>\r\n"
        "ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\n"
        f"Language: en\r\nAccountCode: \r\nContext: default\r\nExten: {number % 100}\r\n"
        f"Priority: 1\r\nUniqueid: 1700000000.{number}\r\nLinkedid: 1700000000.{number}\r\nApplication: Dial\r\n"
        f"ApplicationData: PJSIP/x\r\nDuration: 00:00:{number % 60:02}\r\nBridgeId: \r\n\r\n"
    ).encode()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
