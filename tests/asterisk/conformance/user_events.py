"""User events, with headers that want to be something else."""

from __future__ import annotations

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive


async def from_the_dialplan(drive: Drive) -> None:
    plain = drive.expect(events.UserEvent, lambda event: event.user_event == "Plain")
    hostile = drive.expect(events.UserEvent, lambda event: event.user_event == "Hostile")
    await drive.run("userevents")
    await plain
    assert (await hostile).raw["Ünïcode"] == "grün"


async def from_a_client(drive: Drive) -> None:
    came = drive.expect(events.UserEvent, lambda event: event.user_event == "Mine")
    headers = {"Who": "me", "Empty": "", "Response": "Success", "Message": "a: b", "Output": "x", "X": "grün"}
    await drive.do(actions.UserEvent(user_event="Mine", headers=headers))
    assert (await came).raw["Who"] == "me"


SCENARIOS = (from_the_dialplan, from_a_client)
