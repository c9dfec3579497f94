"""The differences between two specs, as text and as plain data.

Since-lists, see-also links and synopses aren't compared. Modules are compared only if both documentations name them:
those of some releases don't.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

from amitypes_codegen.specs.spec import Action, EnumValue, Event, Parameter, Snapshot, Spec
from amitypes_codegen.specs.unite import unite_syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ChangeKind: TypeAlias = Literal["added", "removed", "changed"]
Attribute: TypeAlias = "bool | str | None"

_MARKS: dict[ChangeKind, str] = {"added": "+", "removed": "-", "changed": "~"}


class ChangeDict(TypedDict, total=False):
    """A `Change` as plain data; ``old`` and ``new`` are present if `change` is ``changed``."""

    change: ChangeKind
    what: str
    name: str
    old: Attribute
    new: Attribute


class ChangeGroupDict(TypedDict):
    """A `ChangeGroup` as plain data."""

    added: list[str]
    removed: list[str]
    changed: dict[str, list[ChangeDict]]


class SideDict(TypedDict):
    """The release of one side of a comparison."""

    branch: int
    release: str
    ami_version: str


class ChangesDict(TypedDict):
    """A `Changes` as plain data."""

    old: SideDict
    new: SideDict
    actions: ChangeGroupDict
    events: ChangeGroupDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference in an action or event that both specs have.

    Attributes:
        kind: Whether it was added, removed or changed.
        what: What was added or removed: ``parameter``, ``value``, ``snapshot``, ``module``, ``privilege``,
            ``response item``, ``response event``; or what changed: ``required``, ``default``, ``multiple``,
            ``separator``, ``responses``, ``nested``.
        name: Its path of names: ``Options``, ``Options/value``; empty if the action or event itself changed.
        old: The value before, if `kind` is ``changed``.
        new: The value after, if `kind` is ``changed``.
    """

    kind: ChangeKind
    what: str
    name: str = ""
    old: Attribute = None
    new: Attribute = None

    def as_dict(self) -> ChangeDict:
        """The change as plain data."""
        change = ChangeDict(change=self.kind, what=self.what, name=self.name)
        if self.kind == "changed":
            change |= {"old": self.old, "new": self.new}
        return change

    def as_text(self) -> str:
        """The change on one line."""
        subject = f"{self.what} {self.name}" if self.name else self.what
        if self.kind != "changed":
            return f"{_MARKS[self.kind]} {subject}"
        if self.name:
            subject = f"{self.name}: {self.what}"
        return f"{_MARKS[self.kind]} {subject} {_shown(self.old)} -> {_shown(self.new)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """The changes of all actions, or of all events.

    Attributes:
        added: Names that only the new spec has, sorted.
        removed: Names that only the old spec has, sorted.
        changed: The changes of those that both have, by name, sorted.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[Change, ...]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def as_dict(self) -> ChangeGroupDict:
        """The group as plain data."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": {name: [change.as_dict() for change in changes] for name, changes in self.changed.items()},
        }

    def lines(self, title: str) -> Iterator[str]:
        """Yields the group as lines of text.

        Args:
            title: The group's title, such as ``Actions``.

        Yields:
            A headline, then a line for each name and for each change.
        """
        yield f"{title}: {len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed"
        for mark, names in (("+", self.added), ("-", self.removed)):
            yield from (f"  {mark} {name}" for name in names)
        for name, changes in self.changed.items():
            yield f"  ~ {name}"
            yield from (f"      {change.as_text()}" for change in changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes from one spec to another; false if there are none.

    Attributes:
        old: The spec before.
        new: The spec after.
        actions: The changes of actions.
        events: The changes of events.
    """

    old: Spec
    new: Spec
    actions: ChangeGroup
    events: ChangeGroup

    def __bool__(self) -> bool:
        return bool(self.actions or self.events)

    def as_dict(self) -> ChangesDict:
        """The changes as plain data for JSON, in an order that depends on the specs only."""
        return {
            "old": _side(self.old),
            "new": _side(self.new),
            "actions": self.actions.as_dict(),
            "events": self.events.as_dict(),
        }

    def as_text(self) -> str:
        """The changes as text: grouped, one change a line, with a newline at the end."""
        lines = [f"{_title(self.old)} -> {_title(self.new)}", ""]
        if self:
            lines += [*self.actions.lines("Actions"), "", *self.events.lines("Events")]
        else:
            lines.append("No changes.")
        return "\n".join(lines) + "\n"


def compare(old: Spec, new: Spec) -> Changes:
    """Compares two specs.

    Args:
        old: The spec before.
        new: The spec after.

    Returns:
        The changes.
    """
    modules = _names_modules(old) and _names_modules(new)
    return Changes(
        old=old,
        new=new,
        actions=_group(
            old.actions,
            new.actions,
            {
                name: tuple(_action_changes(old.actions[name], new.actions[name], modules=modules))
                for name in old.actions.keys() & new.actions.keys()
            },
        ),
        events=_group(
            old.events,
            new.events,
            {
                name: tuple(_event_changes(old.events[name], new.events[name], modules=modules))
                for name in old.events.keys() & new.events.keys()
            },
        ),
    )


