"""Which overlays a command uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amitypes_codegen.overlay.entries import join
from amitypes_codegen.overlay.loader import load_overlay

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes_codegen.overlay.entries import Overlay


def overlay_for_specs(specs: Path, overlays: Iterable[Path]) -> Overlay:
    """The overlay in a folder of specs, corrected by the user's overlays.

    Args:
        specs: The folder of the specs; without a folder ``overlay`` in it, the user's overlays are all.
        overlays: The user's files and folders.
    """
    own = specs / "overlay"
    return join([load_overlay([own] if own.is_dir() else []), load_overlay(overlays)])


def overlay_for_one_server(overlays: Iterable[Path]) -> Overlay:
    """The overlay that is distributed with the generator, without entries that don't fit the server, corrected.

    Args:
        overlays: The user's files and folders.
    """
    return join([load_overlay([_distributed()], strict=False), load_overlay(overlays)])


def _distributed() -> Path:
    """The overlay's folder: in an installed package ``overlay/shipped``, in the repository ``specs/overlay``."""
    package = Path(__file__).parents[1]
    installed = package / "overlay" / "shipped"
    return installed if installed.is_dir() else package.parents[1] / "specs" / "overlay"
