"""One connection: its login and filters, and which of its events are published when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from amitypes import ActionError, AuthenticationError, ConnectionLost, EventFilter
from amitypes._client.connection import Connection, set_filter
from amitypes._protocol.event_filter import EventRules
from amitypes._protocol.message import Message, to_message
from amitypes._transport.base import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amitypes._protocol.message import RawMessage
    from amitypes._protocol.types import Headers
    from amitypes._transport.base import Mask, OnEnd, OnEvents, OnGap, SetUp, Transport

ACCEPTED = Message(b"Response: Success\r\nMessage: Authentication accepted")
REFUSED = Message(b"Response: Error\r\nMessage: Authentication failed")
FULLY_BOOTED = Message(b"Event: FullyBooted")
HANGUP = Message(b"Event: Hangup")

PLAIN = EventFilter(match="Hangup")
ADVANCED = EventFilter(name="Hangup", method="none")


class Line:
    """A transport without any network.

    Attributes:
        asked: The actions that set the session up.
    """

    on_events: OnEvents
    on_end: OnEnd
    on_gap: OnGap

    def __init__(self, answers: Sequence[Message]) -> None:
        self.login, *self._answers = answers
        self.asked: list[Headers] = []
        self.closed = False

    async def open(self, username: str, secret: str, timeout: float, *, mask: Mask, set_up: SetUp) -> list[Message]:
        self.mask = mask()
        self._set_up = set_up
        if not self.login.is_error:
            await self.session()
        return [self.login]

    async def session(self) -> None:
        """Set up a new session."""
        await self._set_up(self._ask)

    async def close(self) -> None:
        self.closed = True

    async def _ask(self, headers: Headers) -> list[Message]:
        self.asked.append(headers)
        return [self._answers.pop(0)]


class Opened:
    """A connection to a server that gives some answers, and what it calls."""

    def __init__(self, *answers: Message, rules: EventRules | None = None) -> None:
        self.line = Line(answers)
        self.published: list[str] = []
        self.ends: list[Exception | None] = []
        self.gaps: list[Gap] = []

        def make(on_events: OnEvents, on_end: OnEnd, on_gap: OnGap) -> Transport:
            self.line.on_events, self.line.on_end, self.line.on_gap = on_events, on_end, on_gap
            return cast("Transport", self.line)

        def publish(events: Iterable[RawMessage]) -> None:
            self.published += [to_message(event).name for event in events]

        self.connection = Connection(
            "pbx:5038",
            make,
            rules=rules or EventRules(None, ()),
            publish=publish,
            on_end=lambda _, error: self.ends.append(error),
            on_gap=lambda _, gap: self.gaps.append(gap),
        )

    async def open(self, *, filters_required: bool = True) -> list[Message]:
        return await self.connection.open("hello", "world", 1, filters_required=filters_required)


async def test_open_returns_the_reply_to_the_login() -> None:
    opened = Opened(ACCEPTED, rules=EventRules(["call"], ()))
    assert await opened.open() == [ACCEPTED]
    assert opened.line.mask == "call"


async def test_a_refused_login_is_raised() -> None:
    with pytest.raises(AuthenticationError):
        await Opened(REFUSED).open()


async def test_events_wait_for_the_start_of_the_connection() -> None:
    opened = Opened(ACCEPTED)
    await opened.open()
    opened.line.on_events([FULLY_BOOTED, HANGUP])
    assert opened.published == []
    opened.connection.start()
    assert opened.connection.started_at <= asyncio.get_running_loop().time()
    assert opened.published == ["FullyBooted", "Hangup"]
    opened.line.on_events([HANGUP])
    assert opened.published == ["FullyBooted", "Hangup", "Hangup"]


async def test_with_filters_events_before_the_start_are_dropped_but_fully_booted() -> None:
    opened = Opened(ACCEPTED, ACCEPTED, rules=EventRules(None, [PLAIN]))
    await opened.open()
    opened.line.on_events([FULLY_BOOTED, HANGUP])
    opened.connection.start()
    opened.line.on_events([HANGUP])
    assert opened.published == ["FullyBooted", "Hangup"]


async def test_plain_filters_are_set_without_asking_for_the_version() -> None:
    opened = Opened(ACCEPTED, ACCEPTED, rules=EventRules(None, [PLAIN]))
    await opened.open()
    assert opened.line.asked == [PLAIN.to_headers()]


async def test_advanced_filters_are_set_after_asking_for_the_version() -> None:
    settings = Message(b"Response: Success\r\nAsteriskVersion: 22.10.1")
    opened = Opened(ACCEPTED, settings, ACCEPTED, rules=EventRules(None, [ADVANCED]))
    await opened.open()
    assert opened.line.asked == [[("Action", "CoreSettings")], ADVANCED.to_headers()]


async def test_a_required_filter_that_is_refused_is_raised() -> None:
    opened = Opened(ACCEPTED, REFUSED, rules=EventRules(None, [PLAIN]))
    with pytest.raises(ActionError, match="Filter: not set"):
        await opened.open()


async def test_a_refused_filter_is_logged_if_it_is_not_required(caplog: pytest.LogCaptureFixture) -> None:
    opened = Opened(ACCEPTED, REFUSED, rules=EventRules(None, [PLAIN]))
    await opened.open(filters_required=False)
    assert "Filter: not set" in caplog.text


async def test_a_filter_that_a_later_session_refuses_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    opened = Opened(ACCEPTED, ACCEPTED, REFUSED, rules=EventRules(None, [PLAIN]))
    await opened.open()
    opened.connection.start()
    assert caplog.text == ""
    await opened.line.session()
    assert "Filter: not set" in caplog.text


async def test_an_advanced_filter_is_not_sent_to_an_old_server() -> None:
    async def exchange(headers: Headers) -> list[Message]:
        pytest.fail("nothing is to be sent")

    with pytest.raises(ActionError, match=r"Asterisk 16\.28\.0 doesn't know MatchCriteria"):
        await set_filter(ADVANCED.to_headers(), "16.28.0", exchange)


def test_the_end_of_the_transport_is_passed_on_with_its_error() -> None:
    opened = Opened(ACCEPTED)
    error = ConnectionLost("lost")
    opened.line.on_end(error)
    assert (opened.connection.ended, opened.connection.error, opened.ends) == (True, error, [error])


def test_a_gap_is_passed_on() -> None:
    opened = Opened(ACCEPTED)
    gap = Gap("a lost poll", 1.0, new_session=False)
    opened.line.on_gap(gap)
    assert opened.gaps == [gap]
    assert not opened.connection.ended


async def test_close_closes_the_transport() -> None:
    opened = Opened(ACCEPTED)
    await opened.connection.close()
    assert (opened.connection.ended, opened.line.closed) == (True, True)
