"""What a network, a proxy or a server does to one reply over HTTP: nobody is told what isn't true, nor left waiting."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pytest

from amitypes import HTTPClient, events, notices
from amitypes._protocol.errors import ActionTimeout, OutcomeUnknown
from amitypes._transport.http.timings import PollTimings
from tests.unit.http_server import Manager, Request, http, read_request
from tests.unit.server import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIMIT = 20
"""Seconds; nothing here takes that long unless it hangs."""
GOOD = "Response: Success\r\nActionID: {id}\r\nVariable: V\r\nValue: 4711\r\n\r\n"
TICK = "Event: Newchannel\r\nUniqueid: {}\r\n\r\n"


@dataclass
class Sent:
    """How a reply goes out: pieces of bytes, and what then becomes of the connection."""

    pieces: list[bytes]
    then: str = "keep"


Harm: TypeAlias = Callable[[bytes, bytes], Sent]
"""What becomes of a reply's head (without the blank line) and body."""


class Server(LoopbackServer):
    """An Asterisk over HTTP that does harm to the replies to some actions.

    Attributes:
        manager: What answers.
        harms: What is done to the next replies, by action.
        actions: The actions that came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.manager = Manager()
        self.manager.scripted["Getvar"] = self.manager.with_body(GOOD)
        self.harms: dict[str, list[Harm]] = {}
        self.actions: list[str] = []

    async def polled(self, count: int) -> None:
        """Wait until so many polls have come."""
        while self.actions.count("WaitEvent") < count:
            await asyncio.sleep(0.001)

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
        harms = self.harms.get(request.action)
        if not harms:
            writer.write(answer)
            await writer.drain()
            return True
        head, _, body = answer.partition(b"\r\n\r\n")
        sent = harms.pop(0)(head, body)
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


WHOLE: dict[str, Harm] = {
    "chunked": lambda head, body: Sent([_chunked(head) + _chunks(body)]),
    "single bytes": lambda head, body: Sent([bytes([byte]) for byte in head + b"\r\n\r\n" + body]),
    "single bytes in chunks": lambda head, body: Sent([bytes([byte]) for byte in _chunked(head) + _chunks(body, 1)]),
    "until the end": lambda head, body: Sent([_without_length(head) + b"\r\n\r\n" + body], "close"),
    "an earlier word": lambda head, body: Sent([b"HTTP/1.1 102 Processing\r\n\r\n", head + b"\r\n\r\n" + body]),
    "and the end": lambda head, body: Sent([head + b"\r\nConnection: close\r\n\r\n" + body], "close"),
    "HTTP/1.0": lambda head, body: Sent([head.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n\r\n" + body], "close"),
}
"""What is unusual and allowed."""
CUT: dict[str, Harm] = {
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
"""What can't be taken for an answer."""


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


@pytest.mark.parametrize("harm", WHOLE.values(), ids=WHOLE)
async def test_an_unusual_reply_is_an_answer(server: Server, harm: Harm) -> None:
    async with make(server) as client:
        server.harms["Getvar"] = [harm]
        assert [await getvar(client) for _ in range(2)] == ["4711", "4711"]
        assert server.actions.count("Getvar") == 2


@pytest.mark.parametrize("harm", CUT.values(), ids=CUT)
async def test_what_is_no_whole_answer_leaves_the_outcome_unknown(server: Server, harm: Harm) -> None:
    async with make(server) as client:
        server.harms["Getvar"] = [harm]
        with pytest.raises(OutcomeUnknown, match="Getvar: sent"):
            await getvar(client)
        assert server.actions.count("Getvar") == 1, "it was sent again"
        assert await getvar(client) == "4711"
        assert client.state == "connected"


@pytest.mark.parametrize("framing", ["length", "chunks", "none"])
async def test_a_reply_that_is_cut_after_each_byte(server: Server, framing: str) -> None:
    """Whatever came of it, it is either the whole answer or none."""
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
            server.harms["Getvar"] = [cut]
            try:
                assert await getvar(client) == "4711"
                outcomes.append(True)
            except OutcomeUnknown:
                outcomes.append(False)
        assert len(outcomes) > len(GOOD)
        assert server.actions.count("Getvar") == len(outcomes), "one was sent again"


