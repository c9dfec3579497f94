"""A session and the subscribers of its events: each message has one receiver, each answer ends once."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Final

from amitypes._events.dispatcher import Dispatcher
from amitypes._generated.response_shapes import RESPONSE_SHAPES
from amitypes._models.registry import Registry
from amitypes._protocol.exchange import Exchange
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Message
from amitypes._protocol.session import Session
from amitypes._protocol.validation import MAX_LINE
from tests.fuzz.targets.splits import pieces
from tests.unit.protocol.routed import flat

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from amitypes._events.stream import EventStream
    from amitypes._models.event import Event
    from amitypes._protocol.types import WireDict

REGISTRY: Final = Registry("amitypes._generated")
ACTIONS: Final = ("Ping", "Agents", "IAXpeers", "FAXStats", "Originate", "IAXnetstats")
"""A single response, lists (tagged, with items without ActionID, implicit), a deferred outcome, and bare text."""
WANTED: Final = frozenset({"hangup", "agentlogin"})
LIMITS: Final = Limits(message=200, headers=8, answer=300, items=3)
_HEAD: Final = 3
_BANNER: Final = 1 << len(ACTIONS)
_LIMITS: Final = 2 << len(ACTIONS)


def one_input(data: bytes) -> None:
    """Give an input to a session with actions in flight, and to the subscribers of its events.

    Args:
        data: The length of the first piece (a byte), that of the others (a byte; 0: the rest in one), the actions in
            flight (a byte: a bit for each of `ACTIONS`, whose ActionIDs are their numbers, then one for the greeting
            and one for limits), and the stream.

    Raises:
        AssertionError: A message was lost or duplicated, or depends on how the bytes were split.
    """
    if len(data) < _HEAD:
        return
    first, size, flags, stream = data[0], data[1], data[2], data[_HEAD:]
    whole = _receive([stream], flags)
    parts = pieces(stream, first, size)
    assert whole == _receive(parts, flags), "the answers depend on how the bytes were split"
    if not flags & ~_BANNER:
        wanted = [item.as_dict() for item in whole if isinstance(item, Message) and item.name.lower() in WANTED]
        assert _published(parts, flags) == wanted, "a subscriber got other events"


def _receive(parts: Sequence[bytes], flags: int) -> list[object]:
    """What a session returns for the stream: each message has one receiver, each exchange ends at most once."""
    begun: list[Exchange] = []
    session = Session(
        RESPONSE_SHAPES,
        banner=bool(flags & _BANNER),
        limits=LIMITS if flags & _LIMITS else None,
        action_ids=(f"f{len(begun) + 1}" for _ in count()),  # such as an input can answer
    )
    for number, action in enumerate(ACTIONS):
        if flags & 1 << number:
            exchange, _ = session.begin([("Action", action), ("ActionID", str(number))], max_line=MAX_LINE)
            session.end_marker(exchange)
            begun.append(exchange)
    arrived = flat([*(item for part in parts for item in session.receive(part)), *session.end()])
    ended = [item for item in arrived if isinstance(item, Exchange)]
    assert all(times == 1 for times in Counter(ended).values())
    assert {*ended, *session.pending} == {*begun}
    assert all(exchange.complete for exchange in ended if not exchange.excess)
    assert not any(exchange.complete for exchange in session.pending)
    for exchange in ended:
        answer = REGISTRY.response_class(exchange.action)
        assert answer is not None
        if exchange.messages:
            answer.collect(exchange.messages, REGISTRY)
        assert not exchange.truncated_reason or flags & _LIMITS
    answered = [(exchange.action_id, exchange.excess, tuple(exchange.messages)) for exchange in begun]
    return [*answered, *((item.action_id if isinstance(item, Exchange) else item) for item in arrived)]


def _published(parts: Sequence[bytes], flags: int) -> list[WireDict]:
    """The events that a subscriber gets if the session leaves out those that had no subscriber so far."""
    subscriptions = Dispatcher(REGISTRY)
    events = subscriptions.stream(WANTED)
    session = Session(RESPONSE_SHAPES, banner=bool(flags & _BANNER), unwanted=subscriptions.unwanted)
    for run in [*(item for part in parts for item in session.receive(part)), *session.end()]:
        assert isinstance(run, list)
        subscriptions.publish(run)
    subscriptions.end()
    return [event.raw for event in _now(_all(events))]


async def _all(events: EventStream[Event]) -> list[Event]:
    return [event async for event in events]


def _now(coroutine: Coroutine[object, None, list[Event]]) -> list[Event]:
    """The result of a coroutine that never waits, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: list[Event] = done.value
        return result
    raise AssertionError("a stream that has ended waits for more")
