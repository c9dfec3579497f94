"""Handlers with the wrong event type, and unknown fields."""

from amitypes import TCPClient, events


async def handlers(client: TCPClient) -> None:
    @client.on(events.Newchannel)  # error: mypy[arg-type] pyright[reportArgumentType]
    async def wrong_event(event: events.Hangup) -> None:
        print(event.chanel)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]

    @client.on(events.Newchannel, events.Hangup)  # error: mypy[arg-type] pyright[reportArgumentType]
    async def too_narrow(event: events.Hangup) -> None:
        print(event.cause)

    @client.on(events.Hangup)  # error: mypy[arg-type] pyright[reportArgumentType]
    def not_async(event: events.Hangup) -> None:
        print(event.cause)

    client.on("Hangup")  # error: mypy[call-overload] pyright[reportArgumentType]
    print(wrong_event, too_narrow, not_async)


async def iteration(client: TCPClient) -> None:
    async for event in client.events(events.Newchannel, events.Hangup):
        print(event.cause)  # error: mypy[union-attr] pyright[reportAttributeAccessIssue]
    async for hangup in client.events(events.Hangup):
        print(hangup.tech_cause + 1)  # error: mypy[operator] pyright[reportOptionalOperand]


async def waiting(client: TCPClient) -> None:
    await client.wait_for(events.Hangup, lambda event: event.unique_id == "1")  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    await client.wait_for(events.Hangop)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    number: str = (await client.wait_for(events.Hangup)).cause  # error: mypy[assignment] pyright[reportAssignmentType]
    print(number)


# Events are for receiving: where pydantic's plugin is in use, it takes any extra field.
made = events.DeviceStateChange(devise="PJSIP/alice")  # error: mypy[call-arg] plugin[] pyright[reportCallIssue]
