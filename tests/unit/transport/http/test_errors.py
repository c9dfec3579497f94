"""Errors over HTTP: no connection, no HTTP, or a page in place of an answer."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from amitypes._transport.http.in_flight import MAX_IN_FLIGHT
from amitypes.errors import (
    ActionTimeout,
    AMIError,
    AuthenticationError,
    ConnectionLost,
    OutcomeUnknown,
    ProtocolError,
)
from tests.unit import http_server
from tests.unit.http_server import HTTPServer, Manager, Request, http

if TYPE_CHECKING:
    pass
from tests.unit.transport.http.opening import (
    ITEM,
    LIMIT,
    LIST_HEAD,
    DigestManager,
    Inbox,
    always,
    ask,
    make,
    never,
    opened,
    refused,
    tick,
)


async def test_a_missing_answer_times_out() -> None:
    manager = Manager(scripted={"Slow": never})
    async with opened(manager) as (transport, _, _):
        with pytest.raises(ActionTimeout, match=r"Slow: no complete answer within 0\.1 s"):
            await ask(transport, "Slow", timeout=0.1)
        assert (await ask(transport))[0].name == "Success"


async def test_an_action_without_a_slot_times_out_unsent() -> None:
    manager = Manager(scripted={"Slow": never})
    async with opened(manager) as (transport, server, _):
        slow = [asyncio.create_task(ask(transport, "Slow")) for _ in range(MAX_IN_FLIGHT)]
        await server.asked("Slow", len(slow))
        with pytest.raises(ActionTimeout, match="not even sent"):
            await ask(transport, timeout=0.1)
        assert "Ping" not in server.actions()
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        assert (await ask(transport))[0].name == "Success"


async def test_a_connection_lost_after_sending_leaves_the_outcome_unknown() -> None:
    manager = Manager(scripted={"Originate": always(None)})
    async with opened(manager) as (transport, server, _):
        with pytest.raises(OutcomeUnknown, match="Originate: sent") as caught:
            await ask(transport, "Originate")
        assert caught.value.action == "Originate"
        assert server.actions().count("Originate") == 1


async def test_a_lost_answer_keeps_the_messages_that_had_arrived() -> None:
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


async def test_a_closed_port_names_the_settings() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        transport = make(unused.getsockname()[1])
        with pytest.raises(ConnectionLost, match=r"Connect call failed.*http\.conf.*bindport") as caught:
            await transport.open("hello", "world", LIMIT)
        assert type(caught.value) is ConnectionLost
        await transport.close()


async def test_the_reason_of_a_loss_is_not_an_earlier_error() -> None:
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


async def test_a_server_that_goes_between_two_actions_is_a_lost_connection() -> None:
    manager = Manager()
    inbox = Inbox()
    async with HTTPServer(manager) as server:
        transport = make(server.port, inbox)
        await transport.open("hello", "world", LIMIT)
    with pytest.raises(ConnectionLost) as caught:
        await ask(transport)
    assert type(caught.value) is ConnectionLost
    await transport.close()


async def test_an_invalid_host_is_an_error() -> None:
    transport = make(80, host="no such\x00host")
    with pytest.raises(ConnectionLost, match="Can't connect"):
        await transport.open("hello", "world", LIMIT)
    await transport.close()


async def test_a_missing_page_names_the_settings() -> None:
    said = await refused(always(http("<html>", status="404 Not Found", content_type="text/html")), ProtocolError)
    assert re.search(r"no /rawman.*enabled=yes and webenabled=yes.*prefix", said)


async def test_a_403_names_the_settings() -> None:
    for digest in (False, True):
        said = await refused(always(http(status="403 Forbidden")), AuthenticationError, digest=digest)
        assert re.search(r"403.*manager\.conf.*\[hello\]", said)


async def test_another_web_server_is_a_protocol_error() -> None:
    page = "<html><body>action=Login&Username=hello&Secret=geHeim7</body>" + "x" * 5000
    for content_type in ("text/html", "text/plain"):
        said = await refused(always(http(page, content_type=content_type)), ProtocolError)
        assert content_type in said
        assert "<html>" in said
        assert "geHeim7" not in said
        assert len(said) < 300


async def test_a_server_error_is_a_protocol_error() -> None:
    said = await refused(always(http("Out of memory", status="500 Server Error")), ProtocolError)
    assert "500" in said
    assert "Out of memory" in said


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
async def test_a_proxy_without_asterisk_is_a_lost_connection(status: str) -> None:
    for digest in (False, True):
        said = await refused(always(http("<html>", status=status)), ConnectionLost, digest=digest)
        assert status[:3] in said
        assert "proxy" in said


async def test_a_shutdown_is_a_lost_connection() -> None:
    assert "shutting down" in await refused(always(SHUTDOWN), ConnectionLost)


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
        assert transport.last_heard == heard, "a page doesn't prove that Asterisk is alive"
        assert (await ask(transport))[0].name == "Success"
        assert inbox.ends == []


@both
@pytest.mark.parametrize("page", REFUSALS.values(), ids=REFUSALS)
async def test_a_page_that_refuses_an_action_carries_nothing_out(page: bytes, digest: bool) -> None:
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
async def test_a_page_at_a_renewal_carries_nothing_out(page: bytes) -> None:
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


async def test_a_single_page_in_place_of_events_is_retried_and_reports_a_gap() -> None:
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


async def test_a_connection_that_brought_a_page_is_closed() -> None:
    manager = Manager(scripted={"Originate": always(PAGES["another answer"])})
    async with opened(manager) as (transport, server, _):
        await ask(transport)
        assert server.connections == 1
        with pytest.raises(OutcomeUnknown):
            await ask(transport, "Originate")
        await ask(transport)
        assert server.connections == 2


async def test_a_login_without_a_cookie_is_a_protocol_error() -> None:
    said = await refused(always(http("Response: Success\r\n\r\n")), ProtocolError)
    assert "mansession_id" in said


async def test_a_login_without_an_answer_is_a_protocol_error() -> None:
    assert "nothing at all" in await refused(always(http("")), ProtocolError)
    for digest in (False, True):
        assert "ssl_enabled=True" in await refused(always(None), ConnectionLost, digest=digest)


async def test_a_silent_port_is_a_protocol_error() -> None:
    async with HTTPServer(never) as server:
        transport = make(server.port)
        with pytest.raises(ProtocolError, match=r"doesn't answer.*bindport"):
            await transport.open("hello", "world", 0.4)
        await transport.close()


async def test_the_tcp_port_of_ami_is_recognised() -> None:
    ami = b"Response: Error\r\nMessage: Missing action in request\r\n\r\n"
    async with HTTPServer(always(ami), b"Asterisk Call Manager/11.0.0\r\n") as server:
        transport = make(server.port)
        with pytest.raises(ProtocolError, match=r"doesn't answer in HTTP.*bindport.*TCPClient"):
            await transport.open("hello", "world", LIMIT)
        await transport.close()
