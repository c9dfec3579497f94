"""The conformance run's eye for words that the types don't list."""

from __future__ import annotations

import pytest

from amitypes import events
from amitypes._protocol.message import Message
from tests.asterisk.conformance.observations import Observations
from tests.asterisk.conformance.words import known, unlisted


@pytest.mark.parametrize(
    ("name", "header", "word"),
    [
        ("QueueParams", "Strategy", "rrmemory"),
        ("DeviceStateChange", "State", "ONHOLD"),
        ("BridgeEnter", "BridgeType", "basic"),
        ("answer to PresenceState", "State", "dnd"),
    ],
)
def test_words_of_events_and_answers_are_found(name: str, header: str, word: str) -> None:
    assert word in known(name, header)


@pytest.mark.parametrize(
    ("name", "header"),
    [("Hangup", "Channel"), ("Hangup", "Nothing"), ("NoSuchEvent", "A"), ("answer to QueueStatus", "Message")],
)
def test_headers_without_listed_words_have_none(name: str, header: str) -> None:
    assert known(name, header) == set()


def test_texts_are_kept_and_numbers_are_not() -> None:
    seen = Observations()
    seen.event(events.DeviceStateChange.decode(Message(b"Event: DeviceStateChange\r\nState: INUSE\r\n")))
    seen.event(events.Hangup.decode(Message(b"Event: Hangup\r\nCause: 16\r\n")))
    assert seen.values["DeviceStateChange", "State"] == {"INUSE"}
    assert ("Hangup", "Cause") not in seen.values


def test_an_unlisted_word_is_reported() -> None:
    seen = Observations()
    seen.values["QueueParams", "Strategy"] |= {"ringall", "by mood"}
    seen.values["QueueParams", "Queue"] |= {"support"}
    seen.values["CEL", "EventName"] |= {"MY_OWN"}
    assert unlisted(seen) == ["QueueParams: Strategy: 'by mood'"]
