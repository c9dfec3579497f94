"""The HTTP transport against a server that does what a real one won't do on demand."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import logging
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from amitypes import HTTPClient
from amitypes._protocol.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    OutcomeUnknown,
    ProtocolError,
)
from amitypes._protocol.message import to_message
from amitypes._protocol.response_shape import ResponseShape
from amitypes._transport.base import Gap
from amitypes._transport.http import transport as http_module
from amitypes._transport.http.transport import HTTPTransport
from tests.unit import http_server
from tests.unit.http_server import HTTPServer, Manager, Request, http, waited

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


# What is sent


async def test_a_form_keeps_every_byte() -> None:
    manager = Manager(secret="Pä$$ wörd=ÄÖ&+%")
    async with HTTPServer(manager) as server:
        transport = make(server.port)
        assert (await transport.open("Müller", manager.secret, LIMIT))[0].name == "Success"
        await transport.exchange(
            [("Action", "UserEvent"), ("X", "a b+c&d=e;%41"), ("X", "Latin\udcfc"), ("Variable", "A=é")], LIMIT
        )
        await transport.close()
    login, event = server.requests
    assert (b"Username", "Müller".encode()) in login.form
    assert (b"Secret", manager.secret.encode()) in login.form
    assert event.form[0] == (b"Action", b"UserEvent")
    assert event.form[2:] == [(b"X", b"a b+c&d=e;%41"), (b"X", b"Latin\xfc"), (b"Variable", "A=é".encode())]
    assert event.headers["content-type"] == "application/x-www-form-urlencoded"
    assert {request.path for request in server.requests} == {"/rawman"}


@pytest.mark.parametrize(
    ("prefix", "digest", "path"),
    [("asterisk", False, "/asterisk/rawman"), ("/a b/c/", True, "/a%20b/c/arawman"), ("", True, "/arawman")],
)
async def test_path(prefix: str, digest: bool, path: str) -> None:
    async with HTTPServer(always(http(status="500 Broken"))) as server:
        transport = make(server.port, prefix=prefix, digest=digest)
        with pytest.raises(ProtocolError):
            await transport.open("hello", "world", LIMIT)
        await transport.close()
    assert server.requests[0].path == path


async def test_a_line_may_be_long_but_not_a_body() -> None:
    async with opened(Manager()) as (transport, server, _):
        assert (await ask(transport, "UserEvent", Long="x" * 30_000))[0].name == "Success"
        with pytest.raises(InvalidActionError, match=r"UserEvent: \d+ bytes .* 40960"):
            await ask(transport, "UserEvent", Long="ü" * 7_000)
        with pytest.raises(InvalidActionError, match="CR, LF"):
            await ask(transport, "UserEvent", Bad="a\r\nAction: Originate")
        assert server.actions() == ["Login", "UserEvent"]


async def test_the_cookie_is_the_session() -> None:
    async with opened(Manager()) as (transport, server, _):
        await ask(transport)
    assert "cookie" not in server.requests[0].headers
    assert server.requests[1].headers["cookie"] == 'mansession_id="00000001"'


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with opened(Manager()) as (transport, _, _):
        assert (await ask(transport))[0].name == "Success"


# The session


async def test_a_forgotten_session_is_renewed_once_for_all() -> None:
    manager = Manager()
    async with opened(manager) as (transport, server, _):
        manager.sessions.clear()
        answers = await asyncio.gather(*(ask(transport, N=str(n)) for n in range(10)))
        assert [answer[0].name for answer in answers] == ["Success"] * 10
        assert server.actions().count("Login") == 2
        assert len(manager.sessions) == 1
        before = len(server.requests)
        await ask(transport)
        assert server.actions()[before:] == ["Ping"]


async def test_a_refused_renewal_is_an_error() -> None:
    manager = Manager()
    async with opened(manager) as (transport, _, _):
        manager.sessions.clear()
        manager.secret = "changed"
        with pytest.raises(AuthenticationError, match=r"session had ended.*Authentication failed") as caught:
            await ask(transport)
        assert caught.value.answer[0]["Message"] == "Authentication failed"


async def test_a_lost_renewal_leaves_nothing_unknown() -> None:
    manager = Manager()
    async with opened(manager) as (transport, _, _):
        manager.sessions.clear()
        manager.scripted["Login"] = always(None)
        with pytest.raises(ConnectionLost) as caught:
            await ask(transport)
        assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_session_that_never_holds() -> None:
    manager = Manager()

    async def accept_and_forget(request: Request) -> bytes:
        return manager.reply(request, "Response: Success\r\n\r\n", manager.new_session())

    manager.scripted["Login"] = accept_and_forget
    async with opened(manager) as (transport, server, _):
        with pytest.raises(ConnectionLost, match="httptimeout"):
            await ask(transport)
        assert server.actions() == ["Login", "Ping", "Login", "Ping"]


async def test_permission_denied_in_a_good_session_is_an_answer() -> None:
    manager = Manager()
    manager.scripted["Command"] = manager.with_body(
        "Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n"
    )
    async with opened(manager) as (transport, server, _):
        assert (await ask(transport, "Command"))[0].get("Message") == "Permission denied"
        assert server.actions() == ["Login", "Command"]


async def test_a_refused_login_is_returned() -> None:
    async with HTTPServer(Manager()) as server:
        transport = make(server.port)
        answer = await transport.open("hello", "wrong", LIMIT)
        assert [message.name for message in answer] == ["Error"]
        with pytest.raises(ConnectionLost):
            await ask(transport)
        await transport.close()


# Answers


async def test_events_in_an_answer_are_delivered() -> None:
    manager = Manager()
    manager.scripted["Ping"] = manager.with_body(tick(1) + http_server.SUCCESS + tick(2))
    async with opened(manager) as (transport, _, inbox):
        assert [message.name for message in await ask(transport)] == ["Success"]
        assert await inbox.numbers(2) == ["1", "2"]


LIST_HEAD = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
ITEM = "Event: Item\r\nActionID: {id}\r\n\r\n"


async def test_the_end_of_the_body_ends_a_list() -> None:
    manager = Manager()
    manager.scripted["Things"] = manager.with_body(LIST_HEAD + ITEM + ITEM.removesuffix("\r\n\r\n"))
    async with opened(manager) as (transport, _, inbox):
        assert [message.name for message in await ask(transport, "Things")] == ["Success", "Item", "Item"]
        assert inbox.events.empty()


async def test_nothing_is_no_answer() -> None:
    manager = Manager()
    manager.scripted["Events"] = manager.with_body("")
    async with opened(manager) as (transport, _, _):
        with pytest.raises(OutcomeUnknown, match=r"Events.*nothing"):
            await ask(transport, "Events")


@pytest.mark.parametrize("text", ["", "Stats\r\nline 2\r\n\r\nline 4\r\n"])
async def test_bare_text_is_an_answer_where_declared(text: str) -> None:
    manager = Manager()
    manager.scripted["IAXnetstats"] = manager.with_body(text)
    manager.scripted["Other"] = manager.with_body("Stats\r\n")
    async with opened(manager) as (transport, _, inbox):
        (message,) = await ask(transport, "IAXnetstats")
        assert [line for line in ("Stats", "line 2", "line 4") if line in message.frame.decode()] == (
            ["Stats", "line 2", "line 4"] if text else []
        )
        with pytest.raises(OutcomeUnknown, match="Stats"):
            await ask(transport, "Other")
        assert inbox.events.empty()


# Errors of an action


async def test_an_answer_that_does_not_come() -> None:
    manager = Manager(scripted={"Slow": never})
    async with opened(manager) as (transport, _, _):
        with pytest.raises(ActionTimeout, match=r"Slow: no complete answer within 0\.1 s"):
            await ask(transport, "Slow", timeout=0.1)
        assert (await ask(transport))[0].name == "Success"


async def test_an_action_that_is_not_even_sent() -> None:
    manager = Manager(scripted={"Slow": never})
    async with opened(manager) as (transport, server, _):
        slow = [asyncio.create_task(ask(transport, "Slow")) for _ in range(http_module.MAX_IN_FLIGHT)]
        await server.asked("Slow", len(slow))
        with pytest.raises(ActionTimeout, match="not even sent"):
            await ask(transport, timeout=0.1)
        assert "Ping" not in server.actions()
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        assert (await ask(transport))[0].name == "Success"


async def test_a_connection_that_goes_leaves_the_outcome_unknown() -> None:
    manager = Manager(scripted={"Originate": always(None)})
    async with opened(manager) as (transport, server, _):
        with pytest.raises(OutcomeUnknown, match="Originate: sent") as caught:
            await ask(transport, "Originate")
        assert caught.value.action == "Originate"
        assert server.actions().count("Originate") == 1


async def test_what_had_come_is_kept() -> None:
    manager = Manager()

    async def cut(request: Request) -> bytes:
        body = (LIST_HEAD + ITEM + ITEM).replace("{id}", request.get("ActionID"))
        return http(body, "Connection: close", length=len(body) + 10)

    async def cut_and_close(request: Request) -> bytes | None:
        return None if request.get("Again") else await cut(request)

    manager.scripted["Things"] = cut_and_close
    async with opened(manager) as (transport, server, _):
        asking = asyncio.create_task(ask(transport, "Things", timeout=0.3))
        with pytest.raises(ActionTimeout) as caught:
            await asking
        assert [message.get("Event") for message in caught.value.received] == [None, "Item", "Item"]
        assert server.actions().count("Things") == 1


async def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        transport = make(unused.getsockname()[1])
        with pytest.raises(ConnectionLost, match=r"Connect call failed.*http\.conf.*bindport") as caught:
            await transport.open("hello", "world", LIMIT)
        assert type(caught.value) is ConnectionLost
        await transport.close()


async def test_what_is_said_of_a_loss_is_not_what_was_handled_before() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        transport = make(server.sockets[0].getsockname()[1], context=ssl.create_default_context())
        try:
            raise FileNotFoundError("another matter")
        except OSError:
            with pytest.raises(AMIError) as caught:
                await transport.open("hello", "world", LIMIT)
        assert "another matter" not in str(caught.value)
        await transport.close()


async def test_a_server_that_went_between_two_actions() -> None:
    manager = Manager()
    inbox = Inbox()
    async with HTTPServer(manager) as server:
        transport = make(server.port, inbox)
        await transport.open("hello", "world", LIMIT)
    with pytest.raises(ConnectionLost) as caught:
        await ask(transport)
    assert type(caught.value) is ConnectionLost
    await transport.close()


async def test_a_host_that_is_none() -> None:
    transport = make(80, host="no such\x00host")
    with pytest.raises(ConnectionLost, match="Can't connect"):
        await transport.open("hello", "world", LIMIT)
    await transport.close()


# Wrong set-ups


async def test_the_page_is_not_there() -> None:
    said = await refused(always(http("<html>", status="404 Not Found", content_type="text/html")), ProtocolError)
    assert re.search(r"no /rawman.*enabled=yes and webenabled=yes.*prefix", said)


async def test_this_host_is_kept_out() -> None:
    for digest in (False, True):
        said = await refused(always(http(status="403 Forbidden")), AuthenticationError, digest=digest)
        assert re.search(r"403.*manager\.conf.*\[hello\]", said)


async def test_another_web_server() -> None:
    page = "<html><body>action=Login&Username=hello&Secret=geHeim7</body>" + "x" * 5000
    for content_type in ("text/html", "text/plain"):
        said = await refused(always(http(page, content_type=content_type)), ProtocolError)
        assert content_type in said
        assert "<html>" in said
        assert "geHeim7" not in said
        assert len(said) < 300


async def test_an_error_of_the_server() -> None:
    said = await refused(always(http("Out of memory", status="500 Server Error")), ProtocolError)
    assert "500" in said
    assert "Out of memory" in said


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
async def test_a_proxy_that_cannot_reach_asterisk(status: str) -> None:
    for digest in (False, True):
        said = await refused(always(http("<html>", status=status)), ConnectionLost, digest=digest)
        assert status[:3] in said
        assert "proxy" in said


async def test_an_asterisk_that_shuts_down() -> None:
    assert "shutting down" in await refused(always(SHUTDOWN), ConnectionLost)


# Pages in place of AMI, once it was there

HTML = "text/html"
SHUTDOWN = http("<html><p>Shutdown in progress</p></html>", status="503 Service Unavailable", content_type=HTML)
PAGES = {
    "bad gateway": http("<html>Oops", status="502 Bad Gateway", content_type=HTML),
    "a proxy's 503": http("upstream connect error, Oops", status="503 Service Unavailable"),
    "gateway timeout": http("<html>Oops", status="504 Gateway Timeout", content_type=HTML),
    "server error": http("Out of memory, Oops", status="500 Server Error"),
    "a good status": http("<html>Oops", content_type=HTML),
    "plain text": http("Oops\r\n"),
    "elsewhere": http("Oops", "Location: /login", status="302 Found", content_type=HTML),
    "compressed": http(b"\x1f\x8bOops", "Content-Encoding: gzip"),
    "another answer": http("Response: Success\r\nActionID: Oops\r\n\r\n"),
    "no HTTP": b"Oops\r\n\r\n",
}
REFUSALS = {
    "shutdown": SHUTDOWN,
    "not there": http("<html>", status="404 Not Found", content_type=HTML),
    "too large": http("<html>", status="413 Request Entity Too Large", content_type=HTML),
    "too many": http("slow down", status="429 Too Many Requests"),
    "a proxy's own login": http("", 'WWW-Authenticate: Basic realm="x"', status="401 Unauthorized"),
}
both = pytest.mark.parametrize("digest", [False, True])


def after_login(page: bytes | None, *, digest: bool) -> http_server.Handler:
    """Answers each Originate with a page, and all else as Asterisk does."""
    manager: http_server.Handler = DigestManager() if digest else Manager()

    async def handler(request: Request) -> bytes | None:
        return page if request.action == "Originate" else await manager(request)

    return handler


@both
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
async def test_a_page_in_place_of_an_answer_leaves_the_outcome_unknown(page: bytes, digest: bool) -> None:
    async with opened(after_login(page, digest=digest), digest=digest) as (transport, server, inbox):
        heard = transport.last_heard
        with pytest.raises(OutcomeUnknown, match=r"Originate: sent.*Oops.*may have") as caught:
            await ask(transport, "Originate")
        assert caught.value.action == "Originate"
        assert isinstance(caught.value.__cause__, ProtocolError | ConnectionLost)
        assert server.actions().count("Originate") == 1
        assert transport.last_heard == heard, "a page is no sign of life"
        assert (await ask(transport))[0].name == "Success"
        assert inbox.ends == []


@both
@pytest.mark.parametrize("page", REFUSALS.values(), ids=REFUSALS)
async def test_a_page_that_refuses_an_action_leaves_nothing_unknown(page: bytes, digest: bool) -> None:
    async with opened(after_login(page, digest=digest), digest=digest) as (transport, _, inbox):
        with pytest.raises(ConnectionLost, match=r"Originate: .*Nothing was carried out") as caught:
            await ask(transport, "Originate")
        assert type(caught.value) is ConnectionLost
        assert (await ask(transport))[0].name == "Success"
        assert inbox.ends == []


NO_LOGINS = {"nothing": http(""), "no cookie": http("Response: Success\r\n\r\n")}


@pytest.mark.parametrize(
    "page", [*PAGES.values(), *REFUSALS.values(), *NO_LOGINS.values()], ids=[*PAGES, *REFUSALS, *NO_LOGINS]
)
async def test_a_page_at_a_renewal_leaves_nothing_unknown(page: bytes) -> None:
    manager = Manager()
    async with opened(manager) as (transport, server, inbox):
        manager.sessions.clear()
        manager.scripted["Login"] = always(page)
        with pytest.raises(ConnectionLost) as caught:
            await ask(transport, "Originate")
        assert type(caught.value) is ConnectionLost
        assert "ssl_enabled" not in str(caught.value)
        assert server.actions().count("Originate") == 1
        del manager.scripted["Login"]
        assert (await ask(transport, "Originate"))[0].name == "Success"
        assert inbox.ends == []


@pytest.mark.parametrize("page", [*PAGES.values(), *REFUSALS.values()], ids=[*PAGES, *REFUSALS])
async def test_pages_in_place_of_events_end_them_as_a_loss(page: bytes) -> None:
    manager = Manager(scripted={"WaitEvent": always(page)})
    async with opened(manager, wanted=True) as (_, server, inbox):
        async with asyncio.timeout(LIMIT):
            await inbox.ended.wait()
        assert [type(error) for error in inbox.ends] == [ConnectionLost]
        assert server.actions().count("WaitEvent") == 2


async def test_a_page_in_place_of_events_is_asked_past_and_told() -> None:
    manager = Manager()
    pages = iter([http("<html>", status="502 Bad Gateway")])

    async def wait(request: Request) -> bytes | None:
        if page := next(pages, None):
            return page
        body = await manager.wait_event(request)
        return None if body is None else manager.reply(request, body)

    manager.scripted["WaitEvent"] = wait
    async with opened(manager, wanted=True) as (_, server, inbox):
        manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        assert [gap.new_session for gap in inbox.gaps] == [False]
        assert inbox.ends == []
        assert server.actions().count("Login") == 1


async def test_nothing_else_is_sent_where_a_page_came_from() -> None:
    manager = Manager(scripted={"Originate": always(PAGES["another answer"])})
    async with opened(manager) as (transport, server, _):
        await ask(transport)
        assert server.connections == 1
        with pytest.raises(OutcomeUnknown):
            await ask(transport, "Originate")
        await ask(transport)
        assert server.connections == 2


async def test_a_login_without_a_session() -> None:
    said = await refused(always(http("Response: Success\r\n\r\n")), ProtocolError)
    assert "mansession_id" in said


async def test_a_login_without_an_answer() -> None:
    assert "nothing at all" in await refused(always(http("")), ProtocolError)
    for digest in (False, True):
        assert "ssl_enabled=True" in await refused(always(None), ConnectionLost, digest=digest)


async def test_a_port_that_says_nothing() -> None:
    async with HTTPServer(never) as server:
        transport = make(server.port)
        with pytest.raises(ProtocolError, match=r"doesn't answer.*bindport"):
            await transport.open("hello", "world", 0.4)
        await transport.close()


async def test_the_tcp_port_of_ami() -> None:
    ami = b"Response: Error\r\nMessage: Missing action in request\r\n\r\n"
    async with HTTPServer(always(ami), b"Asterisk Call Manager/11.0.0\r\n") as server:
        transport = make(server.port)
        with pytest.raises(ProtocolError, match=r"doesn't answer in HTTP.*bindport.*TCPClient"):
            await transport.open("hello", "world", LIMIT)
        await transport.close()


# Events


async def test_events_come_in_order() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, _, inbox):
        manager.events.put_nowait(tick(1, 2))
        manager.events.put_nowait(tick(3))
        assert await inbox.numbers(3) == ["1", "2", "3"]


async def test_wanted_before_the_login_records_from_the_login_on() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, server, inbox):
        manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
    assert server.requests[0].get("Events") == "on"
    assert "0" not in {request.get("Timeout") for request in server.of("WaitEvent")}


async def test_wanted_later_leaves_out_what_was_before() -> None:
    manager = Manager()
    recording = asyncio.Event()

    async def wait(request: Request) -> bytes | None:
        if request.get("Timeout") == "0":
            await recording.wait()
            return manager.reply(request, waited(tick(1)))
        return manager.reply(request, waited(await manager.events.get() or ""))

    manager.scripted["WaitEvent"] = wait
    async with opened(manager) as (transport, server, inbox):
        await ask(transport)
        transport.want_events()
        transport.want_events()
        asking = asyncio.create_task(ask(transport, "Originate"))
        await server.asked("WaitEvent")
        other = make(server.port)
        await other.open("hello", "world", LIMIT)
        for _ in range(10):
            await ask(other)
        await other.close()
        assert "Originate" not in server.actions()
        recording.set()
        assert (await asking)[0].name == "Success"
        manager.events.put_nowait(tick(2))
        assert await inbox.numbers(1) == ["2"]
    assert server.requests[0].get("Events") == "off"
    assert server.of("WaitEvent")[0].get("Timeout") == "0"


async def test_wanted_as_the_session_is_forgotten_delivers_what_the_next_one_has_from_its_beginning() -> None:
    manager = Manager()
    async with opened(manager) as (transport, server, inbox):
        manager.sessions.clear()
        manager.events.put_nowait(tick(1))
        transport.want_events()
        assert await inbox.numbers(1) == ["1"]
        assert inbox.gaps[0].new_session
    assert [request.get("Timeout") for request in server.of("WaitEvent")][:2] == ["0", "0"]


async def test_actions_do_not_wait_for_events() -> None:
    async with opened(Manager(), wanted=True) as (transport, server, _):
        await server.asked("WaitEvent")
        assert (await ask(transport))[0].name == "Success"


async def test_an_evicted_poll_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "_IDLE_PACE", 0.0)
    manager = Manager()
    answers = iter(["", "", waited(tick(1))])

    async def wait(request: Request) -> bytes | None:
        answer = next(answers, None)
        return await never(request) if answer is None else manager.reply(request, answer)

    manager.scripted["WaitEvent"] = wait
    async with opened(manager, wanted=True) as (_, _, inbox):
        assert await inbox.numbers(1) == ["1"]
        assert inbox.ends == []


async def test_polls_that_bring_nothing_are_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "_IDLE_PACE", 3600.0)
    manager = Manager()
    manager.scripted["WaitEvent"] = manager.with_body(waited(""))
    async with opened(manager, wanted=True) as (transport, server, _):
        await server.asked("WaitEvent")
        for _ in range(20):
            await ask(transport)
        assert server.actions().count("WaitEvent") == 1


@pytest.mark.parametrize(
    ("said", "kind"), [("Invalid/unknown command", ProtocolError), ("Asterisk is shutting down", ConnectionLost)]
)
async def test_a_refused_poll_ends_the_events(said: str, kind: type[AMIError]) -> None:
    manager = Manager()
    manager.scripted["WaitEvent"] = manager.with_body(f"Response: Error\r\nActionID: {{id}}\r\nMessage: {said}\r\n\r\n")
    async with opened(manager, wanted=True) as (transport, server, inbox):
        async with asyncio.timeout(LIMIT):
            await inbox.ended.wait()
        (error,) = inbox.ends
        assert type(error) is kind
        assert said in str(error)
        with pytest.raises(ConnectionLost, match="nothing was sent"):
            await ask(transport)
        assert server.actions() == ["Login", "WaitEvent"]


async def test_a_poll_that_breaks_is_tried_again() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, server, inbox):
        manager.events.put_nowait(None)
        manager.events.put_nowait(tick(1))
        manager.events.put_nowait(None)
        manager.events.put_nowait(tick(2))
        assert await inbox.numbers(2) == ["1", "2"]
        assert inbox.ends == []
        assert server.actions().count("Login") == 1


async def test_a_lost_server_ends_the_events() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (transport, server, inbox):
        await server.asked("WaitEvent")
        # Leaves two idle connections, of which polling once more takes one.
        await asyncio.gather(ask(transport), ask(transport))
        manager.events.put_nowait(tick(1))
        manager.events.put_nowait(None)
        manager.events.put_nowait(None)
        assert await inbox.numbers(1) == ["1"]
        async with asyncio.timeout(LIMIT):
            await inbox.ended.wait()
        (error,) = inbox.ends
        assert type(error) is ConnectionLost
        await server.left()
        with pytest.raises(ConnectionLost):
            await ask(transport)
    assert len(inbox.ends) == 1


async def test_a_poll_without_an_answer_ends_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "_WAIT", 0)
    monkeypatch.setattr(http_module, "_WAIT_MARGIN", 0.5)  # more than this server needs to have been asked
    async with opened(Manager(scripted={"WaitEvent": never}), wanted=True) as (_, server, inbox):
        async with asyncio.timeout(LIMIT):
            await inbox.ended.wait()
        assert type(inbox.ends[0]) is ConnectionLost
        assert server.actions().count("WaitEvent") == 2


async def test_a_session_that_ends_while_polling_is_renewed() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, server, inbox):
        manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        manager.sessions.clear()
        manager.events.put_nowait(None)  # the poll that still waits in the old session
        manager.events.put_nowait(tick(2))
        assert await inbox.numbers(1) == ["2"]
        assert server.actions().count("Login") == 2


async def test_waiting_for_events_oneself() -> None:
    manager = Manager()
    async with opened(manager) as (transport, _, inbox):
        manager.events.put_nowait(tick(1))
        assert (await ask(transport, "WaitEvent", Timeout="5"))[0].name == "Success"
        assert await inbox.numbers(1) == ["1"]
        transport.want_events()
        with pytest.raises(InvalidActionError, match=r"WaitEvent.*wait_for"):
            await ask(transport, "waitevent", Timeout="5")


# Events that may be missing


@pytest.mark.parametrize("framing", ["length", "chunks", "none"])
async def test_what_came_whole_of_a_poll_that_is_cut_is_delivered_and_the_rest_told(framing: str) -> None:
    manager = Manager()
    body = waited(tick(1, 2))
    cuts: set[asyncio.Task[None]] = set()

    async def cut_once(request: Request) -> bytes | None:
        if request.action != "WaitEvent" or cuts:
            return await manager(request)
        cuts.add(asyncio.create_task(server.hang_up()))
        said = body[: body.index("N: 2")].replace("{id}", request.get("ActionID"))
        head, _, rest = http(said, length=len(body)).partition(b"\r\n\r\n")
        length = f"\r\nContent-Length: {len(body)}".encode()
        if framing == "chunks":
            head, rest = head.replace(length, b"\r\nTransfer-Encoding: chunked"), f"{len(body):x}\r\n".encode() + rest
        elif framing == "none":
            head = head.replace(length, b"")
        return head + b"\r\n\r\n" + rest

    inbox = Inbox()
    async with HTTPServer(cut_once) as server:
        transport = make(server.port, inbox)
        transport.want_events()
        await transport.open("hello", "world", LIMIT)
        assert await inbox.numbers(1) == ["1"]
        await server.asked("WaitEvent", 2)
        manager.events.put_nowait(tick(3))
        assert await inbox.numbers(1) == ["3"]
        await transport.close()
        await asyncio.gather(*cuts)
    (gap,) = inbox.gaps
    assert "while it waited for events" in gap.why
    assert not gap.new_session
    assert inbox.ends == []


async def test_an_answer_without_its_end_is_told() -> None:
    manager = Manager()
    first = True

    async def wait(request: Request) -> bytes | None:
        nonlocal first
        if first:
            first = False
            return manager.reply(request, "Response: Success\r\nActionID: {id}\r\n\r\n" + tick(1))
        return await never(request)

    manager.scripted["WaitEvent"] = wait
    async with opened(manager, wanted=True) as (_, server, inbox):
        assert await inbox.numbers(1) == ["1"]
        await server.asked("WaitEvent", 2)
        (gap,) = inbox.gaps
        assert "broke off" in gap.why


async def test_after_a_renewal_events_are_missing_since_the_last_poll_not_since_the_last_action() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (transport, server, inbox):
        manager.events.put_nowait(tick(1))
        await inbox.numbers(1)
        await server.asked("WaitEvent", 2)
        until = transport.complete_until
        await ask(transport)
        assert transport.complete_until == until < transport.last_heard
        manager.sessions.clear()
        await ask(transport)
        (gap,) = inbox.gaps
        assert "forgotten" in gap.why
        assert gap.since == until
        assert gap.new_session


async def test_who_fetches_our_events_is_left_behind_in_the_old_session() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, server, inbox):
        await server.asked("WaitEvent")
        manager.evict()
        await server.asked("WaitEvent", 2)
        (gap,) = inbox.gaps
        assert "somebody else" in gap.why
        manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        assert inbox.ends == []
    first, second = (request.headers["cookie"] for request in server.of("WaitEvent")[:2])
    assert first != second


async def test_an_evicted_poll_by_digest_is_told() -> None:
    manager = DigestManager()
    async with opened(manager, wanted=True, digest=True) as (transport, server, inbox):
        await ask(transport)
        await server.asked("WaitEvent", 3)  # the challenge, its answer, and the poll
        manager.manager.evict()
        await server.asked("WaitEvent", 4)
        (gap,) = inbox.gaps
        assert "somebody else" in gap.why


async def test_no_gap_is_told_where_nothing_went_wrong() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (transport, server, inbox):
        for number in range(3):
            manager.events.put_nowait(tick(number))
            await inbox.numbers(1)
            await ask(transport)
        await server.asked("WaitEvent", 4)
        await ask(transport, "Logoff")
    assert inbox.gaps == []


@pytest.mark.parametrize("digest", [False, True])
async def test_what_the_server_still_holds_at_the_logoff_is_fetched(
    digest: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "_BUSY_PACE", 3600.0)
    manager, digests = Manager(), DigestManager()
    held = digests.manager if digest else manager
    async with opened(digests if digest else manager, wanted=True, digest=digest) as (transport, _, inbox):
        await ask(transport)
        held.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        # The next poll is an hour away.
        held.events.put_nowait(tick(2))
        held.events.put_nowait(tick(3))
        await ask(transport, "Logoff")
        assert await inbox.numbers(2) == ["2", "3"]
        assert inbox.ends == ([] if digest else [None])


async def test_the_last_poll_ends_the_one_that_waits() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (transport, server, inbox):
        await server.asked("WaitEvent")
        await ask(transport, "Logoff")
        assert inbox.ends == [None]
        assert inbox.gaps == []
    assert [request.get("Timeout") for request in server.of("WaitEvent")] == ["50", "0"]
    assert server.actions()[-1] == "Logoff"


async def test_a_last_poll_that_fails_does_not_keep_from_logging_off(caplog: pytest.LogCaptureFixture) -> None:
    manager = Manager()

    async def wait(request: Request) -> bytes | None:
        return None

    async with opened(manager, wanted=True) as (transport, server, inbox):
        await server.asked("WaitEvent")
        manager.scripted["WaitEvent"] = wait
        assert (await ask(transport, "Logoff"))[0].name == "Goodbye"
        assert inbox.ends == [None]
    assert "last events before the logoff" in caplog.text


@pytest.mark.parametrize(("lasts", "wait"), [(3600, "50"), (60, "50"), (25, "15"), (11, "1"), (10, "0"), (3, "0")])
async def test_a_poll_lasts_as_long_as_the_session_allows(lasts: int, wait: str) -> None:
    manager = Manager(lasts=lasts)
    async with opened(manager, wanted=True) as (_, server, _inbox):
        await server.asked("WaitEvent")
    assert server.of("WaitEvent")[0].get("Timeout") == wait


async def test_a_flood_in_one_answer_is_delivered_as_it_comes() -> None:
    """Events reach the subscribers while the answer that they are in goes on."""
    manager = Manager()
    polls = 0

    async def wait(request: Request) -> bytes | None:
        nonlocal polls
        polls += 1
        if polls > 1:
            return await never(request)
        said = waited(tick(1)).split("Event: WaitEventComplete")[0]
        return http(said.replace("{id}", request.get("ActionID")), length=10**12)

    manager.scripted["WaitEvent"] = wait
    async with opened(manager, wanted=True) as (_, _, inbox):
        assert await inbox.numbers(1) == ["1"]
        assert polls == 1


async def test_a_page_without_an_end_is_not_read_to_its_end() -> None:
    page = http("<html>" + "x" * 5000, content_type="text/html", length=10**12)
    assert "<html>" in await refused(always(page), ProtocolError)


async def test_who_is_refused_does_not_try_again() -> None:
    manager = DigestManager()
    async with opened(manager, digest=True) as (transport, server, inbox):
        manager.secret = "changed"
        with pytest.raises(AuthenticationError):
            await ask(transport)
        asked = len(server.requests)
        for _ in range(3):
            with pytest.raises(ConnectionLost, match="nothing was sent"):
                await ask(transport)
        assert len(server.requests) == asked
        assert [type(error) for error in inbox.ends] == [AuthenticationError]


async def test_closing_a_client_that_was_just_refused_leaves_no_connection() -> None:
    manager = Manager()
    async with HTTPServer(manager) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world")
        stream = client.events()
        await client.connect()
        manager.sessions.clear()
        manager.secret = "changed"
        with pytest.raises(AuthenticationError):
            await client.ping()
        await client.close()
        await server.left()
        with pytest.raises(AuthenticationError):
            await anext(stream)


async def test_a_new_realm_after_a_restart() -> None:
    manager = DigestManager()
    async with opened(manager, digest=True) as (transport, _, _):
        manager.realm = "another"
        assert (await ask(transport))[0].name == "Success"


@pytest.mark.parametrize("challenge", ["Digest garbage", 'Digest realm="x", nonce="1", qop="auth-int"'])
async def test_a_challenge_that_cannot_be_met(challenge: str) -> None:
    answer = http("", f"WWW-Authenticate: {challenge}", status="401 Unauthorized")
    assert "digest" in await refused(always(answer), ProtocolError, digest=True)


async def test_a_connect_cancelled_in_the_tls_handshake_leaves_no_socket() -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        came.set()
        while await reader.read(1000):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        transport = make(server.sockets[0].getsockname()[1], context=ssl.create_default_context())
        opening = asyncio.create_task(transport.open("hello", "world", LIMIT))
        async with asyncio.timeout(LIMIT):
            await came.wait()
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            await gone.wait()  # before the transport is closed
        await transport.close()


# The end


def tasks() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task.get_name().startswith("amitypes")}


async def test_closing_leaves_nothing() -> None:
    manager = Manager(scripted={"Slow": never})
    async with opened(manager, wanted=True) as (transport, server, inbox):
        asking = asyncio.create_task(ask(transport, "Slow"))
        await server.asked("Slow")
        await server.asked("WaitEvent")
        await transport.close()
        with pytest.raises(OutcomeUnknown, match="Slow: sent, and then the client was closed"):
            await asking
        await transport.close()
        with pytest.raises(ConnectionLost, match="nothing was sent"):
            await ask(transport)
    assert inbox.ends == []
    assert not tasks()


async def test_closing_while_an_action_waits_for_its_turn() -> None:
    manager = Manager(scripted={"WaitEvent": never})
    async with opened(manager) as (transport, server, _):
        transport.want_events()
        asking = asyncio.create_task(ask(transport))
        await server.asked("WaitEvent")
        await transport.close()
        with pytest.raises(ConnectionLost, match=r"[Nn]othing was sent") as caught:
            await asking
        assert type(caught.value) is ConnectionLost
        assert "Ping" not in server.actions()


@pytest.mark.parametrize("wanted", [True, False])
async def test_goodbye(wanted: bool) -> None:
    async with opened(Manager(), wanted=wanted) as (transport, _, inbox):
        assert (await ask(transport, "Logoff"))[0].name == "Goodbye"
        assert inbox.ends == [None]
        assert not tasks()
        with pytest.raises(ConnectionLost, match="nothing was sent"):
            await ask(transport)


# Digest

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


async def test_digest_opens_with_a_ping() -> None:
    manager = DigestManager()
    async with HTTPServer(manager) as server:
        transport = make(server.port, digest=True)
        (answer,) = await transport.open("hello", "world", LIMIT)
        assert answer.headers == [("Response", "Success"), ("Message", "Authentication accepted")]
        await ask(transport)
        await transport.close()
    assert server.actions() == ["Ping", "Ping", "Ping"]
    assert "cookie" not in server.requests[-1].headers


async def test_a_challenge_that_is_cut_leaves_nothing_unknown() -> None:
    manager = DigestManager()

    async def handler(request: Request) -> bytes | None:
        if request.action != "Originate":
            return await manager(request)
        hanging_up.append(asyncio.create_task(server.hang_up()))
        return manager.challenge().replace(b"Content-Length: ", b"Content-Length: 9")

    hanging_up: list[asyncio.Task[None]] = []
    async with opened(handler, digest=True) as (transport, server, _):
        with pytest.raises(ConnectionLost, match=r"Originate: .*Nothing was carried out") as caught:
            await ask(transport, "Originate")
        assert type(caught.value) is ConnectionLost
        await asyncio.gather(*hanging_up)


async def test_digest_refused() -> None:
    async with HTTPServer(DigestManager()) as server:
        transport = make(server.port, digest=True)
        (answer,) = await transport.open("hello", "wrong", LIMIT)
        assert answer.headers == [("Response", "Error"), ("Message", "Authentication failed")]
        await transport.close()
    assert len(server.requests) == 2


async def test_a_ping_refused_by_digest_is_no_acceptance() -> None:
    async def handler(request: Request) -> bytes:
        return http(
            f"Response: Error\r\nActionID: {request.get('ActionID')}\r\nMessage: Asterisk is shutting down\r\n\r\n"
        )

    async with HTTPServer(handler) as server:
        transport = make(server.port, digest=True)
        (answer,) = await transport.open("hello", "world", LIMIT)
        assert answer.get("Message") == "Asterisk is shutting down"
        await transport.close()


async def test_credentials_that_cannot_be_sent() -> None:
    async with HTTPServer(DigestManager()) as server:
        for digest in (False, True):
            transport = make(server.port, digest=digest)
            with pytest.raises(InvalidActionError, match="Username") as caught:
                await transport.open("hello\r\nhush", "world", LIMIT)
            assert "hush" not in str(caught.value)
            await transport.close()


async def test_digest_in_parallel_never_upsets_the_count() -> None:
    manager = DigestManager()
    async with opened(manager, digest=True) as (transport, _, _):
        for _ in range(3):
            answers = await asyncio.gather(*(ask(transport) for _ in range(60)))
            assert {answer[0].name for answer in answers} == {"Success"}
    assert manager.most > 1
    assert not manager.old
    assert len(manager.carried_out) == 181
    assert manager.made <= http_module.MAX_IN_FLIGHT


async def test_an_old_nonce_is_replaced() -> None:
    manager = DigestManager(lasts=2)
    async with opened(manager, digest=True) as (transport, _, _):
        for _ in range(9):
            await ask(transport)
    assert manager.carried_out == ["Ping"] * 10
    assert manager.made == 5


async def test_a_stale_nonce_loses_no_event() -> None:
    manager = DigestManager(lasts=2)
    async with opened(manager, digest=True, wanted=True) as (transport, _, inbox):
        await ask(transport)
        for number in range(6):
            manager.manager.events.put_nowait(tick(number))
            assert await inbox.numbers(1) == [str(number)]
            await ask(transport)
        assert len(manager.old) > 2
        assert inbox.gaps == []
        assert inbox.ends == []


async def test_what_a_digest_session_may_have_forgotten_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server doesn't tell that it has begun a new one."""
    monkeypatch.setattr(http_module, "_UNKNOWN_TO_LAST", 0.0)
    manager = DigestManager()
    async with opened(manager, digest=True, wanted=True) as (transport, server, inbox):
        await server.asked("WaitEvent", 3)  # the challenge, its answer, and the poll
        until = transport.complete_until
        assert len(inbox.gaps) == 1
        manager.manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        await server.asked("WaitEvent", 4)
        gap = inbox.gaps[-1]
        assert "may have forgotten" in gap.why
        assert until < gap.since <= transport.complete_until
        assert not gap.new_session