def _group(old: Iterable[str], new: Iterable[str], changed: Mapping[str, tuple[Change, ...]]) -> ChangeGroup:
    return ChangeGroup(
        added=tuple(sorted(set(new) - set(old))),
        removed=tuple(sorted(set(old) - set(new))),
        changed={name: changes for name, changes in sorted(changed.items()) if changes},
    )


def _names_modules(spec: Spec) -> bool:
    # In a release that names modules, every event instance has one; single names don't count.
    instances = [instance for event in spec.events.values() for instance in event.instances]
    return bool(instances) and all(instance.module for instance in instances)


def _action_changes(old: Action, new: Action, *, modules: bool) -> Iterator[Change]:
    if modules:
        yield from _set_changes("module", old.modules, new.modules)
    yield from _syntax_changes(old.syntax, new.syntax, "")
    if (old.responses is None) != (new.responses is None):
        yield _changed("responses", "", old.responses is not None, new.responses is not None)
    old_items, new_items = (side.responses.items if side.responses else () for side in (old, new))
    yield from _set_changes("response item", old_items, new_items)
    old_events, new_events = (side.responses.events if side.responses else () for side in (old, new))
    yield from _set_changes("response event", old_events, new_events)


def _event_changes(old: Event, new: Event, *, modules: bool) -> Iterator[Change]:
    if old.nested != new.nested:
        yield _changed("nested", "", old.nested, new.nested)
    if modules:
        yield from _set_changes("module", _modules(old), _modules(new))
    yield from _set_changes("privilege", _privileges(old), _privileges(new))
    old_syntax, new_syntax = (unite_syntax([entry.syntax for entry in side.instances]) for side in (old, new))
    yield from _set_changes("snapshot", _snapshots(old_syntax), _snapshots(new_syntax))
    yield from _syntax_changes(_parameters(old_syntax), _parameters(new_syntax), "")


def _modules(event: Event) -> list[str]:
    return [instance.module for instance in event.instances if instance.module]


def _privileges(event: Event) -> list[str]:
    return [privilege for instance in event.instances for privilege in instance.privileges]


def _snapshots(syntax: Iterable[Parameter | Snapshot]) -> list[str]:
    return [
        f"{entry.kind} with prefix {entry.prefix}" if entry.prefix else entry.kind
        for entry in syntax
        if isinstance(entry, Snapshot)
    ]


def _parameters(syntax: Iterable[Parameter | Snapshot]) -> list[Parameter]:
    return [entry for entry in syntax if isinstance(entry, Parameter)]


def _syntax_changes(old: Sequence[Parameter], new: Sequence[Parameter], above: str) -> Iterator[Change]:
    before = {parameter.name: parameter for parameter in old}
    after = {parameter.name: parameter for parameter in new}
    yield from _set_changes("parameter", before, after, above)
    for name in sorted(before.keys() & after.keys()):
        yield from _parameter_changes(before[name], after[name], above + name)


def _parameter_changes(old: Parameter, new: Parameter, name: str) -> Iterator[Change]:
    attributes: tuple[tuple[str, Attribute, Attribute], ...] = (
        ("required", old.required, new.required),
        ("default", old.default, new.default),
        ("multiple", old.multiple, new.multiple),
        ("separator", old.separator, new.separator),
    )
    for what, before, after in attributes:
        if before != after:
            yield _changed(what, name, before, after)
    yield from _value_changes(old.values, new.values, f"{name}/")
    yield from _syntax_changes(old.parameters, new.parameters, f"{name}/")


def _value_changes(old: Sequence[EnumValue], new: Sequence[EnumValue], above: str) -> Iterator[Change]:
    before = {value.name: value for value in old}
    after = {value.name: value for value in new}
    yield from _set_changes("value", before, after, above)
    for name in sorted(before.keys() & after.keys()):
        yield from _value_changes(before[name].values, after[name].values, f"{above}{name}/")


def _set_changes(what: str, old: Iterable[str], new: Iterable[str], above: str = "") -> Iterator[Change]:
    before, after = set(old), set(new)
    yield from (Change(kind="added", what=what, name=above + name) for name in sorted(after - before))
    yield from (Change(kind="removed", what=what, name=above + name) for name in sorted(before - after))


def _changed(what: str, name: str, old: Attribute, new: Attribute) -> Change:
    return Change(kind="changed", what=what, name=name, old=old, new=new)


def _shown(value: Attribute) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _side(spec: Spec) -> SideDict:
    return {"branch": spec.branch, "release": spec.release, "ami_version": spec.ami_version}


def _title(spec: Spec) -> str:
    return f"Asterisk {spec.release}" + (f" (AMI {spec.ami_version})" if spec.ami_version else "")
