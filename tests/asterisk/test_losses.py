"""What a real server does to its clients' connections, by command, by its settings and by accident: they come back.

test_killed.py has the load, test_reconnect.py what is set again. Here, a loss is told to the server's console or done
to a proxy before it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest

from amitypes import EventFilter, OutcomeUnknown, actions, events, notices, resync
from amitypes._models.errors import ActionError
from amitypes._protocol.errors import ActionTimeout, AuthenticationError, ConnectionLost
from amitypes._transport.http.transport import HTTPTransport
from tests.asterisk.clients import TRANSPORTS, Transport, make, port_of, until_state, user_event
from tests.asterisk.recorder import Recorder
from tests.asterisk.server import CONFIG, AsteriskError, AsteriskServer
from tests.behaviour.proxy import Proxy, discard, forward

if TYPE_CHECKING:
    from collections.abc import Callable

    from amitypes._events.stream import EventStream
    from amitypes.events import Event
    from tests.asterisk.clients import Client
    from tests.asterisk.conftest import AsteriskFactory

LIMIT = 30.0
"""Seconds after which what doesn't happen won't."""
SILENCE = 1.0

every_transport = pytest.mark.parametrize("transport", TRANSPORTS)
over_http = pytest.mark.parametrize("transport", ["http", "digest"])
with_sessions = pytest.mark.parametrize("transport", ["tcp", "http"])


async def refused(data: bytes, out: asyncio.StreamWriter) -> bool:
    """The connection breaks."""
    return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


async def tried_in_vain(proxy: Proxy, client: Client, *, times: int = 2) -> None:
    """Wait until the client has tried to come back more than so many times, and isn't back."""
    tried = proxy.connections
    await until(lambda: proxy.connections > tried + times)
    assert client.state == "reconnecting"


async def taken(stream: EventStream[Event]) -> str:
    """What a stream of notices and user events has next: `lost`, `back`, or the user event's name."""
    async with asyncio.timeout(LIMIT):
        match await anext(stream):
            case notices.Disconnected():
                return "lost"
            case notices.Connected(again=True):
                return "back"
            case notices.Connected():
                return "connected"
            case events.UserEvent() as event:
                return str(event.raw["UserEvent"])
            case other:
                return other.event


async def seen_until(stream: EventStream[Event], name: str) -> list[str]:
    """What a stream has before a user event."""
    seen: list[str] = []
    while (one := await taken(stream)) != name:
        seen.append(one)
    return seen


def change(server: AsteriskServer, file: str, *changes: tuple[str, str]) -> None:
    """Change a file of the server's configuration."""
    path = server.folder / "etc" / file
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    later = time.time() + 2  # Asterisk looks at whole seconds, too
    os.utime(path, (later, later))


async def told(server: AsteriskServer, command: str) -> asyncio.Task[None]:
    """Give the server's console a command that is answered when the server has ended, if at all."""

    def tell() -> None:
        with suppress(AsteriskError):
            server.cli(command, LIMIT)

    return asyncio.create_task(asyncio.to_thread(tell))


