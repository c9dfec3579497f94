"""Everything around the events: what the server's settings add to each of them, masks and filters, and HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from amitypes import actions, events
from tests.asterisk.conformance import bridges, config_files, features, modules, parking, queues, states, user_events
from tests.asterisk.conformance.drive import Drive, configuration, drive
from tests.asterisk.server import CONFIG, AsteriskServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.asterisk.clients import Transport

SYSTEM: Final = "pbx-1"

SURROUNDED: Final = (
    states.changed,
    user_events.from_the_dialplan,
    user_events.from_a_client,
    queues.answered,
    parking.timed_out,
    features.variables,
    features.picked_up,
    *bridges.SCENARIOS[:2],
)
OVER_HTTP: Final = (
    states.changed,
    states.stored,
    user_events.from_the_dialplan,
    user_events.from_a_client,
    features.handlers,
    features.recorded,
    modules.settings,
    *config_files.SCENARIOS,
)


async def masks_and_filters(drive: Drive) -> None:
    for mask in ("off", "call,user", "on"):
        await drive.do(actions.Events(event_mask=mask))
    await drive.do(actions.Filter(operation="Add", filter="!Event: Newexten"))
    await drive.refused(actions.Filter(operation="Strange", filter="x"))


async def surrounded(held: Drive) -> None:
    """Another server, which adds to each event all that it can."""
    files = configuration()
    files["asterisk.conf"] = f"{(CONFIG / 'asterisk.conf').read_text(encoding='utf-8')}systemname = {SYSTEM}\n"
    added = {"timestampevents": "yes", "debug": "on"}
    server = AsteriskServer(held.server.version, config=files, manager_options=added)
    await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(server.await_registrations)
        async with drive(server, held.seen) as other:
            stream = other.client.events(events.VarSet, events.UserEvent)
            for scenario in SURROUNDED:
                await scenario(other)
                await other.hang_up()
            came = await anext(stream)
            assert came.timestamp is not None
            assert came.sequence_number is not None
            assert came.source_line is not None
            assert (came.system_name, bool(came.source_file), bool(came.source_function)) == (SYSTEM, True, True)
            assert (await other.do(actions.CoreSettings())).system_name == SYSTEM
    finally:
        await asyncio.to_thread(server.stop)


def _over(transport: Transport) -> Callable[[Drive], Awaitable[None]]:
    async def over_http(held: Drive) -> None:
        """The same by way of HTTP."""
        async with drive(held.server, held.seen, transport) as other:
            for scenario in OVER_HTTP:
                await scenario(other)
                await other.hang_up()

    over_http.__name__ = f"over_{transport}"
    return over_http


async def waited_for(drive: Drive) -> None:
    """WaitEvent over TCP is over when its time is."""
    await drive.do(actions.WaitEvent(timeout=timedelta(seconds=1)))


SCENARIOS = (masks_and_filters, surrounded, _over("http"), _over("digest"), waited_for)
