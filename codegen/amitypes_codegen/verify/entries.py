"""Findings -> entries of an overlay, ready to paste; what an overlay can't say becomes a comment."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from amitypes._models import codecs
from amitypes._models.codec import Codec, Shape
from amitypes._models.lists import ListResponse
from amitypes._models.numbered_names import split_name
from amitypes._models.response import Response
from amitypes_codegen.errors import NamingError
from amitypes_codegen.model import names
from amitypes_codegen.verify.judge import Finding, Group, Kind, Seen, spelled_headers
from amitypes_codegen.verify.values import infer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amitypes_codegen.verify.facts import Facts
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
_KINDS: Final[Mapping[Group, names.Kind]] = {"events": "event", "responses": "response"}


@dataclass(slots=True)
class _Table:
    """A table of the overlay; each header, snapshot and type as TOML."""

    privileges: tuple[str, ...] = ()
    snapshots: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    bare: bool = False
    types: dict[str, str] = field(default_factory=dict)
    optional: dict[str, None] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    complete: str = ""
    comments: list[str] = field(default_factory=list)

    def lines(self, key: str, headers_are: str, evidence: str) -> Iterable[str]:
        """The table as TOML, its comments first; comments only, where it says nothing else."""
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
            yield f"{headers_are} = ["
            yield from (f"    {entry}," for entry in self.headers.values())
            yield "]"
        elif self.bare:
            yield f"{headers_are} = []"
        if self.types:
            pairs = ", ".join(f"{_key(name)} = {_quoted(kind)}" for name, kind in self.types.items())
            yield f"types = {{ {pairs} }}"


class Entries:
    """Writes findings as overlay.

    Args:
        facts: What the overlay says already.
        package: The package that was judged.
    """

    def __init__(self, facts: Facts, package: Package) -> None:
        self._facts = facts
        self._package = package
        self._tables: dict[tuple[Group, str], _Table] = {}
        self._modules: dict[str, str] = {}

    def write(self, findings: Iterable[Finding], suspects: Iterable[Finding], release: str, date: str) -> str:
        """The overlay that makes what was found known.

        Args:
            findings: What the judge found.
            suspects: What it has doubts about.
            release: Which Asterisk it was.
            date: When.

        Returns:
            A TOML document that `load_overlay` takes; nothing in it is a value that was seen.
        """
        for finding in findings:
            self._take(finding)
        for suspect in suspects:
            if suspect.header and (kind := infer(suspect.header.name, suspect.header.values)):
                words = f"{suspect.header.name} has always looked like a {suspect.problem}; perhaps its type is {kind}"
                self._table(suspect).comments.append(words)
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
        return "\n\n".join([_HEAD if blocks else _NOTHING, *blocks]) + "\n"

    def _take(self, finding: Finding) -> None:
        match finding.kind:
            case Kind.EVENT:
                self._add_event(finding)
            case Kind.HEADER if finding.header:
                self._add_header(finding, finding.header)
            case Kind.VALUE if finding.header:
                self._correct(finding, finding.header)
            case Kind.MISSING if finding.header:
                self._allow_to_lack(finding, finding.header)
            case Kind.ITEM:
                self._add_items(finding)
            case _:
                self._table(finding).comments.append(in_words(finding))

    def _table(self, finding: Finding) -> _Table:
        return self._tables.setdefault((finding.group, finding.name), _Table())

    def _add_event(self, finding: Finding) -> None:
        table = self._table(finding)
        if problem := self._unusable(finding.name):
            table.comments.append(problem)
            return
        table.privileges = tuple(name for name in finding.privileges if _NAME.fullmatch(name))
        snapshots = self._facts.snapshots_in(seen.name for seen in finding.headers)
        table.snapshots = [f'{{ kind = "{kind}", prefix = {_quoted(prefix)} }}' for kind, prefix in snapshots]
        covered = {name for found in snapshots.values() for name in found}
        spelled = [seen.name for seen in finding.headers if seen.name.lower() in covered]
        for seen in finding.headers:
            if seen.name.lower() not in covered:
                self._add(table, seen, "events", spelled)
        table.bare = not (table.headers or table.snapshots)

    def _unusable(self, event: str) -> str:
        """Why an event can't have a class; empty where it can."""
        try:
            if not _NAME.fullmatch(event):
                raise NamingError("odd characters")
            module = names.module_name(event)
        except NamingError:
            return "this is no name for a class"
        others = {names.module_name(name): name for name in self._package.classes("events")}
        other = others.get(module) or self._modules.setdefault(module, event)
        return "" if other == event else f"{other} has its name in Python"

    def _add_header(self, finding: Finding, seen: Seen) -> None:
        declared = self._declared(finding)
        if declared is None:
            words = f"came with {seen.name}, and the head of a list is a plain response"
            self._table(finding).comments.append(words)
        else:
            self._add(self._table(finding), seen, finding.group, [name for name, _ in declared.values()])

    def _add(self, table: _Table, seen: Seen, group: Group, declared: Iterable[str]) -> None:
        """Add a header to a table, unless no field can be made of it."""
        kind = _KINDS[group]
        base = names.BASE_HEADERS[kind]
        try:
            if not _NAME.fullmatch(seen.name):
                raise NamingError("odd characters")
            own = [name for name in (*declared, *table.headers) if name.lower() not in base]
            names.field_names([*own, seen.name], kind, "")
        except NamingError:
            table.comments.append(f"{seen.name or 'a line without a colon'} can't be a field of its own")
            return
        table.headers[seen.name] = self._entry(seen, group)

    def _entry(self, seen: Seen, group: Group) -> str:
        """A header as TOML: its name alone where it is text, or where a rule knows its type."""
        kind = infer(seen.name, seen.values)
        inner = f"[{kind}]" if kind else ""
        numbers = split_name(seen.name.lower())[1]
        if len(numbers) > 1:
            kind = f"nested_family{inner}"
        elif numbers or _REPORT.match(seen.name):
            kind = f"family{inner}"
        elif seen.repeated:
            kind = f"list{inner}"
        elif self._facts.rule(group, seen.name):
            kind = None
        if kind:
            return f"{{ name = {_quoted(seen.name)}, type = {_quoted(kind)} }}"
        return _quoted(seen.name) if group == "events" else f"{{ name = {_quoted(seen.name)} }}"

    def _correct(self, finding: Finding, seen: Seen) -> None:
        table, declared, codec = self._table(finding), self._declared(finding), finding.codec
        table.comments.append(in_words(finding))
        if declared is None or codec is None or seen.name.lower() in names.BASE_HEADERS[_KINDS[finding.group]]:
            return
        kind = _COLLECTIONS.get(codec.shape, "str")
        if seen.repeated:
            kind = f"list[{_TYPES.get(codec, 'str')}]"
        if finding.group == "events":
            table.types[seen.name] = kind
            if finding.always:
                # No text and no list is ever None, so that it is always there says nothing any more.
                table.optional[seen.name] = None
        else:
            table.headers[seen.name] = f"{{ name = {_quoted(seen.name)}, type = {_quoted(kind)} }}"

    def _allow_to_lack(self, finding: Finding, seen: Seen) -> None:
        table = self._table(finding)
        table.comments.append(in_words(finding))
        if _NAME.fullmatch(seen.name):
            table.optional[seen.name] = None

    def _add_items(self, finding: Finding) -> None:
        table = self._table(finding)
        table.comments.append(in_words(finding))
        declared = self._declared(finding) or {}
        has_headers = declared.keys() > spelled_headers(Response).keys()
        usable = all(_NAME.fullmatch(name) for name in (*finding.items, finding.complete))
        if finding.items and finding.complete and usable and not has_headers:
            table.items = tuple(dict.fromkeys((*finding.declared, *finding.items)))
            table.complete = finding.complete

    def _declared(self, finding: Finding) -> Mapping[str, tuple[str, object]] | None:
        """The headers that a known event or answer declares; None for the head of a list."""
        registry = self._package.registry
        if finding.group == "events":
            event = registry.event_class(finding.name)
            return spelled_headers(event) if event else None
        answer = registry.response_class(finding.name)
        return None if answer is None or issubclass(answer, ListResponse) else spelled_headers(answer)


