"""Names of events that AMI doesn't have."""

from __future__ import annotations

from typing import Final

__all__ = ["NOTICE", "UNKNOWN"]

UNKNOWN: Final = ""
"""Stands for the names of all events that have no class of their own."""


NOTICE: Final = "amitypes "
"""Begins the names of the client's own notices, and alone stands for all of them; no event of AMI's has a blank."""
