"""The shapes that messages have before anything is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Headers", "WireDict"]

Headers: TypeAlias = Sequence[tuple[str, str]]
"""A message's headers in wire order; a line without a colon has the empty name."""


WireDict: TypeAlias = dict[str, str | list[str]]
"""A message as a mapping with the wire's names and order; a header that repeats is a list."""
