"""An action as a form, and the reply's body as its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes.errors import (
    InvalidActionError,
    OutcomeUnknown,
    ProtocolError,
)
from tests.unit import http_server
from tests.unit.http_server import HTTPServer, Manager, http

if TYPE_CHECKING:
    pass
from tests.unit.transport.http.opening import ITEM, LIMIT, LIST_HEAD, always, ask, make, opened, tick


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
async def test_the_path_has_prefix_and_authentication(prefix: str, digest: bool, path: str) -> None:
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


async def test_the_cookie_is_sent_with_each_action() -> None:
    async with opened(Manager()) as (transport, server, _):
        await ask(transport)
    assert "cookie" not in server.requests[0].headers
    assert server.requests[1].headers["cookie"] == 'mansession_id="00000001"'


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with opened(Manager()) as (transport, _, _):
        assert (await ask(transport))[0].name == "Success"


async def test_events_in_an_answer_are_delivered() -> None:
    manager = Manager()
    manager.scripted["Ping"] = manager.with_body(tick(1) + http_server.SUCCESS + tick(2))
    async with opened(manager) as (transport, _, inbox):
        assert [message.name for message in await ask(transport)] == ["Success"]
        assert await inbox.numbers(2) == ["1", "2"]


async def test_the_end_of_the_body_ends_a_list() -> None:
    manager = Manager()
    manager.scripted["Things"] = manager.with_body(LIST_HEAD + ITEM + ITEM.removesuffix("\r\n\r\n"))
    async with opened(manager) as (transport, _, inbox):
        assert [message.name for message in await ask(transport, "Things")] == ["Success", "Item", "Item"]
        assert inbox.events.empty()


async def test_an_empty_body_is_no_answer() -> None:
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