def in_words(finding: Finding) -> str:
    """What was found, in words that hold no value that was seen."""
    ends = () if finding.declared else (finding.complete,)
    came = dict.fromkeys(name for name in (*finding.items, *ends) if name)
    return _WORDS[finding.kind].format(
        header=finding.header.name if finding.header else "", problem=finding.problem, came=", ".join(came)
    )


_WORDS: Final[Mapping[Kind, str]] = {
    Kind.EVENT: "has no class",
    Kind.HEADER: "{header} is undeclared",
    Kind.VALUE: "{header}: {problem}",
    Kind.MISSING: "{header} was missing, though it is declared as always there",
    Kind.ITEM: "came with events that aren't declared: {came}",
    Kind.NO_LIST: "is declared as a list, and came as a plain response",
    Kind.UNFINISHED: "had not come whole when nobody would wait for more",
    Kind.ACTION: "has no class; `generate --xml` makes one from the server's documentation",
    Kind.TEXT: "{header} has always looked like a {problem}",
}

_HEAD: Final = """\
# Written by `amitypes-codegen verify`. The types are guesses from what came: look at each before you rely on it.
# An entry holds for all branches; where only some have it, add for instance: branches = [20, 22]"""
_NOTHING: Final = "# Written by `amitypes-codegen verify`: the types know all that came."


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    # Every string of JSON is one of TOML, as long as it has no DEL.
    return json.dumps(text).replace("\x7f", "\\u007f")


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() and character.isascii() else "?" for character in text)
