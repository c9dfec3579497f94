"""The base of the numbers that AMI sends, with their meanings."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

__all__ = ["Code"]


class Code(IntEnum):
    """A number on the wire that has a name.

    A field keeps the number itself, known or not; `find` gives its meaning. A member is an `int`, so it compares with
    a field, and can be sent in its place.
    """

    _value_: int
    text: str
    """The words that Asterisk prints for it; empty where it has none."""

    def __new__(cls, number: int, text: str = "") -> Self:
        """Make a member of its number and its words."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.text = text
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
