"""Faults of the network, over both transports: every action gets its reply or raises."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from amitypes import Reconnect, actions, events
from amitypes.errors import ActionTimeout, ConnectionLost, OutcomeUnknown
from tests.behaviour.proxy import CutAfter, HalfClosed, Held, Proxy, discard, forward, forward_single_bytes
from tests.behaviour.scripted_server import TRANSPORTS, ScriptedServer, Transport
from tests.transports import transport_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIST = (
    b"Response: Success\r\nActionID: {id}\r\nEventList: start\r\nMessage: will follow\r\n\r\n"
    b"Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: PJSIP/Zo\xc3\xab-1\r\n\r\n"
    b"Event: CoreShowChannelsComplete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
)
EVENT = "Event: Newchannel\r\nUniqueid: 1\r\nCallerIDName: Zoë\r\n\r\n".encode()

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer({"CoreShowChannels": LIST}) as scripted:
        yield scripted


async def test_single_byte_segments_are_reassembled(transport: Transport, server: ScriptedServer) -> None:
    async with Proxy(server.port(transport), up=forward_single_bytes, down=forward_single_bytes) as proxy:
        client = server.client(transport, port=proxy.port)
        stream = client.events(events.Newchannel)
        async with client, asyncio.timeout(30):
            assert (await client.actions.ping()).ping == "Pong"
            listing = await client.actions.core_show_channels()
            assert [item.channel for item in listing.items] == ["PJSIP/Zoë-1"]
            await server.push(EVENT)
            assert (await anext(aiter(stream))).caller_id_name == "Zoë"


async def test_replies_that_arrive_at_once_reach_their_callers(transport: Transport, server: ScriptedServer) -> None:
    async with Proxy(server.port(transport)) as proxy, server.client(transport, port=proxy.port) as client:
        held = proxy.down = Held()
        calls = [
            asyncio.create_task(client.ami_request({"Action": "Ping", "ActionID": str(number)})) for number in range(20)
        ]
        async with asyncio.timeout(10):
            await wait_until(lambda: len(server.actions) >= (20 if transport == "tcp" else 1))
            await held.release()
            answers = await asyncio.gather(*calls)
    assert [answer[0]["ActionID"] for answer in answers] == [str(number) for number in range(20)]


async def test_a_silent_connection_times_the_action_out(transport: Transport, server: ScriptedServer) -> None:
    async with Proxy(server.port(transport)) as proxy, server.client(transport, port=proxy.port) as client:
        proxy.down = discard
        with pytest.raises(ActionTimeout):
            await client.send(actions.Ping(), reply_timeout=0.2)
        proxy.down = forward
        proxy.cut()


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_connection_cut_after_each_byte_yields_a_whole_reply_or_an_error(
    transport: Transport, server: ScriptedServer, direction: str
) -> None:
    """Wherever a connection breaks, no caller waits for ever, and a success is a whole reply."""
    outcomes: Counter[str] = Counter()
    for count in range(1, 1200, 11 if transport == "tcp" else 41):
        cut = CutAfter(count)
        async with Proxy(server.port(transport)) as proxy, asyncio.timeout(20):
            if direction == "up":
                proxy.up = cut
            else:
                proxy.down = cut
            try:
                async with server.client(transport, port=proxy.port, timeout=2.0) as client:
                    listing = await client.actions.core_show_channels()
                    found = ", ".join(item.channel for item in listing.items), listing.complete.list_items
                    outcomes[f"{found}"] += 1
            except ConnectionLost as error:
                outcomes[type(error).__name__] += 1
    assert {"('PJSIP/Zoë-1', 1)", "ConnectionLost", "OutcomeUnknown"} == outcomes.keys()


async def test_actions_in_flight_at_a_cut_have_an_unknown_outcome(transport: Transport) -> None:
    async with ScriptedServer({"Reload": None}) as server, Proxy(server.port(transport)) as proxy:
        async with server.client(transport, port=proxy.port) as client:
            calls = [asyncio.create_task(client.send(actions.Reload())) for _ in range(3)]
            async with asyncio.timeout(10):
                await wait_until(lambda: server.names().count("Reload") == 3)
                proxy.cut()
                results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [OutcomeUnknown] * 3
        assert server.names().count("Reload") == 3, "an action was sent again"


async def test_the_client_reconnects_after_a_half_close(transport: Transport, server: ScriptedServer) -> None:
    """The server has closed its direction, and still reads."""
    async with Proxy(server.port(transport)) as proxy, server.client(transport, port=proxy.port) as client:
        states: list[str] = []
        client.on_state(states.append)
        proxy.down = HalfClosed()
        with pytest.raises(OutcomeUnknown, match="Ping: sent, and then"):
            await client.actions.ping()
        proxy.down = forward
        async with asyncio.timeout(10):
            await wait_until(lambda: client.state == "connected")
        assert (await client.actions.ping()).ping == "Pong"
        assert states == (["reconnecting", "connected"] if transport == "tcp" else [])


async def test_actions_in_flight_at_a_keepalive_timeout_have_an_unknown_outcome(transport: Transport) -> None:
    async with ScriptedServer({"Reload": None}) as server, server.client(transport) as client:
        call = asyncio.create_task(client.send(actions.Reload()))
        async with asyncio.timeout(10):
            await wait_until(lambda: "Reload" in server.names())
            transport_of(client).give_up("no keepalive")
            with pytest.raises(OutcomeUnknown, match=r"Reload: sent, and then .*no keepalive"):
                await call
        assert server.names().count("Reload") == 1


async def test_a_held_action_waits_for_the_next_connection(transport: Transport, server: ScriptedServer) -> None:
    async with Proxy(server.port(transport)) as proxy:
        client = server.client(transport, port=proxy.port, reconnect=Reconnect(hold_actions=True))
        subscription = client.events(events.Newchannel)  # over HTTP the loss is noticed by the poll for its events
        async with client, asyncio.timeout(30):
            proxy.up = CutAfter(0)
            proxy.cut()
            await wait_until(lambda: client.state == "reconnecting")
            call = asyncio.create_task(client.actions.ping())
            proxy.up = forward
            assert (await call).ping == "Pong"
            await subscription.aclose()
    assert server.names().count("Ping") == 1


async def test_duplicate_replies_are_ignored(transport: Transport) -> None:
    twice = b"Response: Success\r\nActionID: {id}\r\nVariable: V\r\nValue: 1\r\n\r\n" * 2
    async with ScriptedServer({"Getvar": twice}) as server, server.client(transport) as client:
        values = [(await client.actions.getvar(variable="V")).value for _ in range(3)]
        assert values == ["1", "1", "1"]
        assert (await client.actions.ping()).ping == "Pong"
