"""Type aliases for messages as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Headers", "WireDict"]

Headers: TypeAlias = Sequence[tuple[str, str]]
"""A message's headers in wire order; a line without a colon has the empty name."""


WireDict: TypeAlias = dict[str, str | list[str]]
"""A message as a mapping with the wire's names and order; the value of a repeated header is a list."""
