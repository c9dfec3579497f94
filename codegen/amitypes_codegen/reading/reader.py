"""From Asterisk's XML documentation to a `Spec`: names and structure, and none of the prose."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amitypes_codegen.errors import DocumentError
from amitypes_codegen.reading.xinclude import INCLUDE, Resolver
from amitypes_codegen.specs import branches
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
"""Raised whenever the same XML yields another `Spec`; the lock file records it."""

MAX_DEPTH = 50
"""How deeply elements may be nested in an action or event, includes resolved; Asterisk's own stay below 12."""

_SNAPSHOTS: dict[str, SnapshotKind] = {"channel_snapshot": "channel", "bridge_snapshot": "bridge"}
_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}
_FLAG_PREFIX = "EVENT_FLAG_"
_FLAG = re.compile(r"\w+", re.ASCII)
_VERSION = re.compile(r"\d+(?:\.\d+)*(?:[-~+.]?[0-9A-Za-z]+)*", re.ASCII)


def read(source: Source, *, ami_version: str | None = None) -> Spec:
    """Reads everything that a release documents about AMI.

    Args:
        source: The release's documentation.
        ami_version: What the release's AMI banner says; by default what its branch is known to say, and empty for a
            branch that isn't known yet.

    Returns:
        The spec, with every include resolved.

    Raises:
        IncludeError: If an include can't be resolved inside the document.
        DocumentError: If the document isn't what Asterisk's documentation looks like; the message names the line.
    """
    branch = branches.branch_of(source.release, path=source.path)
    reader = _Reader(source.path)
    for element in ami_elements(source):
        if element.tag == "manager":
            reader.add_action(element)
        else:
            reader.add_event(element, nested=False)
    return Spec(
        branch=branch,
        release=source.release,
        ami_version=branches.ami_version(source.release) if ami_version is None else ami_version,
        actions=dict(sorted(reader.actions.items())),
        events=dict(sorted(reader.events().items())),
    )


