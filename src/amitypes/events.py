"""The events of AMI, each imported at its first use: ``from amitypes.events import Hangup``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._generated import events as _generated

if TYPE_CHECKING:
    from amitypes._generated.events import *  # noqa: F403
else:
    from amitypes._imports.lazy import reexport

    __getattr__, __dir__, __all__ = reexport(__name__, _generated)
