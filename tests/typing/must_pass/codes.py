"""Codes: the meanings of numbers and words."""

from typing import Literal, assert_type

from amitypes import codes, events


def numbers(event: events.Hangup) -> str:
    assert_type(event.cause, int | None)
    cause = codes.HangupCause.find(event.cause)
    assert_type(cause, codes.HangupCause | None)
    if event.cause == codes.HangupCause.USER_BUSY:
        return codes.HangupCause.USER_BUSY.text
    assert_type(codes.ChannelState(6).value, int)
    code: codes.Code = codes.DeviceState.INUSE
    assert_type(code.text, str)
    return cause.name if cause else str(event.cause)


def words(event: events.AgentComplete, stored: Literal["caller", "agent", "transfer"] | str) -> bool:
    # The words that are known are offered, and any other is allowed.
    event.reason = stored
    return event.reason == "transfer" or event.reason == "something new"
