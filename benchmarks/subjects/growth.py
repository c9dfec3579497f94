"""What an event costs in process while something grows: `python -m benchmarks.subjects.growth WHAT SIZE EVENTS`.

WHAT is what there are SIZE of: `classes` of events loaded; `others`, handlers of other events; `handlers` of this
event; `headers` of the event. Prints microseconds of CPU per event, from bytes to the handlers.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from importlib import import_module

from amitypes import events
from amitypes._events.dispatcher import Dispatcher
from amitypes._protocol.session import Session
from amitypes.client import TCPClient

_READ = 64 * 1024
_WARM = 100
_HEADERS = 14


class Handlers:
    """Those who want events."""

    def __init__(self, names: list[str], others: int, handlers: int) -> None:
        self.subscriptions = Dispatcher(TCPClient.registry)
        self.handled = 0
        for name in itertools.islice(itertools.cycle(names), others):
            self.subscriptions.handle(frozenset({name}), TCPClient.registry.event, self._handle)
        for _ in range(handlers):
            self.subscriptions.handle(frozenset({"hangup"}), TCPClient.registry.event, self._handle)

    async def _handle(self, event: events.Event) -> None:
        assert isinstance(event, events.Hangup)
        self.handled += 1

    async def take(self, session: Session, stream: bytes, calls: int) -> float:
        """Have them handle what is in a stream, so many calls in all; gives seconds of CPU."""
        self.handled, start = 0, time.process_time()
        for place in range(0, len(stream), _READ):
            for run in session.receive(stream[place : place + _READ]):
                assert isinstance(run, list)  # without actions all are events
                self.subscriptions.publish(run)
            await asyncio.sleep(0)
        while self.handled < calls:  # noqa: ASYNC110 - an event would cost the handlers time
            await asyncio.sleep(0)
        return time.process_time() - start


def hangup(number: int, headers: int) -> bytes:
    """An event with so many headers; those that an Asterisk would send come first."""
    lines = (
        *("Event: Hangup", "Privilege: call,all", f"Channel: PJSIP/alice-{number:08x}", "ChannelState: 6"),
        *("ChannelStateDesc: Up", "CallerIDNum: 1000", "CallerIDName: Alice", "ConnectedLineNum: <unknown>"),
        *("Language: en", "Context: default", "Priority: 1", f"Uniqueid: 1700000000.{number}", "Cause: 16"),
        *("Cause-txt: Normal Clearing", *(f"X-{extra}: {number}" for extra in range(headers))),
    )
    return "".join(f"{line}\r\n" for line in (*lines[:headers], "")).encode()


async def main(what: str, size: int, count: int) -> None:
    """Measure."""
    names = [name for name in import_module(f"{TCPClient.registry.package}.events").BY_NAME if name != "hangup"]
    for name in names[: size if what == "classes" else 0]:
        events.by_name(name)
    handlers = size if what == "handlers" else 1
    subscribed = Handlers(names, size if what == "others" else 0, handlers)
    session = Session(TCPClient.response_shapes, banner=False, unwanted=subscribed.subscriptions.unwanted)
    headers = size if what == "headers" else _HEADERS
    await subscribed.take(session, b"".join(hangup(n, headers) for n in range(_WARM)), _WARM * handlers)
    spent = await subscribed.take(session, b"".join(hangup(n, headers) for n in range(count)), count * handlers)
    print(json.dumps({"cpu": spent / count * 1e6}))
    await subscribed.subscriptions.drain(5)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
