"""Looks up headers in an overlay: reviewed texts, types by rule, and the headers of snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes_codegen.model.names import BASE_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amitypes_codegen.overlay.entries import Group, HeaderEntry, Overlay
    from amitypes_codegen.specs.spec import SnapshotKind

_TEXTS: Final = frozenset({"text", "str"})
_BASE: Final = BASE_HEADERS["event"] | BASE_HEADERS["response"] | {"message"}
_OPTIONAL: Final = frozenset({"bridgevideosource", "chanvariable", "tenantid"})
"""Headers that a snapshot may lack, depending on branch, configuration and bridge."""


class OverlayIndex:
    """Looks up headers in an overlay.

    Args:
        overlay: The overlay that the types were generated with.
    """

    def __init__(self, overlay: Overlay) -> None:
        self._rules: dict[tuple[Group, str], str] = {
            (group, name.lower()): rule.type.type
            for rule in overlay.rules
            for group in rule.groups
            for name in rule.headers
        }
        self._exceptions: dict[tuple[Group, str, str], str] = {}
        for event in overlay.events:
            name = (event.wire or event.name).lower()
            typed = {header.name: header.type for header in event.fields if header.type}
            typed |= {header: described.type for header, described in event.types.items()}
            self._exceptions |= {("events", name, header.lower()): kind for header, kind in typed.items()}
        for action in overlay.actions:
            self._exceptions |= {
                ("responses", action.name.lower(), header.name.lower()): header.type
                for header in action.response
                if header.type
            }
        self._snapshots: dict[SnapshotKind, dict[str, HeaderEntry]] = {}
        for snapshot in overlay.snapshots:
            headers = {header.name.lower(): header for header in snapshot.headers}
            self._snapshots.setdefault(snapshot.kind, {}).update(headers)

    def is_reviewed(self, group: Group, model: str, header: str) -> bool:
        """Whether a header is reviewed text, whatever its values look like.

        Args:
            group: Whether the header is of an event or of a response.
            model: The event or the action.
            header: The header's name on the wire.
        """
        key = header.lower()
        if key in _BASE:
            return True
        if kind := self._exceptions.get((group, model.lower(), key)):
            return kind in _TEXTS
        if kind := self._rules.get((group, key)):
            return kind in _TEXTS
        # In a message, a header of a snapshot may have a prefix that its rule lacks.
        return any(
            key.endswith(name) and self._rules.get((group, name)) in _TEXTS
            for headers in self._snapshots.values()
            for name in headers
        )

    def rule_type(self, group: Group, header: str) -> str | None:
        """The type of a header by a rule for its name; None without such a rule."""
        return self._rules.get((group, header.lower()))

    def snapshots_in(self, headers: Iterable[str]) -> dict[tuple[SnapshotKind, str], frozenset[str]]:
        """The snapshots that are complete in some headers.

        Args:
            headers: The headers' names.

        Returns:
            By kind and prefix, the lower-case names of the headers that are of the snapshot.
        """
        here = {name.lower(): name for name in headers}
        found: dict[tuple[SnapshotKind, str], frozenset[str]] = {}
        for kind, members in self._snapshots.items():
            first = next(iter(members))
            for key, name in here.items():
                if not key.endswith(first):
                    continue
                prefix = name[: len(name) - len(first)]
                names = _prefixed(prefix, members)
                if all(name in here or member in _OPTIONAL for name, member in names.items()):
                    found[kind, prefix] = frozenset(names) & here.keys()
        return found


def _prefixed(prefix: str, members: Mapping[str, HeaderEntry]) -> dict[str, str]:
    return {prefix.lower() + member: member for member in members}
