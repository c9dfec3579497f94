"""What a network does to the bytes, over both transports: every action is answered, or its caller is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from amitypes import Reconnect, actions, events
from amitypes._protocol.errors import ActionTimeout, ConnectionLost, OutcomeUnknown
from tests.behaviour.proxy import CutAfter, HalfClosed, Held, Proxy, in_single_bytes, passed_on, swallowed
from tests.behaviour.scripted_server import TRANSPORTS, Scripted, Transport

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
async def server() -> AsyncIterator[Scripted]:
    async with Scripted({"CoreShowChannels": LIST}) as scripted:
        yield scripted


async def test_single_bytes(transport: Transport, server: Scripted) -> None:
    async with Proxy(server.port(transport), up=in_single_bytes, down=in_single_bytes) as proxy:
        client = server.client(transport, port=proxy.port)
        stream = client.events(events.Newchannel)
        async with client, asyncio.timeout(30):
            assert (await client.actions.ping()).ping == "Pong"
            listing = await client.actions.core_show_channels()
            assert [item.channel for item in listing.items] == ["PJSIP/Zoë-1"]
            await server.push(EVENT)
            assert (await anext(aiter(stream))).caller_id_name == "Zoë"


async def test_everything_at_once(transport: Transport, server: Scripted) -> None:
    async with Proxy(server.port(transport)) as proxy, server.client(transport, port=proxy.port) as client:
        held = proxy.down = Held()
        calls = [
            asyncio.create_task(client.ami_request({"Action": "Ping", "ActionID": str(number)})) for number in range(20)
        ]
        async with asyncio.timeout(10):
            while len(server.actions) < 20 if transport == "tcp" else not server.actions:
                await asyncio.sleep(0.01)
            await held.let_go()
            answers = await asyncio.gather(*calls)
    assert [answer[0]["ActionID"] for answer in answers] == [str(number) for number in range(20)]


async def test_a_connection_that_says_nothing_any_more(transport: Transport, server: Scripted) -> None:
    async with Proxy(server.port(transport)) as proxy, server.client(transport, port=proxy.port) as client:
        proxy.down = swallowed
        with pytest.raises(ActionTimeout):
            await client.send(actions.Ping(), reply_timeout=0.2)
        proxy.down = passed_on
        proxy.cut()


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_cut_after_each_byte(transport: Transport, server: Scripted, direction: str) -> None:
    """Wherever a connection breaks, nobody waits for ever, and whoever was told of success had the whole answer."""
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


async def test_a_cut_with_actions_in_flight(transport: Transport) -> None:
    async with Scripted({"Reload": None}) as server, Proxy(server.port(transport)) as proxy:
        async with server.client(transport, port=proxy.port) as client:
            calls = [asyncio.create_task(client.send(actions.Reload())) for _ in range(3)]
            async with asyncio.timeout(10):
                while server.names().count("Reload") < 3:
                    await asyncio.sleep(0.01)
                proxy.cut()
                results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [OutcomeUnknown] * 3
        assert server.names().count("Reload") == 3, "an action was sent again"


async def test_a_half_closed_connection(transport: Transport, server: Scripted) -> None:
    """The server has said its last word, and still listens."""
    async with Proxy(server.port(transport)) as proxy, server.client(transport, port=proxy.port) as client:
        states: list[str] = []
        client.on_state(states.append)
        proxy.down = HalfClosed()
        with pytest.raises(OutcomeUnknown, match="Ping: sent, and then"):
            await client.actions.ping()
        proxy.down = passed_on
        async with asyncio.timeout(10):
            while client.state != "connected":
                await asyncio.sleep(0.01)
        assert (await client.actions.ping()).ping == "Pong"
        assert states == (["reconnecting", "connected"] if transport == "tcp" else [])


async def test_a_connection_that_is_given_up_with_actions_in_flight(transport: Transport) -> None:
    async with Scripted({"Reload": None}) as server, server.client(transport) as client:
        call = asyncio.create_task(client.send(actions.Reload()))
        async with asyncio.timeout(10):
            while "Reload" not in server.names():
                await asyncio.sleep(0.01)
            assert client._supervisor.transport is not None
            client._supervisor.transport.give_up("no sign of life")
            with pytest.raises(OutcomeUnknown, match=r"Reload: sent, and then .*no sign of life"):
                await call
        assert server.names().count("Reload") == 1


async def test_an_action_called_without_a_connection_may_wait_for_the_next(
    transport: Transport, server: Scripted
) -> None:
    async with server.client(transport, reconnect=Reconnect(hold_actions=True)) as client:
        assert client._supervisor.transport is not None
        client._supervisor.transport.give_up("no sign of life")
        assert (await client.actions.ping()).ping == "Pong"
    assert server.names().count("Ping") == 1


async def test_a_server_that_says_everything_twice(transport: Transport) -> None:
    twice = b"Response: Success\r\nActionID: {id}\r\nVariable: V\r\nValue: 1\r\n\r\n" * 2
    async with Scripted({"Getvar": twice}) as server, server.client(transport) as client:
        values = [(await client.actions.getvar(variable="V")).value for _ in range(3)]
        assert values == ["1", "1", "1"]
        assert (await client.actions.ping()).ping == "Pong"
