"""How a client comes back after it has lost its connection."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Reconnect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect:
    """How a client comes back after it has lost its connection.

    It tries again and again, with a delay before each attempt that grows from `initial` to `maximum`. The defaults have
    it back within two seconds of its server's return, at the price of about one attempt in a second.

    Args:
        initial: The longest first delay, in seconds; default: 0.1.
        maximum: The longest of all delays, in seconds; default: 1.
        factor: How much longer each delay is than the one before; default: 2.
        jitter: How much of each delay is left to chance, from 0 to 1, so that the clients of a server don't all come
            at the same moment; default: 0.5, which makes a delay of 1 second one of 0.5 to 1 second.
        stable: How long a connection must have held, in seconds, for the delays to begin anew after its loss;
            default: 5. A server that accepts every login and then hangs up isn't hammered.
        give_up: How long to try after a loss, in seconds; default: None, for ever.
        hold_actions: What becomes of an action that is called meanwhile: it is held back for up to its own timeout, and
            sent when the connection is back; or (the default, False) it raises `ConnectionLost` at once. Hold back only
            what is as welcome later as now: a call that is placed when nobody waits for it any more is not.

    Raises:
        ValueError: A value makes no sense.
    """

    initial: float = 0.1
    maximum: float = 1.0
    factor: float = 2.0
    jitter: float = 0.5
    stable: float = 5.0
    give_up: float | None = None
    hold_actions: bool = False

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not 0 < self.initial <= self.maximum:
            msg = f"initial={self.initial:g} and maximum={self.maximum:g}: it takes 0 < initial <= maximum"
        elif self.factor < 1:
            msg = f"factor={self.factor:g}: the delays would become shorter; it takes 1 at least"
        elif not 0 <= self.jitter <= 1:
            msg = f"jitter={self.jitter:g}: it is a share, from 0 to 1"
        elif self.stable < 0 or (self.give_up is not None and self.give_up < 0):
            msg = "stable and give_up are spans of time: 0 or more"
        else:
            return
        raise ValueError(msg)

    def delays(self) -> Iterator[float]:
        """The delays before one attempt after another.

        Yields:
            Seconds, without an end.
        """
        longest = self.initial
        for _ in count():
            yield longest * (1 - self.jitter * random.random())  # noqa: S311 - nobody is to be kept from guessing it
            longest = min(longest * self.factor, self.maximum)