async def test_a_secret_that_is_changed_meanwhile() -> None:
    manager = DigestManager()
    async with opened(manager, digest=True) as (transport, _, _):
        manager.secret = "changed"
        with pytest.raises(AuthenticationError, match=r"manager\.conf"):
            await ask(transport)


@pytest.mark.parametrize("challenge", ['Basic realm="x"', "Digest nonce=1, algorithm=SHA-256", ""])
async def test_another_authentication(challenge: str) -> None:
    answer = http("", f"WWW-Authenticate: {challenge}", status="401 Unauthorized")
    assert "digest" in (await refused(always(answer), ProtocolError, digest=True)).lower()
    assert "401" in await refused(always(answer), ProtocolError)


@pytest.mark.parametrize("wanted", [True, False])
async def test_events_by_digest(wanted: bool) -> None:
    manager = DigestManager()
    async with opened(manager, wanted=wanted, digest=True) as (transport, _, inbox):
        transport.want_events()
        await ask(transport)
        manager.manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        await ask(transport)
        manager.manager.events.put_nowait(tick(2))
        assert await inbox.numbers(1) == ["2"]
    assert not manager.old


# Secrets, and what is imported


@pytest.mark.parametrize("digest", [True, False])
async def test_no_log_shows_a_secret(caplog: pytest.LogCaptureFixture, digest: bool) -> None:
    caplog.set_level(logging.DEBUG)
    handler: Callable[[Request], Any] = DigestManager("geHeim7") if digest else Manager(secret="geHeim7")
    async with HTTPServer(handler) as server:
        transport = make(server.port, digest=digest)
        await transport.open("hello", "geHeim7", LIMIT)
        await ask(transport)
        assert "geHeim7" not in repr(transport)
        await transport.close()
    assert "receive_response_headers" in caplog.text
    assert "geHeim7" not in caplog.text
    assert "00000001" not in caplog.text or digest
    assert digest or "mansession_id" in caplog.text


def test_only_http_imports_httpx2() -> None:
    code = (
        "import sys, amitypes, amitypes._transport.tcp; amitypes.TCPClient, amitypes.HTTPClient; "
        "print('httpx2' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("steps", range(8))
async def test_a_cancelled_action_leaves_no_connection_open(steps: int) -> None:
    """Also not those that it was about to tidy up when it was cancelled."""
    manager, gate = Manager(), asyncio.Event()

    async def together(request: Request) -> bytes | None:
        await gate.wait()
        return manager.reply(request, http_server.SUCCESS)

    manager.scripted["Slow"] = together
    async with opened(manager) as (transport, server, _):
        slow = [asyncio.create_task(ask(transport, "Slow")) for _ in range(10)]
        await server.asked("Slow", 10)
        gate.set()
        await asyncio.gather(*slow)
        await server.hang_up()
        late = asyncio.create_task(ask(transport))
        for _ in range(steps):
            await asyncio.sleep(0)
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        await transport.close()
        await asyncio.sleep(0)
        left = [
            item
            for item in gc.get_objects()
            if isinstance(item, asyncio.Transport)
            and not item.is_closing()
            and item.get_extra_info("peername") == ("127.0.0.1", server.port)
        ]
        assert left == []
