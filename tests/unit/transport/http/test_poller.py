"""Events over HTTP, and when some may be missing."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest

from amitypes import HTTPClient
from amitypes._transport.http.timings import PollTimings
from amitypes.errors import (
    AMIError,
    AuthenticationError,
    ConnectionLost,
    InvalidActionError,
    ProtocolError,
)
from tests.unit.http_server import HTTPServer, Manager, Request, http, waited

if TYPE_CHECKING:
    pass
from tests.unit.transport.http.opening import (
    LIMIT,
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


async def test_events_arrive_in_order() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, _, inbox):
        manager.events.put_nowait(tick(1, 2))
        manager.events.put_nowait(tick(3))
        assert await inbox.numbers(3) == ["1", "2", "3"]


async def test_a_subscription_before_the_login_gets_events_from_the_login_on() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, server, inbox):
        manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
    assert server.requests[0].get("Events") == "on"
    assert "0" not in {request.get("Timeout") for request in server.of("WaitEvent")}


async def test_a_later_subscription_gets_no_earlier_events() -> None:
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


async def test_a_subscription_in_a_forgotten_session_gets_all_events_of_the_next() -> None:
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


async def test_polling_goes_on_after_an_eviction() -> None:
    manager = Manager()
    answers = iter(["", "", waited(tick(1))])

    async def wait(request: Request) -> bytes | None:
        answer = next(answers, None)
        return await never(request) if answer is None else manager.reply(request, answer)

    manager.scripted["WaitEvent"] = wait
    async with opened(manager, timings=PollTimings(idle_pace=0.0), wanted=True) as (_, _, inbox):
        assert await inbox.numbers(1) == ["1"]
        assert inbox.ends == []


async def test_empty_polls_follow_each_other_slowly() -> None:
    manager = Manager()
    manager.scripted["WaitEvent"] = manager.with_body(waited(""))
    async with opened(manager, timings=PollTimings(idle_pace=3600.0), wanted=True) as (transport, server, _):
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


async def test_a_broken_poll_is_retried() -> None:
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


async def test_a_poll_without_an_answer_ends_the_events() -> None:
    async with opened(
        Manager(scripted={"WaitEvent": never}), timings=PollTimings(wait=0, wait_margin=0.5), wanted=True
    ) as (_, server, inbox):
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


async def test_a_wait_event_of_the_caller_is_refused() -> None:
    manager = Manager()
    async with opened(manager) as (transport, _, inbox):
        manager.events.put_nowait(tick(1))
        assert (await ask(transport, "WaitEvent", Timeout="5"))[0].name == "Success"
        assert await inbox.numbers(1) == ["1"]
        transport.want_events()
        with pytest.raises(InvalidActionError, match=r"WaitEvent.*wait_for"):
            await ask(transport, "waitevent", Timeout="5")


@pytest.mark.parametrize("framing", ["length", "chunks", "none"])
async def test_a_truncated_poll_delivers_whole_events_and_reports_a_gap(framing: str) -> None:
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


async def test_a_poll_without_its_end_reports_a_gap() -> None:
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


async def test_a_gap_after_a_renewal_begins_at_the_last_poll() -> None:
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


async def test_a_session_polled_by_another_client_is_renewed() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (_, server, inbox):
        await server.asked("WaitEvent")
        manager.evict()
        await server.asked("WaitEvent", 2)
        (gap,) = inbox.gaps
        assert "another client" in gap.why
        manager.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        assert inbox.ends == []
    first, second = (request.headers["cookie"] for request in server.of("WaitEvent")[:2])
    assert first != second


async def test_an_evicted_digest_poll_reports_a_gap() -> None:
    manager = DigestManager()
    async with opened(manager, wanted=True, digest=True) as (transport, server, inbox):
        await ask(transport)
        await server.asked("WaitEvent", 3)  # the challenge, its answer, and the poll
        manager.manager.evict()
        await server.asked("WaitEvent", 4)
        (gap,) = inbox.gaps
        assert "another client" in gap.why


async def test_polling_without_faults_reports_no_gap() -> None:
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
async def test_the_last_events_are_fetched_before_the_logoff(digest: bool) -> None:
    manager, digests = Manager(), DigestManager()
    held = digests.manager if digest else manager
    async with opened(
        digests if digest else manager, timings=PollTimings(busy_pace=3600.0), wanted=True, digest=digest
    ) as (transport, _, inbox):
        await ask(transport)
        held.events.put_nowait(tick(1))
        assert await inbox.numbers(1) == ["1"]
        # The next poll is an hour away.
        held.events.put_nowait(tick(2))
        held.events.put_nowait(tick(3))
        await ask(transport, "Logoff")
        assert await inbox.numbers(2) == ["2", "3"]
        assert inbox.ends == ([] if digest else [None])


async def test_the_last_poll_replaces_the_waiting_one() -> None:
    manager = Manager()
    async with opened(manager, wanted=True) as (transport, server, inbox):
        await server.asked("WaitEvent")
        await ask(transport, "Logoff")
        assert inbox.ends == [None]
        assert inbox.gaps == []
    assert [request.get("Timeout") for request in server.of("WaitEvent")] == ["50", "0"]
    assert server.actions()[-1] == "Logoff"


async def test_a_failed_last_poll_does_not_prevent_the_logoff(caplog: pytest.LogCaptureFixture) -> None:
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


async def test_a_flood_in_one_reply_is_delivered_as_it_arrives() -> None:
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


async def test_an_endless_page_is_not_read_to_its_end() -> None:
    page = http("<html>" + "x" * 5000, content_type="text/html", length=10**12)
    assert "<html>" in await refused(always(page), ProtocolError)


async def test_a_refused_user_is_not_retried() -> None:
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


async def test_a_changed_realm_needs_no_new_login() -> None:
    manager = DigestManager()
    async with opened(manager, digest=True) as (transport, _, _):
        manager.realm = "another"
        assert (await ask(transport))[0].name == "Success"


@pytest.mark.parametrize("challenge", ["Digest garbage", 'Digest realm="x", nonce="1", qop="auth-int"'])
async def test_an_unsupported_challenge_is_a_protocol_error(challenge: str) -> None:
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
