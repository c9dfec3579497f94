"""What is known of AMI, as plain data: the specs of several branches and the overlay, made one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes_codegen.overlay.entries import CodesEntry, Origin, OutcomeEventEntry
    from amitypes_codegen.specs.spec import Snapshot

Branches: TypeAlias = frozenset[int]


Answer: TypeAlias = Literal["list", "text", "response", "acknowledgement"]
"""An answer that is a list of events, bare text, a response with headers of its own, or one without."""


ACTION_ID = "actionid"
"""The header that every message may carry; the runtime's base models have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A documented value of a header."""

    name: str
    branches: Branches


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A parameter of an action, or a header of an event or of a response.

    Attributes:
        name: Its name on the wire, as the newest branch spells it.
        base: The name without a snapshot's prefix, by which rules know it.
        branches: Where it is documented or known.
        required: Where it is required.
        always: The entry of the overlay by which every message has it; None where it may be missing.
        snapshot: The snapshot that it belongs to; None where it is the message's own.
        default: The default that the newest branch documents.
        multiple: Whether it may come repeatedly.
        separator: What separates several values in one.
        values: The documented values.
        type: The type that the overlay gives it.
        codes: The table of codes that has the meanings of its numbers.
        typed_by: The entry of the overlay that does.
        python_name: The name that the overlay gives it.
        summary: What it is, in a line, where its name doesn't say it.
    """

    name: str
    base: str
    branches: Branches
    required: Branches = frozenset()
    always: Origin | None = None
    snapshot: Snapshot | None = None
    default: str | None = None
    multiple: bool = False
    separator: str | None = None
    values: tuple[Value, ...] = ()
    type: str | None = None
    codes: str | None = None
    typed_by: Origin | None = None
    python_name: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action, and what is known of its answer."""

    name: str
    branches: Branches
    modules: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    parameters: tuple[Header, ...] = ()
    items: tuple[str, ...] = ()
    complete: str | None = None
    untagged: bool = False
    text: bool = False
    anonymous: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    """Those that may come with an answer that is no list; ``*`` for any."""
    response: tuple[Header, ...] = ()
    acknowledged: Origin | None = None
    """The entry of the overlay that says that the answer is a mere acknowledgement."""
    later: OutcomeEventEntry | None = None
    summary: str = ""
    """What it does, in a line."""

    @property
    def answer(self) -> Answer | None:
        """What its answer is; None where nobody has decided."""
        if self.complete:
            return "list"
        if self.text:
            return "text"
        if self.response:
            return "response"
        return "acknowledgement" if self.acknowledged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event."""

    name: str
    branches: Branches
    privileges: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    free: bool = False
    """Whether it has headers of any name, as the server's users please."""
    documented_as: str | None = None
    """Its name in Asterisk's documentation; None where that lacks it."""
    summary: str = ""
    """What it tells, in a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What several events share.

    Attributes:
        origin: The entry of the overlay that says so.
        name: The name of its class.
        summary: What the events are, in a line.
        snapshots: The snapshots that each of them has.
        headers: The names of the headers that they share, those of the snapshots included, in the order of the wire.
        events: The names of the events, sorted ignoring case.
    """

    origin: Origin
    name: str
    summary: str
    snapshots: tuple[Snapshot, ...]
    headers: tuple[str, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything known of the Asterisks that an SDK is for."""

    releases: Mapping[int, str]
    """The release that each branch was read from, the oldest branch first."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    """By name, sorted ignoring case."""
    events: Mapping[str, Event] = field(default_factory=dict)
    """By name, sorted ignoring case."""
    families: Mapping[str, Family] = field(default_factory=dict)
    """What events share: by the name of the class, sorted."""
    codes: Mapping[str, CodesEntry] = field(default_factory=dict)
    """The meanings of numbers: by name, sorted."""

    @property
    def branches(self) -> Branches:
        """All branches."""
        return frozenset(self.releases)
