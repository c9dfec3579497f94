"""The entries of ``overlay/*.toml`` as dataclasses: facts that Asterisk's XML lacks or gets wrong.

Their attributes are named after the keys of the files. `loader.py` reads the files; `model/apply.py` checks the entries
against the specs.
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
"""The kinds of messages that a header occurs in."""

GROUPS: tuple[Group, ...] = ("actions", "events", "responses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The place of an entry, for error messages, and how strictly it is checked against the specs.

    Attributes:
        path: The file.
        key: The entry's key in the file, such as ``action.QueueStatus``.
        strict: Whether an entry that doesn't fit the specs is an error. False for specs of one server: entries for
            other branches are skipped.
        evidence: The source file or server that shows the fact.
    """

    path: Path
    key: str
    strict: bool
    evidence: str = ""

    def error(self, message: str, *below: str) -> OverlayError:
        """An error that names this entry, or a key within it."""
        return OverlayError(message, path=self.path, element=".".join((self.key, *below)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderEntry:
    """A header that the XML lacks.

    Attributes:
        name: The name on the wire; empty for a line without a colon.
        type: The type, as in ``types.py``; None to apply the rules.
        values: The known values.
        codes: The name of the table of codes for its numbers.
        branches: The branches that send it; None for all.
        field: The name in Python; None to derive it from the name on the wire.
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
        type: The type, as in ``types.py``.
        values: The values, which replace the documented ones; empty to keep those.
        codes: The name of the table of codes for its numbers.
    """

    type: str
    values: tuple[str, ...] = ()
    codes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEntry:
    """Corrections of a parameter that the XML documents.

    Attributes:
        type: The type; None to keep the documented one.
        required: Whether it is required; None to keep what is documented.
        name: The name in Python, if the name on the wire is a placeholder.
        omit: Whether to remove the parameter: the action doesn't read it.
        summary: A description in one line.
    """

    type: TypeEntry | None = None
    required: bool | None = None
    name: str | None = None
    omit: bool = False
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeEventEntry:
    """The event that reports the outcome of an action after its response.

    Attributes:
        event: The name of the event.
        by: The header with the same value in the action and the event.
        only_with: The parameter that must be true for the event to be sent; None if it is always sent.
    """

    event: str
    by: str
    only_with: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """An action and its response: ``[action.<Name>]``, or a key of ``[acknowledged]``.

    Attributes:
        origin: The place of the entry.
        name: The name of the action.
        items: The events of its list.
        complete: The event that completes the list.
        untagged: Whether the list's first response lacks ``EventList: start``.
        text: Whether the response is plain text.
        anonymous: The items without an ActionID.
        events: The events that may accompany a response that isn't a list; ``*`` for any.
        response: Headers of the response.
        always: Headers that are in every response except an error.
        optional: Headers that may be missing, although an earlier overlay lists them in `always`.
        acknowledged: Whether the response is only an acknowledgement.
        later: The event that reports the outcome.
        parameters: Corrections of parameters, by name.
        summary: A description of the action in one line.
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
    later: OutcomeEventEntry | None = None
    parameters: Mapping[str, ParameterEntry] = field(default_factory=dict)
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """An event that the XML lacks, or additions to one that it documents: ``[event.<Name>]``.

    Attributes:
        origin: The place of the entry.
        name: The name of the event in the XML.
        wire: The name on the wire, if the XML has a different one.
        privileges: The privilege classes.
        branches: The branches that send it; None for all.
        fields: Headers that the XML lacks.
        bare: Whether the entry defines an event without headers: its `fields` are an empty array.
        snapshots: Snapshots that the XML lacks.
        types: Types of headers in this event only.
        omit: Documented headers that are never sent.
        free: Whether it has headers of any name, chosen by the server's users.
        always: Headers, other than those of snapshots, that every such event has.
        optional: Headers that may be missing, although an earlier overlay lists them in `always`.
        sometimes: Prefixes of the snapshots that may be missing.
        summary: A description of the event in one line.
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
    """A type for all headers of some names, in the messages of `groups`: ``[[rule]]``."""

    origin: Origin
    type: TypeEntry
    headers: tuple[str, ...]
    groups: tuple[Group, ...] = GROUPS


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEntry:
    """The headers of a snapshot, and those that are always present: ``[snapshot.<kind>]``."""

    origin: Origin
    kind: SnapshotKind
    headers: tuple[HeaderEntry, ...]
    always: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyEntry:
    """Headers that several events share, for a common base class: ``[family.<Name>]``.

    Attributes:
        origin: The place of the entry.
        name: The name of the base class.
        summary: A description of the events in one line.
        snapshots: The snapshots that all the events have.
        headers: The other headers that all the events have.
        events: The events; empty for every event with these snapshots and headers.
    """

    origin: Origin
    name: str
    summary: str
    snapshots: tuple[Snapshot, ...] = ()
    headers: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """A number that AMI sends: its name, and the text that Asterisk prints for it, if any."""

    name: str
    code: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesEntry:
    """A table of numeric codes: ``[codes.<Name>]``.

    Attributes:
        origin: The place of the entry.
        name: The name of the table.
        summary: A description of the codes in one line.
        values: The codes, in the order of the file.
    """

    origin: Origin
    name: str
    summary: str
    values: tuple[CodeEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The entries of several files."""

    actions: tuple[ActionEntry, ...] = ()
    events: tuple[EventEntry, ...] = ()
    rules: tuple[Rule, ...] = ()
    snapshots: tuple[SnapshotEntry, ...] = ()
    families: tuple[FamilyEntry, ...] = ()
    codes: tuple[CodesEntry, ...] = ()


def join(overlays: Iterable[Overlay]) -> Overlay:
    """Joins overlays in order: the entries of a later one apply on top of the earlier ones."""
    several = list(overlays)
    return Overlay(
        actions=tuple(entry for overlay in several for entry in overlay.actions),
        events=tuple(entry for overlay in several for entry in overlay.events),
        rules=tuple(entry for overlay in several for entry in overlay.rules),
        snapshots=tuple(entry for overlay in several for entry in overlay.snapshots),
        families=tuple(entry for overlay in several for entry in overlay.families),
        codes=tuple(entry for overlay in several for entry in overlay.codes),
    )
