"""What families don't have, and events that aren't of them."""

from amitypes import TCPClient, events


async def handlers(client: TCPClient) -> None:
    @client.on(events.BridgeEvent)  # error: mypy[arg-type] pyright[reportArgumentType]
    async def other_family(event: events.ChannelEvent) -> None:
        print(event.channel)

    @client.on(events.ChannelEvent)  # error: mypy[arg-type] pyright[reportArgumentType]
    async def too_narrow(event: events.Hangup) -> None:
        print(event.cause)

    @client.on(events.ChannelEvent)
    async def channel(event: events.ChannelEvent) -> None:
        print(event.cause)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]

    client.on(events.PeerStatus)(channel)  # error: mypy[arg-type] pyright[reportArgumentType]
    client.on(events.ChannelSnapshot)  # error: mypy[type-var] pyright[reportArgumentType]
    print(other_family, too_narrow)


def snapshots(begun: events.DialBegin) -> None:
    print(begun.dest.uniqueid)  # error: mypy[union-attr] pyright[reportOptionalMemberAccess]
    if begun.dest:
        begun.dest.uniqueid = ""  # error: mypy[misc] pyright[reportAttributeAccessIssue]
        print(begun.dest.dial_string)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
