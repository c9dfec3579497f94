"""The poller with a session that sends nothing anywhere: which polls it makes, and when it stops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes._transport.http.poller import EventPoller
from amitypes._transport.http.request import ActionRequest
from amitypes._transport.http.sessions import Recording
from amitypes._transport.http.timings import PollTimings
from amitypes.errors import ConnectionLost
from tests.waiting import wait_until

if TYPE_CHECKING:
    from amitypes._protocol.message import Message
    from amitypes._protocol.types import Headers
    from amitypes._transport.http.sessions import HTTPSession


class Session:
    """Records what is sent, and answers nothing unless a test lets it."""

    session_id = "1"
    expires_silently = False

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.error: Exception | None = None
        self.answers = asyncio.Semaphore(0)

    async def log_in(self) -> list[Message]:
        return []

    async def set_up_session(self) -> None: ...

    async def send(self, request: ActionRequest) -> None:
        await self.send_poll(request)

    async def send_poll(self, request: ActionRequest) -> None:
        self.sent.append(request.exchange.action)
        await self.answers.acquire()
        if self.error is not None:
            raise self.error

    async def renew(self, session_id: str, why: str) -> bool:
        return True

    def begin_polling(self) -> None:
        self.sent.append("begin")


class Watched:
    """A poller, and what it reports."""

    def __init__(self, *, mask: str = "", active: bool = True) -> None:
        self.session, self.mask = Session(), mask
        self.gaps: list[str] = []
        self.failures: list[Exception] = []
        self.poller = EventPoller(
            "pbx:8088",
            self.as_http_session(),
            Recording(active=active),
            make_request=self.request,
            mask=lambda: self.mask,
            limits=None,
            timings=PollTimings(busy_pace=0, idle_pace=0),
            on_events=lambda events: None,
            on_gap=self.gaps.append,
            on_failed=self.failed,
        )

    def as_http_session(self) -> HTTPSession:
        return self.session  # type: ignore[return-value]  # all that a poller uses of one

    def request(self, headers: Headers) -> ActionRequest:
        return ActionRequest(headers, {}, None)

    async def failed(self, error: Exception) -> None:
        self.failures.append(error)

    async def end(self) -> None:
        self.poller.stop()
        await self.poller.wait_stopped()


async def test_a_session_that_records_is_polled_at_once() -> None:
    watched = Watched(active=True)
    watched.poller.start()
    await wait_until(lambda: watched.session.sent == ["begin", "WaitEvent"])
    await watched.poller.recorded()
    await watched.end()


async def test_recording_begins_with_the_mask_and_a_poll() -> None:
    watched = Watched(active=False, mask="call")
    watched.poller.start()
    await wait_until(lambda: watched.session.sent == ["begin", "Events"])
    watched.session.answers.release()
    await wait_until(lambda: watched.session.sent == ["begin", "Events", "WaitEvent"])
    recorded = asyncio.create_task(watched.poller.recorded())
    await asyncio.sleep(0)
    assert not recorded.done()
    watched.session.answers.release()
    await recorded
    await watched.end()


@pytest.mark.parametrize("mask", ["off", "OFF"])
async def test_nothing_is_polled_while_the_mask_is_off(mask: str) -> None:
    watched = Watched(mask=mask)
    watched.poller.start()
    assert not watched.poller.running
    watched.mask = "on"
    watched.poller.start()
    assert watched.poller.running
    await watched.end()


async def test_a_poll_that_fails_twice_ends_polling() -> None:
    watched = Watched()
    watched.session.error = ConnectionLost("gone")
    watched.poller.start()
    watched.session.answers.release()
    watched.session.answers.release()
    await watched.poller.wait_stopped()
    assert watched.session.sent == ["begin", "WaitEvent", "WaitEvent"]
    assert len(watched.gaps) == 1
    assert watched.failures == [watched.session.error]


async def test_a_stopped_poller_never_starts_again() -> None:
    watched = Watched()
    watched.poller.stop()
    watched.poller.start()
    assert not watched.poller.running
