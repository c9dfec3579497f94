"""Reads Asterisk's XML documentation into a `Spec`: names and structure without the prose."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from amitypes_codegen.reading.elements import Context, ami_elements, normalized
from amitypes_codegen.specs.branches import ami_version_of, branch_of
from amitypes_codegen.specs.lock import Provenance
from amitypes_codegen.specs.spec import (
    Action,
    EnumValue,
    Event,
    EventInstance,
    Parameter,
    Reference,
    Responses,
    Snapshot,
    SnapshotKind,
    Spec,
)
from amitypes_codegen.specs.unite import distinct, merge_in_order, unite_syntax, unite_values

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

    from amitypes_codegen.reading.source import Source

VERSION = 1
"""Increased whenever the same XML yields another `Spec`; the lock file records it."""

_SNAPSHOTS: dict[str, SnapshotKind] = {"channel_snapshot": "channel", "bridge_snapshot": "bridge"}
_FLAG_PREFIX = "EVENT_FLAG_"
_FLAG = re.compile(r"\w+", re.ASCII)
_VERSION = re.compile(r"\d+(?:\.\d+)*(?:[-~+.]?[0-9A-Za-z]+)*", re.ASCII)


def read_spec(source: Source, *, ami_version: str | None = None) -> Spec:
    """Reads what a release documents about AMI.

    Args:
        source: The release's documentation.
        ami_version: The version in the release's AMI banner; default: the known version of its branch, empty for an
            unknown branch.

    Returns:
        The spec, with every include resolved.

    Raises:
        IncludeError: If an include can't be resolved inside the document.
        DocumentError: If the document isn't what Asterisk's documentation looks like; the message names the line.
    """
    branch = branch_of(source.release, path=source.path)
    reader = _Reader(source.path)
    for element in ami_elements(source):
        if element.tag == "manager":
            reader.add_action(element)
        else:
            reader.add_event(element, nested=False)
    return Spec(
        branch=branch,
        release=source.release,
        ami_version=ami_version_of(source.release) if ami_version is None else ami_version,
        actions=dict(sorted(reader.actions.items())),
        events=dict(sorted(reader.events().items())),
    )


def provenance(source: Source) -> Provenance:
    """What a spec that this reader has read from a source goes back to, for the lock file."""
    return Provenance(path=source.path, sha256=source.sha256, reader=VERSION)


class _Reader:
    """Collects actions and events; several elements may document the same one."""

    def __init__(self, path: Path) -> None:
        self.actions: dict[str, Action] = {}
        self._path = path
        self._documented: dict[str, list[EventInstance]] = {}
        self._nested: dict[str, list[EventInstance]] = {}

    def add_action(self, element: etree._Element) -> None:
        """Adds an action, and the events that only its ``<responses>`` document."""
        name = Context(self._path).attribute(element, "name")
        context = Context(self._path, f"action {name!r}")
        action = Action(
            name=name,
            modules=_present(element.get("module")),
            since=_since(element, context),
            synopsis=_has_text(element.find("synopsis")),
            syntax=distinct(_parameters(element.find("syntax"), context)),
            responses=self._responses(element.find("responses"), context),
            see_also=_see_also(element, context),
        )
        known = self.actions.get(name)
        self.actions[name] = action if known is None else _unite_actions(known, action)

    def add_event(self, element: etree._Element, *, nested: bool) -> None:
        """Adds the instances of an event."""
        name = Context(self._path).attribute(element, "name")
        context = Context(self._path, f"event {name!r}")
        instances = [_instance(child, element, context) for child in element.iterchildren("managerEventInstance")]
        if not instances:
            raise context.error(element, "has no instance; expected at least one <managerEventInstance>")
        known = (self._nested if nested else self._documented).setdefault(name, [])
        # Several modules may document the same event; without module names only the prose differs.
        known.extend([instance for instance in instances if instance not in known] if known else instances)

    def events(self) -> dict[str, Event]:
        """All events; an event is nested if only ``<responses>`` documents it."""
        return {
            name: Event(
                name=name,
                instances=tuple(sorted(instances, key=lambda instance: instance.module or "")),
                nested=name not in self._documented,
            )
            for name, instances in (self._nested | self._documented).items()
        }

    def _responses(self, element: etree._Element | None, context: Context) -> Responses | None:
        if element is None:
            return None
        items: list[str] = []
        events: list[str] = []
        for child in element:
            if child.tag == "list-elements":
                items.extend(self._response_event(event, context) for event in child)
            else:
                events.append(self._response_event(child, context))
        return Responses(items=tuple(dict.fromkeys(items)), events=tuple(dict.fromkeys(events)))

    def _response_event(self, element: etree._Element, context: Context) -> str:
        if element.tag != "managerEvent":
            raise context.error(element, "isn't allowed in <responses>; expected <managerEvent>")
        name = context.attribute(element, "name")
        self.add_event(element, nested=True)
        return name


def _instance(element: etree._Element, event: etree._Element, context: Context) -> EventInstance:
    return EventInstance(
        module=normalized(element.get("module") or event.get("module")) or None,
        privileges=_privileges(element, context),
        since=_since(element, context),
        synopsis=_has_text(element.find("synopsis")),
        syntax=distinct(_fields(element.find("syntax"), context)),
        see_also=_see_also(element, context),
    )


def _privileges(element: etree._Element, context: Context) -> tuple[str, ...]:
    text = context.attribute(element, "class")
    flags = [flag.strip().removeprefix(_FLAG_PREFIX) for flag in re.split(r"[|,]", text)]
    if not all(_FLAG.fullmatch(flag) for flag in flags):
        raise context.error(element, f"class={text!r}; expected flags such as {_FLAG_PREFIX}CALL")
    return tuple(dict.fromkeys(flag.lower() for flag in flags))


def _parameters(element: etree._Element | None, context: Context) -> Iterator[Parameter]:
    if element is not None:
        for child in element.iterchildren("parameter"):
            yield _parameter(child, context)


def _fields(element: etree._Element | None, context: Context) -> Iterator[Parameter | Snapshot]:
    if element is None:
        return
    for child in element.iterchildren("parameter", *_SNAPSHOTS):
        kind = _SNAPSHOTS.get(str(child.tag))
        yield (
            _parameter(child, context) if kind is None else Snapshot(kind=kind, prefix=normalized(child.get("prefix")))
        )


def _parameter(element: etree._Element, context: Context) -> Parameter:
    return Parameter(
        name=context.attribute(element, "name"),
        required=context.flag(element, "required"),
        # The DTD's default for `default` is the empty string: no default.
        default=element.get("default") or None,
        multiple=context.flag(element, "multiple"),
        separator=element.get("argsep") or None,
        values=unite_values([tuple(_values(element, context))]),
        parameters=distinct(_parameters(element, context)),
    )


def _values(element: etree._Element, context: Context) -> Iterator[EnumValue]:
    """The values in an element's lists. Lists inside an ``<info>`` are for one channel technology and are left out."""
    for entry in element.iterfind("enumlist/*"):
        if entry.tag == "enum":
            yield EnumValue(
                name=context.attribute(entry, "name"), values=unite_values([tuple(_values(entry, context))])
            )
        elif entry.tag == "configOptionToEnum":
            for option in entry.iterchildren("configOption"):
                yield EnumValue(name=context.attribute(option, "name"))


