"""Connections that a real server ends, by a command, by its settings, or by accident: the client reconnects.

Here the server's console or a proxy causes the loss. test_kill_under_load.py tests it under load,
test_reconnect.py what is restored.
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
from amitypes._transport.http.transport import HTTPTransport
from amitypes.errors import ActionError, ActionTimeout, AuthenticationError, ConnectionLost
from tests.asterisk.clients import TRANSPORTS, Transport, make, port_of, user_event
from tests.asterisk.recorder import Recorder
from tests.asterisk.server import CONFIG, AsteriskError, AsteriskServer
from tests.behaviour.proxy import Proxy, discard, forward
from tests.transports import transport_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from amitypes import EventStream
    from amitypes.events import Event
    from tests.asterisk.clients import Client
    from tests.asterisk.conftest import AsteriskFactory

LIMIT = 30.0
"""Seconds after which a test fails that still waits."""
SILENCE = 1.0

every_transport = pytest.mark.parametrize("transport", TRANSPORTS)
over_http = pytest.mark.parametrize("transport", ["http", "digest"])
with_sessions = pytest.mark.parametrize("transport", ["tcp", "http"])


async def refuse(data: bytes, out: asyncio.StreamWriter) -> bool:
    """Cut the connection."""
    return False


async def wait_for_failed_attempts(proxy: Proxy, client: Client, *, count: int = 2) -> None:
    """Wait until the client has tried to reconnect more than so many times, without success."""
    before = proxy.connections
    await wait_until(lambda: proxy.connections > before + count)
    assert client.state == "reconnecting"


async def next_name(stream: EventStream[Event]) -> str:
    """The next item of a stream: `connected`, `disconnected`, `reconnected`, or the name of a user event."""
    async with asyncio.timeout(LIMIT):
        match await anext(stream):
            case notices.Disconnected():
                return "disconnected"
            case notices.Connected(again=True):
                return "reconnected"
            case notices.Connected():
                return "connected"
            case events.UserEvent() as event:
                return str(event.raw["UserEvent"])
            case other:
                return other.event


async def names_before(stream: EventStream[Event], name: str) -> list[str]:
    """The items of a stream before a user event."""
    names: list[str] = []
    while (each := await next_name(stream)) != name:
        names.append(each)
    return names


def edit_config(server: AsteriskServer, file: str, *changes: tuple[str, str]) -> None:
    """Replace texts in a file of the server's configuration."""
    path = server.folder / "etc" / file
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    later = time.time() + 2  # Asterisk compares whole seconds, too
    os.utime(path, (later, later))


def start_command(server: AsteriskServer, command: str) -> asyncio.Task[None]:
    """Start a console command that is answered when the server has ended, if at all."""

    def run() -> None:
        with suppress(AsteriskError):
            server.cli(command, LIMIT)

    return asyncio.create_task(asyncio.to_thread(run))


