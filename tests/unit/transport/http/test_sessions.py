"""Sessions by cookie and by digest: opened, renewed, refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes._transport.http.in_flight import MAX_IN_FLIGHT
from amitypes._transport.http.timings import PollTimings
from amitypes.errors import (
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    OutcomeUnknown,
    ProtocolError,
)
from tests.unit.http_server import HTTPServer, Manager, Request, http

if TYPE_CHECKING:
    pass
from tests.unit.transport.http.opening import LIMIT, DigestManager, always, ask, make, opened, refused, tick


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


async def test_a_renewal_that_is_lost_carries_nothing_out() -> None:
    manager = Manager()
    async with opened(manager) as (transport, _, _):
        manager.sessions.clear()
        manager.scripted["Login"] = always(None)
        with pytest.raises(ConnectionLost) as caught:
            await ask(transport)
        assert not isinstance(caught.value, OutcomeUnknown)


async def test_a_session_forgotten_at_once_is_a_lost_connection() -> None:
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


async def test_a_truncated_challenge_carries_nothing_out() -> None:
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


async def test_a_wrong_secret_is_refused_by_digest() -> None:
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


async def test_credentials_that_http_cannot_carry_are_refused() -> None:
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
    assert manager.made <= MAX_IN_FLIGHT


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


async def test_a_digest_session_that_may_be_forgotten_reports_a_gap() -> None:
    """A server doesn't tell that it has begun a new one."""
    manager = DigestManager()
    async with opened(manager, digest=True, timings=PollTimings(digest_session=0.0), wanted=True) as (
        transport,
        server,
        inbox,
    ):
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


async def test_a_changed_secret_ends_the_connection() -> None:
    manager = DigestManager()
    async with opened(manager, digest=True) as (transport, _, _):
        manager.secret = "changed"
        with pytest.raises(AuthenticationError, match=r"manager\.conf"):
            await ask(transport)


@pytest.mark.parametrize("challenge", ['Basic realm="x"', "Digest nonce=1, algorithm=SHA-256", ""])
async def test_another_authentication_scheme_is_a_protocol_error(challenge: str) -> None:
    answer = http("", f"WWW-Authenticate: {challenge}", status="401 Unauthorized")
    assert "digest" in (await refused(always(answer), ProtocolError, digest=True)).lower()
    assert "401" in await refused(always(answer), ProtocolError)


@pytest.mark.parametrize("wanted", [True, False])
async def test_events_arrive_by_digest(wanted: bool) -> None:
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