def _since(element: etree._Element, context: Context) -> tuple[str, ...]:
    versions = set()
    for version in element.iterfind("since/version"):
        text = normalized(version.text)
        if not _VERSION.fullmatch(text):
            raise context.error(version, f"{text!r} isn't a version; expected for example 13.17.0")
        versions.add(text)
    return _by_version(versions)


def _by_version(versions: set[str]) -> tuple[str, ...]:
    return tuple(sorted(versions, key=lambda text: ([int(digits) for digits in re.findall(r"\d+", text)], text)))


def _see_also(element: etree._Element, context: Context) -> tuple[Reference, ...]:
    references = []
    for child in element.iterfind("see-also/ref"):
        name = normalized("".join(child.itertext()))
        if not name:
            raise context.error(child, "is empty; expected a name")
        module = normalized(child.get("module")) or None
        references.append(Reference(type=context.attribute(child, "type"), name=name, module=module))
    return tuple(dict.fromkeys(references))


def _unite_actions(one: Action, other: Action) -> Action:
    return replace(
        one,
        modules=tuple(sorted({*one.modules, *other.modules})),
        since=_by_version({*one.since, *other.since}),
        synopsis=one.synopsis or other.synopsis,
        syntax=unite_syntax([one.syntax, other.syntax]),
        responses=_unite_responses(one.responses, other.responses),
        see_also=tuple(dict.fromkeys((*one.see_also, *other.see_also))),
    )


def _unite_responses(one: Responses | None, other: Responses | None) -> Responses | None:
    if one is None or other is None:
        return one or other
    return Responses(
        items=tuple(merge_in_order([one.items, other.items])), events=tuple(merge_in_order([one.events, other.events]))
    )


def _present(text: str | None) -> tuple[str, ...]:
    name = normalized(text)
    return (name,) if name else ()


def _has_text(element: etree._Element | None) -> bool:
    return element is not None and bool("".join(element.itertext()).strip())
