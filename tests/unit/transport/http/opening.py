"""Opens HTTP transports to a server that does what a real one won't do on demand."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from amitypes._protocol.message import to_message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._transport.base import Gap
from amitypes._transport.http.transport import HTTPTransport
from amitypes.errors import (
    AMIError,
)
from tests.unit import http_server
from tests.unit.http_server import HTTPServer, Manager, Request, http

if TYPE_CHECKING:
    from amitypes._protocol.message import Message, RawMessage


TICK = "Event: Tick\r\nN: {n}\r\n\r\n"


LIMIT = 10.0
"""Seconds; nothing here takes that long unless it hangs."""


def tick(*numbers: int) -> str:
    return "".join(TICK.replace("{n}", str(number)) for number in numbers)


@dataclass
class Inbox:
    """What a transport delivers."""

    events: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    ends: list[Exception | None] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, events: Iterable[RawMessage]) -> None:
        for event in events:
            self.events.put_nowait(to_message(event))

    def on_end(self, error: Exception | None) -> None:
        self.ends.append(error)
        self.ended.set()

    async def numbers(self, count: int) -> list[str]:
        async with asyncio.timeout(LIMIT):
            return [(await self.events.get()).get("N") for _ in range(count)]


RESPONSE_SHAPES = {"iaxnetstats": ResponseShape(frozenset(), plain_text=True)}


def make(port: int, inbox: Inbox | None = None, *, host: str = "127.0.0.1", **options: Any) -> HTTPTransport:
    inbox = inbox or Inbox()
    arguments: dict[str, Any] = {
        "prefix": "",
        "digest": False,
        "context": None,
        "response_shapes": RESPONSE_SHAPES,
        "on_events": inbox.put,
        "on_end": inbox.on_end,
        "on_gap": inbox.gaps.append,
    }
    return HTTPTransport(host, port, **(arguments | options))


@asynccontextmanager
async def opened(
    handler: http_server.Handler, *, wanted: bool = False, **options: Any
) -> AsyncIterator[tuple[HTTPTransport, HTTPServer, Inbox]]:
    inbox = Inbox()
    async with HTTPServer(handler) as server:
        transport = make(server.port, inbox, **options)
        if wanted:
            transport.want_events()
        try:
            assert (await transport.open("hello", "world", LIMIT))[0].name == "Success"
            yield transport, server, inbox
        finally:
            await transport.close()


async def ask(transport: HTTPTransport, action: str = "Ping", timeout: float = LIMIT, **headers: str) -> list[Message]:
    return await transport.exchange([("Action", action), *headers.items()], timeout)


async def refused(handler: http_server.Handler, kind: type[AMIError], **options: Any) -> str:
    """The message of the error that opening raises."""
    async with HTTPServer(handler) as server:
        transport = make(server.port, **options)
        with pytest.raises(kind) as caught:
            await transport.open("hello", "geHeim7", LIMIT)
        await transport.close()
        assert type(caught.value) is kind
        return str(caught.value)


def always(answer: bytes | None) -> http_server.Handler:
    async def handler(_: Request) -> bytes | None:
        return answer

    return handler


async def never(_: Request) -> bytes | None:
    await asyncio.Event().wait()
    return None


LIST_HEAD = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"


ITEM = "Event: Item\r\nActionID: {id}\r\n\r\n"


CHALLENGE = 'WWW-Authenticate: Digest algorithm=MD5, realm="{realm}", nonce="{n:08x}", qop="auth", opaque="{n:08x}"'


class DigestManager:
    """Checks digests as Asterisk does: a count has to rise, else the nonce is replaced."""

    def __init__(self, secret: str = "world", lasts: int = 1000) -> None:
        self.secret = secret
        self.realm = "aste,risk"
        self.lasts = lasts
        self.made = 0
        self.counts: dict[str, int] = {}
        self.old: set[str] = set()
        self.carried_out: list[str] = []
        self.running = 0
        self.most = 0
        self.manager = Manager()

    async def __call__(self, request: Request) -> bytes | None:
        given = request.headers.get("authorization")
        if given is None:
            return self.challenge()
        fields = dict(re.findall(r'(\w+)="?([^",]*)', given))
        nonce, count = fields["nonce"], int(fields["nc"], 16)
        user, asked = md5(f"hello:{self.realm}:{self.secret}"), md5(f"POST:{request.path}")
        if fields["response"] != md5(f"{user}:{nonce}:{fields['nc']}:{fields['cnonce']}:auth:{asked}"):
            return self.challenge()
        if nonce in self.old or self.counts.get(nonce, 0) >= count or count > self.lasts:
            self.old.add(nonce)
            return self.challenge(", stale=true")
        self.counts[nonce] = count
        self.carried_out.append(request.action)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            if request.action == "WaitEvent":
                body = await self.manager.wait_event(request)
                return None if body is None else http(body.replace("{id}", request.get("ActionID")))
            return http(http_server.SUCCESS.replace("{id}", request.get("ActionID")))
        finally:
            self.running -= 1

    def challenge(self, stale: str = "") -> bytes:
        self.made += 1
        return http(
            "<html>",
            CHALLENGE.format(n=self.made, realm=self.realm) + stale,
            status="401 Unauthorized",
            content_type="text/html",
        )


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
