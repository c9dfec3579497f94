"""Logging in, and which events a server is asked for: at the login, later, and again after a loss."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from amitypes import HTTPClient, TCPClient, events, notices
from amitypes._client.reconnect import Reconnect
from amitypes._models.errors import ActionError
from amitypes._protocol.errors import AuthenticationError, ConnectionLost, ProtocolError
from amitypes._protocol.event_filter import EventFilter, needs_newer_asterisk
from amitypes._transport.http.transport import HTTPTransport
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.transports import transport_of
from tests.unit.client.reconnecting import lose, make
from tests.unit.http_server import SUCCESS, Answer, HTTPServer, Manager, Request, http, waited

MIXED = [
    EventFilter(match="Event: (Newchannel|Hangup)"),
    EventFilter(match="Channel: Local/", exclude=True),
]
ADVANCED = EventFilter(name="Newchannel", header="Channel", method="starts_with", match="PJSIP/")


def received(asterisk: FakeAsterisk, name: str) -> list[ReceivedAction]:
    return [action for action in asterisk.received if action.name == name]


# The secret


async def test_the_secret_is_proved_and_not_sent(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port):
        pass
    assert [action.name for action in asterisk.received][:2] == ["Challenge", "Login"]
    (login,) = received(asterisk, "Login")
    assert login.get("AuthType") == "MD5"
    assert login.get("Secret") == ""
    assert "world" not in str(login.headers)


@pytest.mark.parametrize("secret", ["Pä$$ wörd=ÄÖ", "x" * 1000])
async def test_any_secret_can_be_proved(secret: str) -> None:
    async with FakeAsterisk({"hello": secret}) as asterisk, make(asterisk.port, password=secret) as client:
        await client.ping()


async def test_the_key_is_what_asterisk_compares() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.reply("Challenge", {"Response": "Success", "Challenge": "840415273"})
        with pytest.raises(AuthenticationError):
            await make(asterisk.port).connect()
        (login,) = received(asterisk, "Login")
        assert login.get("Key") == hashlib.md5(b"840415273world").hexdigest()


async def test_the_secret_is_proved_where_md5_is_not_for_security(
    asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with OpenSSL's FIPS module."""

    def strict(data: bytes, *, usedforsecurity: bool = True) -> object:
        if usedforsecurity:
            raise ValueError("disabled for FIPS")
        return hashlib.md5(data, usedforsecurity=False)

    monkeypatch.setattr("amitypes._transport.tcp.hashlib", SimpleNamespace(md5=strict))
    async with make(asterisk.port) as client:
        await client.ping()


async def test_the_secret_may_be_sent(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, auth="plain"):
        pass
    assert received(asterisk, "Challenge") == []
    (login,) = received(asterisk, "Login")
    assert (login.get("Secret"), login.get("AuthType")) == ("world", "")


def test_what_is_the_default() -> None:
    assert TCPClient("pbx")._config.md5
    assert not TCPClient("pbx", ssl_enabled=True)._config.md5
    assert TCPClient("pbx", ssl_enabled=True, auth="md5")._config.md5


def test_another_way_to_log_in_is_none() -> None:
    with pytest.raises(ValueError, match="auth='sha'"):
        TCPClient("pbx", auth="sha")  # type: ignore[arg-type]  # what a type checker refuses


async def test_a_wrong_secret(asterisk: FakeAsterisk) -> None:
    with pytest.raises(AuthenticationError, match="Authentication failed"):
        await make(asterisk.port, password="hush").connect()


@pytest.mark.parametrize(
    "answer",
    [{"Response": "Error", "Message": "Invalid/unknown command: Challenge"}, {"Response": "Success"}],
)
async def test_a_server_without_challenges_is_not_sent_the_secret(asterisk: FakeAsterisk, answer: Reply) -> None:
    asterisk.reply("Challenge", answer)
    with pytest.raises(ProtocolError, match="auth='plain'"):
        await make(asterisk.port).connect()
    assert received(asterisk, "Login") == []


@pytest.mark.parametrize(
    ("said", "kind"), [("Login Already In Use", AuthenticationError), ("Asterisk is shutting down", ConnectionLost)]
)
async def test_a_login_that_is_refused_before_the_challenge(
    asterisk: FakeAsterisk, said: str, kind: type[Exception]
) -> None:
    asterisk.reply("Challenge", {"Response": "Error", "Message": said})
    with pytest.raises(kind, match=r"[Ii]n [Uu]se|shutting down"):
        await make(asterisk.port).connect()


# The mask


@pytest.mark.parametrize(
    ("asked", "sent"),
    [(None, ""), ("on", "on"), ("off", "off"), (["call", "agent"], "call,agent"), ([], "off")],
)
async def test_the_mask_of_the_login(asterisk: FakeAsterisk, asked: object, sent: str) -> None:
    async with make(asterisk.port, events=asked) as client:
        await lose(asterisk, client)
    assert [login.get("Events") for login in received(asterisk, "Login")] == [sent, sent]


