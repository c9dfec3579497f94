"""Decoding: never an error, nothing lost, and the same models from compiled decoders as from pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes import events, responses
from amitypes._models.event import Event, UnknownEvent
from amitypes._models.received import Received, compiled_decoders, decode_uncompiled
from amitypes._models.registry import Registry
from amitypes._models.response import Response
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Message
from tests.unit.sample import Counted, Sample, Strict

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTRY: Final = Registry("amitypes._generated")
KINDS: Final[Sequence[type[Received] | None]] = (
    None,
    UnknownEvent,
    Response,
    Sample,
    Strict,
    Counted,
    events.AOC_S,
    events.Newchannel,
    events.QueueMember,
    events.RTCPReceived,
    events.UserEvent,
    events.VarSet,
    responses.Challenge,
    responses.GetConfig,
    responses.GetConfigJSON,
    responses.Login,
)
"""The classes that messages are decoded to; None for what the first message's name says."""
SHOW: Final = 0x80
CUT: Final = 0x40
_OFTEN: Final = 10
"""How often a message comes at least before a decoder is compiled for it."""
_MOST: Final = 4


def one_input(data: bytes) -> None:
    """Decode messages of which the first one came often.

    Args:
        data: The class (a byte: the place in `KINDS`, with `SHOW` to look at the repr and `CUT` for messages that
            aren't whole), and the messages.

    Raises:
        AssertionError: A header was lost, or a compiled decoder and pydantic make different models of a message.
    """
    if not data:
        return
    framer = Framer()
    messages = framer.feed(data[1:])
    last = framer.end()
    messages = [*messages, *([last] if last else [])][:_MOST]
    if not messages:
        return
    kind = KINDS[data[0] % len(KINDS)] or REGISTRY.event_class(messages[0].name) or UnknownEvent
    compiled_decoders(kind).forget()
    try:
        reason = "cut" if data[0] & CUT else ""
        first = kind.decode(Message(messages[0].frame, truncated_reason=reason))
        learn(kind, first, messages[0])
        for message in messages:
            fast = kind.decode(Message(message.frame, truncated_reason=reason))
            validated = decode_uncompiled(kind, Message(message.frame, truncated_reason=reason), validate=True)
            _compare(fast, validated)
            if message is messages[0]:
                _compare(first, validated)
            if data[0] & SHOW:
                assert repr(fast) == repr(validated)
    finally:
        compiled_decoders(kind).forget()


def learn(kind: type[Received], first: Received, message: Message) -> None:
    """Compile a decoder for such messages, without decoding as many of them."""
    assert first.raw == message.as_dict()
    if first.issues:
        return
    for _ in range(_OFTEN):
        compiled_decoders(kind).learn(message)


def _compare(fast: Received, validated: Received) -> None:
    assert type(fast) is type(validated)
    assert list(vars(fast).items()) == list(vars(validated).items())
    assert [*map(type, vars(fast).values())] == [*map(type, vars(validated).values())]
    assert fast.model_fields_set == validated.model_fields_set
    assert list(fast.extra_headers.items()) == list(validated.extra_headers.items())
    assert fast.raw == validated.raw
    assert fast.issues == validated.issues
    assert fast.missing == validated.missing
    if isinstance(fast, Event) and isinstance(validated, Event):
        assert fast._envelope == validated._envelope