@with_sessions
async def test_a_graceful_stop(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    """While it waits for its last call, a server refuses every action and every login; then it ends."""
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        await client.send_and_wait(
            actions.Originate(channel="Local/100@from-internal", application="Wait", data="60", async_=True),
            reply_timeout=LIMIT,
        )
        stopping = await told(server, "core stop gracefully")
        if transport == "tcp":
            await until_refused(client)
        else:
            # The poll is told the same: there will be no more events.
            assert await taken(stream) == "lost"
        with pytest.raises(ConnectionLost, match="shutting down"):
            await make(server, transport).connect()
        await asyncio.to_thread(server.cli, "core abort shutdown")
        if transport != "tcp":
            assert await taken(stream) == "back"
        await user_event(client, "aborted")
        assert await taken(stream) == "aborted"
        await stopping
        await asyncio.to_thread(server.cli, "channel request hangup all")
        stopping = await told(server, "core stop gracefully")
        await until_state(client, "reconnecting", LIMIT)
        await asyncio.to_thread(server.kill)  # an older one takes its time
        await stopping
        await asyncio.to_thread(server.start_again)
        await until_state(client, "connected", LIMIT)
        await user_event(client, "again")
        assert {*await seen_until(stream, "again")} == {"lost", "back"}


async def until_refused(client: Client) -> None:
    """Wait until the server refuses actions as it is about to stop."""
    with pytest.raises(ActionError, match="shutting down"):
        await ping_for(client, LIMIT)


async def ping_for(client: Client, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while True:
            await client.actions.ping()


@pytest.mark.parametrize("user", ["changed", "removed"])
@pytest.mark.parametrize("transport", ["tcp", "digest"])
async def test_a_user_who_may_no_more(asterisk_factory: AsteriskFactory, transport: Transport, user: str) -> None:
    """The session that he has goes on; over HTTP with a cookie it ends as test_http.py has it."""
    server = asterisk_factory(tls=None)
    changes = ("[hello]", "[goodbye]") if user == "removed" else ("secret = world", "secret = changed")
    async with Proxy(port_of(server, transport)) as proxy, make(server, transport, port=proxy.port) as client:
        stream = client.events(notices.Disconnected)
        change(server, "manager.conf", changes)
        await asyncio.to_thread(server.cli, "manager reload")
        if transport == "tcp":
            await client.ping()
            proxy.cut()
        else:
            with pytest.raises((AuthenticationError, ConnectionLost), match=r"refused the login of 'hello'.*\[hello\]"):
                await client.ping()
        assert (await anext(stream)).reconnecting is (transport == "tcp")
        await until_state(client, "disconnected", LIMIT)
        tried = proxy.connections
        with pytest.raises(ConnectionLost, match="refused the login"):
            await client.ping()
    if transport == "tcp":
        assert tried == 2


@with_sessions
async def test_reloads_cost_nothing(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    server = asterisk_factory()
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        for module, file in (("manager", "manager.conf"), ("http", "http.conf"), ("", "logger.conf")):
            change(server, file)
            await asyncio.to_thread(server.cli, f"module reload {module}".strip())
            await user_event(client, f"reloaded {module}")
            assert await taken(stream) == f"reloaded {module}"
        assert client.state == "connected"


@over_http
async def test_ami_over_http_switched_off_and_on(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        change(server, "manager.conf", ("webenabled = yes", "webenabled = no"))
        await asyncio.to_thread(server.cli, "manager reload")
        await until_state(client, "reconnecting", LIMIT)
        with pytest.raises(ConnectionLost, match="was reconfigured"):
            await client.ping()
        change(server, "manager.conf", ("webenabled = no", "webenabled = yes"))
        await asyncio.to_thread(server.cli, "manager reload")
        await until_state(client, "connected", LIMIT)
        await user_event(client, "again")
        assert {*await seen_until(stream, "again")} == {"lost", "back"}


@every_transport
async def test_a_server_that_stands_still(asterisk: AsteriskServer, transport: Transport) -> None:
    """Its machine still accepts connections; nothing in them is answered."""
    async with make(asterisk, transport, max_silence=SILENCE, timeout=SILENCE) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        os.kill(asterisk.pid, signal.SIGSTOP)
        try:
            assert await taken(stream) == "lost"
            with pytest.raises(ConnectionLost, match="coming back"):
                await client.ping()
        finally:
            os.kill(asterisk.pid, signal.SIGCONT)
        assert await taken(stream) == "back"
        await user_event(client, "again")
        assert await taken(stream) == "again"


@every_transport
async def test_a_network_that_is_cut_without_a_word(asterisk: AsteriskServer, transport: Transport) -> None:
    async with (
        Proxy(port_of(asterisk, transport)) as proxy,
        make(asterisk, transport, port=proxy.port, max_silence=SILENCE, timeout=SILENCE) as client,
    ):
        stream = client.events(events.UserEvent, notices.Notice)
        await user_event(client, "before")
        assert await taken(stream) == "before"
        proxy.up = proxy.down = discard
        # Over TCP a server may be busy with an action for as long as that may take, and is given that time.
        call = asyncio.create_task(client.send(actions.Ping(), reply_timeout=SILENCE if transport == "tcp" else LIMIT))
        assert await taken(stream) == "lost"
        with pytest.raises((OutcomeUnknown, ActionTimeout)):
            await call
        await tried_in_vain(proxy, client, times=1)
        proxy.up = proxy.down = forward
        assert await taken(stream) == "back"
        await user_event(client, "again")
        assert await taken(stream) == "again"


async def test_a_server_that_still_has_the_session_that_was_lost(asterisk_factory: AsteriskFactory) -> None:
    """To the client it is gone, and the server, which knows nothing of that, allows no second one."""
    server = asterisk_factory(tls=None, manager_options={"allowmultiplelogin": "no"})
    account = server.users["hello"]
    async with Proxy(server.ami_port) as proxy, make(server, "tcp", port=proxy.port) as client:
        stream = client.events(notices.Notice)
        proxy.up = refused
        proxy.cut()
        assert await taken(stream) == "lost"
        await until(lambda: server.sessions("hello") == 0)
        with Recorder(server.host, server.ami_port, account):
            proxy.up = forward
            await tried_in_vain(proxy, client)
        assert await taken(stream) == "back"
        assert await client.ping()


async def test_a_server_with_too_many_who_have_not_logged_in(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None, manager_options={"authlimit": "5"})
    async with Proxy(server.ami_port) as proxy, make(server, "tcp", port=proxy.port) as client:
        stream = client.events(notices.Notice)
        with ExitStack() as crowd:
            for _ in range(5):
                one = crowd.enter_context(socket.create_connection((server.host, server.ami_port)))
                assert await asyncio.to_thread(one.recv, 100)
            proxy.cut()
            assert await taken(stream) == "lost"
            await tried_in_vain(proxy, client)
        assert await taken(stream) == "back"
        assert await client.ping()


async def test_a_web_server_with_too_many_connections(asterisk_factory: AsteriskFactory) -> None:
    http = (CONFIG / "http.conf").read_text() + "\nsessionlimit = 8\n"
    server = asterisk_factory(tls=None, config={"http.conf": http})
    async with Proxy(server.http_port) as proxy, make(server, "http", port=proxy.port) as client:
        _ = client.events(events.UserEvent)
        with ExitStack() as crowd:
            proxy.up = refused
            proxy.cut()
            await until_state(client, "reconnecting", LIMIT)
            await asyncio.to_thread(fill, server, crowd)
            proxy.up = forward
            await tried_in_vain(proxy, client)
            with pytest.raises(ConnectionLost, match="sessionlimit"):
                await make(server, "http").connect()
        await until_state(client, "connected", LIMIT)
        assert await client.ping()


def fill(server: AsteriskServer, crowd: ExitStack) -> None:
    """Make connections to the web server until it takes no more."""
    due = time.monotonic() + LIMIT
    while time.monotonic() < due:
        one = crowd.enter_context(socket.create_connection((server.host, server.http_port)))
        one.settimeout(0.2)
        try:
            if not one.recv(1):
                return
        except TimeoutError:
            continue
        except ConnectionError:
            return
    msg = "the web server takes more and more connections"
    raise AssertionError(msg)


def stand_still(server: AsteriskServer) -> None:
    """Have nothing happen here until the server has forgotten the session."""
    due = time.monotonic() + LIMIT
    while server.sessions("hello") > 0:
        assert time.monotonic() < due
        time.sleep(0.2)


async def test_a_client_that_stood_still(asterisk_factory: AsteriskFactory) -> None:
    """As its machine was asleep: the server has forgotten its session, and the events and filters in it."""
    server = asterisk_factory(tls=None, http_timeout=3)
    async with make(server, "http", filters=[EventFilter(match="UserEvent: (kept|also kept)")]) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        await user_event(client, "dropped")
        await user_event(client, "kept")
        assert await taken(stream) == "kept"
        stand_still(server)
        assert (await client.ping())[0]["Ping"] == "Pong"
        assert (await taken(stream), await taken(stream)) == ("lost", "back")
        await user_event(client, "dropped")
        await user_event(client, "also kept")
        assert await taken(stream) == "also kept"


async def test_a_mask_that_was_set_before_the_client_stood_still(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None, http_timeout=3)
    async with make(server, "http", events=["user"]) as client, make(server, "tcp", "mixed") as other:
        stream, heard = client.events(), other.events(events.UserEvent)
        await client.actions.events(event_mask="dialplan,call")
        stand_still(server)
        await client.ping()
        await user_event(client, "unwanted")
        assert await taken(heard) == "unwanted"
        await client.originate("100", "200")
        async with asyncio.timeout(LIMIT):
            assert not isinstance(await anext(stream), events.UserEvent)


async def test_a_mask_that_is_off_over_http(asterisk_factory: AsteriskFactory) -> None:
    """Asterisk takes a WaitEvent with a mask that is off for the wish to have everything."""
    server = asterisk_factory(tls=None, http_timeout=11)  # so that a poll lasts a second
    async with make(server, "http") as client, make(server, "http", "mixed") as other:
        stream, heard = client.events(events.UserEvent), other.events(events.UserEvent)
        await client.actions.events(event_mask="off")
        transport = client._supervisor.transport
        assert isinstance(transport, HTTPTransport)
        await until(lambda: not transport.is_polling)
        for name in ("1", "2", "3"):
            await user_event(client, name)
            assert await taken(heard) == name
        await client.actions.events(event_mask="user")
        await user_event(client, "on")
        assert await taken(stream) == "on"


class HeldFilter:
    """What a client sends is passed on, but for a filter, which waits until it is let go.

    Attributes:
        came: Set when there is one.
        go: Set to let it go.
    """

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        if b"Filter" in data:
            self.came.set()
            await self.go.wait()
        return await passed_on(data, out)


@with_sessions
async def test_filters_are_in_force_before_the_client_is_back(
    asterisk_factory: AsteriskFactory, transport: Transport
) -> None:
    """The server applies them as it hands events out: over TCP at once, over HTTP when they are fetched."""
    server = asterisk_factory(tls=None, http_timeout=3)
    held = HeldFilter()
    in_force: list[bool] = []
    async with (
        Proxy(port_of(server, transport)) as proxy,
        make(server, transport, port=proxy.port, filters=[EventFilter(match="UserEvent: (kept|end)")]) as client,
        make(server, "tcp", "mixed") as other,
    ):
        stream, heard = client.events(events.UserEvent, notices.Notice), other.events(events.UserEvent)

        @client.on(notices.Connected)
        async def note(notice: notices.Connected) -> None:
            in_force.append(held.go.is_set())

        await user_event(client, "kept")
        assert (await taken(stream), await taken(heard)) == ("kept", "kept")
        if transport == "http":
            stand_still(server)
        proxy.up = held
        if transport == "tcp":
            proxy.cut()
        async with asyncio.timeout(LIMIT):
            await held.came.wait()
        for name in ("dropped", "kept"):
            await user_event(other, name)
            assert await taken(heard) == name
        held.go.set()
        await until_state(client, "connected", LIMIT)
        await user_event(client, "dropped")
        await user_event(client, "end")
        assert await seen_until(stream, "end") == ["lost", "back", *(["kept"] if transport == "http" else [])]
    assert in_force == [True]


@with_sessions
async def test_another_version(asterisk_factory: AsteriskFactory, asterisk_version: str, transport: Transport) -> None:
    """What the other version doesn't know, such as some filters, is no reason not to be connected to it."""
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        if asterisk_version != "16":
            await client.add_filter(EventFilter(name="UserEvent", method="none"))
        assert (client.asterisk_version or "").startswith(server.release)
        await asyncio.to_thread(server.kill)
        with AsteriskServer("22" if asterisk_version == "16" else "16", instead_of=server) as other:
            await until(lambda: (client.asterisk_version or "").startswith(other.release))
            await user_event(client, "other")
            assert {*await seen_until(stream, "other")} == {"lost", "back"}
            assert len((await client.actions.core_show_channels()).items) == 0


@with_sessions
async def test_taking_stock_after_a_kill(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    """What the helpers find is what the server's console tells."""
    server = asterisk_factory(tls=None)
    found: asyncio.Queue[resync.Snapshot] = asyncio.Queue()
    async with Proxy(port_of(server, transport)) as proxy:
        client = make(server, transport, port=proxy.port)

        @client.on(notices.Connected, events.Newchannel)
        async def take_stock(event: notices.Connected | events.Newchannel) -> None:
            if isinstance(event, notices.Connected):
                await found.put(await resync.snapshot(client))

        async with client, asyncio.timeout(LIMIT):
            nothing = await found.get()
            assert (nothing.channels, nothing.bridges, set(nothing.queues)) == ({}, {}, {"support", "sales"})
            proxy.up = refused
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start_again)
            for exten in ("700", "601"):
                await asyncio.to_thread(
                    server.cli, f"channel originate Local/{exten}@from-internal application Wait 60"
                )
            await until(lambda: " 1 calls" in server.cli("queue show sales") and conference_there(server))
            proxy.up = forward
            snapshot = await found.get()
            channels = await asyncio.to_thread(server.cli, "core show channels concise")
            bridges = await asyncio.to_thread(server.cli, "bridge show all")
            await client.ami_request({"Action": "Hangup", "Channel": "/.*/"})
    # The console also has the channel that says what is to be heard in a conference.
    names = {line.split("!")[0] for line in channels.splitlines() if "!" in line and not line.startswith("CBAnn/")}
    assert {channel.channel for channel in snapshot.channels.values()} == names
    assert len(names) == 4
    assert set(snapshot.bridges) == {line.split()[0] for line in bridges.splitlines()[1:]}
    (conference,) = snapshot.bridges.values()
    assert [channel.channel for channel in conference.channels if not channel.channel.startswith("CBAnn/")] == [
        name for name in names if name.startswith("Local/700") and name.endswith(";2")
    ]
    assert [caller.channel for caller in snapshot.queues["sales"].callers] == [
        name for name in names if name.startswith("Local/601") and name.endswith(";2")
    ]
    assert [member.name for member in snapshot.queues["support"].members] == ["Ann Agent", "Börje Agent"]


def conference_there(server: AsteriskServer) -> bool:
    return "Local/700" in server.cli("confbridge list 700")
