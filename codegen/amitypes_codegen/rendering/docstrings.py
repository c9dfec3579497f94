"""Writes the docstrings of the generated code."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.model import types
from amitypes_codegen.model.word_lists import WordLists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amitypes_codegen.model.definitions import Action, Branches, Event, Header, Model, ResponseKind
    from amitypes_codegen.model.names import Kind
    from amitypes_codegen.model.word_lists import WordList
    from amitypes_codegen.specs.prose import Text
    from amitypes_codegen.specs.spec import Snapshot, SnapshotKind

_DOCUMENTATION = "https://docs.asterisk.org/Asterisk_{branch}_Documentation/API_Documentation/{section}/{name}/"
_WIDTH = 112
_RESPONSE_SUFFIXES: Mapping[ResponseKind | None, str] = {
    "list": ": a list.",
    "text": ": bare text.",
    "response": ", with fields.",
    "acknowledgement": ": an acknowledgement.",
    None: ".",
}
"""The end of the first sentence of a response's docstring."""
_RETURNS: Mapping[ResponseKind | None, str] = {
    "list": "The list.",
    "text": "The response, made of the text.",
    "response": "The response, with its fields.",
    "acknowledgement": "An acknowledgement: ``Response`` and ``Message`` only.",
    None: "The response.",
}
"""The section ``Returns`` of a method."""

Doc: TypeAlias = tuple[str, ...]
"""The lines of a docstring; an empty line is between paragraphs."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The model that a header belongs to: its kind, its name on the wire, and its branches."""

    kind: Kind
    wire: str
    branches: Branches

    @property
    def name(self) -> str:
        """Its name for error messages."""
        return f"the response to {self.wire}" if self.kind == "response" else f"{self.kind} {self.wire}"


class Facts:
    """The releases and lists of words of the model, which several docstrings refer to.

    Args:
        model: The merged model.

    Attributes:
        word_lists: The lists of words.
    """

    def __init__(self, model: Model) -> None:
        self.word_lists = WordLists(model)
        self._releases = model.releases
        self._order = sorted(model.branches)

    def versions(self, branches: Branches) -> str:
        """``Asterisk 16 to 20`` or ``Asterisk 20, 22 and 23``; the exact release if the model has only one branch."""
        if len(self._order) == 1:
            return f"Asterisk {self._releases[self._order[0]]}"
        runs: list[list[int]] = []
        for branch in self._order:
            if branch not in branches:
                runs.append([])
            elif runs:
                runs[-1].append(branch)
            else:
                runs.append([branch])
        parts = [
            part
            for run in runs
            for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(branch) for branch in run])
        ]
        return f"Asterisk {_listed(parts)}"

    def removed_in(self, branches: Branches) -> int | None:
        """The first branch after all of these; None if they include the newest."""
        return next((branch for branch in self._order if branch > max(branches)), None)


def of_action(action: Action, facts: Facts, words: Text | None) -> Doc:
    """The docstring of an action."""
    return lines(
        *_opening(
            action.summary, f"The action ``{action.name}``.", _availability(action.branches, action.since, facts)
        ),
        *_modules(action.modules),
        *_outcome(action),
        _link("AMI_Actions", action.name, action.branches),
        *_words(words),
    )


def of_event(event: Event, facts: Facts, words: Text | None, families: Sequence[str] = ()) -> Doc:
    """The docstring of an event that inherits the fields of `families`."""
    privileges = _listed([f"``{privilege}``" for privilege in event.privileges]) if event.privileges else ""
    return lines(
        *_opening(event.summary, f"The event ``{event.name}``.", _availability(event.branches, event.since, facts)),
        *([f"Inherits the fields of {_listed([f'`{name}`' for name in families])}."] if families else []),
        *([f"Privilege: {privileges}."] if privileges else []),
        *(["The server's users add headers of any name: they are in `extra_headers`."] if event.free else []),
        *_modules(event.modules),
        _link("AMI_Events", event.documented_as, event.branches)
        if event.documented_as
        else "Asterisk's documentation doesn't have it.",
        *_words(words),
    )


