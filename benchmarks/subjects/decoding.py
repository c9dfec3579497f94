"""Decoding in process, beside its floor: `python -m benchmarks.subjects.decoding`.

The floor is what no decoding into pydantic models can do without: cutting the stream into frames, and pydantic-core's
validation of values that are ready, by plain models with the same fields. Beside it stands what is the least in Python
alone, step by step: each does what the ones before it do, and one thing more. Prints microseconds of CPU per event, the
median of interleaved repetitions.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, create_model

from amitypes._protocol.framing import Framer
from amitypes.client import TCPClient
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
    decode = TCPClient.registry.event
    ready = []
    for message in Framer().feed(stream):
        event = decode(message)
        values = {name: value for name, value in event if name in event.model_fields_set}
        ready.append((_plain(type(event)).__pydantic_validator__.validate_python, values))
    patterns = [_pattern(tuple(_names(frame))) for frame in _frames(reads)]

    def floor() -> None:
        for read in reads:
            read.split(b"\r\n\r\n")
        for validate, values in ready:
            validate(values)

    def typed() -> None:
        framer = Framer()
        for read in reads:
            for event in framer.split(read):
                decode(event)

    def framed() -> None:
        framer = Framer()
        for read in reads:
            framer.split(read)

    def dicts() -> None:
        framer = Framer()
        for read in reads:
            for message in framer.feed(read):
                message.as_dict()

    def split() -> None:
        _frames(reads)

    def matched() -> None:
        for pattern, frame in zip(patterns, _frames(reads), strict=True):
            pattern.fullmatch(frame.decode())

    def texts() -> None:
        for pattern, frame in zip(patterns, _frames(reads), strict=True):
            if found := pattern.fullmatch(frame.decode()):
                found.groups()

    def least() -> None:
        for pattern, frame in zip(patterns, _frames(reads), strict=True):
            if found := pattern.fullmatch(frame.decode()):
                least = Least()
                least.__dict__ = dict(zip(pattern.groupindex, found.groups(), strict=True))

    steps = {"split": split, "matched": matched, "texts": texts, "least": least}
    print(json.dumps(_measure(floor=floor, typed=typed, framed=framed, dicts=dicts, **steps)))


class Least:
    """An event that is nothing but its attributes, all of them texts."""


def _frames(reads: list[bytes]) -> list[bytes]:
    rest, frames = b"", []
    for read in reads:
        *whole, rest = (rest + read).split(b"\r\n\r\n")
        frames += whole
    return frames


def _names(frame: bytes) -> list[str]:
    return [line.partition(b":")[0].decode() for line in frame.split(b"\r\n")]


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("\r\n".join(f"{re.escape(name)}: (?P<value{place}>[^\r]*+)" for place, name in enumerate(names)))


@cache
def _plain(kind: type[BaseModel]) -> type[BaseModel]:
    """A model with the same fields, and nothing of ours."""
    fields: dict[str, Any] = {name: (info.annotation, info) for name, info in kind.model_fields.items()}
    config = ConfigDict(extra="allow", protected_namespaces=())
    made: type[BaseModel] = create_model(kind.__name__, __config__=config, **fields)
    return made


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
