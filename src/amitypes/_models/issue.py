"""What isn't as declared in a message."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Issue"]


class Issue(NamedTuple):
    """A header that isn't as declared. The message is delivered all the same.

    Attributes:
        header: The header's name on the wire.
        value: Its value on the wire.
        problem: What is wrong with it.
    """

    header: str
    value: str
    problem: str
