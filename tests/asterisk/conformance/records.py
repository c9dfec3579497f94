"""Call records: CDR and CEL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from amitypes import events
from tests.asterisk.conformance.drive import Drive

if TYPE_CHECKING:
    from collections.abc import Callable


def named(name: str) -> Callable[[events.CEL], bool]:
    return lambda event: event.event_name == name


async def written(drive: Drive) -> None:
    kinds = [
        drive.expect(events.CEL, named(name))
        for name in ("CHAN_START", "ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT", "HANGUP", "CHAN_END")
    ]
    record = drive.expect(events.Cdr)
    await drive.set_global("TARGET", "Local/short@conformance/n")
    await drive.set_global("OPTIONS", "")
    await drive.run("dial")
    await asyncio.gather(*kinds)
    await record


SCENARIOS = (written,)
