"""Applies the overlay's rules: the types of headers by their name, in all messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes_codegen.model.headers import with_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes_codegen.model.definitions import Header
    from amitypes_codegen.overlay.entries import Group, Origin, Rule


class TypeRules:
    """The rules by header and group, with a record of those that are used.

    Args:
        rules: The overlay's rules.

    Raises:
        OverlayError: If two rules give a type to the same header.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[tuple[Group, str], tuple[Rule, str]] = {}
        self._used: set[tuple[Origin, str]] = set()
        for rule in rules:
            for name in rule.headers:
                for group in rule.groups:
                    other = self._rules.setdefault((group, name.lower()), (rule, name))
                    if other[0] is not rule:
                        raise rule.origin.error(
                            f"has another rule already: {other[0].origin.key}; remove one of them", name
                        )

    def apply(self, headers: Iterable[Header], group: Group) -> tuple[Header, ...]:
        """Gives headers without a type the types of the rules.

        Args:
            headers: The headers.
            group: The kind of message that has them.

        Returns:
            All the headers, in the same order.
        """
        return tuple(self._apply(header, group) for header in headers)

    def _apply(self, header: Header, group: Group) -> Header:
        if header.type is not None or (group, header.base.lower()) not in self._rules:
            return header
        rule, name = self._rules[group, header.base.lower()]
        self._used.add((rule.origin, name))
        return with_type(header, rule.type, rule.origin, name)

    def check_used(self) -> None:
        """Checks that every header of every rule is used.

        Raises:
            OverlayError: If a header of a rule matches no header without a type.
        """
        for rule, name in self._rules.values():
            if rule.origin.strict and (rule.origin, name) not in self._used:
                raise rule.origin.error("matches no header without a type of its own; remove it", name)
