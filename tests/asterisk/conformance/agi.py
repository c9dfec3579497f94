"""AGI by AMI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive

if TYPE_CHECKING:
    from collections.abc import Callable


def of(command_id: str) -> Callable[[events.AsyncAGIExec], bool]:
    return lambda event: event.command_id == command_id


async def asynchronous(drive: Drive) -> None:
    started = drive.expect(events.AsyncAGIStart)
    await drive.call("agi")
    start = await started
    ended = drive.expect(events.AsyncAGIEnd)
    for number, command in enumerate(("GET VARIABLE CHANNEL", "VERBOSE hello 1", "NO SUCH COMMAND")):
        executed = drive.expect(events.AsyncAGIExec, of(f"command-{number}"))
        begun = drive.expect(events.AGIExecStart) if number == 0 else None
        done = drive.expect(events.AGIExecEnd) if number == 0 else None
        await drive.do(actions.AGI(channel=start.channel, command=command, command_id=f"command-{number}"))
        await executed
        if begun and done:
            await begun
            await done
    await drive.do(actions.AGI(channel=start.channel, command="ASYNCAGI BREAK"))
    await ended
    await drive.refused(actions.AGI(channel="none", command="ANSWER"))


SCENARIOS = (asynchronous,)