@pytest.mark.parametrize("wrong", ["all", "call,agent", ["cal"], ["call", "ON"]])
def test_a_mask_that_is_none(wrong: object) -> None:
    with pytest.raises(ValueError, match="events"):
        make(1, events=wrong)


async def test_a_mask_set_later_is_asked_for_again(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, events="off") as client:
        stream = client.events(events.Hangup)
        await client.actions.events(event_mask="call,user")
        await lose(asterisk, client)
        asterisk.send_event("Hangup", {"Channel": "SIP/1"})
        assert (await anext(stream)).channel == "SIP/1"
        await client.ami_request({"action": "events", "eventmask": "off"})
        await lose(asterisk, client)
    assert [login.get("Events") for login in received(asterisk, "Login")] == ["off", "call,user", "off"]


async def test_a_mask_that_was_refused_is_forgotten(asterisk: FakeAsterisk) -> None:
    async with make(asterisk.port, events=["call"]) as client:
        asterisk.reply("Events", {"Response": "Error", "Message": "Invalid event mask"})
        await client.ami_request({"Action": "Events", "EventMask": "user"})
        await lose(asterisk, client)
    assert received(asterisk, "Login")[-1].get("Events") == "call"


# Filters


@pytest.mark.parametrize(
    ("event_filter", "criteria", "text"),
    [
        (EventFilter(match="Event: Hangup"), "", "Event: Hangup"),
        (EventFilter(match="Event: Hangup", exclude=True), "", "!Event: Hangup"),
        (ADVANCED, "action(include),name(Newchannel),header(Channel),method(starts_with)", "PJSIP/"),
        (EventFilter(name="VarSet", method="none", exclude=True), "action(exclude),name(VarSet),method(none)", ""),
        (EventFilter(method="contains", match="!x"), "action(include),method(contains)", "!x"),
    ],
)
def test_how_a_filter_is_spelled(event_filter: EventFilter, criteria: str, text: str) -> None:
    headers = dict(event_filter.to_headers())
    assert (headers["Action"], headers["Operation"]) == ("Filter", "Add")
    assert (headers.get("MatchCriteria", ""), headers["Filter"]) == (criteria, text)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "Hangup"},
        {"match": "!x"},
        {"method": "none"},
        {"method": "none", "name": "Hangup", "match": "x"},
        {"method": "glob", "match": "x"},
        {"match": "x", "name": "Hangup),action(exclude"},
        {"match": "x", "header": "a,b"},
    ],
)
def test_a_filter_that_is_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"match|method|name"):
        EventFilter(**wrong)  # type: ignore[arg-type]  # a test's settings


@pytest.mark.parametrize(
    ("version", "known"),
    [
        *(("16.28.0", False), ("18.25.1", False), ("18.26.0", True), ("19.8.1", False), ("20.11.0", True)),
        *(("22.0.0", False), ("22.10.1", True), ("23.0.0", True), ("certified/18.9-cert5", False), ("GIT-x", True)),
    ],
)
def test_which_asterisk_knows_which_filter(version: str, known: bool) -> None:
    assert needs_newer_asterisk(version, ADVANCED.to_headers()) is not known
    assert not needs_newer_asterisk(version, MIXED[0].to_headers())


