"""The event mask and the filters: at the login, later, and after a reconnection."""

from __future__ import annotations

import asyncio
import itertools
import logging
from dataclasses import dataclass, field

import pytest

from amitypes import EventFilter, HTTPClient, Reconnect, events, notices
from amitypes._transport.http.transport import HTTPTransport
from amitypes.errors import ActionError, AuthenticationError, ConnectionLost
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.behaviour.received_actions import received
from tests.transports import transport_of
from tests.unit.client.reconnecting import lose, make
from tests.unit.http_server import SUCCESS, Answer, HTTPServer, Manager, Request, http, waited
from tests.waiting import wait_until

MIXED = [
    EventFilter(match="Event: (Newchannel|Hangup)"),
    EventFilter(match="Channel: Local/", exclude=True),
]
ADVANCED = EventFilter(name="Newchannel", header="Channel", method="starts_with", match="PJSIP/")


# The event mask


@pytest.mark.parametrize(
    ("asked", "sent"),
    [(None, ""), ("on", "on"), ("off", "off"), (["call", "agent"], "call,agent"), ([], "off")],
)
async def test_the_mask_is_sent_with_each_login(asterisk: FakeAsterisk, asked: object, sent: str) -> None:
    async with make(asterisk.port, events=asked) as client:
        await lose(asterisk, client)
    assert [login.get("Events") for login in received(asterisk, "Login")] == [sent, sent]


@pytest.mark.parametrize("wrong", ["all", "call,agent", ["cal"], ["call", "ON"]])
def test_an_invalid_mask_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="events"):
        make(1, events=wrong)


async def test_a_mask_set_later_is_restored_after_a_reconnection(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, events="off") as client:
        stream = client.events(events.Hangup)
        await client.actions.events(event_mask="call,user")
        await lose(asterisk, client)
        asterisk.send_event("Hangup", {"Channel": "SIP/1"})
        assert (await anext(stream)).channel == "SIP/1"
        await client.ami_request({"action": "events", "eventmask": "off"})
        await lose(asterisk, client)
    assert [login.get("Events") for login in received(asterisk, "Login")] == ["off", "call,user", "off"]


async def test_a_mask_that_was_refused_is_not_restored(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, events=["call"]) as client:
        asterisk.reply("Events", {"Response": "Error", "Message": "Invalid event mask"})
        await client.ami_request({"Action": "Events", "EventMask": "user"})
        await lose(asterisk, client)
    assert received(asterisk, "Login")[-1].get("Events") == "call"


# Filters


