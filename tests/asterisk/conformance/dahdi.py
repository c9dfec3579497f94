"""DAHDI, without its hardware: lists are empty, and the rest is refused."""

from __future__ import annotations

from amitypes import actions
from tests.asterisk.conformance.drive import Drive


async def without_hardware(drive: Drive) -> None:
    for action in (
        actions.DAHDIShowChannels(),
        actions.DAHDIShowChannels(dahdi_channel="1"),
        actions.DAHDIShowStatus(),
        actions.DAHDIDialOffhook(dahdi_channel="1", number="1"),
        actions.DAHDIDNDoff(dahdi_channel="1"),
        actions.DAHDIDNDon(dahdi_channel="1"),
        actions.DAHDIHangup(dahdi_channel="1"),
        actions.DAHDITransfer(dahdi_channel="1"),
        actions.DAHDIRestart(),
        actions.PRIShowSpans(),
        actions.PRIDebugSet(span=1, level="on"),
        actions.PRIDebugFileSet(file="/tmp/drive-pri"),
        actions.PRIDebugFileUnset(),
    ):
        await drive.attempt(action)


SCENARIOS = (without_hardware,)