@with_sessions
async def test_the_client_survives_a_graceful_stop(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    """While the server waits for its last call, it refuses every action and every login; then it ends."""
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        await client.send_and_wait(
            actions.Originate(channel="Local/100@from-internal", application="Wait", data="60", async_=True),
            reply_timeout=LIMIT,
        )
        stopping = start_command(server, "core stop gracefully")
        if transport == "tcp":
            await until_refused(client)
        else:
            # The poll is refused as well: there will be no more events.
            assert await next_name(stream) == "disconnected"
        with pytest.raises(ConnectionLost, match="shutting down"):
            await make(server, transport).connect()
        await asyncio.to_thread(server.cli, "core abort shutdown")
        if transport != "tcp":
            assert await next_name(stream) == "reconnected"
        await user_event(client, "aborted")
        assert await next_name(stream) == "aborted"
        await stopping
        await asyncio.to_thread(server.cli, "channel request hangup all")
        stopping = start_command(server, "core stop gracefully")
        await wait_until(lambda: client.state == "reconnecting", timeout=LIMIT)
        await asyncio.to_thread(server.kill)  # an older version takes long to stop
        await stopping
        await asyncio.to_thread(server.start_again)
        await wait_until(lambda: client.state == "connected", timeout=LIMIT)
        await user_event(client, "again")
        assert {*await names_before(stream, "again")} == {"disconnected", "reconnected"}


async def until_refused(client: Client) -> None:
    """Wait until the server refuses actions because it is about to stop."""
    with pytest.raises(ActionError, match="shutting down"):
        await ping_for(client, LIMIT)


async def ping_for(client: Client, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while True:
            await client.actions.ping()


@pytest.mark.parametrize("user", ["changed", "removed"])
@pytest.mark.parametrize("transport", ["tcp", "digest"])
async def test_a_changed_or_removed_user_ends_the_client(
    asterisk_factory: AsteriskFactory, transport: Transport, user: str
) -> None:
    """An open session continues over TCP; test_http.py has sessions with a cookie."""
    server = asterisk_factory(tls=None)
    changes = ("[hello]", "[goodbye]") if user == "removed" else ("secret = world", "secret = changed")
    async with Proxy(port_of(server, transport)) as proxy, make(server, transport, port=proxy.port) as client:
        stream = client.events(notices.Disconnected)
        edit_config(server, "manager.conf", changes)
        await asyncio.to_thread(server.cli, "manager reload")
        if transport == "tcp":
            await client.ping()
            proxy.cut()
        else:
            with pytest.raises((AuthenticationError, ConnectionLost), match=r"refused the login of 'hello'.*\[hello\]"):
                await client.ping()
        assert (await anext(stream)).reconnecting is (transport == "tcp")
        await wait_until(lambda: client.state == "disconnected", timeout=LIMIT)
        tried = proxy.connections
        with pytest.raises(ConnectionLost, match="refused the login"):
            await client.ping()
    if transport == "tcp":
        assert tried == 2


@with_sessions
async def test_a_reload_keeps_the_connection(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    server = asterisk_factory()
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        for module, file in (("manager", "manager.conf"), ("http", "http.conf"), ("", "logger.conf")):
            edit_config(server, file)
            await asyncio.to_thread(server.cli, f"module reload {module}".strip())
            await user_event(client, f"reloaded {module}")
            assert await next_name(stream) == f"reloaded {module}"
        assert client.state == "connected"


@over_http
async def test_the_client_reconnects_when_ami_over_http_is_enabled_again(
    asterisk_factory: AsteriskFactory, transport: Transport
) -> None:
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        edit_config(server, "manager.conf", ("webenabled = yes", "webenabled = no"))
        await asyncio.to_thread(server.cli, "manager reload")
        await wait_until(lambda: client.state == "reconnecting", timeout=LIMIT)
        with pytest.raises(ConnectionLost, match="was reconfigured"):
            await client.ping()
        edit_config(server, "manager.conf", ("webenabled = no", "webenabled = yes"))
        await asyncio.to_thread(server.cli, "manager reload")
        await wait_until(lambda: client.state == "connected", timeout=LIMIT)
        await user_event(client, "again")
        assert {*await names_before(stream, "again")} == {"disconnected", "reconnected"}


@every_transport
async def test_the_client_reconnects_to_a_server_that_was_suspended(
    asterisk: AsteriskServer, transport: Transport
) -> None:
    """The kernel still accepts connections, but nothing is answered."""
    async with make(asterisk, transport, max_silence=SILENCE, timeout=SILENCE) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        os.kill(asterisk.pid, signal.SIGSTOP)
        try:
            assert await next_name(stream) == "disconnected"
            with pytest.raises(ConnectionLost, match="is reconnecting"):
                await client.ping()
        finally:
            os.kill(asterisk.pid, signal.SIGCONT)
        assert await next_name(stream) == "reconnected"
        await user_event(client, "again")
        assert await next_name(stream) == "again"


@every_transport
async def test_the_client_reconnects_over_a_network_that_dropped_everything(
    asterisk: AsteriskServer, transport: Transport
) -> None:
    async with (
        Proxy(port_of(asterisk, transport)) as proxy,
        make(asterisk, transport, port=proxy.port, max_silence=SILENCE, timeout=SILENCE) as client,
    ):
        stream = client.events(events.UserEvent, notices.Notice)
        await user_event(client, "before")
        assert await next_name(stream) == "before"
        proxy.up = proxy.down = discard
        # Over TCP the server may be busy with an action until that times out, so the client waits that long.
        call = asyncio.create_task(client.send(actions.Ping(), reply_timeout=SILENCE if transport == "tcp" else LIMIT))
        assert await next_name(stream) == "disconnected"
        with pytest.raises((OutcomeUnknown, ActionTimeout)):
            await call
        await wait_for_failed_attempts(proxy, client, count=1)
        proxy.up = proxy.down = forward
        assert await next_name(stream) == "reconnected"
        await user_event(client, "again")
        assert await next_name(stream) == "again"


async def test_the_client_retries_while_the_server_keeps_the_lost_session(asterisk_factory: AsteriskFactory) -> None:
    """The server hasn't noticed the loss, and allows no second session of the user."""
    server = asterisk_factory(tls=None, manager_options={"allowmultiplelogin": "no"})
    account = server.users["hello"]
    async with Proxy(server.ami_port) as proxy, make(server, "tcp", port=proxy.port) as client:
        stream = client.events(notices.Notice)
        proxy.up = refuse
        proxy.cut()
        assert await next_name(stream) == "disconnected"
        await wait_until(lambda: asyncio.to_thread(lambda: server.sessions("hello") == 0))
        with Recorder(server.host, server.ami_port, account):
            proxy.up = forward
            await wait_for_failed_attempts(proxy, client)
        assert await next_name(stream) == "reconnected"
        assert await client.ping()


async def test_the_client_retries_while_authlimit_is_reached(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None, manager_options={"authlimit": "5"})
    async with Proxy(server.ami_port) as proxy, make(server, "tcp", port=proxy.port) as client:
        stream = client.events(notices.Notice)
        with ExitStack() as crowd:
            for _ in range(5):
                one = crowd.enter_context(socket.create_connection((server.host, server.ami_port)))
                assert await asyncio.to_thread(one.recv, 100)
            proxy.cut()
            assert await next_name(stream) == "disconnected"
            await wait_for_failed_attempts(proxy, client)
        assert await next_name(stream) == "reconnected"
        assert await client.ping()


async def test_the_client_retries_while_sessionlimit_is_reached(asterisk_factory: AsteriskFactory) -> None:
    http = (CONFIG / "http.conf").read_text() + "\nsessionlimit = 8\n"
    server = asterisk_factory(tls=None, config={"http.conf": http})
    async with Proxy(server.http_port) as proxy, make(server, "http", port=proxy.port) as client:
        _ = client.events(events.UserEvent)
        with ExitStack() as crowd:
            proxy.up = refuse
            proxy.cut()
            await wait_until(lambda: client.state == "reconnecting", timeout=LIMIT)
            await asyncio.to_thread(exhaust_connections, server, crowd)
            proxy.up = forward
            await wait_for_failed_attempts(proxy, client)
            with pytest.raises(ConnectionLost, match="sessionlimit"):
                await make(server, "http").connect()
        await wait_until(lambda: client.state == "connected", timeout=LIMIT)
        assert await client.ping()


def exhaust_connections(server: AsteriskServer, crowd: ExitStack) -> None:
    """Connect to the web server until it accepts no more."""
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
    msg = "the web server accepts more and more connections"
    raise AssertionError(msg)


def block_until_forgotten(server: AsteriskServer) -> None:
    """Block the event loop until the server has forgotten the session."""
    due = time.monotonic() + LIMIT
    while server.sessions("hello") > 0:
        assert time.monotonic() < due
        time.sleep(0.2)


async def test_a_suspended_client_renews_its_session_and_filters(asterisk_factory: AsteriskFactory) -> None:
    """As after a suspended machine: the server has forgotten the session, with its events and filters."""
    server = asterisk_factory(tls=None, http_timeout=3)
    async with make(server, "http", filters=[EventFilter(match="UserEvent: (kept|also kept)")]) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        await user_event(client, "dropped")
        await user_event(client, "kept")
        assert await next_name(stream) == "kept"
        block_until_forgotten(server)
        assert (await client.ping())[0]["Ping"] == "Pong"
        assert (await next_name(stream), await next_name(stream)) == ("disconnected", "reconnected")
        await user_event(client, "dropped")
        await user_event(client, "also kept")
        assert await next_name(stream) == "also kept"


async def test_a_suspended_client_renews_its_event_mask(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(tls=None, http_timeout=3)
    async with make(server, "http", events=["user"]) as client, make(server, "tcp", "mixed") as other:
        stream, heard = client.events(), other.events(events.UserEvent)
        await client.actions.events(event_mask="dialplan,call")
        block_until_forgotten(server)
        await client.ping()
        await user_event(client, "unwanted")
        assert await next_name(heard) == "unwanted"
        await client.originate("100", "200")
        async with asyncio.timeout(LIMIT):
            assert not isinstance(await anext(stream), events.UserEvent)


async def test_no_event_arrives_over_http_while_the_mask_is_off(asterisk_factory: AsteriskFactory) -> None:
    """Asterisk treats a WaitEvent with the mask "off" as a request for everything."""
    server = asterisk_factory(tls=None, http_timeout=11)  # so that a poll lasts a second
    async with make(server, "http") as client, make(server, "http", "mixed") as other:
        stream, heard = client.events(events.UserEvent), other.events(events.UserEvent)
        await client.actions.events(event_mask="off")
        transport = transport_of(client)
        assert isinstance(transport, HTTPTransport)
        await wait_until(lambda: not transport.is_polling)
        for name in ("1", "2", "3"):
            await user_event(client, name)
            assert await next_name(heard) == name
        await client.actions.events(event_mask="user")
        await user_event(client, "on")
        assert await next_name(stream) == "on"


class HeldFilter:
    """Forward what a client sends, but hold a filter until it is released.

    Attributes:
        received: Set when a filter is held.
        release: Set it to forward the filter.
    """

    def __init__(self) -> None:
        self.received = asyncio.Event()
        self.release = asyncio.Event()

    async def __call__(self, data: bytes, out: asyncio.StreamWriter) -> bool:
        if b"Filter" in data:
            self.received.set()
            await self.release.wait()
        return await forward(data, out)


@with_sessions
async def test_filters_are_in_force_before_connected_is_published(
    asterisk_factory: AsteriskFactory, transport: Transport
) -> None:
    """The server applies filters when it sends events: over TCP at once, over HTTP when they are fetched."""
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
            in_force.append(held.release.is_set())

        await user_event(client, "kept")
        assert (await next_name(stream), await next_name(heard)) == ("kept", "kept")
        if transport == "http":
            block_until_forgotten(server)
        proxy.up = held
        if transport == "tcp":
            proxy.cut()
        async with asyncio.timeout(LIMIT):
            await held.received.wait()
        for name in ("dropped", "kept"):
            await user_event(other, name)
            assert await next_name(heard) == name
        held.release.set()
        await wait_until(lambda: client.state == "connected", timeout=LIMIT)
        await user_event(client, "dropped")
        await user_event(client, "end")
        assert await names_before(stream, "end") == [
            "disconnected",
            "reconnected",
            *(["kept"] if transport == "http" else []),
        ]
    assert in_force == [True]


@with_sessions
async def test_the_client_reconnects_to_another_version(
    asterisk_factory: AsteriskFactory, asterisk_version: str, transport: Transport
) -> None:
    """Filters that the other version doesn't support don't prevent the connection."""
    server = asterisk_factory(tls=None)
    async with make(server, transport) as client:
        stream = client.events(events.UserEvent, notices.Notice)
        if asterisk_version != "16":
            await client.add_filter(EventFilter(name="UserEvent", method="none"))
        assert (client.asterisk_version or "").startswith(server.release)
        await asyncio.to_thread(server.kill)
        with AsteriskServer("22" if asterisk_version == "16" else "16", instead_of=server) as other:
            await wait_until(lambda: (client.asterisk_version or "").startswith(other.release))
            await user_event(client, "other")
            assert {*await names_before(stream, "other")} == {"disconnected", "reconnected"}
            assert len((await client.actions.core_show_channels()).items) == 0


@with_sessions
async def test_resync_after_a_kill_matches_the_console(asterisk_factory: AsteriskFactory, transport: Transport) -> None:
    """`resync` returns what the server's console shows."""
    server = asterisk_factory(tls=None)
    found: asyncio.Queue[resync.Snapshot] = asyncio.Queue()
    async with Proxy(port_of(server, transport)) as proxy:
        client = make(server, transport, port=proxy.port)

        @client.on(notices.Connected, events.Newchannel)
        async def reload(event: notices.Connected | events.Newchannel) -> None:
            if isinstance(event, notices.Connected):
                await found.put(await resync.snapshot(client))

        async with client, asyncio.timeout(LIMIT):
            empty = await found.get()
            assert (empty.channels, empty.bridges, set(empty.queues)) == ({}, {}, {"support", "sales"})
            proxy.up = refuse
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start_again)
            for exten in ("700", "601"):
                await asyncio.to_thread(
                    server.cli, f"channel originate Local/{exten}@from-internal application Wait 60"
                )
            await wait_until(lambda: asyncio.to_thread(calls_are_up, server))
            proxy.up = forward
            snapshot = await found.get()
            channels = await asyncio.to_thread(server.cli, "core show channels concise")
            bridges = await asyncio.to_thread(server.cli, "bridge show all")
            await client.ami_request({"Action": "Hangup", "Channel": "/.*/"})
    # The console also lists the announcer channel of the conference.
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


def calls_are_up(server: AsteriskServer) -> bool:
    return " 1 calls" in server.cli("queue show sales") and "Local/700" in server.cli("confbridge list 700")
