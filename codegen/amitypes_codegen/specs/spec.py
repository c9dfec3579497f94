"""What one Asterisk release documents about its Manager Interface, as plain data.

A `Spec` is what the reader makes of Asterisk's XML and what ``specs/asterisk-<branch>.json`` holds: names and
structure in document order where the order matters, and none of the prose. It knows neither Python names nor Python
types; those are decided later, and the overlay adds what the XML lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SnapshotKind = Literal["channel", "bridge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue:
    """One documented value of a parameter, with the values nested below it."""

    name: str
    values: tuple[EnumValue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A header of an action or of an event, as ``<parameter>`` documents it."""

    name: str
    required: bool = False
    default: str | None = None
    multiple: bool = False
    separator: str | None = None
    values: tuple[EnumValue, ...] = ()
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """``<channel_snapshot/>`` or ``<bridge_snapshot/>``: a group of headers that many events share.

    The group's headers are facts of the overlay; each is sent with `prefix` before its name.
    """

    kind: SnapshotKind
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A see-also link."""

    type: str
    name: str
    module: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """What ``<responses>`` says of an action's answer, as names of events."""

    items: tuple[str, ...] = ()
    """Events that come once for each element of the list."""
    events: tuple[str, ...] = ()
    """Events beside the list: as a rule the one that completes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action. Where several modules document it, one entry stands for all of them."""

    name: str
    modules: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    synopsis: bool = False
    """Whether the XML describes it; the sentence itself stays there."""
    syntax: tuple[Parameter, ...] = ()
    responses: Responses | None = None
    see_also: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInstance:
    """One way of raising an event: its module, its privilege classes and its headers."""

    module: str | None = None
    privileges: tuple[str, ...] = ()
    """Privilege classes as AMI spells them (``call``, ``system``), from ``EVENT_FLAG_CALL`` and so on."""
    since: tuple[str, ...] = ()
    synopsis: bool = False
    syntax: tuple[Parameter | Snapshot, ...] = ()
    see_also: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event with all its instances."""

    name: str
    instances: tuple[EventInstance, ...]
    nested: bool = False
    """Whether it is documented only inside an action's ``<responses>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything that one release documents about AMI."""

    branch: int
    release: str
    ami_version: str
    actions: dict[str, Action] = field(default_factory=dict)
    """By name, sorted."""
    events: dict[str, Event] = field(default_factory=dict)
    """By name, sorted; the nested ones too."""
