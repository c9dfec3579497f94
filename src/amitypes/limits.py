"""How much a client takes in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a client takes in, so that no server can fill its memory.

    Args:
        waiting: How many events may wait for those subscribers whose `Backlog` says ``wait``, beyond its limit and for
            all of them together; default: 100000.

    Raises:
        ValueError: A limit is below 0.
    """

    waiting: int = 100_000

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.waiting < 0:
            msg = f"waiting={self.waiting}: a number of events, 0 or more"
            raise ValueError(msg)
