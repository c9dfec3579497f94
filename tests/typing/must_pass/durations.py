"""Durations: a `timedelta` or seconds to set, a `timedelta` to read."""

from datetime import timedelta
from typing import assert_type

from amitypes import TCPClient, actions, events


async def methods(client: TCPClient) -> None:
    for timeout in (30, 0.25, timedelta(seconds=30)):
        await client.actions.originate(channel="PJSIP/alice", application="Wait", data="5", timeout=timeout)
    await client.actions.absolute_timeout(channel="PJSIP/alice-1", timeout=timedelta(hours=1))


def models() -> None:
    call = actions.Originate(channel="PJSIP/alice", timeout=30)
    assert_type(call.timeout, timedelta | None)
    limit = actions.AbsoluteTimeout(channel="PJSIP/alice-1", timeout=0.5)
    assert_type(limit.timeout, timedelta)
    assert_type(actions.WaitEvent(timeout=-1).timeout, timedelta)


def received(event: events.AgentComplete) -> None:
    assert_type(event.hold_time, timedelta | None)
