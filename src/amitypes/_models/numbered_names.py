"""The names of numbered headers, such as ``Line-000000-000001`` and ``UnitAmount(0)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from amitypes._models.codec import Header, Shape

__all__ = ["find_header", "number_name", "split_name"]

_NUMBERED_SHAPES: Final = frozenset({Shape.FAMILY, Shape.NESTED, Shape.RECORDS})
_NUMBERED_NAME = re.compile(
    r"(?P<base>.+?)(?:-(?P<first>\d{6})(?:-(?P<second>\d{6}))?|\((?P<index>\d{1,6})\)(?P<below>(?:/[a-z]+)*))"
)
_REPORT_BLOCK = re.compile(r"report(?P<index>\d{1,6})(?P<rest>[a-z]+)")
_WITH_CHANNEL = re.compile(r"(?P<base>\w*variable)\(.*\)")


def split_name(name: str) -> tuple[str, tuple[int, ...]]:
    """Separate a header's name and the numbers in it.

    Args:
        name: A header's name in lower case: ``line-000000-000001``, ``unitamount(0)``, ``report0ssrc``,
            ``charge/units(0)/numberof``, ``chanvariable(sip/1)``.

    Returns:
        The name with each number replaced by zero (by X in a report block), as `wire_headers` has it, and the numbers.
        A channel's name in parentheses is dropped.
    """
    if found := _NUMBERED_NAME.fullmatch(name):
        if found["index"] is not None:
            return f"{found['base']}(0){found['below']}", (int(found["index"]),)
        if found["second"] is None:
            return f"{found['base']}-000000", (int(found["first"]),)
        return f"{found['base']}-000000-000000", (int(found["first"]), int(found["second"]))
    if found := _REPORT_BLOCK.fullmatch(name):
        return f"reportx{found['rest']}", (int(found["index"]),)
    if found := _WITH_CHANNEL.fullmatch(name):
        return found["base"], ()
    return name, ()


def find_header(declared: Mapping[str, Header], name: str) -> tuple[Header | None, tuple[int, ...]]:
    """Find the declaration of a header.

    Args:
        declared: The declared headers, by name in lower case.
        name: A header's name in lower case.

    Returns:
        The declaration, None where there is none, and the numbers in the name.
    """
    header = declared.get(name)
    if header is not None and header.codec.shape not in _NUMBERED_SHAPES:
        return header, ()
    name, numbers = split_name(name)
    return declared.get(name), numbers


def number_name(name: str, *numbers: int) -> str:
    """The name of a numbered header: the reverse of `split_name`.

    Args:
        name: The name as `wire_headers` has it: ``Line-000000-000000``, ``UnitAmount(0)``.
        numbers: One for each number in the name.

    Returns:
        The name with these numbers.
    """
    if "(0)" in name:
        return name.replace("(0)", f"({numbers[0]})", 1)
    base = name.removesuffix("-000000" * len(numbers))
    return base + "".join(f"-{number:06}" for number in numbers)
