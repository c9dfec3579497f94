"""The settings of reconnecting."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Reconnect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect:
    """How a client reconnects after it has lost its connection.

    It makes one attempt after another, with a delay before each that grows from `initial` to `maximum`. With the
    defaults it is connected within two seconds of its server's return, and makes about one attempt per second.

    Args:
        initial: The longest first delay, in seconds; default: 0.1.
        maximum: The longest of all delays, in seconds; default: 1.
        factor: How much longer each delay is than the one before; default: 2.
        jitter: Which share of each delay is random, from 0 to 1, so that the clients of a server don't all reconnect at
            the same time; default: 0.5, which makes a delay of 1 second one of 0.5 to 1 second.
        stable: How long a connection must have lasted, in seconds, for the delays to start again after its loss;
            default: 5. It protects a server that accepts every login and then hangs up from a flood of attempts.
        give_up: How long to try after a loss, in seconds; default: None, without a limit.
        hold_actions: Whether an action that is called without a connection waits for the next one, for up to its own
            ``reply_timeout``; default: False, it raises `ConnectionLost` at once. Hold only actions that are as useful
            later as now: an Originate, for example, would ring when its caller has gone.

    Raises:
        ValueError: A value is out of range.
    """

    initial: float = 0.1
    maximum: float = 1.0
    factor: float = 2.0
    jitter: float = 0.5
    stable: float = 5.0
    give_up: float | None = None
    hold_actions: bool = False

    def __post_init__(self) -> None:
        """Validate the settings."""
        if not 0 < self.initial <= self.maximum:
            msg = f"initial={self.initial:g} and maximum={self.maximum:g}: they must be 0 < initial <= maximum"
        elif self.factor < 1:
            msg = f"factor={self.factor:g}: it must be 1 or more, as the delays would become shorter"
        elif not 0 <= self.jitter <= 1:
            msg = f"jitter={self.jitter:g}: it must be a share from 0 to 1"
        elif self.stable < 0 or (self.give_up is not None and self.give_up < 0):
            msg = "stable and give_up are durations in seconds: they must be 0 or more"
        else:
            return
        raise ValueError(msg)

    def delays(self) -> Iterator[float]:
        """The delays before one attempt after another.

        Yields:
            Seconds, without an end.
        """
        longest = self.initial
        while True:
            yield longest * (1 - self.jitter * random.random())  # noqa: S311 - the delays need not be unpredictable
            longest = min(longest * self.factor, self.maximum)
