"""One damaged reply over HTTP: no caller gets a wrong result, and none waits for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pytest

from amitypes import HTTPClient, events, notices
from amitypes._transport.http.timings import PollTimings
from amitypes.errors import ActionTimeout, OutcomeUnknown
from tests.unit.http_server import Manager, Request, http, read_request
from tests.unit.server import LoopbackServer
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIMIT = 20
"""Seconds; nothing here takes that long unless it hangs."""
GOOD = "Response: Success\r\nActionID: {id}\r\nVariable: V\r\nValue: 4711\r\n\r\n"
TICK = "Event: Newchannel\r\nUniqueid: {}\r\n\r\n"


@dataclass
class Sent:
    """How a reply is sent: pieces of bytes, and what the server then does with the connection."""

    pieces: list[bytes]
    then: str = "keep"


Fault: TypeAlias = Callable[[bytes, bytes], Sent]
"""What is sent of a reply's head (without the blank line) and body."""


class Server(LoopbackServer):
    """An Asterisk over HTTP that damages its replies to some actions.

    Attributes:
        manager: What answers.
        faults: What happens to the next replies, by action.
        actions: The actions that came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.manager = Manager()
        self.manager.scripted["Getvar"] = self.manager.with_body(GOOD)
        self.faults: dict[str, list[Fault]] = {}
        self.actions: list[str] = []

    async def polled(self, count: int) -> None:
        """Wait until so many polls have arrived."""
        await wait_until(lambda: self.actions.count("WaitEvent") >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while await self._answer(await read_request(reader), reader, writer):
                    pass
        finally:
            writer.close()

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.actions.append(request.action)
        answer = await self.manager(request)
        if answer is None:
            return False
        faults = self.faults.get(request.action)
        if not faults:
            writer.write(answer)
            await writer.drain()
            return True
        head, _, body = answer.partition(b"\r\n\r\n")
        sent = faults.pop(0)(head, body)
        for piece in sent.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        match sent.then:
            case "close":
                return False
            case "reset":
                writer.transport.abort()
                return False
            case "half-close":
                writer.write_eof()
                await reader.read()
                return False
            case "hold":
                await asyncio.Event().wait()
        return True


def _length(head: bytes, change: Callable[[int], int]) -> bytes:
    return re.sub(rb"(?<=Content-Length: )\d+", lambda found: str(change(int(found[0]))).encode(), head)


def _without_length(head: bytes) -> bytes:
    return re.sub(rb"\r\nContent-Length: \d+", b"", head)


def _chunks(body: bytes, size: int = 7, end: bytes = b"0\r\n\r\n") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + end


def _chunked(head: bytes) -> bytes:
    return _without_length(head) + b"\r\nTransfer-Encoding: chunked\r\n\r\n"


VALID: dict[str, Fault] = {
    "chunked": lambda head, body: Sent([_chunked(head) + _chunks(body)]),
    "single bytes": lambda head, body: Sent([bytes([byte]) for byte in head + b"\r\n\r\n" + body]),
    "single bytes in chunks": lambda head, body: Sent([bytes([byte]) for byte in _chunked(head) + _chunks(body, 1)]),
    "until the end": lambda head, body: Sent([_without_length(head) + b"\r\n\r\n" + body], "close"),
    "an interim response": lambda head, body: Sent([b"HTTP/1.1 102 Processing\r\n\r\n", head + b"\r\n\r\n" + body]),
    "and the end": lambda head, body: Sent([head + b"\r\nConnection: close\r\n\r\n" + body], "close"),
    "HTTP/1.0": lambda head, body: Sent([head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n\r\n" + body], "close"),
}
"""Unusual, and valid."""
BROKEN: dict[str, Fault] = {
    "nothing": lambda head, body: Sent([], "close"),
    "a reset": lambda head, body: Sent([], "reset"),
    "half closed": lambda head, body: Sent([], "half-close"),
    "the head": lambda head, body: Sent([head + b"\r\n\r\n"], "close"),
    "half of the head": lambda head, body: Sent([head[:30]], "half-close"),
    "half of the body": lambda head, body: Sent([head + b"\r\n\r\n" + body[:-10]], "close"),
    "half of the body, half closed": lambda head, body: Sent([head + b"\r\n\r\n" + body[:-10]], "half-close"),
    "half of the body, reset": lambda head, body: Sent([head + b"\r\n\r\n" + body[:-10]], "reset"),
    "a body of any length": lambda head, body: Sent([_without_length(head) + b"\r\n\r\n" + body[:-10]], "close"),
    "a longer length": lambda head, body: Sent(
        [_length(head, lambda length: length + 10) + b"\r\n\r\n" + body], "close"
    ),
    "a chunk": lambda head, body: Sent([_chunked(head) + _chunks(body, 20)[:40]], "close"),
    "the last chunk": lambda head, body: Sent([_chunked(head) + _chunks(body, end=b"")], "close"),
    "a chunk that is none": lambda head, body: Sent([_chunked(head) + b"xyz\r\n" + body]),
    "a chunk of another size": lambda head, body: Sent([_chunked(head) + b"5\r\n" + body + b"\r\n0\r\n\r\n"]),
    "a negative length": lambda head, body: Sent([_length(head, lambda length: -length) + b"\r\n\r\n" + body]),
    "two lengths": lambda head, body: Sent([head + b"\r\nContent-Length: 1\r\n\r\n" + body]),
    "an endless head": lambda head, body: Sent([head + b"\r\nX: " + b"x" * 200_000], "hold"),
    "another's answer": lambda head, body: Sent(
        [head + b"\r\n\r\n" + re.sub(rb"(?<=ActionID: )\w+", lambda found: b"0" * len(found[0]), body)]
    ),
    "a page": lambda head, body: Sent([http("<html>", status="502 Bad Gateway", content_type="text/html")]),
    "no HTTP": lambda head, body: Sent([body]),
}
"""Not a valid, whole reply to the action."""


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as served:
        yield served


class QuicklyPolling(HTTPClient):
    poll_timings = PollTimings(idle_pace=0.01)


def make(server: Server, timeout: float = 5.0) -> HTTPClient:
    return QuicklyPolling("127.0.0.1", server.port, username="hello", password="world", reply_timeout=timeout)


async def getvar(client: HTTPClient) -> str:
    async with asyncio.timeout(LIMIT):
        return (await client.actions.getvar(variable="V")).value


@pytest.mark.parametrize("fault", VALID.values(), ids=VALID)
async def test_an_unusual_but_valid_reply_is_accepted(server: Server, fault: Fault) -> None:
    async with make(server) as client:
        server.faults["Getvar"] = [fault]
        assert [await getvar(client) for _ in range(2)] == ["4711", "4711"]
        assert server.actions.count("Getvar") == 2


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
async def test_a_broken_reply_leaves_the_outcome_unknown(server: Server, fault: Fault) -> None:
    async with make(server) as client:
        server.faults["Getvar"] = [fault]
        with pytest.raises(OutcomeUnknown, match="Getvar: sent"):
            await getvar(client)
        assert server.actions.count("Getvar") == 1, "it was sent again"
        assert await getvar(client) == "4711"
        assert client.state == "connected"


@pytest.mark.parametrize("framing", ["length", "chunks", "none"])
async def test_a_reply_truncated_after_each_byte_is_whole_or_unknown(server: Server, framing: str) -> None:
    """However much of it arrives, the result is the whole reply or `OutcomeUnknown`."""
    outcomes: list[bool] = []

    def cut(head: bytes, body: bytes) -> Sent:
        match framing:
            case "length":
                whole = head + b"\r\n\r\n" + body
            case "chunks":
                whole = _chunked(head) + _chunks(body)
            case _:
                whole = _without_length(head) + b"\r\n\r\n" + body
        return Sent([whole[: len(outcomes)]], "close")

    async with make(server) as client:
        while not outcomes or not outcomes[-1]:
            server.faults["Getvar"] = [cut]
            try:
                assert await getvar(client) == "4711"
                outcomes.append(True)
            except OutcomeUnknown:
                outcomes.append(False)
        assert len(outcomes) > len(GOOD)
        assert server.actions.count("Getvar") == len(outcomes), "one was sent again"


async def test_an_unterminated_list_without_a_length_leaves_the_outcome_unknown(server: Server) -> None:
    head = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    item = "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: SIP/1\r\n\r\n"
    server.manager.scripted["CoreShowChannels"] = server.manager.with_body(head + item)
    server.faults["CoreShowChannels"] = [VALID["until the end"]]
    async with make(server) as client, asyncio.timeout(LIMIT):
        with pytest.raises(OutcomeUnknown) as caught:
            await client.actions.core_show_channels()
        assert [message.get("Channel") for message in caught.value.received] == [None, "SIP/1"]


async def test_a_late_reply_answers_no_other_action(server: Server) -> None:
    async with make(server) as client:
        late = asyncio.Event()

        async def wait(request: Request) -> bytes | None:
            await late.wait()
            return server.manager.reply(request, GOOD.replace("4711", "late"))

        scripted, server.manager.scripted["Getvar"] = server.manager.scripted["Getvar"], wait
        with pytest.raises(ActionTimeout, match="Getvar: no complete answer"):
            await client.actions.getvar(variable="V", reply_timeout=0.05)
        server.manager.scripted["Getvar"] = scripted
        late.set()
        assert [await getvar(client) for _ in range(3)] == ["4711"] * 3


def _twice(head: bytes, body: bytes) -> Sent:
    return Sent([2 * (head + b"\r\n\r\n" + body)])


async def test_a_duplicate_reply_answers_no_other_action(server: Server) -> None:
    """The duplicate may break the next action on that connection, and none after that."""
    async with make(server) as client:
        for _ in range(5):
            server.faults["Getvar"] = [_twice]
            assert await getvar(client) == "4711"
            server.manager.scripted["Ping"] = server.manager.with_body(GOOD.replace("4711", "4712"))
            with suppress(OutcomeUnknown):
                assert (await client.actions.ping()).raw["Value"] == "4712"
            assert (await client.actions.ping()).raw["Value"] == "4712"
        assert server.actions.count("Getvar") == 5


# Keep-alive connections


async def test_a_closed_keep_alive_connection_is_not_reused(server: Server) -> None:
    async with make(server) as client:
        for _ in range(5):
            server.faults["Getvar"] = [lambda head, body: Sent([head + b"\r\n\r\n" + body], "close")]
            assert await getvar(client) == "4711"
            for task in set(server._tasks):
                await asyncio.wait({task})
            await asyncio.sleep(0)
        assert server.actions.count("Getvar") == 5


async def test_a_keep_alive_connection_closed_while_sending_leaves_the_outcome_unknown(server: Server) -> None:
    """The action was sent; whether the server read it is unknown."""
    async with make(server) as client:
        assert await getvar(client) == "4711"
        server.faults["Getvar"] = [BROKEN["nothing"], BROKEN["a reset"]]
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await getvar(client)
        assert server.actions.count("Getvar") == 3
        assert await getvar(client) == "4711"


# Events


@dataclass
class Received:
    """What a subscriber got."""

    numbers: list[str] = field(default_factory=list)
    gaps: int = 0
    issues: int = 0


async def receive(client: HTTPClient, stop: str) -> Received:
    seen = Received()
    async for event in client.events(events.Newchannel, notices.Disconnected):
        if isinstance(event, notices.Disconnected):
            seen.gaps += 1
            continue
        seen.numbers.append(event.uniqueid)
        seen.issues += bool(event.issues)
        if event.uniqueid == stop:
            break
    return seen


async def events_after(server: Server, fault: Fault) -> Received:
    """What a subscriber gets of events 1 and 2, whose reply has a fault, and of event 3 after them."""
    client = make(server)
    receiving = asyncio.create_task(receive(client, "3"))
    await asyncio.sleep(0)
    async with client, asyncio.timeout(LIMIT):
        await server.polled(1)
        server.faults["WaitEvent"] = [fault]
        server.manager.events.put_nowait(TICK.format(1) + TICK.format(2))
        await server.polled(2)

        def pushed() -> bool:
            """Push again: a poll that the client has cancelled takes what comes until the next one has begun."""
            server.manager.events.put_nowait(TICK.format(3))
            return receiving.done()

        await wait_until(pushed)
        seen = await receiving
        await client.close()
    return seen


@pytest.mark.parametrize("fault", VALID.values(), ids=VALID)
async def test_events_in_an_unusual_but_valid_reply_are_delivered(server: Server, fault: Fault) -> None:
    assert await events_after(server, fault) == Received(["1", "2", "3"])


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
async def test_events_in_a_broken_reply_are_delivered_or_reported_missing(server: Server, fault: Fault) -> None:
    seen = await events_after(server, fault)
    assert seen.numbers in (["1", "2", "3"], ["1", "3"], ["3"])
    assert seen.gaps == 1


async def test_a_truncated_event_has_an_issue_and_the_gap_is_reported(server: Server) -> None:
    def shorten(head: bytes, body: bytes) -> Sent:
        kept = body.index(b"Uniqueid: 2") + len("Uniqueid: ")
        return Sent([_length(head, lambda length: kept) + b"\r\n\r\n" + body[:kept]])

    seen = await events_after(server, shorten)
    assert (seen.numbers, seen.issues, seen.gaps) == (["1", "", "3"], 1, 1)
