"""States of devices, extensions, presence and mailboxes, and the lists of them."""

from __future__ import annotations

import asyncio

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive


async def changed(drive: Drive) -> None:
    kinds = [
        drive.expect(kind)
        for kind in (
            events.DeviceStateChange,
            events.ExtensionStatus,
            events.PresenceStateChange,
            events.PresenceStatus,
        )
    ]
    await drive.do(actions.Setvar(variable="DEVICE_STATE(Custom:desk-1001)", value="NOT_INUSE"))
    await drive.run("states")
    await asyncio.gather(*kinds)
    states = await drive.do(actions.DeviceStateList())
    assert states.items
    await drive.do(actions.ExtensionStateList())
    await drive.do(actions.PresenceStateList())
    await drive.do(actions.ExtensionState(exten="1001", context="from-internal"))
    await drive.do(actions.ExtensionState(exten="nobody", context="from-internal"))
    await drive.do(actions.PresenceState(provider="CustomPresence:desk-1001"))
    await drive.refused(actions.PresenceState(provider="none"))


async def busy_hint(drive: Drive) -> None:
    for state in ("BUSY", "ONHOLD", "RINGINUSE", "UNAVAILABLE", "NOT_INUSE"):
        changed = drive.expect(events.ExtensionStatus)
        await drive.do(actions.Setvar(variable="DEVICE_STATE(Custom:desk-1001)", value=state))
        await changed
        await drive.do(actions.ExtensionState(exten="1001", context="from-internal"))


async def stored(drive: Drive) -> None:
    await drive.do(actions.DBPut(family="drive", key="one", val="1"))
    await drive.do(actions.DBPut(family="drive", key="two/three", val="a: b=c"))
    got = await drive.do(actions.DBGet(family="drive", key="two/three"))
    assert got.items[0].val == "a: b=c"
    await drive.do(actions.DBGetTree(family="drive"))
    await drive.do(actions.DBDel(family="drive", key="one"))
    await drive.do(actions.DBDelTree(family="drive"))
    await drive.refused(actions.DBGet(family="drive", key="one"))
    await drive.refused(actions.DBDel(family="drive", key="one"))


SCENARIOS = (changed, busy_hint, stored)
