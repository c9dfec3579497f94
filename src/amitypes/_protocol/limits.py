"""How much a client takes in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a client takes in, so that no server can fill its memory.

    Args:
        message: The largest message, in bytes; default: 16 MiB. A larger one is truncated: an event has an entry in its
            `issues` that says so, and an action with such an answer raises `MessageTooLarge`. The messages after it
            are not affected.
        headers: The most headers of one message; default: 100000. A message with more is truncated like one that is
            too large.
        answer: The largest answer to one action, in bytes; default: 256 MiB.
        items: The most messages of one answer, such as the items of a list; default: 100000. An action whose answer has
            more, or is larger than `answer`, raises `MessageTooLarge` at once, with the messages received so far. The
            rest of that answer is dropped; nothing else is affected, so an endless list fills no memory. A list that is
            streamed (`BaseClient.stream`) may have any length: both limits apply to the items in its buffer.
        waiting: How many events may wait for subscribers whose `Backlog` says ``wait``, beyond its limit and for all
            these subscribers together; default: 100000.

    Raises:
        ValueError: A limit is below 0, or below 1 for a message or an answer.
    """

    message: int = 16 * 1024 * 1024
    headers: int = 100_000
    answer: int = 256 * 1024 * 1024
    items: int = 100_000
    waiting: int = 100_000

    def __post_init__(self) -> None:
        """Validate the settings."""
        if self.waiting < 0:
            msg = f"waiting={self.waiting}: the number of events must be 0 or more"
            raise ValueError(msg)
        if self.answer < 1 or self.items < 1:
            msg = f"answer={self.answer}, items={self.items}: an answer has at least one byte and one message"
            raise ValueError(msg)
        if self.message < 1 or self.headers < 1:
            msg = f"message={self.message}, headers={self.headers}: a message has at least one byte and one header"
            raise ValueError(msg)
