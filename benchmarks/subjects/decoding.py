"""Decoding in process, beside its floor: `python -m benchmarks.subjects.decoding`.

The floor is what no decoding into pydantic models can do without: cutting the stream into frames, and pydantic-core's
validation of values that are ready. Prints microseconds of CPU per event, the median of interleaved repetitions.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING

from amitypes.client import TCPClient
from amitypes.wire import Framer
from benchmarks.flood import flood

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = 20_000
REPETITIONS = 9
READ = 64 * 1024


def main() -> None:
    """Measure."""
    stream = b"".join(flood(EVENTS))
    reads = [stream[place : place + READ] for place in range(0, len(stream), READ)]
    decode = TCPClient.registry.decode_event
    ready = []
    for message in Framer().feed(stream):
        event = decode(message)
        values = {name: value for name, value in event if name in event.model_fields_set}
        ready.append((type(event).__pydantic_validator__.validate_python, values))

    def floor() -> None:
        for read in reads:
            read.split(b"\r\n\r\n")
        for validate, values in ready:
            validate(values)

    def typed() -> None:
        framer = Framer()
        for read in reads:
            for message in framer.feed(read):
                decode(message)

    def framed() -> None:
        framer = Framer()
        for read in reads:
            framer.feed(read)

    def dicts() -> None:
        framer = Framer()
        for read in reads:
            for message in framer.feed(read):
                message.as_dict()

    print(json.dumps(_measure(floor=floor, typed=typed, framed=framed, dicts=dicts)))


def _measure(**works: Callable[[], None]) -> dict[str, float]:
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPETITIONS):
        for name, work in works.items():
            start = time.process_time()
            work()
            spent[name].append((time.process_time() - start) / EVENTS * 1e6)
    return {name: statistics.median(times) for name, times in spent.items()}


if __name__ == "__main__":
    main()
