"""The headers of a channel's or a bridge's snapshot, from the overlay."""

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
    """The headers of the snapshots, and whether each was of use."""

    def __init__(self, overlay: Overlay, branches: Sequence[int]) -> None:
        self._entries = overlay.snapshots
        self._branches = frozenset(branches)
        self._used: set[str] = set()

    def __call__(self, snapshot: Snapshot, branches: Branches) -> list[Header]:
        """The headers that a snapshot stands for.

        Args:
            snapshot: The snapshot, and the prefix of its headers' names.
            branches: The branches that have it.

        Returns:
            The headers that some of these branches send.

        Raises:
            CodegenError: If the overlay doesn't have such snapshots.
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
        """Refuses an entry that no event needed.

        Raises:
            OverlayError: If there is one, or one names a branch that there isn't.
        """
        for entry in self._entries:
            if entry.origin.strict and entry.kind not in self._used:
                raise entry.origin.error("is of no use: no event has this snapshot")
            for header in entry.headers:
                if entry.origin.strict and header.branches is not None and not header.branches <= self._branches:
                    raise entry.origin.error("names a branch that has no spec", header.name, "branches")
