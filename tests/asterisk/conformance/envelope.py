"""Everything around the events: what manager.conf adds to them, masks and filters, and HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from amitypes import HTTPClient, actions, events
from tests.asterisk.conformance.drive import Drive


async def masks_and_filters(drive: Drive) -> None:
    for mask in ("off", "call,user", "on"):
        await drive.do(actions.Events(event_mask=mask))
    await drive.do(actions.Filter(operation="Add", filter="!Event: Newexten"))
    await drive.refused(actions.Filter(operation="Strange", filter="x"))


async def over_http(drive: Drive) -> None:
    """The same by way of HTTP."""
    account = drive.server.users["hello"]
    client = HTTPClient(drive.server.host, drive.server.http_port, username=account.username, password=account.secret)

    @client.on(events.Event)
    async def count(event: events.Event) -> None:
        drive.seen.event(event)

    async with client:
        came = asyncio.create_task(_wait(client))
        await asyncio.sleep(0)  # it looks out from its first step on
        await drive.run("variables")
        await drive.run("userevents")
        await drive.run("handlers")
        await came


async def _wait(client: HTTPClient) -> None:
    await client.wait_for(events.HangupHandlerRun, timeout=15)


async def waited_for(drive: Drive) -> None:
    """WaitEvent over TCP is over when its time is."""
    await drive.do(actions.WaitEvent(timeout_=timedelta(seconds=1)))


SCENARIOS = (masks_and_filters, over_http, waited_for)
