"""A server that sends more over HTTP than fits into memory: memory stays bounded, and every loss is reported."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count, repeat
from typing import Any

import pytest

from amitypes import Backlog, HTTPClient, Limits, events, notices
from amitypes._protocol.message import Message
from amitypes.errors import ActionTimeout, AMIError, MessageTooLarge, OutcomeUnknown
from tests.unit.http_server import Manager, Request, read_request, waited
from tests.unit.server import LoopbackServer
from tests.waiting import wait_until

LIMIT = 60
"""Seconds; nothing here takes that long unless it hangs."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = (
    "Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/{0}\r\nUniqueid: {0}\r\nCauseTxt: " + 60 * "x" + "\r\n\r\n"
)


class Flood(LoopbackServer):
    """An Asterisk over HTTP with bodies that are generated while they are sent.

    Args:
        bodies: Makes the pieces of the next answer to an action, from its ActionID; each serves once.

    Attributes:
        manager: What answers all else.
        actions: The actions that came.
    """

    def __init__(self, **bodies: Callable[[str], Iterable[str]]) -> None:
        super().__init__()
        self.manager = Manager()
        self.actions: list[str] = []
        self._pinged = asyncio.Event()
        self._bodies = bodies

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._answer(await read_request(reader), writer):
                pass
        writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        self.actions.append(request.action)
        if request.action == "Ping":
            self._pinged.set()
        make = self._bodies.pop(request.action, None)
        if make is None:
            answer = await self.manager(request)
            writer.write(answer or b"")
            return answer is not None
        writer.write(HEAD)
        for piece in make(request.get("ActionID")):
            if not piece:
                await self._pinged.wait()
                self._pinged.clear()
                continue
            data = piece.encode()
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return True


def make(server: Flood, **options: Any) -> HTTPClient:
    return HTTPClient("127.0.0.1", server.port, username="hello", password="world", **options)


def flood(events_: int, each: int = 500) -> Callable[[str], Iterable[str]]:
    """So many events in one reply to WaitEvent, which waits for a Ping halfway and for another before its end."""

    def pieces(action_id: str) -> Iterable[str]:
        begin, end = waited("|").replace("{id}", action_id).split("|")
        yield begin
        for number in range(0, events_, each):
            if number == events_ // 2:
                yield ""
            yield "".join(EVENT.format(number + one) for one in range(each))
        yield ""
        yield end

    return pieces


async def test_a_flood_of_events_in_one_reply_takes_bounded_memory() -> None:
    many = 40_000
    gate = asyncio.Event()
    seen: list[int] = []
    dropped = 0
    async with Flood(WaitEvent=flood(many)) as server:
        client = make(server, backlog=Backlog(100), limits=Limits(waiting=1000))

        @client.on(events.Hangup, notices.Dropped)
        async def slow(event: events.Hangup | notices.Dropped) -> None:
            nonlocal dropped
            await gate.wait()
            if isinstance(event, notices.Dropped):
                dropped += event.count
            else:
                seen.append(int(event.uniqueid))

        greedy = client.events(events.Hangup, backlog=Backlog(100, "wait"))
        tracemalloc.start()
        try:
            async with client, asyncio.timeout(LIMIT):
                await wait_until(lambda: "WaitEvent" in server.actions)
                assert (await client.actions.ping()).response == "Success", "an action waits for the flood"
                await wait_until(lambda: greedy.dropped >= many - 1100)
                _, peak = tracemalloc.get_traced_memory()
                held = sum(isinstance(item, Message) for item in gc.get_objects())
                assert (await client.actions.ping()).response == "Success"
                gate.set()
                await wait_until(lambda: len(seen) + dropped >= many)
                await client.close()
        finally:
            tracemalloc.stop()
    assert peak < 15_000_000, "what has passed is kept"
    assert held < 3000
    assert seen[-100:] == list(range(many - 100, many))
    assert len(seen) + dropped == many
    assert greedy.dropped == many - 1100


ENDLESS = {
    "events": (repeat("Event: A\r\nB: " + 100_000 * "c" + "\r\n\r\n"), OutcomeUnknown),
    "one line": (repeat(100_000 * "x"), ActionTimeout),
    "one message": (repeat(1000 * "Header: value\r\n"), ActionTimeout),
}


@pytest.mark.parametrize(("pieces", "kind"), ENDLESS.values(), ids=ENDLESS)
async def test_an_endless_reply_takes_bounded_memory_and_fails_the_action(
    pieces: Iterable[str], kind: type[AMIError]
) -> None:
    async with Flood(Originate=lambda action_id: pieces) as server:
        timeout = LIMIT if kind is OutcomeUnknown else 0.5
        client = make(server, limits=Limits(message=1_000_000), reply_timeout=timeout)
        async with client, asyncio.timeout(LIMIT):
            tracemalloc.start()
            try:
                with pytest.raises(kind, match="Originate"):
                    await client.originate("100", "200")
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert peak < 10_000_000
            assert (await client.actions.ping(reply_timeout=LIMIT)).response == "Success"


async def test_an_endless_list_raises_message_too_large() -> None:
    def endless(action_id: str) -> Iterable[str]:
        yield f"Response: Success\r\nActionID: {action_id}\r\nEventList: start\r\n\r\n"
        for number in count():
            yield f"Event: CoreShowChannel\r\nActionID: {action_id}\r\nChannel: SIP/{number}\r\n\r\n"

    async with Flood(CoreShowChannels=endless) as server:
        limits = Limits(items=10)
        async with make(server, limits=limits, reply_timeout=LIMIT) as client, asyncio.timeout(LIMIT):
            with pytest.raises(MessageTooLarge, match="more than 10 messages") as caught:
                await client.actions.core_show_channels()
            assert len(caught.value.received) == 10
            assert await client.ping()
