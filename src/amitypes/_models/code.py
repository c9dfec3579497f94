"""The base class of numbers that have a name, such as hangup causes."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

__all__ = ["Code", "code"]


class _NumberWithText(int):
    text: str


def code(number: int, text: str = "") -> int:
    """The value of a member, with its text. To type checkers it is a plain number, as members compare with numbers.

    Args:
        number: The number on the wire.
        text: The text that Asterisk prints for it; default: none.

    Returns:
        The number, with its text.
    """
    value = _NumberWithText(number)
    value.text = text
    return value


class Code(IntEnum):
    """A number on the wire that has a name.

    A field has the number itself, known or not; `find` returns its member. A member is an `int`, so it compares with a
    field, and can be sent in its place.
    """

    _value_: int
    text: str
    """The text that Asterisk prints for it; empty where there is none."""

    def __new__(cls, number: int) -> Self:
        """Make a member of a number, and of its text if it is a `code`."""
        member = int.__new__(cls, number)
        member._value_ = int(number)
        member.text = number.text if isinstance(number, _NumberWithText) else ""
        return member

    @classmethod
    def find(cls, number: int | None) -> Self | None:
        """Find the member with a number.

        Args:
            number: A field's value; None where the header is missing.

        Returns:
            The member; None where no member has this number.
        """
        if number is None:
            return None
        try:
            return cls(number)
        except ValueError:
            return None