async def test_filters_are_set_at_each_login_before_anything_else(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Filter", {"Response": "Success", "Message": "Success"})
    async with make(asterisk.port, filters=MIXED) as client:
        await client.add_filter(ADVANCED)
        await client.actions.filter(operation="Add", filter="Event: UserEvent", action_id="mine")
        await client.add_filter(ADVANCED)  # set twice, it is sent once
        await lose(asterisk, client)
        await client.ping()
    sent = [(action.get("MatchCriteria"), action.get("Filter")) for action in received(asterisk, "Filter")]
    own = [("", "Event: (Newchannel|Hangup)"), ("", "!Channel: Local/")]
    advanced = (dict(ADVANCED.to_headers())["MatchCriteria"], "PJSIP/")
    assert sent == [*own, advanced, ("", "Event: UserEvent"), advanced, *own, advanced, ("", "Event: UserEvent")]
    ids = [action.get("ActionID") for action in received(asterisk, "Filter")]
    assert ids.count("mine") == 1


async def test_a_filter_refused_at_the_first_login_raises(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Filter", {"Response": "Error", "Message": "Permission denied"})
    client = make(asterisk.port, filters=MIXED)
    with pytest.raises(ActionError, match=r"Permission denied.*write=") as caught:
        await client.connect()
    assert caught.value.response.message == "Permission denied"
    assert client.state == "disconnected"


async def test_a_filter_refused_after_a_reconnection_is_logged(
    asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    filters = itertools.count()

    @asterisk.on_action("Filter")
    def answer(action: ReceivedAction) -> list[Reply]:
        return [{"Response": "Error" if next(filters) == 2 else "Success", "Message": "Permission denied"}]

    async with make(asterisk.port, filters=MIXED) as client:
        await lose(asterisk, client)
        await client.ping()
        assert next(filters) == 4
        filters = itertools.count(2)
        with pytest.raises(ActionError, match="Permission denied"):
            await client.add_filter(ADVANCED)
    assert "Permission denied" in caplog.text


async def test_an_old_server_is_not_sent_match_criteria(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAsterisk(asterisk_version="16.28.0") as asterisk:
        asterisk.reply("Filter", {"Response": "Success"})
        with pytest.raises(ActionError, match=r"16\.28\.0 doesn't know MatchCriteria"):
            await make(asterisk.port, filters=[ADVANCED]).connect()
        async with make(asterisk.port, filters=MIXED) as client:
            with pytest.raises(ActionError, match=r"16\.28\.0 doesn't know MatchCriteria"):
                await client.add_filter(ADVANCED)
        assert all(action.get("MatchCriteria") == "" for action in received(asterisk, "Filter"))


@pytest.mark.parametrize("again", [False, True])
async def test_events_sent_before_the_filters_were_set_are_left_out(asterisk: FakeAsterisk, again: bool) -> None:
    """Except for the event that the login itself sends."""
    filters = itertools.count()

    @asterisk.on_action("Filter")
    def answer(action: ReceivedAction) -> list[Reply]:
        if next(filters) == again:
            asterisk.send_event("Hangup", {"Channel": "Local/1"})
        return [{"Response": "Success", "Message": "Success"}]

    client = make(asterisk.port, filters=MIXED[1:])
    stream = client.events(events.FullyBooted, events.Hangup, notices.Connected)
    async with client:
        if again:
            await lose(asterisk, client)
        asterisk.send_event("Hangup", {"Channel": "SIP/2"})
    came = [event async for event in stream]
    assert [event.event for event in came] == [*["Connected", "FullyBooted"] * (1 + again), "Hangup"]
    assert next(filters) == 1 + again


async def test_without_filters_events_during_the_login_are_kept(asterisk: FakeAsterisk) -> None:
    @asterisk.on_action("Login")
    def answer(action: ReceivedAction) -> list[Reply]:
        return [{"Response": "Success", "Message": "Authentication accepted"}, {"Event": "Hangup", "Channel": "SIP/1"}]

    client = make(asterisk.port)
    stream = client.events(events.Hangup)
    async with client:
        assert (await anext(stream)).channel == "SIP/1"


# Over HTTP


@dataclass
class FilteringManager(Manager):
    """A manager that holds events back in sessions with a filter, and decides that when they are fetched.

    Attributes:
        filtered: The cookies of the sessions with a filter.
        holds: While it is cleared, setting a filter waits.
    """

    filtered: set[str] = field(default_factory=set)
    holds: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.scripted["Filter"] = self.set_filter
        self.holds.set()

    async def set_filter(self, request: Request) -> Answer:
        await self.holds.wait()
        self.filtered.add(request.headers["cookie"])
        return self.reply(request, SUCCESS)

    async def wait_event(self, request: Request) -> str | None:
        if request.headers["cookie"] not in self.filtered:
            return waited("Event: UserEvent\r\nUserEvent: dropped\r\n\r\n")
        return await super().wait_event(request)


def http_client(server: HTTPServer) -> HTTPClient:
    return HTTPClient("127.0.0.1", server.port, username="hello", password="world", filters=MIXED[:1])


async def other_requests(server: HTTPServer) -> None:
    """Make requests of another client, so that all that the first one is about to send arrives before."""
    async with HTTPClient("127.0.0.1", server.port, username="hello", password="world") as other:
        for _ in range(10):
            await other.ping()


@pytest.mark.parametrize("again", [False, True])
async def test_filters_are_in_force_before_connected_is_published_and_events_are_fetched(again: bool) -> None:
    """In the first session, and in one after the server has forgotten the first."""
    manager = FilteringManager()
    async with HTTPServer(manager) as server:
        client = http_client(server)
        stream = client.events(events.UserEvent, notices.Connected)
        if again:
            await client.connect()
            await server.asked("WaitEvent")
            assert isinstance(await anext(stream), notices.Connected)
            manager.sessions.clear()
        manager.holds.clear()
        acting = asyncio.create_task(client.ping() if again else client.connect())
        first = asyncio.create_task(anext(stream))
        await server.asked("Filter", 1 + again)
        await other_requests(server)
        assert not acting.done()
        assert not first.done()
        manager.holds.set()
        back = await first
        assert isinstance(back, notices.Connected)
        assert back.again is again
        assert (await acting)[0]["Response"] == "Success"
        manager.events.put_nowait("Event: UserEvent\r\nUserEvent: kept\r\n\r\n")
        kept = await anext(stream)
        assert isinstance(kept, events.UserEvent)
        assert kept.user_event == "kept"
        await client.logoff()


async def test_filters_are_restored_without_subscribers() -> None:
    manager = FilteringManager()
    async with HTTPServer(manager) as server, http_client(server) as client:
        manager.sessions.clear()
        await client.ping()
        assert server.actions().count("Filter") == 2


async def test_a_filter_refused_in_a_new_session_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    manager = FilteringManager()
    async with HTTPServer(manager) as server, http_client(server) as client:
        manager.scripted["Filter"] = manager.with_body("Response: Error\r\nMessage: Permission denied\r\n\r\n")
        manager.sessions.clear()
        assert (await client.ping())[0]["Response"] == "Success"
    assert "Permission denied" in caplog.text


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (None, "was lost"),
        (http(), "nothing at all"),
        (http("<html>", status="502 Bad Gateway"), "502"),
        (
            http("Response: Error\r\nMessage: Permission denied\r\n\r\n", 'Set-Cookie: mansession_id="ff"'),
            "forgets the session at once",
        ),
    ],
)
async def test_a_new_session_is_not_used_before_its_filters_are_set(instead: bytes | None, reason: str) -> None:
    """Nor is the action sent that found the old session forgotten."""
    manager = FilteringManager()

    async def answer(request: Request) -> Answer:
        return instead

    async with HTTPServer(manager) as server, http_client(server) as client:
        manager.sessions.clear()
        manager.scripted["Filter"] = answer
        with pytest.raises(ConnectionLost, match=rf"could not be set up \(.*{reason}"):
            await client.ping()
        assert server.actions().count("Ping") == 1
        manager.scripted["Filter"] = manager.set_filter
        assert (await client.ping())[0]["Response"] == "Success"
        assert server.of("Ping")[-1].headers["cookie"] in manager.filtered


async def test_a_403_page_while_a_session_is_set_up_is_final() -> None:
    manager = FilteringManager()

    async def answer(request: Request) -> Answer:
        return http("<html>", status="403 Forbidden")

    async with HTTPServer(manager) as server:
        client = http_client(server)
        await client.connect()
        manager.sessions.clear()
        manager.scripted["Filter"] = answer
        with pytest.raises(AuthenticationError, match="403"):
            await client.ping()
        assert client.state == "disconnected"
        await client.close()


async def test_the_mask_is_set_before_events_are_fetched_over_http() -> None:
    manager = Manager()
    async with (
        HTTPServer(manager) as server,
        HTTPClient("127.0.0.1", server.port, username="hello", password="world", events=["call"]) as client,
    ):
        assert server.of("Login")[0].get("Events") == "off"
        client.events()
        await server.asked("WaitEvent")
        assert [request.get("EventMask") for request in server.of("Events")] == ["call"]
        manager.sessions.clear()
        await client.ping()
        assert server.of("Login")[1].get("Events") == "call"


async def test_a_mask_set_later_is_restored_in_a_new_session() -> None:
    manager = Manager()
    async with (
        HTTPServer(manager) as server,
        HTTPClient("127.0.0.1", server.port, username="hello", password="world", events="off") as client,
    ):
        stream = client.events(events.Hangup)
        await client.actions.events(event_mask="call,user")
        await server.asked("WaitEvent")
        manager.events.put_nowait("Event: Hangup\r\nChannel: SIP/1\r\n\r\n")
        assert (await anext(stream)).channel == "SIP/1"
        manager.sessions.clear()
        await client.ping()
        await client.actions.events(event_mask="call")
        manager.sessions.clear()
        await client.ping()
    assert [login.get("Events") for login in server.of("Login")] == ["off", "call,user", "call"]


async def test_a_client_without_events_fetches_none_over_http() -> None:
    async with HTTPServer(Manager()) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world", events="off")
        stream = client.events()
        async with client:
            await client.ping()
        assert "WaitEvent" not in server.actions()
        assert [event async for event in stream] == []


async def test_a_mask_set_to_off_stops_fetching_until_another_is_set() -> None:
    """For Asterisk a WaitEvent asks for all events if the mask is off."""
    manager = Manager()
    async with (
        HTTPServer(manager) as server,
        HTTPClient("127.0.0.1", server.port, username="hello", password="world") as client,
    ):
        stream = client.events(events.Hangup)
        await server.asked("WaitEvent", 2)
        await client.actions.events(event_mask="off")
        manager.events.put_nowait("Event: Hangup\r\nChannel: SIP/0\r\n\r\n")
        transport = transport_of(client)
        assert isinstance(transport, HTTPTransport)
        await wait_until(lambda: not transport.is_polling)
        await client.ping()
        assert server.actions().count("WaitEvent") == 2
        await client.actions.events(event_mask="call")
        await server.asked("WaitEvent", 4)
        manager.events.put_nowait("Event: Hangup\r\nChannel: SIP/1\r\n\r\n")
        assert (await anext(stream)).channel == "SIP/1"
        assert [request.get("EventMask") for request in server.of("Events")] == ["off", "off", "call", "call"]


def test_digest_refuses_mask_and_filters() -> None:
    with pytest.raises(ValueError, match="digest"):
        HTTPClient("pbx", digest=True, events=["call"])
    with pytest.raises(ValueError, match="digest"):
        HTTPClient("pbx", digest=True, filters=MIXED)


async def test_a_forgotten_session_is_restored_with_its_filters(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    manager = Manager()
    async with (
        HTTPServer(manager) as server,
        HTTPClient(
            *("127.0.0.1", server.port), username="hello", password="world", filters=MIXED[:1], reconnect=Reconnect()
        ) as client,
    ):
        stream = client.events(notices.Disconnected, notices.Connected)
        everything = client.events()
        await server.asked("WaitEvent", 2)
        manager.sessions.clear()
        assert (await client.ping())[0]["Response"] == "Success"
        gone, back = await anext(stream), await anext(stream)
        assert isinstance(gone, notices.Disconnected)
        assert isinstance(back, notices.Connected)
        assert back.again
        assert back.missed_since == gone.missed_since
        await server.asked("Filter", 2)
        await server.asked("CoreSettings", 2)  # it may be another server
        assert client.state == "connected"
        await everything.aclose()