async def test_a_list_without_its_end_is_none_where_nothing_tells_how_long_it_is(server: Server) -> None:
    head = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    item = "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: SIP/1\r\n\r\n"
    server.manager.scripted["CoreShowChannels"] = server.manager.with_body(head + item)
    server.harms["CoreShowChannels"] = [WHOLE["until the end"]]
    async with make(server) as client, asyncio.timeout(LIMIT):
        with pytest.raises(OutcomeUnknown) as caught:
            await client.actions.core_show_channels()
        assert [message.get("Channel") for message in caught.value.received] == [None, "SIP/1"]


async def test_a_reply_that_comes_too_late_answers_nothing_else(server: Server) -> None:
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


async def test_a_reply_that_comes_twice_answers_nothing_else(server: Server) -> None:
    """The second one may spoil what is sent next on that connection, and nothing after that."""
    async with make(server) as client:
        for _ in range(5):
            server.harms["Getvar"] = [_twice]
            assert await getvar(client) == "4711"
            server.manager.scripted["Ping"] = server.manager.with_body(GOOD.replace("4711", "4712"))
            with suppress(OutcomeUnknown):
                assert (await client.actions.ping()).raw["Value"] == "4712"
            assert (await client.actions.ping()).raw["Value"] == "4712"
        assert server.actions.count("Getvar") == 5


# Connections that are kept


async def test_a_kept_connection_that_was_closed_is_not_used(server: Server) -> None:
    async with make(server) as client:
        for _ in range(5):
            server.harms["Getvar"] = [lambda head, body: Sent([head + b"\r\n\r\n" + body], "close")]
            assert await getvar(client) == "4711"
            for task in set(server._tasks):
                await asyncio.wait({task})
            await asyncio.sleep(0)
        assert server.actions.count("Getvar") == 5


async def test_a_kept_connection_that_is_closed_as_an_action_is_sent(server: Server) -> None:
    """The action has left by then; whether it was read, nobody knows."""
    async with make(server) as client:
        assert await getvar(client) == "4711"
        server.harms["Getvar"] = [CUT["nothing"], CUT["a reset"]]
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await getvar(client)
        assert server.actions.count("Getvar") == 3
        assert await getvar(client) == "4711"


# Events


@dataclass
class Seen:
    """What a subscriber got."""

    numbers: list[str] = field(default_factory=list)
    gaps: int = 0
    issues: int = 0


async def see(client: HTTPClient, stop: str) -> Seen:
    seen = Seen()
    async for event in client.events(events.Newchannel, notices.Disconnected):
        if isinstance(event, notices.Disconnected):
            seen.gaps += 1
            continue
        seen.numbers.append(event.uniqueid)
        seen.issues += bool(event.issues)
        if event.uniqueid == stop:
            break
    return seen


async def events_after(server: Server, harm: Harm) -> Seen:
    """What comes of events 1 and 2, whose reply is harmed, before event 3 comes."""
    client = make(server)
    seeing = asyncio.create_task(see(client, "3"))
    await asyncio.sleep(0)
    async with client, asyncio.timeout(LIMIT):
        await server.polled(1)
        server.harms["WaitEvent"] = [harm]
        server.manager.events.put_nowait(TICK.format(1) + TICK.format(2))
        await server.polled(2)
        while not seeing.done():  # a poll that the client has given up takes what comes until the next one has begun
            server.manager.events.put_nowait(TICK.format(3))
            await asyncio.sleep(0.01)
        seen = await seeing
        await client.close()
    return seen


@pytest.mark.parametrize("harm", WHOLE.values(), ids=WHOLE)
async def test_events_in_an_unusual_reply(server: Server, harm: Harm) -> None:
    assert await events_after(server, harm) == Seen(["1", "2", "3"])


@pytest.mark.parametrize("harm", CUT.values(), ids=CUT)
async def test_events_that_may_be_missing_are_told(server: Server, harm: Harm) -> None:
    seen = await events_after(server, harm)
    assert seen.numbers in (["1", "2", "3"], ["1", "3"], ["3"])
    assert seen.gaps == 1


async def test_an_event_in_a_reply_that_is_too_short_is_told_to_be_cut(server: Server) -> None:
    def shorten(head: bytes, body: bytes) -> Sent:
        kept = body.index(b"Uniqueid: 2") + len("Uniqueid: ")
        return Sent([_length(head, lambda length: kept) + b"\r\n\r\n" + body[:kept]])

    seen = await events_after(server, shorten)
    assert (seen.numbers, seen.issues, seen.gaps) == (["1", "", "3"], 1, 1)
