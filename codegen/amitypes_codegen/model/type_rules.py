"""The overlay's rules: types for headers by their name, wherever they occur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes_codegen.model.headers import with_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes_codegen.model.definitions import Header
    from amitypes_codegen.overlay.entries import Group, Origin, Rule


class TypeRules:
    """The rules for types, by header and group, and which of them were of use."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[tuple[Group, str], tuple[Rule, str]] = {}
        self._used: set[tuple[Origin, str]] = set()
        for rule in rules:
            for name in rule.headers:
                for group in rule.groups:
                    other = self._rules.setdefault((group, name.lower()), (rule, name))
                    if other[0] is not rule:
                        raise rule.origin.error(f"there is a rule for it already: {other[0].origin.key}", name)

    def typed(self, headers: Iterable[Header], group: Group) -> tuple[Header, ...]:
        """The headers with the types of the rules, where nothing nearer gave them one."""
        return tuple(self._typed(header, group) for header in headers)

    def _typed(self, header: Header, group: Group) -> Header:
        if header.type is not None or (group, header.base.lower()) not in self._rules:
            return header
        rule, name = self._rules[group, header.base.lower()]
        self._used.add((rule.origin, name))
        return with_type(header, rule.type, rule.origin, name)

    def check_used(self) -> None:
        """Refuses a header of a rule that gave nothing its type.

        Raises:
            OverlayError: If there is one.
        """
        for rule, name in self._rules.values():
            if rule.origin.strict and (rule.origin, name) not in self._used:
                raise rule.origin.error("matches no header that has no type of its own", name)
