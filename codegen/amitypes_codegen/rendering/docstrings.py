"""The sentences of generated docstrings."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.model import types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amitypes_codegen.model.definitions import Action, Answer, Branches, Event, Header, Model
    from amitypes_codegen.model.names import Kind
    from amitypes_codegen.specs.prose import Text
    from amitypes_codegen.specs.spec import Snapshot, SnapshotKind

_DOCUMENTATION = "https://docs.asterisk.org/Asterisk_{branch}_Documentation/API_Documentation/{section}/{name}/"
_WIDTH = 112
_OF_ANSWER: Mapping[Answer | None, str] = {
    "list": ": a list.",
    "text": ": bare text.",
    "response": ": a response with fields.",
    "acknowledgement": ": an acknowledgement.",
    None: ".",
}
"""How the first sentence on a response ends."""
_RETURNS: Mapping[Answer | None, str] = {
    "list": "The list.",
    "text": "The response that was made of the text.",
    "response": "The response, with its fields.",
    "acknowledgement": "An acknowledgement: nothing but ``Response`` and ``Message``.",
    None: "The response.",
}
"""What a method returns."""

Doc: TypeAlias = tuple[str, ...]
"""The lines of a docstring; an empty line is between paragraphs."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What a header is of: its kind, its name for messages, and its branches."""

    kind: Kind
    name: str
    branches: Branches


class Facts:
    """What docstrings say of availability.

    Args:
        model: The merged model.
    """

    def __init__(self, model: Model) -> None:
        self._releases = model.releases
        self._order = sorted(model.branches)

    def versions(self, branches: Branches) -> str:
        """``Asterisk 16 to 20``, ``Asterisk 20, 22 and 23``; the release itself where there is but one branch."""
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
        """The branch that no longer has what these branches have."""
        return next((branch for branch in self._order if branch > max(branches)), None)


def of_action(action: Action, facts: Facts, words: Text | None) -> Doc:
    """The docstring of an action."""
    return lines(
        *_opening(
            action.summary, f"The action ``{action.name}``.", _availability(action.branches, action.since, facts)
        ),
        *_modules(action.modules),
        *_told_later(action),
        _link("AMI_Actions", action.name, action.branches),
        *_words(words),
    )


def of_event(event: Event, facts: Facts, words: Text | None, families: Sequence[str] = ()) -> Doc:
    """The docstring of an event, which inherits fields of some families."""
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
    """The docstring of a family, some of whose fields vary from event to event."""
    named = _listed([f"`{name}`" for name in varying]) if varying else ""
    return lines(
        f"{summary}.",
        *([f"Each event declares {named} itself: None is possible in some events only."] if named else []),
        *([f"The events: {', '.join(f'``{name}``' for name in events)}."] if events else []),
    )


def of_snapshot(kind: SnapshotKind) -> Doc:
    """The docstring of a snapshot's class."""
    return lines(f"A {kind} as an event describes it. What the event doesn't tell is empty or None.")


def of_group(snapshot: Snapshot) -> Doc:
    """The docstring of the property that has a group of headers as one value."""
    headers = f"the headers ``{snapshot.prefix}*``" if snapshot.prefix else "its headers"
    return lines(f"The {snapshot.kind} as one value; None if {headers} are missing.")


def of_response(action: Action, facts: Facts) -> Doc:
    """The docstring of the response to an action."""
    return lines(
        f"The answer to ``{action.name}``{_OF_ANSWER[action.answer]}",
        _availability(action.branches, (), facts),
        *(_events_beside(action) if action.complete is None else [_items(action)]),
    )


def of_method(action: Action, arguments: Sequence[str], facts: Facts, words: Text | None) -> Doc:
    """The docstring of the method that sends an action.

    Args:
        action: The action.
        arguments: What there is to say of each parameter, ready to print.
        facts: What there is to say of availability.
        words: The words of the user's own documentation; None for none.
    """
    return (
        *lines(
            *_opening(action.summary, f"Send ``{action.name}``.", _availability(action.branches, action.since, facts)),
            *_told_later(action),
            _link("AMI_Actions", action.name, action.branches),
            *_words(words),
        ),
        "",
        "Args:",
        *(f"    {line}" for argument in arguments for line in argument.split("\n")),
        "    action_id: ``ActionID``; chosen by the client when None.",
        "    reply_timeout: How long to wait for the whole answer, in seconds; the client's own when None.",
        "",
        "Returns:",
        f"    {_RETURNS[action.answer]}",
        "",
        "Raises:",
        "    ActionError: The server refused it.",
        "    ActionTimeout: The answer didn't come in time.",
        "    ConnectionLost: The connection went, or there is none.",
    )


