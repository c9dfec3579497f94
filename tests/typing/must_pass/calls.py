"""Typed calls: methods, `send`, and the types of their results."""

from collections.abc import AsyncIterator
from typing import assert_type

from amitypes import HTTPClient, ListStream, TCPClient, actions, events, responses
from amitypes.responses import Response


async def methods(client: TCPClient) -> None:
    pong = await client.actions.ping()
    assert_type(pong, responses.Ping)
    assert_type(pong.message, str)
    assert_type(pong.action_id, str)
    assert_type(pong.raw, dict[str, str | list[str]])

    answer = await client.actions.originate(
        channel="Local/100@from-internal", exten="200", context="from-internal", action_id="mine", reply_timeout=5
    )
    assert_type(answer, responses.Originate)
    assert_type((await client.actions.command(command="core show uptime")).output, list[str])


async def lists(client: HTTPClient) -> None:
    listing = await client.actions.core_show_channels()
    assert_type(listing, responses.CoreShowChannels)
    assert_type(listing.items, list[events.CoreShowChannel])
    assert_type(listing.complete, events.CoreShowChannelsComplete)
    assert_type(listing.items[0].channel, str)

    queues = await client.actions.queue_status(queue="support")
    assert_type(queues.items, list[events.QueueParams | events.QueueMember | events.QueueEntry])
    for item in queues.items:
        if isinstance(item, events.QueueMember):
            assert_type(item, events.QueueMember)
        elif isinstance(item, events.QueueParams):
            assert_type(item, events.QueueParams)
        else:
            assert_type(item, events.QueueEntry)


async def sending(client: TCPClient | HTTPClient) -> None:
    assert_type(await client.send(actions.Ping()), responses.Ping)
    assert_type(await client.send(actions.CoreShowChannels(), reply_timeout=2.5), responses.CoreShowChannels)
    action = actions.Originate(channel="Local/100@from-internal", exten="200", context="from-internal", priority=1)
    assert_type(await client.send(action), responses.Originate)


async def answered_later(client: TCPClient | HTTPClient) -> None:
    call = actions.Originate(channel="PJSIP/alice", application="Wait", data="5", async_=True)
    assert_type(await client.send_and_wait(call, reply_timeout=60), events.OriginateResponse)
    assert_type(await client.send(call), responses.Originate)
    command = actions.AGI(channel="PJSIP/alice-1", command="ANSWER")
    assert_type((await client.send_and_wait(command)).command_id, str)


async def acknowledged(client: TCPClient) -> None:
    done: responses.Acknowledgement = await client.actions.redirect(
        channel="PJSIP/alice-1", exten="200", context="from-internal", priority=1
    )
    assert_type(done.message, str)


async def streamed(client: TCPClient | HTTPClient) -> None:
    async with client.stream(actions.CoreShowChannels()) as channels:
        assert_type(channels, ListStream[events.CoreShowChannel, events.CoreShowChannelsComplete])
        assert_type(channels.response, Response)
        async for channel in channels:
            assert_type(channel, events.CoreShowChannel)
            assert_type(channel.channel, str)
        assert_type(channels.complete, events.CoreShowChannelsComplete)
        assert_type(channels.others, tuple[events.Event, ...])

    async with client.stream(actions.QueueStatus(queue="support"), reply_timeout=5) as queues:
        async for item in queues:
            assert_type(item, events.QueueParams | events.QueueMember | events.QueueEntry)
        first = await anext(queues)
        assert_type(first, events.QueueParams | events.QueueMember | events.QueueEntry)

    numbers = [channel.channel_state async for channel in streamed_items(channels)]
    assert_type(numbers, list[int])


def streamed_items(
    channels: ListStream[events.CoreShowChannel, events.CoreShowChannelsComplete],
) -> AsyncIterator[events.CoreShowChannel]:
    return channels


async def each_its_own(client: TCPClient) -> None:
    async with client.stream(actions.PJSIPShowEndpoints()) as endpoints:
        assert_type(await anext(endpoints), events.EndpointList)
    async with client.stream(actions.ParkedCalls()) as parked:
        assert_type(await anext(parked), events.ParkedCall)
        assert_type(parked.complete, events.ParkedCallsComplete)
