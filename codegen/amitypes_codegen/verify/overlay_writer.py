"""Writes findings as overlay entries. A finding that an overlay can't express becomes a comment."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from amitypes._models import codecs
from amitypes._models.codec import Shape
from amitypes._models.numbered_names import split_name
from amitypes.responses import ListResponse, Response
from amitypes.runtime import Codec
from amitypes_codegen.errors import NamingError
from amitypes_codegen.model import names
from amitypes_codegen.verify.findings import Finding, FindingKind, MessageGroup, ObservedHeader
from amitypes_codegen.verify.headers import headers_by_lower_name
from amitypes_codegen.verify.inference import infer_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amitypes_codegen.verify.overlay_index import OverlayIndex
    from amitypes_codegen.verify.package import Package

_NAME: Final = re.compile(r"[!-9;-~]+")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_REPORT: Final = re.compile(r"reportx[a-z]", re.IGNORECASE)
_TYPES: Final[Mapping[Codec, str]] = {
    codecs.integer: "int",
    codecs.number: "float",
    codecs.yes_no: "bool",
    codecs.epoch: "datetime",
    codecs.epoch_or_never: "datetime_or_never",
    codecs.iso_time: "iso_time",
    codecs.in_seconds: "seconds",
    codecs.in_milliseconds: "milliseconds",
    codecs.in_microseconds: "microseconds",
    codecs.clock: "clock",
}
_COLLECTIONS: Final[Mapping[Shape, str]] = {
    Shape.LIST: "list[str]",
    Shape.FAMILY: "family[str]",
    Shape.NESTED: "nested_family[str]",
}
_KINDS: Final[Mapping[MessageGroup, names.Kind]] = {"events": "event", "responses": "response"}


@dataclass(slots=True)
class _Table:
    """A table of the overlay, its headers and snapshots already as TOML."""

    privileges: tuple[str, ...] = ()
    snapshots: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    types: dict[str, str] = field(default_factory=dict)
    optional: dict[str, None] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    complete: str = ""
    comments: list[str] = field(default_factory=list)

    def lines(self, key: str, headers_key: str, evidence: str) -> Iterable[str]:
        """The table as TOML: its comments, then its entries if there are any."""
        yield from (f"# {key}: {_visible(comment)}" for comment in self.comments)
        if not (self.snapshots or self.headers or self.bare or self.types or self.optional or self.items):
            return
        yield f"[{key}]"
        yield f"evidence = {_quoted(evidence)}"
        for name, values in (("privileges", self.privileges), ("items", self.items), ("optional", self.optional)):
            if values:
                yield f"{name} = [{', '.join(map(_quoted, values))}]"
        if self.items:
            yield f"complete = {_quoted(self.complete)}"
        if self.snapshots:
            yield f"snapshots = [{', '.join(self.snapshots)}]"
        if self.headers:
            yield f"{headers_key} = ["
            yield from (f"    {entry}," for entry in self.headers.values())
            yield "]"
        elif self.bare:
            yield f"{headers_key} = []"
        if self.types:
            pairs = ", ".join(f"{_key(name)} = {_quoted(kind)}" for name, kind in self.types.items())
            yield f"types = {{ {pairs} }}"


class OverlayWriter:
    """Writes findings as overlay entries.

    Args:
        index: The overlay that the types were generated with.
        package: The package with the types.
    """

    def __init__(self, index: OverlayIndex, package: Package) -> None:
        self._index = index
        self._package = package
        self._tables: dict[tuple[MessageGroup, str], _Table] = {}
        self._modules: dict[str, str] = {}

    def write(self, findings: Iterable[Finding], suspects: Iterable[Finding], release: str, date: str) -> str:
        """Writes an overlay with which the generated types declare what was found.

        Args:
            findings: The findings.
            suspects: Text headers that look like another type.
            release: The server's release.
            date: The date of the verification.

        Returns:
            A TOML document without any received value.
        """
        for finding in findings:
            self._add_finding(finding)
        for suspect in suspects:
            if suspect.header and (kind := infer_type(suspect.header.name, suspect.header.values)):
                self._table(suspect).comments.append(f"{suspect.description}; its type may be {kind}")
        blocks = [
            "\n".join(
                self._tables[group, name].lines(
                    f"{'event' if group == 'events' else 'action'}.{_key(name)}",
                    "fields" if group == "events" else "response",
                    f"seen on {release} on {date}",
                )
            )
            for group, name in sorted(self._tables, key=lambda key: (key[0], key[1].lower()))
        ]
        return "\n\n".join([_TITLE if blocks else _EMPTY, *blocks]) + "\n"

    def _add_finding(self, finding: Finding) -> None:
        match finding.kind:
            case FindingKind.EVENT:
                self._add_event(finding)
            case FindingKind.HEADER if finding.header:
                self._add_header(finding, finding.header)
            case FindingKind.VALUE if finding.header:
                self._correct(finding, finding.header)
            case FindingKind.MISSING if finding.header:
                self._mark_optional(finding, finding.header)
            case FindingKind.ITEM:
                self._add_items(finding)
            case _:
                self._table(finding).comments.append(finding.description)

    def _table(self, finding: Finding) -> _Table:
        return self._tables.setdefault((finding.group, finding.name), _Table())

    def _add_event(self, finding: Finding) -> None:
        table = self._table(finding)
        if problem := self._unusable(finding.name):
            table.comments.append(problem)
            return
        table.privileges = tuple(name for name in finding.privileges if _NAME.fullmatch(name))
        snapshots = self._index.snapshots_in(header.name for header in finding.headers)
        table.snapshots = [f'{{ kind = "{kind}", prefix = {_quoted(prefix)} }}' for kind, prefix in snapshots]
        covered = {name for found in snapshots.values() for name in found}
        spelled = [header.name for header in finding.headers if header.name.lower() in covered]
        for header in finding.headers:
            if header.name.lower() not in covered:
                self._add(table, header, "events", spelled)
        table.bare = not (table.headers or table.snapshots)

    def _unusable(self, event: str) -> str:
        """Why an event can't have a class; empty if it can."""
        try:
            if not _NAME.fullmatch(event):
                raise NamingError("has unsupported characters")
            module = names.module_name(event)
        except NamingError:
            return "can't be the name of a class"
        others = {names.module_name(name): name for name in self._package.classes("events")}
        other = others.get(module) or self._modules.setdefault(module, event)
        return "" if other == event else f"has the same name in Python as {other}"

    def _add_header(self, finding: Finding, header: ObservedHeader) -> None:
        declared = self._declared(finding)
        if declared is None:
            comment = f"has {header.name}, but the response of a list can't have headers of its own"
            self._table(finding).comments.append(comment)
        else:
            self._add(self._table(finding), header, finding.group, [name for name, _ in declared.values()])

    def _add(self, table: _Table, header: ObservedHeader, group: MessageGroup, declared: Iterable[str]) -> None:
        """Adds a header to a table, or a comment if it can't be a field."""
        kind = _KINDS[group]
        base = names.BASE_HEADERS[kind]
        try:
            if not _NAME.fullmatch(header.name):
                raise NamingError("has unsupported characters")
            own = [name for name in (*declared, *table.headers) if name.lower() not in base]
            names.field_names([*own, header.name], kind, "")
        except NamingError:
            table.comments.append(f"{header.name or 'a line without a colon'} can't be a field")
            return
        table.headers[header.name] = self._entry(header, group)

    def _entry(self, header: ObservedHeader, group: MessageGroup) -> str:
        """A header as TOML: only its name if it is text, or if a rule has its type."""
        kind = infer_type(header.name, header.values)
        inner = f"[{kind}]" if kind else ""
        numbers = split_name(header.name.lower())[1]
        if len(numbers) > 1:
            kind = f"nested_family{inner}"
        elif numbers or _REPORT.match(header.name):
            kind = f"family{inner}"
        elif header.repeated:
            kind = f"list{inner}"
        elif self._index.rule_type(group, header.name):
            kind = None
        if kind:
            return f"{{ name = {_quoted(header.name)}, type = {_quoted(kind)} }}"
        return _quoted(header.name) if group == "events" else f"{{ name = {_quoted(header.name)} }}"

    def _correct(self, finding: Finding, header: ObservedHeader) -> None:
        table, declared, codec = self._table(finding), self._declared(finding), finding.codec
        table.comments.append(finding.description)
        if declared is None or codec is None or header.name.lower() in names.BASE_HEADERS[_KINDS[finding.group]]:
            return
        kind = _COLLECTIONS.get(codec.shape, "str")
        if header.repeated:
            kind = f"list[{_TYPES.get(codec, 'str')}]"
        if finding.group == "events":
            table.types[header.name] = kind
            if finding.always:
                # A text or list is never None, so `always` would have no effect and is refused.
                table.optional[header.name] = None
        else:
            table.headers[header.name] = f"{{ name = {_quoted(header.name)}, type = {_quoted(kind)} }}"

    def _mark_optional(self, finding: Finding, header: ObservedHeader) -> None:
        table = self._table(finding)
        table.comments.append(finding.description)
        if _NAME.fullmatch(header.name):
            table.optional[header.name] = None

    def _add_items(self, finding: Finding) -> None:
        table = self._table(finding)
        table.comments.append(finding.description)
        declared = self._declared(finding) or {}
        has_headers = declared.keys() > headers_by_lower_name(Response).keys()
        usable = all(_NAME.fullmatch(name) for name in (*finding.items, finding.complete))
        if finding.items and finding.complete and usable and not has_headers:
            table.items = tuple(dict.fromkeys((*finding.declared, *finding.items)))
            table.complete = finding.complete

    def _declared(self, finding: Finding) -> Mapping[str, tuple[str, object]] | None:
        """The headers that a known event or response declares; None for the response of a list."""
        registry = self._package.registry
        if finding.group == "events":
            event = registry.event_class(finding.name)
            return headers_by_lower_name(event) if event else None
        response = registry.response_class(finding.name)
        return None if response is None or issubclass(response, ListResponse) else headers_by_lower_name(response)


_TITLE: Final = """\
# Written by `amitypes-codegen verify`. The types are inferred from received values: review each of them.
# An entry is for all branches; for some only, add for example: branches = [20, 22]"""
_EMPTY: Final = "# Written by `amitypes-codegen verify`: the types declare everything that was received."


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    # A JSON string is a TOML string too, except for DEL.
    return json.dumps(text).replace("\x7f", "\\u007f")


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() and character.isascii() else "?" for character in text)
