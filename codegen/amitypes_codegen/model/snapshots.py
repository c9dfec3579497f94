"""Expands the snapshot of a channel or a bridge into its headers, which the overlay lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amitypes_codegen.errors import CodegenError
from amitypes_codegen.model.headers import header_from_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amitypes_codegen.model.definitions import Branches, Header
    from amitypes_codegen.overlay.entries import Overlay
    from amitypes_codegen.specs.spec import Snapshot


class Snapshots:
    """Expands snapshots, and records which entries are used.

    Args:
        overlay: The overlay, with the headers of each kind of snapshot.
        branches: The branches of the specs.
    """

    def __init__(self, overlay: Overlay, branches: Sequence[int]) -> None:
        self._entries = overlay.snapshots
        self._branches = frozenset(branches)
        self._used: set[str] = set()

    def __call__(self, snapshot: Snapshot, branches: Branches) -> list[Header]:
        """Expands a snapshot.

        Args:
            snapshot: The kind of the snapshot, and the prefix of its headers' names.
            branches: The branches whose event has it.

        Returns:
            The headers that at least one of these branches sends.

        Raises:
            CodegenError: If the overlay doesn't list the headers of this kind.
        """
        entries = [entry for entry in self._entries if entry.kind == snapshot.kind]
        if not entries:
            raise CodegenError(f"the overlay has no headers for the {snapshot.kind} snapshot", element="snapshot")
        self._used.add(snapshot.kind)
        return [
            replace(
                header_from_entry(header, here, entry.origin),
                name=f"{snapshot.prefix}{header.name}",
                snapshot=snapshot,
                always=entry.origin if header.name in entry.always else None,
            )
            for entry in entries
            for header in entry.headers
            if (here := branches & (header.branches or branches))
        ]

    def check_used(self) -> None:
        """Checks that every entry is used.

        Raises:
            OverlayError: If no event has a snapshot of the kind of an entry, or an entry has a branch without a spec.
        """
        for entry in self._entries:
            if entry.origin.strict and entry.kind not in self._used:
                raise entry.origin.error("is unused: no event has this snapshot")
            for header in entry.headers:
                if entry.origin.strict and header.branches is not None and not header.branches <= self._branches:
                    raise entry.origin.error("has a branch without a spec", header.name, "branches")