def of_family(summary: str, varying: Sequence[str], events: Sequence[str]) -> Doc:
    """The docstring of a family; each event declares the fields in `varying` itself."""
    named = _listed([f"`{name}`" for name in varying]) if varying else ""
    return lines(
        f"{summary}.",
        *([f"Each event declares {named} itself: None is possible in some events only."] if named else []),
        *([f"The events: {', '.join(f'``{name}``' for name in events)}."] if events else []),
    )


def of_snapshot(kind: SnapshotKind) -> Doc:
    """The docstring of a snapshot's class."""
    return lines(f"A {kind} as an event describes it. A field is empty or None if the event lacks its header.")


def of_group(snapshot: Snapshot) -> Doc:
    """The docstring of the property that returns a snapshot."""
    headers = f"the headers ``{snapshot.prefix}*``" if snapshot.prefix else "its headers"
    return lines(f"The {snapshot.kind} as one value; None if {headers} are missing.")


def of_response(action: Action, facts: Facts) -> Doc:
    """The docstring of the response to an action."""
    return lines(
        f"The response to ``{action.name}``{_RESPONSE_SUFFIXES[action.response_kind]}",
        _availability(action.branches, (), facts),
        *(_events_beside(action) if action.complete is None else [_items(action)]),
    )


def of_method(action: Action, arguments: Sequence[str], facts: Facts, words: Text | None) -> Doc:
    """The docstring of the method that sends an action.

    Args:
        action: The action.
        arguments: The documentation of each parameter, ready to print.
        facts: The releases and lists of words of the model.
        words: The prose of the user's own documentation; None for none.
    """
    return (
        *lines(
            *_opening(action.summary, f"Send ``{action.name}``.", _availability(action.branches, action.since, facts)),
            *_outcome(action),
            _link("AMI_Actions", action.name, action.branches),
            *_words(words),
        ),
        "",
        "Args:",
        *(f"    {line}" for argument in arguments for line in argument.split("\n")),
        "    action_id: ``ActionID``; chosen by the client when None.",
        "    reply_timeout: Seconds to wait for the whole response; the client's setting when None.",
        "",
        "Returns:",
        f"    {_RETURNS[action.response_kind]}",
    )


def note_on(header: Header, owner: Owner, described: types.FieldType, facts: Facts) -> str:
    """Sentences on what the name and the type of a header don't show; empty if there is nothing."""
    parts: list[str] = []
    if owner.kind == "action" and header.required and not header.required >= owner.branches:
        parts.append(f"required by {facts.versions(header.required)}")
    if header.values and described.annotation == "int":
        listed = [
            f"``{value.name}``" + ("" if value.branches >= header.branches else f" ({facts.versions(value.branches)})")
            for value in header.values
        ]
        parts.append(f"one of {', '.join(listed)}" if len(listed) > 1 else f"as {listed[0]}")
    if header.codes:
        parts.append(f"`codes.{header.codes}` names its values")
    if header.type == "datetime_or_never":
        parts.append("None for never")
    if header.separator and header.type not in types.UNITS:
        parts.append(f"separated by ``{header.separator}``")
    if header.default is not None:
        parts.append(f"{_default(header.default, described)} by default")
    if not header.branches >= owner.branches:
        parts.append(f"{facts.versions(header.branches)} only")
    return " ".join(
        f"{part[0].upper()}{part[1:]}." for part in (_headers(header), header.summary, "; ".join(parts)) if part
    )


def argument_doc(name: str, header: Header, note: str, prose: str) -> str:
    """A parameter in the section ``Args`` of a method: its note, or the name on the wire without one."""
    text = f"{name}: {note or f'``{header.name}``.'}"
    text = textwrap.fill(text, _WIDTH - 4, subsequent_indent="    ", break_on_hyphens=False)
    return escaped(text + ("\n" + textwrap.indent(prose, "    ") if prose else ""))


