"""Lists streamed from a real Asterisk, compared with the same lists collected."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest

from amitypes import ActionError, TCPClient, actions, events
from amitypes.actions import Action
from amitypes.events import Event
from amitypes.responses import ListResponse
from tests.asterisk.clients import TRANSPORTS, Client, Transport, connected, hang_up
from tests.asterisk.test_typed_calls import harmless
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.asterisk.server import AsteriskServer

CALLS = 110
EXTENSIONS = 10_000
LIMIT = 60.0


def shape(item: Event) -> tuple[type[Event], tuple[str, ...]]:
    """The part of an item that doesn't change between two lists."""
    return type(item), tuple(item.raw)


def lists() -> Iterator[Action[ListResponse]]:
    """The harmless actions that list."""
    for action in harmless("none"):
        kind = TCPClient.registry.response_class(action.wire_name)
        if kind is not None and issubclass(kind, ListResponse):
            yield cast("Action[ListResponse]", action)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_streamed_list_equals_the_collected_list(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        listed = set[str]()
        refused: list[tuple[Action[ListResponse], str]] = []
        for action in lists():
            try:
                whole = await client.send(action)
            except ActionError as error:
                refused.append((action, str(error)))
                continue
            async with client.stream(action) as items:
                assert [shape(item) async for item in items] == [shape(item) for item in whole.items]
            assert items.response.message == whole.response.message
            assert shape(items.complete) == shape(whole.complete)
            assert [shape(other) for other in items.others] == [shape(other) for other in whole.others]
            listed.add(action.wire_name)
        for action, said in refused:
            with pytest.raises(ActionError, match=re.escape(said)):
                await refusal(client, action)
        assert {"CoreShowChannels", "DeviceStateList", "IAXpeers", "QueueStatus", "ShowDialPlan"} <= listed


async def refusal(client: Client, action: Action[ListResponse]) -> None:
    async with client.stream(action):
        pytest.fail("it was refused before")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_hundreds_of_channels_are_streamed(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        await call_each_other(client, CALLS)

        async def all_are_up() -> bool:
            return len((await client.actions.core_show_channels()).items) >= 2 * CALLS

        await wait_until(all_are_up, timeout=LIMIT)
        whole = await client.actions.core_show_channels()
        async with client.stream(actions.CoreShowChannels()) as channels:
            found = [channel.uniqueid async for channel in channels]
        assert sorted(found) == sorted(channel.uniqueid for channel in whole.items)
        assert channels.complete.list_items == len(found) >= 2 * CALLS
        # Some channels are queried while the list continues.
        asked = 0
        async with client.stream(actions.CoreShowChannels()) as channels:
            async for channel in channels:
                if asked < 20:
                    answer = await client.actions.getvar(variable="CHANNEL(state)", channel=channel.channel)
                    assert answer.value == "Up"
                    asked += 1
        assert channels.complete.list_items == len(found)
        await hang_up(client)


async def call_each_other(client: Client, count: int) -> None:
    for _ in range(count):
        await client.actions.originate(channel="Local/101@from-internal/n", application="Wait", data="120", async_=True)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_ten_thousand_extensions_are_streamed(asterisk: AsteriskServer, transport: Transport) -> None:
    async with large_dialplan(asterisk), connected(asterisk, transport) as client:
        show = actions.ShowDialPlan(context="large")
        whole = await client.send(show)
        async with client.stream(show) as lines:
            assert [shape(line) async for line in lines] == [shape(line) for line in whole.items]
            assert lines.others == ()
        assert lines.complete.list_items == whole.complete.list_items == len(whole.items) == EXTENSIONS

        async with client.events() as others:
            async with client.stream(show) as lines:
                first = [await anext(lines) for _ in range(10)]
            assert {type(line) for line in first} == {events.ListDialplan}
            await client.actions.user_event(user_event="After")
            heard = [await anext(others)]
            while heard[-1].event != "UserEvent":
                heard.append(await anext(others))
        assert events.ListDialplan not in {type(event) for event in heard}


@asynccontextmanager
async def large_dialplan(server: AsteriskServer) -> AsyncIterator[None]:
    """The context ``large``, with as many extensions as have to be listed."""
    async with connected(server, "tcp") as client:
        for start in range(10_000, 10_000 + EXTENSIONS, 100):
            await asyncio.gather(
                *(
                    client.actions.dialplan_extension_add(
                        context="large", extension=str(number), priority="1", application="NoOp"
                    )
                    for number in range(start, start + 100)
                )
            )
        try:
            yield
        finally:
            await client.actions.command(command="dialplan remove context large")