def note_on(header: Header, owner: Owner, described: types.FieldType, facts: Facts) -> str:
    """What there is to say of a header in a line."""
    name = f"``{header.name}``" if header.name else "a line without a name"
    if (header.type or "").startswith("records["):
        name += " and what has the same number"
    parts = ["headers of any other name" if header.type == "headers" else name]
    if header.summary:
        parts[0] += f". {header.summary}"
    if owner.kind == "action" and header.required:
        everywhere = header.required >= owner.branches
        parts.append("required" if everywhere else f"required by {facts.versions(header.required)}")
    if header.values and ("Literal" in described.annotation or described.annotation == "int"):
        values = [
            f"``{value.name}``" + ("" if value.branches >= header.branches else f" ({facts.versions(value.branches)})")
            for value in header.values
        ]
        parts.append(f"one of {', '.join(values)}" if len(values) > 1 else f"as ``{header.values[0].name}``")
    if header.codes:
        parts.append(f"``codes.{header.codes}`` has its meanings")
    if unit := types.UNITS.get(header.type or ""):
        parts.append(unit)
    elif header.separator:
        parts.append(f"separated by ``{header.separator}``")
    if header.default is not None:
        parts.append(f"``{header.default}`` by default")
    if not header.branches >= owner.branches:
        parts.append(f"{facts.versions(header.branches)} only")
    return "; ".join(parts)


def argument_doc(name: str, note: str, prose: str) -> str:
    """What a method's docstring says of a parameter, ready to print."""
    text = textwrap.fill(f"{name}: {note}.", _WIDTH - 4, subsequent_indent="    ", break_on_hyphens=False)
    return escaped(text + ("\n" + textwrap.indent(prose, "    ") if prose else ""))


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
    """A text as it can stand in a docstring; once escaped it must not be wrapped."""
    return text.replace("\\", "\\\\").replace('"""', r"\"\"\"")


def _listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _opening(summary: str, name: str, available: str) -> tuple[str, str]:
    """The first two paragraphs: the summary, or the bare name where there is none."""
    return (f"{summary}.", f"{name} {available}") if summary else (name, available)


def _availability(branches: Branches, since: Sequence[str], facts: Facts) -> str:
    """Which branches have something, and since when."""
    text = facts.versions(branches)
    if since:
        text += f", since {_listed(since)}"
    removed = facts.removed_in(branches)
    return f"{text}; removed in {removed}." if removed else f"{text}."


def _modules(modules: Sequence[str]) -> list[str]:
    """A paragraph on the modules that must be loaded; none where every Asterisk has them."""
    named = [f"``{module}``" for module in modules if module != "builtin"]
    return [f"Module: {_listed(named)}."] if named else []


def _link(section: Literal["AMI_Actions", "AMI_Events"], name: str, branches: Branches) -> str:
    """The page of Asterisk's own documentation, of the newest branch that has it."""
    return _DOCUMENTATION.format(branch=max(branches), section=section, name=name)


def _words(words: Text | None) -> list[str]:
    """The paragraphs that the user's own documentation has."""
    return [part for part in (words.synopsis, words.description) if part] if words else []


def _told_later(action: Action) -> list[str]:
    """A paragraph on the event that says how an action went; none where its answer does."""
    later = action.later
    if later is None:
        return []
    when = f", with ``{later.only_with}``" if later.only_with else ""
    return [f"How it went, the event ``{later.event}`` says later{when}; it has the same ``{later.by}``."]


def _events_beside(action: Action) -> list[str]:
    """A paragraph on the events that may come with an answer; none where none do."""
    if not action.events:
        return []
    named = [f"``{name}``" for name in action.events if name != "*"]
    return [f"`events` has what comes with it: {_listed(named) if named else 'any event'}, or none."]


def _items(action: Action) -> str:
    named = [f"``{name}``" for name in action.items]
    return (f"Items: {_listed(named)}; completed by" if named else "Completed by") + f" ``{action.complete}``."
