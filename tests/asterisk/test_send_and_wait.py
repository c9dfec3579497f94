"""Answers that come later as an event, over each transport."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amitypes import UnsupportedActionError, actions, codes, events
from tests.asterisk.clients import TRANSPORTS, Transport, connected, hang_up

if TYPE_CHECKING:
    from tests.asterisk.server import AsteriskServer

LIMIT = 15
"""Seconds; nothing here takes that long unless it hangs."""


def to(exten: str) -> actions.Originate:
    return actions.Originate(
        channel=f"Local/{exten}@from-internal/n",
        application="Wait",
        data="5",
        async_=True,
        timeout=timedelta(seconds=5),
    )


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_how_calls_went(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        answered = await client.send_and_wait(to("100"), reply_timeout=LIMIT)
        assert (answered.response, answered.reason) == ("Success", codes.OriginateReason.ANSWER)
        busy = await client.send_and_wait(to("300"), reply_timeout=LIMIT)
        assert (busy.response, busy.reason) == ("Failure", codes.OriginateReason.BUSY)
        congested = await client.send_and_wait(to("400"), reply_timeout=LIMIT)
        assert (congested.response, congested.reason) == ("Failure", codes.OriginateReason.CONGESTION)
        await hang_up(client)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_an_agi_command_gave(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        started = client.wait_for(events.AsyncAGIStart, timeout=LIMIT)
        await client.send(to("903"))
        channel = (await started).channel
        done = await client.send_and_wait(
            actions.AGI(channel=channel, command="GET VARIABLE EXTEN"), reply_timeout=LIMIT
        )
        assert "903" in done.result
        await hang_up(client)


async def test_whether_a_peer_answers(asterisk: AsteriskServer) -> None:
    async with connected(asterisk, "tcp") as client:
        try:
            done = await client.send_and_wait(actions.SIPqualifypeer(peer="loopback"), reply_timeout=LIMIT)
        except UnsupportedActionError:
            pytest.skip("this branch has no chan_sip")
        assert done.peer == "loopback"
