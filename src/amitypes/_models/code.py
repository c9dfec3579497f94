"""The base of the numbers that AMI sends, with their meanings."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

__all__ = ["Code", "code"]


class _Worded(int):
    text: str


def code(number: int, text: str = "") -> int:
    """What a member is made of. To type checkers it is a plain number, so that they see what a member compares with.

    Args:
        number: The number on the wire.
        text: The words that Asterisk prints for it; none by default.

    Returns:
        The number, with its words.
    """
    worded = _Worded(number)
    worded.text = text
    return worded


class Code(IntEnum):
    """A number on the wire that has a name.

    A field keeps the number itself, known or not; `find` gives its meaning. A member is an `int`, so it compares with
    a field, and can be sent in its place.
    """

    _value_: int
    text: str
    """The words that Asterisk prints for it; empty where it has none."""

    def __new__(cls, number: int) -> Self:
        """Make a member of a number, and of its words if it is a `code`."""
        member = int.__new__(cls, number)
        member._value_ = int(number)
        member.text = number.text if isinstance(number, _Worded) else ""
        return member

    @classmethod
    def find(cls, number: int | None) -> Self | None:
        """The meaning of a number.

        Args:
            number: What a field holds; None where the header didn't come.

        Returns:
            The member, or None where the number has no meaning that is known here.
        """
        if number is None:
            return None
        try:
            return cls(number)
        except ValueError:
            return None
