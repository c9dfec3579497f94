"""What one Asterisk release documents about its Manager Interface, as plain data.

`reading/` creates a `Spec` from Asterisk's XML, and ``specs/asterisk-<branch>.json`` contains it: names and structure,
in document order where the order matters, without the prose. It has neither Python names nor Python types; `model/`
decides those, and the overlay adds what the XML lacks.
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

    The overlay lists the group's headers; each is sent with `prefix` before its name.
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
    """The events of an action's response, as ``<responses>`` names them."""

    items: tuple[str, ...] = ()
    """Events that come once for each item of the list."""
    events: tuple[str, ...] = ()
    """Other events: usually the one that completes the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action, united from all modules that document it."""

    name: str
    modules: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    synopsis: bool = False
    """Whether the XML has a synopsis; its text isn't kept."""
    syntax: tuple[Parameter, ...] = ()
    responses: Responses | None = None
    see_also: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInstance:
    """One origin of an event: its module, its privilege classes and its headers."""

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