def ami_elements(source: Source) -> Iterator[etree._Element]:
    """Yields the document's actions (``<manager>``) and events (``<managerEvent>``) with their includes resolved.

    Args:
        source: The documentation.

    Yields:
        Each element in document order, as a copy.

    Raises:
        IncludeError: If an include can't be resolved inside the document.
        DocumentError: If there is not a single action, or elements are nested too deeply.
    """
    root = source.tree.getroot()
    if root.find("manager") is None:
        raise DocumentError(
            "no <manager> element in it; expected the AMI actions of core-en_US.xml", path=source.path, element="<docs>"
        )
    resolver = Resolver(source)
    for element in root.iterchildren(INCLUDE):
        # One that points into this document repeats what is there; one that points elsewhere is refused here.
        resolver.check(element)
    for element in root.iterchildren("manager", "managerEvent"):
        expanded = resolver.expand(element)
        if (deep := expanded.find("/".join("*" * MAX_DEPTH))) is not None:
            place = _Place(source.path, f"<{expanded.tag!s}> {expanded.get('name')!r}")
            raise place.error(deep, f"is nested more than {MAX_DEPTH} elements deep")
        yield expanded


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are, for the messages."""

    path: Path
    owner: str

    def error(self, element: etree._Element, message: str) -> DocumentError:
        at = f"<{element.tag!s}>" + (f" of {self.owner}" if self.owner else "")
        return DocumentError(message, path=self.path, line=element.sourceline or 0, element=at)

    def attribute(self, element: etree._Element, key: str) -> str:
        value = _words(element.get(key))
        if not value:
            raise self.error(element, f"has no {key}; expected the attribute {key} with a value")
        return value

    def flag(self, element: etree._Element, key: str) -> bool:
        value = element.get(key, "no")
        if value not in _BOOLEANS:
            raise self.error(element, f"{key}={value!r}; expected one of {', '.join(_BOOLEANS)}")
        return _BOOLEANS[value]


class _Reader:
    """Collects actions and events, which may each be documented in several places."""

    def __init__(self, path: Path) -> None:
        self.actions: dict[str, Action] = {}
        self._path = path
        self._documented: dict[str, list[EventInstance]] = {}
        self._nested: dict[str, list[EventInstance]] = {}

    def add_action(self, element: etree._Element) -> None:
        """Adds an action, and the events that only its ``<responses>`` document."""
        name = _Place(self._path, "").attribute(element, "name")
        place = _Place(self._path, f"action {name!r}")
        action = Action(
            name=name,
            modules=_present(element.get("module")),
            since=_since(element, place),
            synopsis=_has_text(element.find("synopsis")),
            syntax=distinct(_parameters(element.find("syntax"), place)),
            responses=self._responses(element.find("responses"), place),
            see_also=_see_also(element, place),
        )
        known = self.actions.get(name)
        self.actions[name] = action if known is None else _unite_actions(known, action)

    def add_event(self, element: etree._Element, *, nested: bool) -> None:
        """Adds the instances of an event."""
        name = _Place(self._path, "").attribute(element, "name")
        place = _Place(self._path, f"event {name!r}")
        instances = [_instance(child, element, place) for child in element.iterchildren("managerEventInstance")]
        if not instances:
            raise place.error(element, "has no instance; expected at least one <managerEventInstance>")
        known = (self._nested if nested else self._documented).setdefault(name, [])
        # Several modules may document the same event; without module names their words are all that differs.
        known.extend([instance for instance in instances if instance not in known] if known else instances)

    def events(self) -> dict[str, Event]:
        """All events; one is nested if nothing outside of ``<responses>`` documents it."""
        return {
            name: Event(
                name=name,
                instances=tuple(sorted(instances, key=lambda instance: instance.module or "")),
                nested=name not in self._documented,
            )
            for name, instances in (self._nested | self._documented).items()
        }

    def _responses(self, element: etree._Element | None, place: _Place) -> Responses | None:
        if element is None:
            return None
        items: list[str] = []
        events: list[str] = []
        for child in element:
            if child.tag == "list-elements":
                items.extend(self._response_event(event, place) for event in child)
            else:
                events.append(self._response_event(child, place))
        return Responses(items=tuple(dict.fromkeys(items)), events=tuple(dict.fromkeys(events)))

    def _response_event(self, element: etree._Element, place: _Place) -> str:
        if element.tag != "managerEvent":
            raise place.error(element, "unexpected in <responses>; expected <managerEvent>")
        name = place.attribute(element, "name")
        self.add_event(element, nested=True)
        return name


def _instance(element: etree._Element, event: etree._Element, place: _Place) -> EventInstance:
    return EventInstance(
        module=_words(element.get("module") or event.get("module")) or None,
        privileges=_privileges(element, place),
        since=_since(element, place),
        synopsis=_has_text(element.find("synopsis")),
        syntax=distinct(_fields(element.find("syntax"), place)),
        see_also=_see_also(element, place),
    )


def _privileges(element: etree._Element, place: _Place) -> tuple[str, ...]:
    text = place.attribute(element, "class")
    flags = [flag.strip().removeprefix(_FLAG_PREFIX) for flag in re.split(r"[|,]", text)]
    if not all(_FLAG.fullmatch(flag) for flag in flags):
        raise place.error(element, f"class={text!r}; expected flags such as {_FLAG_PREFIX}CALL")
    return tuple(dict.fromkeys(flag.lower() for flag in flags))


def _parameters(element: etree._Element | None, place: _Place) -> Iterator[Parameter]:
    if element is not None:
        for child in element.iterchildren("parameter"):
            yield _parameter(child, place)


def _fields(element: etree._Element | None, place: _Place) -> Iterator[Parameter | Snapshot]:
    if element is None:
        return
    for child in element.iterchildren("parameter", *_SNAPSHOTS):
        kind = _SNAPSHOTS.get(str(child.tag))
        yield _parameter(child, place) if kind is None else Snapshot(kind=kind, prefix=_words(child.get("prefix")))


def _parameter(element: etree._Element, place: _Place) -> Parameter:
    return Parameter(
        name=place.attribute(element, "name"),
        required=place.flag(element, "required"),
        # The DTD's own default for `default` is the empty string: it says that there is none.
        default=element.get("default") or None,
        multiple=place.flag(element, "multiple"),
        separator=element.get("argsep") or None,
        values=unite_values([tuple(_values(element, place))]),
        parameters=distinct(_parameters(element, place)),
    )


def _values(element: etree._Element, place: _Place) -> Iterator[EnumValue]:
    """The values in an element's lists. Lists inside an ``<info>`` are about one channel technology, and stay out."""
    for entry in element.iterfind("enumlist/*"):
        if entry.tag == "enum":
            yield EnumValue(name=place.attribute(entry, "name"), values=unite_values([tuple(_values(entry, place))]))
        elif entry.tag == "configOptionToEnum":
            for option in entry.iterchildren("configOption"):
                yield EnumValue(name=place.attribute(option, "name"))


def _since(element: etree._Element, place: _Place) -> tuple[str, ...]:
    versions = set()
    for version in element.iterfind("since/version"):
        text = _words(version.text)
        if not _VERSION.fullmatch(text):
            raise place.error(version, f"{text!r} is not a version; expected something like 13.17.0")
        versions.add(text)
    return _by_version(versions)


def _by_version(versions: set[str]) -> tuple[str, ...]:
    return tuple(sorted(versions, key=lambda text: ([int(digits) for digits in re.findall(r"\d+", text)], text)))


def _see_also(element: etree._Element, place: _Place) -> tuple[Reference, ...]:
    references = []
    for child in element.iterfind("see-also/ref"):
        name = _words("".join(child.itertext()))
        if not name:
            raise place.error(child, "is empty; expected the name of what it refers to")
        module = _words(child.get("module")) or None
        references.append(Reference(type=place.attribute(child, "type"), name=name, module=module))
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
    words = _words(text)
    return (words,) if words else ()


def _words(text: str | None) -> str:
    return " ".join((text or "").split())


def _has_text(element: etree._Element | None) -> bool:
    return element is not None and bool("".join(element.itertext()).strip())
