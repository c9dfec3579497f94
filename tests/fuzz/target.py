"""What must hold for any bytes that a server sends, as one function of one input."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from amitypes._generated.answers import ANSWERS
from amitypes.errors import InvalidActionError
from amitypes.models import Response
from amitypes.registry import Registry
from amitypes.session import Exchange, Session
from amitypes.wire import MAX_LINE, Framer, Kind, Message, check, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTRY: Final = Registry("amitypes._generated")
ACTIONS: Final = ("Ping", "Agents", "IAXpeers", "FAXStats", "Originate", "IAXnetstats")
"""A plain answer, a list, one whose items are anonymous, one without a tag, one that comes later, and bare text."""
HEAD: Final = 2
"""Bytes of an input that say how the others are used."""
_LINE: Final = re.compile(rb"\r?\n")


def one_input(data: bytes) -> None:
    """Give an input to everything that reads what a server sends.

    Args:
        data: How the stream is split (a byte: the size of the pieces, 0 for one piece), the actions in flight (a byte:
            a bit for each of `ACTIONS`, then one for the greeting), and the stream.

    Raises:
        AssertionError: A message was lost, came twice, or depends on how the bytes were split.
    """
    if len(data) < HEAD:
        return
    size, flags, stream = data[0], data[1], data[HEAD:]
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)] if size else [stream]
    _frame(stream, pieces)
    whole = _receive([stream], flags)
    assert whole == _receive(pieces, flags), "the answers depend on how the bytes were split"
    _send(stream)


def _frame(stream: bytes, pieces: Sequence[bytes]) -> None:
    """Every byte is in one message, however the stream is split; each message is read without an error."""
    whole, parts = Framer(), Framer()
    messages = whole.feed(stream)
    assert [message for piece in pieces for message in parts.feed(piece)] == messages
    last = whole.end()
    assert parts.end() == last
    messages += [last] if last else []
    kept = b"".join(message.frame for message in messages).translate(None, b"\r\n")
    assert kept == stream.translate(None, b"\r\n"), "bytes were lost or came twice"
    for message in messages:
        _read(message)


def _read(message: Message) -> None:
    """A message of any content is read, and nothing of it is lost."""
    assert message.kind in Kind
    assert repr(message)
    raw = message.as_dict()
    for received in (REGISTRY.decode_event(message), Response.decode(message)):
        assert received.raw == raw
        assert repr(received)
        assert isinstance(received.issues, tuple)


def _receive(pieces: Sequence[bytes], flags: int) -> list[object]:
    """What a session makes of the stream: each message goes to one place, each exchange ends at most once."""
    session = Session(ANSWERS, banner=bool(flags & 1 << len(ACTIONS)))
    begun: list[Exchange] = []
    for number, action in enumerate(ACTIONS):
        if flags & 1 << number:
            exchange, _ = session.begin([("Action", action), ("ActionID", str(number))], max_line=MAX_LINE)
            session.fence(exchange)
            begun.append(exchange)
    arrived = [item for piece in pieces for item in session.receive(piece)] + session.end()
    ended = [item for item in arrived if isinstance(item, Exchange)]
    assert all(count == 1 for count in Counter(ended).values())
    assert {*ended, *session.pending} == {*begun}
    assert not {*ended} & {*session.pending}
    assert all(exchange.complete for exchange in ended)
    for exchange in ended:
        answer = REGISTRY.response_class(exchange.action)
        assert answer is not None
        if exchange.messages:
            assert repr(answer.collect(exchange.messages, REGISTRY))
    return [item.frame if isinstance(item, Message) else (item.action_id, *item.messages) for item in arrived]


def _send(stream: bytes) -> None:
    """What passes the check is one message on the wire, with the same headers."""
    lines = [line.decode("utf-8", "surrogateescape").partition(":") for line in _LINE.split(stream)]
    headers = [("Action", "Fuzz"), *((name, value.removeprefix(" ")) for name, _, value in lines if name)]
    try:
        check(headers)
    except InvalidActionError:
        return
    framer = Framer()
    messages = framer.feed(encode(headers))
    assert [list(message.headers) for message in messages] == [headers], "an action became something else"
    assert framer.rest == b""


def seeds(stream: bytes) -> list[bytes]:
    """Inputs for one stream, with some ways to split it and some actions in flight."""
    return [bytes(head) + stream for head in pairwise((0, 0b111111, 1, 0b1000111, 7))]
