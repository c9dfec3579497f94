"""Events: handlers, iteration, and waiting."""

from collections.abc import Awaitable, Callable
from typing import assert_type

from amitypes import HTTPClient, TCPClient, events


async def handlers(client: TCPClient) -> None:
    @client.on(events.Hangup)
    async def hung_up(event: events.Hangup) -> None:
        assert_type(event.channel, str)
        assert_type(event.cause, int | None)
        assert_type(event.priority, int)  # always there

    assert_type(hung_up, Callable[[events.Hangup], Awaitable[None]])

    @client.on(events.Newchannel, events.Hangup)
    async def came_or_went(event: events.Newchannel | events.Hangup) -> None:
        print(event.uniqueid)

    @client.on(events.Event)
    async def anything(event: events.Event) -> None:
        assert_type(event.event, str)

    # A handler of every event handles any of them.
    client.on(events.Hangup)(anything)
    client.on(events.Hangup)(came_or_went)


async def iteration(client: HTTPClient) -> None:
    async for hangup in client.events(events.Hangup):
        assert_type(hangup, events.Hangup)
    async for one_of_two in client.events(events.Newchannel, events.Hangup):
        assert_type(one_of_two, events.Newchannel | events.Hangup)
    async for one_of_three in client.events(events.Newchannel, events.Newstate, events.Hangup):
        assert_type(one_of_three, events.Newchannel | events.Newstate | events.Hangup)
    async for event in client.events():
        assert_type(event, events.Event)
        if isinstance(event, events.UnknownEvent):
            assert_type(event.raw, dict[str, str | list[str]])
    async with client.events(events.DialEnd) as dialled:
        async for end in dialled:
            assert_type(end, events.DialEnd)


async def waiting(client: TCPClient, uniqueid: str) -> None:
    hangup = await client.wait_for(events.Hangup, lambda event: event.uniqueid == uniqueid, timeout=30)
    assert_type(hangup, events.Hangup)
    assert_type(await client.wait_for(events.FullyBooted), events.FullyBooted)
