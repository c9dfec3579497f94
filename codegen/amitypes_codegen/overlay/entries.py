"""The facts that Asterisk's XML lacks, as plain data: what the entries of ``overlay/*.toml`` say.

`loader.py` reads them; whether an entry fits the specs is checked in `model/apply.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.errors import OverlayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from amitypes_codegen.specs.spec import Snapshot, SnapshotKind

Group: TypeAlias = Literal["actions", "events", "responses"]
"""Where a header is met."""

GROUPS: tuple[Group, ...] = ("actions", "events", "responses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an entry stands, for messages, and how it is held against the specs.

    Attributes:
        path: The file.
        key: The entry's key in the file, such as ``action.QueueStatus``.
        strict: Whether an entry that doesn't fit is refused. Where the specs are of one server only, the entries that
            were written for all branches are skipped instead.
        evidence: How it is known.
    """

    path: Path
    key: str
    strict: bool
    evidence: str = ""

    def error(self, message: str, *below: str) -> OverlayError:
        """The error that names this entry, or a key below it."""
        return OverlayError(message, path=self.path, element=".".join((self.key, *below)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderEntry:
    """A header that the XML lacks; with a type as ``types.py`` has them, by the rules where there is none.

    Attributes:
        name: Its name on the wire; empty for a line without a colon.
        type: Its type.
        values: Its values, where they are known.
        codes: The table of codes that has the meanings of its numbers.
        branches: The branches that send it; all where there are none.
        field: Its name in Python, where the name on the wire doesn't make a good one.
    """

    name: str
    type: str | None = None
    values: tuple[str, ...] = ()
    codes: str | None = None
    branches: frozenset[int] | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeEntry:
    """The type of a header.

    Attributes:
        type: The type as ``types.py`` has it.
        values: The words that it may be, in the place of documented ones.
        codes: The table of codes that has the meanings of its numbers.
    """

    type: str
    values: tuple[str, ...] = ()
    codes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEntry:
    """How a parameter differs from what the XML makes of it.

    Attributes:
        type: Its type.
        required: Whether it is required.
        name: Its name in Python, where the name on the wire is a mere placeholder.
        omit: Whether it is none at all.
        summary: What it is, in a line.
    """

    type: TypeEntry | None = None
    required: bool | None = None
    name: str | None = None
    omit: bool = False
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterEntry:
    """The event that tells later how an action went.

    Attributes:
        event: The event.
        by: The header that the action and the event have in common.
        only_with: The parameter that has to be true for the event to come; None where it always comes.
    """

    event: str
    by: str
    only_with: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """What ``[action.<Name>]`` says of an action and its answer.

    Attributes:
        items: The events of its list.
        complete: The event that completes the list.
        untagged: Whether the list comes without ``EventList: start``.
        text: Whether the answer is bare text.
        anonymous: The items that come without the ActionID.
        events: The events that may come with an answer that is no list; ``*`` for any.
        response: Headers of the response.
        always: Headers of the response that are in every answer but an error.
        optional: Those of which an overlay before this one says so, and that may be missing.
        acknowledged: Whether the answer is a mere acknowledgement, as ``[acknowledged]`` says.
        later: The event that comes later.
        parameters: Exceptions, by parameter.
        summary: What the action does, in a line.
    """

    origin: Origin
    name: str
    items: tuple[str, ...] = ()
    complete: str | None = None
    untagged: bool = False
    text: bool = False
    anonymous: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    response: tuple[HeaderEntry, ...] = ()
    always: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    acknowledged: bool = False
    later: LaterEntry | None = None
    parameters: Mapping[str, ParameterEntry] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """What ``[event.<Name>]`` says: a whole event, or headers and types of one that the XML has.

    Attributes:
        wire: Its name on the wire, where the XML spells another.
        privileges: Its privilege classes.
        branches: The branches that send it; all where there are none.
        fields: Headers that the XML lacks.
        bare: Whether it is an event of its own without headers: `fields` is there, and empty.
        snapshots: Snapshots that the XML lacks.
        types: Types of headers in this event only.
        omit: Headers of the XML that never come.
        free: Whether it has headers of any name, as the server's users please.
        always: Headers of its own, not of a snapshot, that every such event has.
        optional: Headers of which an overlay before this one says so, and that may be missing.
        sometimes: Prefixes of the snapshots that it may come without.
        summary: What the event tells, in a line.
    """

    origin: Origin
    name: str
    wire: str | None = None
    privileges: tuple[str, ...] = ()
    branches: frozenset[int] | None = None
    fields: tuple[HeaderEntry, ...] = ()
    bare: bool = False
    snapshots: tuple[Snapshot, ...] = ()
    types: Mapping[str, TypeEntry] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    free: bool = False
    always: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A type for headers by their name, wherever they are met (``groups``)."""

    origin: Origin
    type: TypeEntry
    headers: tuple[str, ...]
    groups: tuple[Group, ...] = GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEntry:
    """The headers of a snapshot, and which of them are in every one."""

    origin: Origin
    kind: SnapshotKind
    headers: tuple[HeaderEntry, ...]
    always: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyEntry:
    """What ``[family.<Name>]`` says: what several events share, for a class that they inherit.

    Attributes:
        summary: What the events are, in a line.
        snapshots: The snapshots that each of them has.
        headers: The headers that each of them has besides.
        events: The events; every event with these snapshots and headers where there are none.
    """

    origin: Origin
    name: str
    summary: str
    snapshots: tuple[Snapshot, ...] = ()
    headers: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """A number that AMI sends: its name, and the words that Asterisk prints for it, where it has any."""

    name: str
    code: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesEntry:
    """What ``[codes.<Name>]`` says: the meanings of numbers.

    Attributes:
        summary: What the numbers say, in a line.
        values: The numbers, in the file's order.
    """

    origin: Origin
    name: str
    summary: str
    values: tuple[CodeEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """All entries of all files, in the order of the files' names."""

    actions: tuple[ActionEntry, ...] = ()
    events: tuple[EventEntry, ...] = ()
    rules: tuple[Rule, ...] = ()
    snapshots: tuple[SnapshotEntry, ...] = ()
    families: tuple[FamilyEntry, ...] = ()
    codes: tuple[CodesEntry, ...] = ()


def join(overlays: Iterable[Overlay]) -> Overlay:
    """Puts overlays together, in order: a later one corrects those before."""
    several = list(overlays)
    return Overlay(
        actions=tuple(entry for overlay in several for entry in overlay.actions),
        events=tuple(entry for overlay in several for entry in overlay.events),
        rules=tuple(entry for overlay in several for entry in overlay.rules),
        snapshots=tuple(entry for overlay in several for entry in overlay.snapshots),
        families=tuple(entry for overlay in several for entry in overlay.families),
        codes=tuple(entry for overlay in several for entry in overlay.codes),
    )
