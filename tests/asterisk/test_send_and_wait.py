"""Actions whose outcome is a later event, over each transport."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from amitypes import UnsupportedActionError, actions, codes, events
from tests.asterisk.clients import TRANSPORTS, Transport, connected, hang_up

if TYPE_CHECKING:
    from tests.asterisk.server import AsteriskServer

LIMIT = 15
"""Seconds after which a test fails that still waits."""


def originate(exten: str) -> actions.Originate:
    return actions.Originate(
        channel=f"Local/{exten}@from-internal/n",
        application="Wait",
        data="5",
        async_=True,
        timeout=timedelta(seconds=5),
    )


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_originate_returns_the_outcome_of_the_call(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        answered = await client.send_and_wait(originate("100"), reply_timeout=LIMIT)
        assert (answered.response, answered.reason) == ("Success", codes.OriginateReason.ANSWER)
        busy = await client.send_and_wait(originate("300"), reply_timeout=LIMIT)
        assert (busy.response, busy.reason) == ("Failure", codes.OriginateReason.BUSY)
        congested = await client.send_and_wait(originate("400"), reply_timeout=LIMIT)
        assert (congested.response, congested.reason) == ("Failure", codes.OriginateReason.CONGESTION)
        await hang_up(client)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_agi_returns_the_result_of_the_command(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        started = client.wait_for(events.AsyncAGIStart, timeout=LIMIT)
        await client.send(originate("903"))
        channel = (await started).channel
        done = await client.send_and_wait(
            actions.AGI(channel=channel, command="GET VARIABLE EXTEN"), reply_timeout=LIMIT
        )
        assert "903" in done.result
        await hang_up(client)


async def test_sip_qualify_peer_returns_the_result(asterisk: AsteriskServer) -> None:
    async with connected(asterisk, "tcp") as client:
        try:
            done = await client.send_and_wait(actions.SIPqualifypeer(peer="loopback"), reply_timeout=LIMIT)
        except UnsupportedActionError:
            pytest.skip("this branch has no chan_sip")
        assert done.peer == "loopback"
