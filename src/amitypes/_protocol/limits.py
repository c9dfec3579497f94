"""How much a client takes in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a client takes in, so that no server can fill its memory.

    Args:
        message: The largest message, in bytes; default: 16 MiB. Of a larger one only the beginning is taken in: an
            event has an entry in its `issues` that says so, and an action that is answered with it raises
            `MessageTooLarge`. What follows comes as ever.
        headers: The most headers of one message; default: 100000. One with more is treated as one that is too large.
        answer: The largest answer to one action, in bytes; default: 256 MiB.
        items: The most messages of one answer, such as the items of a list; default: 100000. An action whose answer
            has more, or a larger one, raises `MessageTooLarge` at once, with what had come; what still comes of that
            answer is dropped, and all else comes as ever. So a list that never ends fills no memory. Of a list that is
            streamed (`BaseClient.stream`) both limit what waits to be taken, and the list may have any length.
        waiting: How many events may wait for those subscribers whose `Backlog` says ``wait``, beyond its limit and for
            all of them together; default: 100000.

    Raises:
        ValueError: A limit is below 0, or below 1 where it limits a message or an answer.
    """

    message: int = 16 * 1024 * 1024
    headers: int = 100_000
    answer: int = 256 * 1024 * 1024
    items: int = 100_000
    waiting: int = 100_000

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.waiting < 0:
            msg = f"waiting={self.waiting}: a number of events, 0 or more"
            raise ValueError(msg)
        if self.answer < 1 or self.items < 1:
            msg = f"answer={self.answer}, items={self.items}: an answer has one byte and one message at least"
            raise ValueError(msg)
        if self.message < 1 or self.headers < 1:
            msg = f"message={self.message}, headers={self.headers}: a message has one byte and one header at least"
            raise ValueError(msg)
