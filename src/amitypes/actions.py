"""The actions of AMI, each imported when it is first used: ``from amitypes.actions import Originate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._generated import actions as _generated

if TYPE_CHECKING:
    from amitypes._generated.actions import *  # noqa: F403
else:
    from amitypes._imports.lazy import door

    __getattr__, __dir__, __all__ = door(__name__, _generated)
