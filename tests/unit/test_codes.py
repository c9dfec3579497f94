"""Numbers that have a name."""

from __future__ import annotations

import pickle

import pytest

from amitypes import actions, codes, events
from amitypes._protocol.message import Message


def test_a_known_number_is_found() -> None:
    cause = codes.HangupCause.find(16)
    assert cause is codes.HangupCause.NORMAL_CLEARING
    assert (cause, cause.name, cause.text) == (16, "NORMAL_CLEARING", "Normal Clearing")


@pytest.mark.parametrize("number", [None, 4711, -3])
def test_an_unknown_number_is_not_found(number: int | None) -> None:
    assert codes.HangupCause.find(number) is None


def test_a_member_can_be_made_of_its_number_and_pickled() -> None:
    assert codes.ExtensionState(9) is codes.ExtensionState.INUSE_RINGING
    assert pickle.loads(pickle.dumps(codes.ExtensionState.REMOVED)) is codes.ExtensionState.REMOVED
    with pytest.raises(ValueError, match="4711"):
        codes.HangupCause(4711)


def test_a_field_compares_with_a_member_and_keeps_unknown_numbers() -> None:
    busy = events.Hangup.decode(Message(b"Event: Hangup\r\nCause: 17\r\nCause-txt: User busy\r\n"))
    assert busy.cause == codes.HangupCause.USER_BUSY
    assert busy.cause_txt == codes.HangupCause.USER_BUSY.text
    odd = events.Hangup.decode(Message(b"Event: Hangup\r\nChannelState: 6\r\nPriority: 1\r\nCause: 4711\r\n"))
    assert (odd.cause, odd.issues) == (4711, ())


def test_a_member_is_sent_as_its_number() -> None:
    hangup = actions.Hangup(channel="PJSIP/alice-1", cause=codes.HangupCause.USER_BUSY)
    assert ("Cause", "17") in hangup.to_headers()
