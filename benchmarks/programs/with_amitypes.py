from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from amitypes import ActionError, ConnectionLost, TCPClient, codes, events

calls: dict[str, events.Newchannel] = {}
causes: Counter[str] = Counter()


def describe(event: events.Hangup) -> str:
    cause = codes.HangupCause.find(event.cause)
    return f"{event.channel}: {cause.text if cause else event.cause_txt}"


async def call(client: TCPClient, number: str) -> str:
    answer = await client.actions.originate(
        channel=f"PJSIP/{number}", context="default", exten="100", priority=1, timeout=timedelta(seconds=20)
    )
    return answer.message


async def show(client: TCPClient) -> list[str]:
    listing = await client.actions.core_show_channels()
    return [f"{item.channel} in {item.context}, at {item.priority + 1}" for item in listing.items]


async def main() -> None:
    async with TCPClient("127.0.0.1", username="hello", password="world") as client:

        @client.on(events.Newchannel)
        async def began(event: events.Newchannel) -> None:
            calls[event.uniqueid] = event

        @client.on(events.Hangup)
        async def ended(event: events.Hangup) -> None:
            causes[describe(event)] += 1
            calls.pop(event.uniqueid, None)

        try:
            print(await call(client, "6001"), await show(client))
        except (ActionError, ConnectionLost) as error:
            print(error)
        async for dialled in client.events(events.DialEnd):
            print(dialled.dial_status, dialled.dest_channel)


asyncio.run(main())