async def test_filters_are_set_before_anything_else_and_again_after_a_loss(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Filter", {"Response": "Success", "Message": "Success"})
    async with make(asterisk.port, filters=MIXED) as client:
        await client.add_filter(ADVANCED)
        await client.actions.filter(operation="Add", filter="Event: UserEvent", action_id="mine")
        await client.add_filter(ADVANCED)  # said twice, it is one
        await lose(asterisk, client)
        await client.ping()
    sent = [(action.get("MatchCriteria"), action.get("Filter")) for action in received(asterisk, "Filter")]
    own = [("", "Event: (Newchannel|Hangup)"), ("", "!Channel: Local/")]
    advanced = (dict(ADVANCED.to_headers())["MatchCriteria"], "PJSIP/")
    assert sent == [*own, advanced, ("", "Event: UserEvent"), advanced, *own, advanced, ("", "Event: UserEvent")]
    ids = [action.get("ActionID") for action in received(asterisk, "Filter")]
    assert ids.count("mine") == 1


async def test_a_filter_that_is_refused_at_first(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Filter", {"Response": "Error", "Message": "Permission denied"})
    client = make(asterisk.port, filters=MIXED)
    with pytest.raises(ActionError, match=r"Permission denied.*write=") as caught:
        await client.connect()
    assert caught.value.response.message == "Permission denied"
    assert client.state == "disconnected"


async def test_a_filter_that_is_refused_later(asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture) -> None:
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


async def test_an_old_server_is_not_given_what_it_would_misunderstand(caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAsterisk(asterisk_version="16.28.0") as asterisk:
        asterisk.reply("Filter", {"Response": "Success"})
        with pytest.raises(ActionError, match=r"16\.28\.0 doesn't know MatchCriteria"):
            await make(asterisk.port, filters=[ADVANCED]).connect()
        async with make(asterisk.port, filters=MIXED) as client:
            with pytest.raises(ActionError, match=r"16\.28\.0 doesn't know MatchCriteria"):
                await client.add_filter(ADVANCED)
        assert all(action.get("MatchCriteria") == "" for action in received(asterisk, "Filter"))


@pytest.mark.parametrize("again", [False, True])
async def test_what_was_sent_before_the_filters_were_set_is_left_out(asterisk: FakeAsterisk, again: bool) -> None:
    """But for the event that the login itself sends."""
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


async def test_without_filters_what_comes_during_the_login_is_kept(asterisk: FakeAsterisk) -> None:
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
    """Decides when events are fetched, as Asterisk does, whether a session has a filter that keeps them back.

    Attributes:
        filtered: The cookies of the sessions that have one.
        holds: Cleared to have the next filters wait before they are set.
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


async def turns(server: HTTPServer) -> None:
    """Let whatever else is about to happen come first, over the network."""
    async with HTTPClient("127.0.0.1", server.port, username="hello", password="world") as other:
        for _ in range(10):
            await other.ping()


@pytest.mark.parametrize("again", [False, True])
async def test_filters_are_in_force_before_anything_is_told_or_fetched(again: bool) -> None:
    """In the first session, and in one that is begun as the server has forgotten the one before."""
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
        await turns(server)
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


async def test_filters_are_set_again_where_nobody_listens() -> None:
    manager = FilteringManager()
    async with HTTPServer(manager) as server, http_client(server) as client:
        manager.sessions.clear()
        await client.ping()
        assert server.actions().count("Filter") == 2


async def test_a_filter_that_is_refused_in_a_new_session(caplog: pytest.LogCaptureFixture) -> None:
    manager = FilteringManager()
    async with HTTPServer(manager) as server, http_client(server) as client:
        manager.scripted["Filter"] = manager.with_body("Response: Error\r\nMessage: Permission denied\r\n\r\n")
        manager.sessions.clear()
        assert (await client.ping())[0]["Response"] == "Success"
    assert "Permission denied" in caplog.text


@pytest.mark.parametrize(
    ("instead", "said"),
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
async def test_a_new_session_is_not_used_before_its_filters_are_set(instead: bytes | None, said: str) -> None:
    """The action that has shown that the old one was forgotten isn't sent there either."""
    manager = FilteringManager()

    async def answer(request: Request) -> Answer:
        return instead

    async with HTTPServer(manager) as server, http_client(server) as client:
        manager.sessions.clear()
        manager.scripted["Filter"] = answer
        with pytest.raises(ConnectionLost, match=rf"could not be set up \(.*{said}"):
            await client.ping()
        assert server.actions().count("Ping") == 1
        manager.scripted["Filter"] = manager.set_filter
        assert (await client.ping())[0]["Response"] == "Success"
        assert server.of("Ping")[-1].headers["cookie"] in manager.filtered


async def test_a_page_that_keeps_out_is_final_while_a_session_is_set_up() -> None:
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


async def test_the_mask_over_http() -> None:
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


async def test_a_mask_set_later_is_asked_for_again_in_a_new_session() -> None:
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


async def test_off_over_http() -> None:
    async with HTTPServer(Manager()) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world", events="off")
        stream = client.events()
        async with client:
            await client.ping()
        assert "WaitEvent" not in server.actions()
        assert [event async for event in stream] == []


async def test_off_by_hand_over_http_lasts_until_another_mask_is_set() -> None:
    """Asterisk takes a WaitEvent with a mask that is off for the wish to have everything."""
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
        async with asyncio.timeout(5):
            while transport.is_polling:
                await turns(server)
        await client.ping()
        assert server.actions().count("WaitEvent") == 2
        await client.actions.events(event_mask="call")
        await server.asked("WaitEvent", 4)
        manager.events.put_nowait("Event: Hangup\r\nChannel: SIP/1\r\n\r\n")
        assert (await anext(stream)).channel == "SIP/1"
        assert [request.get("EventMask") for request in server.of("Events")] == ["off", "off", "call", "call"]


def test_digest_keeps_neither_mask_nor_filters() -> None:
    with pytest.raises(ValueError, match="digest"):
        HTTPClient("pbx", digest=True, events=["call"])
    with pytest.raises(ValueError, match="digest"):
        HTTPClient("pbx", digest=True, filters=MIXED)


async def test_a_forgotten_session_over_http(caplog: pytest.LogCaptureFixture) -> None:
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