def of_words(words: WordList, facts: Facts) -> Doc:
    """The docstring of a list of words."""
    headers = [" of ".join(f"``{name}``" for name in header.split(" of ")) for header in words.headers]
    newer = [value for value in words.values if not value.branches >= words.branches]
    notes = [f"``{value.name}``: {facts.versions(value.branches)} only." for value in newer]
    if len({value.branches for value in words.values}) == 1:  # a branch documents none of the words
        notes = []
    return lines(" ".join((f"What {_listed(headers)} may be.", *notes)))


def lines(*paragraphs: str) -> Doc:
    """Paragraphs as lines."""
    made: list[str] = []
    for paragraph in paragraphs:
        if made:
            made.append("")
        for line in paragraph.splitlines():
            made += textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return tuple(escaped(line) for line in made)


def escaped(text: str) -> str:
    """Escapes a text for a docstring. An escaped text must not be wrapped."""
    return text.replace("\\", "\\\\").replace('"""', r"\"\"\"")


def _headers(header: Header) -> str:
    """The headers of a field that isn't decoded from one header of its own name."""
    if header.type == "headers":
        return "headers of any other name"
    if (header.type or "").startswith("records["):
        return f"made of ``{header.name}`` and the headers with the same number"
    return "" if header.name else "a line without a name"


def _default(value: str, described: types.FieldType) -> str:
    """A documented default, in seconds for a duration."""
    unit = {"in_seconds": 1, "in_whole_seconds": 1, "in_whole_milliseconds": 1000}.get(described.codec)
    return f"{int(value) / unit:g} seconds" if unit and value.isascii() and value.isdigit() else f"``{value}``"


def _listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _opening(summary: str, name: str, available: str) -> tuple[str, str]:
    """The first two paragraphs; the name and the availability if there is no summary."""
    return (f"{summary}.", f"{name} {available}") if summary else (name, available)


def _availability(branches: Branches, since: Sequence[str], facts: Facts) -> str:
    """A sentence on the branches that have it, and the release that introduced it."""
    text = facts.versions(branches)
    if since:
        text += f", since {_listed(since)}"
    removed = facts.removed_in(branches)
    return f"{text}; removed in {removed}." if removed else f"{text}."


def _modules(modules: Sequence[str]) -> list[str]:
    """A paragraph on the modules that must be loaded, except built-in ones."""
    named = [f"``{module}``" for module in modules if module != "builtin"]
    return [f"Module: {_listed(named)}."] if named else []


def _link(section: Literal["AMI_Actions", "AMI_Events"], name: str, branches: Branches) -> str:
    """The address of the page in the documentation of the newest branch that has it."""
    return _DOCUMENTATION.format(branch=max(branches), section=section, name=name)


def _words(words: Text | None) -> list[str]:
    """The paragraphs of the user's own documentation."""
    return [part for part in (words.synopsis, words.description) if part] if words else []


def _outcome(action: Action) -> list[str]:
    """A paragraph on the event that reports an action's outcome; none if there is no such event."""
    outcome = action.outcome_event
    if outcome is None:
        return []
    when = f" when ``{outcome.only_with}`` is true" if outcome.only_with else ""
    return [f"The event ``{outcome.event}`` reports the outcome{when}; both have the same ``{outcome.by}``."]


def _events_beside(action: Action) -> list[str]:
    """A paragraph on the events that may accompany a response; none if there are no such events."""
    if not action.events:
        return []
    named = [f"``{name}``" for name in action.events if name != "*"]
    return [f"`events` has the events that come with it, if any: {_listed(named) if named else 'of any name'}."]


def _items(action: Action) -> str:
    named = [f"``{name}``" for name in action.items]
    return (f"Items: {_listed(named)}; completed by" if named else "Completed by") + f" ``{action.complete}``."
