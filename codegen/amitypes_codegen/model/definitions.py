"""The merged model as dataclasses: actions, events, families and codes of all branches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes_codegen.overlay.entries import CodesEntry, Origin, OutcomeEventEntry
    from amitypes_codegen.specs.spec import Snapshot

Branches: TypeAlias = frozenset[int]


ResponseKind: TypeAlias = Literal["list", "text", "response", "acknowledgement"]
"""A list of events, plain text, a response with headers of its own, or a response without such headers."""


ACTION_ID = "actionid"
"""The header that any message may have, in lower case; the base classes of the models declare it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A documented value of a header."""

    name: str
    branches: Branches


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A parameter of an action, or a header of an event or of a response.

    Attributes:
        name: The name on the wire, as the newest branch spells it.
        base: The name without the prefix of a snapshot, which rules match.
        branches: The branches that have it.
        required: The branches that require it.
        always: The overlay entry by which it is always present; None if it may be missing.
        snapshot: The snapshot that it belongs to; None for a header of the message itself.
        default: The default in the newest branch that documents one.
        multiple: Whether it may be repeated.
        separator: The separator of several values in one header.
        values: The documented values.
        type: The type from the overlay.
        codes: The name of the table of codes for its numbers.
        typed_by: The overlay entry that gives the type.
        python_name: The name in Python from the overlay.
        summary: A description in one line, if the name isn't clear.
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
    """An action, its parameters and its response."""

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
    """The events that may accompany a response that isn't a list; ``*`` for any."""
    response: tuple[Header, ...] = ()
    acknowledged: Origin | None = None
    """The overlay entry by which the response is only an acknowledgement."""
    outcome_event: OutcomeEventEntry | None = None
    summary: str = ""
    """A description in one line."""

    @property
    def response_kind(self) -> ResponseKind | None:
        """The kind of the response; None if neither the specs nor the overlay decide it."""
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
    """Whether it has headers of any name, chosen by the server's users."""
    documented_as: str | None = None
    """The name in Asterisk's documentation; None if it isn't documented."""
    summary: str = ""
    """A description in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Headers that several events share, which a base class declares.

    Attributes:
        origin: The overlay entry that defines it.
        name: The name of the base class.
        summary: A description of the events in one line.
        snapshots: The snapshots that all the events have.
        headers: The names of the headers that all the events have, including those of the snapshots, in wire order.
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
    """The actions, events, families and codes that an SDK is generated from."""

    releases: Mapping[int, str]
    """The release of each branch's spec, by branch, the oldest first."""
    actions: Mapping[str, Action] = field(default_factory=dict)
    """By name, sorted ignoring case."""
    events: Mapping[str, Event] = field(default_factory=dict)
    """By name, sorted ignoring case."""
    families: Mapping[str, Family] = field(default_factory=dict)
    """By the name of the class, sorted."""
    codes: Mapping[str, CodesEntry] = field(default_factory=dict)
    """The tables of codes, by name, sorted."""

    @property
    def branches(self) -> Branches:
        """All branches."""
        return frozenset(self.releases)
