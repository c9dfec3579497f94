"""Groups of headers as one value each."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest

from amitypes import events
from amitypes._protocol.message import Message

DIALLED = events.DialBegin.decode(
    Message(
        b"Event: DialBegin\r\nDestChannel: PJSIP/bob-1\r\nDestChannelState: 0\r\nDestChannelStateDesc: Down\r\n"
        b"DestPriority: 1\r\nDestUniqueid: 1.2\r\nDestLinkedid: 1.1\r\nDestChanVariable: a=b"
    )
)


def test_a_prefixed_group_is_one_value() -> None:
    assert DIALLED.dest == events.ChannelSnapshot(
        channel="PJSIP/bob-1",
        channel_state=0,
        channel_state_desc="Down",
        priority=1,
        uniqueid="1.2",
        linkedid="1.1",
        chan_variable={"a": "b"},
    )


def test_a_group_that_did_not_come_is_none() -> None:
    assert DIALLED.channel_snapshot is None
    transfer = events.AttendedTransfer.decode(Message(b"Event: AttendedTransfer\r\nSecondBridgeUniqueid: b"))
    assert (transfer.transfer_target, transfer.orig_bridge) == (None, None)
    assert transfer.second_bridge == events.BridgeSnapshot(bridge_uniqueid="b")


def test_a_group_with_a_zero_alone_came() -> None:
    assert events.Newchannel(channel_state=0, priority=1).channel_snapshot is not None


def test_an_unprefixed_group_is_one_value_in_its_family() -> None:
    hangup = events.Hangup(channel="c", channel_state=6, priority=1, uniqueid="1.2")
    assert hangup.channel_snapshot == events.ChannelSnapshot(channel="c", channel_state=6, priority=1, uniqueid="1.2")


def test_a_snapshot_is_a_frozen_value() -> None:
    snapshot = DIALLED.dest
    assert snapshot is not None
    with pytest.raises(FrozenInstanceError):
        snapshot.channel = "x"  # type: ignore[misc] # that is the point
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot
    match snapshot:
        case events.ChannelSnapshot(uniqueid=uniqueid):
            assert uniqueid == "1.2"
        case _:
            pytest.fail("no ChannelSnapshot")
