"""Invalid typed calls."""

from amitypes import TCPClient, actions, events


async def methods(client: TCPClient) -> None:
    await client.actions.originate(chanel="Local/100@from-internal")  # error: mypy[call-arg] pyright[reportCallIssue]
    await client.actions.originate(channel=100)  # error: mypy[arg-type] pyright[reportArgumentType]
    await client.actions.originate(channel="a", timeout="PT15S")  # error: mypy[arg-type] pyright[reportArgumentType]
    await client.actions.originate()  # error: mypy[call-arg] pyright[reportCallIssue]
    await client.actions.originate("Local/100@from-internal")  # error: mypy[call-arg] pyright[reportCallIssue]
    await client.actions.core_show_chanels()  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    await client.actions.hangup(channel="PJSIP/alice-1", reply_timeout="5")  # error: mypy[arg-type] pyright[reportArgumentType]


async def models(client: TCPClient) -> None:
    actions.Originate(chanel="Local/100@from-internal")  # error: mypy[call-arg] pyright[reportCallIssue]
    actions.Originate(channel=100)  # error: mypy[arg-type] pyright[reportArgumentType]
    actions.Hangup()  # error: mypy[call-arg] pyright[reportCallIssue]
    actions.Hangop(channel="PJSIP/alice-1")  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    await client.send({"Action": "Ping"})  # error: mypy[arg-type] pyright[reportArgumentType]
    await client.send_and_wait(actions.Ping())  # error: mypy[arg-type] pyright[reportArgumentType]
    await client.send(events.DeviceStateChange())  # error: mypy[arg-type] pyright[reportArgumentType]


async def answers(client: TCPClient) -> None:
    pong = await client.actions.ping()
    print(pong.timestmp)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    listing = await client.actions.core_show_channels()
    print(listing.channels)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    number: int = listing.items[0].channel  # error: mypy[assignment] pyright[reportAssignmentType]
    print(number)
    queues = await client.actions.queue_status()
    print(queues.items[0].membership)  # error: mypy[union-attr] pyright[reportAttributeAccessIssue]


async def streamed(client: TCPClient) -> None:
    async with client.stream(actions.Ping()):  # error: mypy[arg-type] pyright[reportArgumentType]
        pass
    async with client.stream(actions.CoreShowChannels()) as channels:
        async for channel in channels:
            print(channel.chanel)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
        print(channels.items)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
        number: str = channels.complete.list_items  # error: mypy[assignment] pyright[reportAssignmentType]
        print(number)
    async for channel in client.stream(actions.CoreShowChannels()):  # error: mypy[attr-defined] pyright[reportGeneralTypeIssues]
        print(channel)
