"""The findings of a verification, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes.runtime import Codec

MessageGroup: TypeAlias = Literal["events", "responses"]
"""What a message is: an event, or the response to an action."""


class FindingKind(StrEnum):
    """How a message differs from the types, in the order of the report."""

    EVENT = "event without a class"
    HEADER = "undeclared header"
    VALUE = "value of another type"
    MISSING = "missing header"
    ITEM = "undeclared event in a response"
    NO_LIST = "response that isn't a list"
    UNFINISHED = "incomplete response"
    ACTION = "action without a class"
    TEXT = "text that looks like another type"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedHeader:
    """A header as it was received.

    Attributes:
        name: Its name on the wire; of a numbered header, with each number replaced by zero.
        count: The number of messages with it.
        values: Its distinct values, sorted; at most 200. They may be private.
        repeated: Whether a message had it more than once.
    """

    name: str
    count: int
    values: tuple[str, ...] = field(default=(), repr=False)
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference between messages and types.

    Attributes:
        kind: What differs.
        group: Whether it is in an event or in the response to an action.
        name: The event or the action.
        count: The number of messages.
        header: The header, if the finding is about one.
        problem: What is wrong with its values.
        codec: The codec that the type declares for the header; None for an undeclared one.
        always: Whether the type declares the header as always present.
        headers: All headers of an event without a class.
        privileges: The privilege classes of such an event.
        declared: The events that the response's type declares as items.
        items: The undeclared events of the response.
        complete: The event that completed it.
    """

    kind: FindingKind
    group: MessageGroup
    name: str
    count: int
    header: ObservedHeader | None = None
    problem: str = ""
    codec: Codec | None = None
    always: bool = False
    headers: tuple[ObservedHeader, ...] = ()
    privileges: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    complete: str = ""

    @property
    def description(self) -> str:
        """What differs, in a sentence without any received value."""
        complete = () if self.declared else (self.complete,)
        events = dict.fromkeys(name for name in (*self.items, *complete) if name)
        return _DESCRIPTIONS[self.kind].format(
            header=self.header.name if self.header else "", problem=self.problem, events=", ".join(events)
        )

    @property
    def sort_key(self) -> tuple[int, str, str, str, str]:
        """By kind, then by name and header."""
        header = self.header.name.lower() if self.header else ""
        return _KINDS.index(self.kind), self.group, self.name.lower(), header, self.problem


_KINDS: Final = list(FindingKind)
_DESCRIPTIONS: Final[Mapping[FindingKind, str]] = {
    FindingKind.EVENT: "has no class",
    FindingKind.HEADER: "{header} is undeclared",
    FindingKind.VALUE: "{header}: {problem}",
    FindingKind.MISSING: "{header} is missing, but is declared as always present",
    FindingKind.ITEM: "has undeclared events: {events}",
    FindingKind.NO_LIST: "is declared as a list, but is a plain response",
    FindingKind.UNFINISHED: "was incomplete when its timeout expired",
    FindingKind.ACTION: "has no class; `generate --xml` creates one from the server's documentation",
    FindingKind.TEXT: "{header} looks like a {problem} in every message",
}
