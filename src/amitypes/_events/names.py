"""Placeholder names in a selection: for unknown events, and for the client's notices."""

from __future__ import annotations

from typing import Final

__all__ = ["NOTICE", "UNKNOWN"]

UNKNOWN: Final = ""
"""Stands for all events without a class of their own."""


NOTICE: Final = "amitypes "
"""The prefix of the names of the client's own notices; alone, it stands for all notices. No AMI event has a space."""
