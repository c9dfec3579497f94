"""The connection: reconnecting, notices, and backlogs."""

from collections.abc import Callable
from typing import Literal, assert_type

from amitypes import Backlog, EventFilter, HTTPClient, Limits, Reconnect, TCPClient, events, notices, resync


def settings() -> list[TCPClient | HTTPClient]:
    return [
        TCPClient("pbx", reconnect=Reconnect(initial=0.5, maximum=30, give_up=3600, hold_actions=True)),
        TCPClient("pbx", reconnect=False, max_silence=None, auth="plain"),
        TCPClient("pbx", reconnect=False, backlog=Backlog(100, "raise"), limits=Limits(message=1_000_000)),
        TCPClient("pbx", events="off"),
        TCPClient("pbx", events=["call", "agent"], filters=[EventFilter(name="VarSet", method="none", exclude=True)]),
        HTTPClient("pbx", events=("call",), filters=(EventFilter(match="Event: Hangup"),)),
    ]


async def states(client: TCPClient) -> None:
    assert_type(client.state, Literal["disconnected", "connecting", "connected", "reconnecting", "closed"])

    @client.on_state
    def changed(state: str) -> None:
        print(state)

    @client.on_error
    def failed(error: BaseException, event: events.Event) -> None:
        print(error, event.event)

    client.reconnect_now()
    await client.add_filter(EventFilter(match="Event: Hangup"))


async def in_the_stream(client: HTTPClient) -> None:
    stream = client.events(events.Hangup, notices.Connected, notices.Dropped, backlog=Backlog(10))
    assert_type(stream.dropped, int)
    async for event in stream:
        match event:
            case notices.Connected():
                assert_type(event.again, bool)
            case notices.Dropped():
                assert_type(event.count, int)
            case _:
                assert_type(event.cause, int | None)

    @client.on(notices.Disconnected, backlog=Backlog(1, "drop_newest"))
    async def lost(notice: notices.Disconnected) -> None:
        assert_type(notice.reason, str)

    # A handler of every notice handles any of them.
    handler: Callable[[notices.Notice], object] = lambda notice: None
    print(lost, handler)


async def stock(client: TCPClient) -> None:
    taken = await resync.snapshot(client)
    for channel in taken.channels.values():
        assert_type(channel, events.CoreShowChannel)
    for bridge in taken.bridges.values():
        assert_type(bridge.channels, list[events.BridgeInfoChannel])
    for queue in (await resync.queues(client, reply_timeout=5)).values():
        assert_type(queue.members, list[events.QueueMember])
