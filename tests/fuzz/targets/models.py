"""Decoding: never an error, nothing lost, and by plan to the same models as by pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes import events, responses
from amitypes._models.compiled import Plans
from amitypes._models.event import Event, UnknownEvent
from amitypes._models.received import Header, Received
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
"""As often as a message has to come for a plan, at least."""
_MOST: Final = 4


class _NoPlans(Plans):
    """Has pydantic look at every model."""

    def fill(self, values: dict[str, object]) -> None:
        """Leave it to pydantic."""

    def learn(self, message: Message, opening: Sequence[Header]) -> None:
        """Learn nothing."""


def one_input(data: bytes) -> None:
    """Decode messages of which the first one came often.

    Args:
        data: The class (a byte: the place in `KINDS`, with `SHOW` to look at the repr and `CUT` for messages that
            aren't whole), and the messages.

    Raises:
        AssertionError: A header was lost, or a message becomes something else by plan than without.
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
    kind._plans = Plans(kind._plans.model, kind._plans.table)
    try:
        cut = "cut" if data[0] & CUT else ""
        usual = kind.decode(Message(messages[0].frame, cut=cut))
        learn(kind, usual, messages[0])
        learnt = kind._plans
        for message in messages:
            planned = kind.decode(Message(message.frame, cut=cut))
            kind._plans = _NoPlans(learnt.model, learnt.table)
            plain = kind.decode(Message(message.frame, cut=cut))
            kind._plans = learnt
            _compare(planned, plain)
            if message is messages[0]:
                _compare(usual, plain)
            if data[0] & SHOW:
                assert repr(planned) == repr(plain)
    finally:
        kind._plans = Plans(kind._plans.model, kind._plans.table)


def learn(kind: type[Received], usual: Received, message: Message) -> None:
    """Have a plan for such messages, without decoding as many of them."""
    assert usual.raw == message.as_dict()
    if usual.issues:
        return
    opening = kind._find_opening(message.headers)
    for _ in range(_OFTEN):
        kind._plans.learn(message, opening)


def _compare(planned: Received, plain: Received) -> None:
    assert type(planned) is type(plain)
    assert list(vars(planned).items()) == list(vars(plain).items())
    assert [*map(type, vars(planned).values())] == [*map(type, vars(plain).values())]
    assert planned.model_fields_set == plain.model_fields_set
    assert list(planned.extra_headers.items()) == list(plain.extra_headers.items())
    assert planned.raw == plain.raw
    assert planned.issues == plain.issues
    assert planned.missing == plain.missing
    if isinstance(planned, Event) and isinstance(plain, Event):
        assert planned._envelope == plain._envelope
