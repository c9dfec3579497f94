"""Skinny's telephones and lines, as they are configured: none of them registers."""

from __future__ import annotations

from amitypes import actions
from tests.asterisk.conformance.drive import Drive


async def listed(drive: Drive) -> None:
    if not drive.offers(actions.SKINNYdevices):
        return
    devices = await drive.do(actions.SKINNYdevices())
    assert [device.object_name for device in devices.items] == ["desk"]
    lines = await drive.do(actions.SKINNYlines())
    assert [line.object_name for line in lines.items] == ["2100"]
    await drive.do(actions.SKINNYshowdevice(device="desk"))
    await drive.do(actions.SKINNYshowline(line="2100"))
    await drive.attempt(actions.SKINNYshowdevice(device="none"))
    await drive.attempt(actions.SKINNYshowline(line="none"))


SCENARIOS = (listed,)
