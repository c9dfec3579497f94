"""Bytes to messages and back: nothing is lost or duplicated, however the bytes are split."""

from __future__ import annotations

import re
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from amitypes._protocol.encoding import encode
from amitypes._protocol.event_prefix import event_prefix
from amitypes._protocol.framing import Framer
from amitypes._protocol.headers import as_dict
from amitypes._protocol.limits import Limits
from amitypes._protocol.message import Kind, Message, to_message
from amitypes._protocol.validation import check
from amitypes.errors import InvalidActionError
from tests.fuzz.targets.splits import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

LIMITS: Final = Limits(message=60, headers=3)
_HEAD: Final = 3
_LINE: Final = re.compile(rb"\r?\n")


class Use(IntFlag):
    """How an input is used, besides framing it."""

    SEND = 1
    """Send its lines as an action instead."""
    LIMITS = 2
    """Allow small messages only."""
    SKIP = 4
    """Leave out events with the prefix of its first message."""
    READ = 8
    """Parse each message."""


def one_input(data: bytes) -> None:
    """Give an input to the framer, or send it.

    Args:
        data: The length of the first piece (a byte), that of the others (a byte; 0: the rest in one), `Use` (a byte),
            and the stream.

    Raises:
        AssertionError: A message was lost, duplicated or parsed wrongly, or depends on how the bytes were split.
    """
    if len(data) < _HEAD:
        return
    first, size, use, stream = data[0], data[1], data[2], data[_HEAD:]
    if use & Use.SEND:
        _send(stream)
        return
    limits = LIMITS if use & Use.LIMITS else None
    parts = pieces(stream, first, size)
    messages = _messages([stream], limits)
    assert _messages(parts, limits) == messages, "the messages depend on how the bytes were split"
    if limits is None:
        kept = b"".join([message.frame for message in messages]).translate(None, b"\r\n")
        assert kept == stream.translate(None, b"\r\n"), "bytes were lost or duplicated"
    else:
        assert all(len(message.frame) <= limits.message for message in messages)
        assert all(len(message.headers) <= limits.headers for message in messages)
    if use & Use.SKIP and messages and (prefix := event_prefix(messages[0].frame)):
        wanted = _wanted(messages, {prefix})
        assert _wanted(_messages([stream], limits, {prefix}), {prefix}) == wanted, "a wanted message was left out"
        assert _wanted(_messages(parts, limits, {prefix}), {prefix}) == wanted, "a wanted message was left out"
    if use & Use.READ:
        for message in messages:
            _read(message)


def _messages(
    parts: Sequence[bytes], limits: Limits | None, unwanted: AbstractSet[bytes] = frozenset()
) -> list[Message]:
    framer = Framer(limits)
    messages = [message for part in parts for message in map(to_message, framer.split(part, unwanted))]
    last = framer.end()
    return [*messages, last] if last else messages


def _wanted(messages: Sequence[Message], unwanted: AbstractSet[bytes]) -> list[Message]:
    return [message for message in messages if event_prefix(message.frame) not in unwanted]


def _read(message: Message) -> None:
    """What is read without parsing equals what parsing finds."""
    name, kind = message.name, message.kind
    echoed = message.get("ActionID")
    headers = message.headers
    assert name == headers[0][1]
    assert kind in Kind
    assert kind is Kind.TEXT or headers[0][0].lower() == kind.value.lower()
    assert message.is_error == (kind is Kind.RESPONSE and name.lower() == "error")
    assert echoed == next((value for key, value in headers if key.lower() == "actionid"), "")
    assert message.as_dict() == as_dict(headers)
    assert repr(message)


def _send(stream: bytes) -> None:
    """An action that passes the check is one message on the wire, with the same headers."""
    lines = [line.decode("utf-8", "surrogateescape").partition(":") for line in _LINE.split(stream)]
    headers = [("Action", "Fuzz"), *((name, value.removeprefix(" ")) for name, _, value in lines if name)]
    try:
        check(headers)
    except InvalidActionError:
        return
    framer = Framer()
    messages = framer.feed(encode(headers))
    assert [list(message.headers) for message in messages] == [headers], "an action became something else"
    assert framer.buffered == b""
