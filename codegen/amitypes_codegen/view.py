"""The merged model as the templates print it: every name, type and sentence is decided here."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from . import names, types
from .errors import CodegenError, NamingError
from .model import ACTION_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .model import Action, Answer, Branches, Event, Header, Model
    from .names import Kind
    from .overlay import CodesEntry, Group, LaterEntry
    from .prose import Prose, Text

_DOCUMENTATION = "https://docs.asterisk.org/Asterisk_{branch}_Documentation/API_Documentation/{section}/{name}/"
_WIDTH = 112

Import: TypeAlias = tuple[str, tuple[str, ...]]
"""A module and the names imported from it."""

Doc: TypeAlias = tuple[str, ...]
"""The lines of a docstring; an empty line is between paragraphs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of a model.

    Attributes:
        wire: The header's name on the wire, as a Python literal.
        name: The field's name.
        annotation: Its annotation.
        default: Its default; empty where it is required.
        argument: The annotation of the parameter that sets it.
        codec: Its codec; empty for plain text.
        doc: The field's docstring.
        arg_doc: What the method's docstring says of the parameter, ready to print.
    """

    wire: str
    name: str
    annotation: str
    default: str
    argument: str
    codec: str
    doc: Doc
    arg_doc: str

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return not self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A model, in a module of its own.

    Attributes:
        wire: The name on the wire, as a Python literal.
        key: The name on the wire in lower case, as a Python literal.
        class_name: The class.
        module: The module, and for an action the method.
        doc: The class's docstring.
        deprecated: Why it is deprecated, as a Python literal; empty where it isn't.
        fields: Its fields.
        free: Whether an event has headers of any name.
        event_names: The names of the events that may come with a response, as a Python literal; empty for none.
        base: Its base class with the parameters, where they differ.
        constants: Its further class variables of text: name and value.
        imports: What the module imports.
        typing_imports: What it imports for type checkers only.
    """

    wire: str
    key: str
    class_name: str
    module: str
    doc: Doc
    deprecated: str = ""
    fields: tuple[FieldView, ...] = ()
    base: str = ""
    constants: tuple[tuple[str, str], ...] = ()
    free: bool = False
    event_names: str = ""
    imports: tuple[Import, ...] = ()
    typing_imports: tuple[Import, ...] = ()

    @property
    def arguments(self) -> list[FieldView]:
        """The fields as parameters: the required ones first."""
        return sorted(self.fields, key=lambda field: not field.required)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView(ModelView):
    """A response that is a list.

    Attributes:
        items: The items' classes, as an annotation.
        complete: The completing event's class, as an annotation.
        item_names: The items' names on the wire, as a Python literal.
        complete_name: The completing event's name on the wire, as a Python literal.
    """

    items: str
    complete: str
    item_names: str
    complete_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodView:
    """A method of the client.

    Attributes:
        model: The action.
        doc: The method's docstring.
    """

    model: ModelView
    doc: Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What a session knows of an answer: the action's name in lower case, and the arguments of ``Answer``."""

    key: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesView:
    """The meanings of numbers, as a class.

    Attributes:
        class_name: The class.
        doc: Its docstring.
        members: Each member's name, and its arguments.
    """

    class_name: str
    doc: Doc
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageView:
    """Everything that is printed."""

    actions: tuple[ModelView, ...]
    events: tuple[ModelView, ...]
    responses: tuple[ModelView, ...]
    methods: tuple[MethodView, ...]
    method_imports: tuple[Import, ...]
    answers: tuple[AnswerView, ...]
    codes: tuple[CodesView, ...]
    releases: str


def view(model: Model, prose: Prose | None = None) -> PackageView:
    """Decides everything that the templates print.

    Args:
        model: The merged model.
        prose: The words of the user's own documentation for the docstrings; none by default.

    Returns:
        The view.

    Raises:
        NamingError: If two things would have one name.
        CodegenError: If the overlay names a type that there isn't.
    """
    facts = _Facts(model)
    modules = names.module_names(model.actions, "actions")
    classes = _class_names(model.actions, "actions")
    words = prose.actions if prose else {}
    event_modules = names.module_names(model.events, "events")
    event_classes = _class_names(model.events, "events")
    actions = tuple(
        _action(action, modules[name], classes[name], facts, words.get(name), event_classes)
        for name, action in model.actions.items()
    )
    event_words = prose.events if prose else {}
    methods = tuple(
        _method(action, made, facts, words.get(name))
        for (name, action), made in zip(model.actions.items(), actions, strict=True)
    )
    needed = {pair for made in actions for field in made.fields for pair in types.imports(field.argument)}
    return PackageView(
        actions=actions,
        events=tuple(
            _event(event, event_modules[name], event_classes[name], facts, event_words.get(name))
            for name, event in model.events.items()
        ),
        responses=tuple(
            _response(action, modules[name], classes[name], facts, event_classes)
            for name, action in model.actions.items()
        ),
        methods=methods,
        method_imports=_imports(needed),
        answers=tuple(_answers(model.actions.values())),
        codes=tuple(_codes(entry) for entry in model.codes.values()),
        releases=_escaped(", ".join(model.releases.values())),
    )


class _Facts:
    """What docstrings say of availability."""

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


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _class_names(wires: Iterable[str], group: Group) -> dict[str, str]:
    made: dict[str, str] = {}
    taken: dict[str, str] = {}
    for wire in wires:
        name = names.class_name(wire)
        if (other := taken.setdefault(name, wire)) != wire:
            raise NamingError(f"{other!r} and {wire!r} would both be {name!r}", element=group)
        made[wire] = name
    return made


def _action(  # noqa: PLR0917 - each is a thing of its own
    action: Action,
    module: str,
    class_name: str,
    facts: _Facts,
    words: Text | None,
    event_classes: Mapping[str, str],
) -> ModelView:
    fields = _fields(action.parameters, _Owner("action", f"action {action.name}", action.branches), facts, words)
    base = "AnsweredLater" if action.later else "Action"
    needed = {("typing", "ClassVar"), ("typing", "TYPE_CHECKING"), ("amitypes.models", base)}
    later = action.later
    return ModelView(
        wire=_literal(action.name),
        key=_literal(action.name.lower()),
        class_name=class_name,
        module=module,
        doc=_doc(
            *_opening(
                action.summary, f"The action ``{action.name}``.", _availability(action.branches, action.since, facts)
            ),
            *_modules(action.modules),
            *_told_later(action),
            _link("AMI_Actions", action.name, action.branches),
            *_words(words),
        ),
        deprecated=_deprecated(action, facts),
        fields=fields,
        base=f'{base}["responses.{class_name}"' + (f', "events.{event_classes[later.event]}"]' if later else "]"),
        constants=_later_constants(later, fields) if later else (),
        typing_imports=(("..", ("events", "responses") if later else ("responses",)),),
        imports=_model_imports(needed, fields, _deprecated(action, facts)),
    )


def _told_later(action: Action) -> list[str]:
    later = action.later
    if later is None:
        return []
    when = f", with ``{later.only_with}``" if later.only_with else ""
    return [f"How it went, the event ``{later.event}`` says later{when}; it has the same ``{later.by}``."]


def _later_constants(later: LaterEntry, fields: Iterable[FieldView]) -> tuple[tuple[str, str], ...]:
    named = {field.wire.lower(): field.name for field in fields}

    def field_of(header: str) -> str:
        return _literal("action_id" if header.lower() == ACTION_ID else named[_literal(header).lower()])

    only_with = (("later_with", field_of(later.only_with)),) if later.only_with else ()
    return (("later", _literal(later.event)), ("later_by", field_of(later.by)), *only_with)


def _event(event: Event, module: str, class_name: str, facts: _Facts, words: Text | None) -> ModelView:
    fields = _fields(event.headers, _Owner("event", f"event {event.name}", event.branches), facts, words)
    privileges = _listed([f"``{privilege}``" for privilege in event.privileges]) if event.privileges else ""
    return ModelView(
        wire=_literal(event.name),
        key=_literal(event.name.lower()),
        class_name=class_name,
        module=module,
        doc=_doc(
            *_opening(event.summary, f"The event ``{event.name}``.", _availability(event.branches, event.since, facts)),
            *([f"Privilege: {privileges}."] if privileges else []),
            *(["The server's users add headers of any name: they are in `extra_headers`."] if event.free else []),
            *_modules(event.modules),
            _link("AMI_Events", event.documented_as, event.branches)
            if event.documented_as
            else "Asterisk's documentation doesn't have it.",
            *_words(words),
        ),
        deprecated=_deprecated(event, facts),
        fields=fields,
        free=event.free,
        imports=_model_imports(
            {("typing", "ClassVar"), ("amitypes.models", "Event")}, fields, _deprecated(event, facts)
        ),
    )


def _response(
    action: Action, module: str, class_name: str, facts: _Facts, event_classes: Mapping[str, str]
) -> ModelView:
    doc = f"The answer to ``{action.name}``"
    if action.complete is None:
        base = "Acknowledgement" if action.answer == "acknowledgement" else "Response"
        fields = _fields(
            action.response, _Owner("response", f"the response to {action.name}", action.branches), facts, None
        )
        return ModelView(
            wire=_literal(action.name),
            key=_literal(action.name.lower()),
            class_name=class_name,
            module=module,
            doc=_doc(
                f"{doc}{_ANSWERS[action.answer]}", _availability(action.branches, (), facts), *_events_beside(action)
            ),
            base=base,
            fields=fields,
            event_names=_tuple(action.events) if action.events else "",
            imports=_model_imports({("typing", "ClassVar"), ("amitypes.models", base)}, fields, ""),
        )
    items = " | ".join(f"events.{event_classes[name]}" for name in action.items) or "Event"
    listed = [f"``{name}``" for name in action.items]
    return ListView(
        wire=_literal(action.name),
        key=_literal(action.name.lower()),
        class_name=class_name,
        module=module,
        doc=_doc(
            f"{doc}{_ANSWERS[action.answer]}",
            _availability(action.branches, (), facts),
            (f"Items: {_listed(listed)}; completed by" if listed else "Completed by") + f" ``{action.complete}``.",
        ),
        imports=_imports({("typing", "ClassVar"), ("typing", "TYPE_CHECKING"), ("amitypes.models", "ListResponse")}),
        typing_imports=(
            *((("amitypes.models", ("Event",)),) if not action.items else ()),
            ("..", ("events",)),
        ),
        items=items,
        complete=f"events.{event_classes[action.complete]}",
        item_names=_tuple(action.items),
        complete_name=_literal(action.complete),
    )


_ANSWERS: Mapping[Answer | None, str] = {
    "list": ": a list.",
    "text": ": bare text.",
    "response": ": a response with fields.",
    "acknowledgement": ": an acknowledgement.",
    None: ".",
}
_RETURNS: Mapping[Answer | None, str] = {
    "list": "The list.",
    "text": "The response that was made of the text.",
    "response": "The response, with its fields.",
    "acknowledgement": "An acknowledgement: nothing but ``Response`` and ``Message``.",
    None: "The response.",
}


def _events_beside(action: Action) -> list[str]:
    if not action.events:
        return []
    named = [f"``{name}``" for name in action.events if name != "*"]
    return [f"`events` has what comes with it: {_listed(named) if named else 'any event'}, or none."]


def _tuple(wires: Iterable[str]) -> str:
    """Names on the wire as the expression of a tuple."""
    return f"({''.join(f'{_literal(name)}, ' for name in wires)})"


def _method(action: Action, made: ModelView, facts: _Facts, words: Text | None) -> MethodView:
    arguments = [field.arg_doc for field in made.arguments]
    return MethodView(
        model=made,
        doc=(
            *_doc(
                *_opening(
                    action.summary, f"Send ``{action.name}``.", _availability(action.branches, action.since, facts)
                ),
                *_told_later(action),
                _link("AMI_Actions", action.name, action.branches),
                *_words(words),
            ),
            "",
            "Args:",
            *(f"    {line}" for argument in arguments for line in argument.split("\n")),
            "    action_id: ``ActionID``; chosen by the client when None.",
            "    timeout: How long to wait for the whole answer, in seconds; the client's own when None.",
            "",
            "Returns:",
            f"    {_RETURNS[action.answer]}",
            "",
            "Raises:",
            "    ActionError: The server refused it.",
            "    ActionTimeout: The answer didn't come in time.",
            "    ConnectionLost: The connection went, or there is none.",
        ),
    )


def _answers(actions: Iterable[Action]) -> Iterable[AnswerView]:
    for action in actions:
        if action.complete is None and not action.text:
            continue
        arguments = [_names([action.complete] if action.complete else [])]
        arguments += [f"{flag}=True" for flag in ("untagged", "text") if getattr(action, flag)]
        arguments += [f"anonymous={_names(action.anonymous)}"] if action.anonymous else []
        yield AnswerView(key=_literal(action.name.lower()), arguments=", ".join(arguments))


def _codes(entry: CodesEntry) -> CodesView:
    return CodesView(
        class_name=entry.name,
        doc=_doc(f"{entry.summary}."),
        members=tuple(
            (value.name, f"{value.code}, {_literal(value.text)}" if value.text else str(value.code))
            for value in entry.values
        ),
    )


def _names(wires: Iterable[str]) -> str:
    """Names on the wire in lower case, as the expression of a frozenset."""
    listed = ", ".join(sorted(_literal(wire.lower()) for wire in wires))
    return f"frozenset({{{listed}}})" if listed else "frozenset()"


_GROUP_OF: Mapping[Kind, Group] = {"action": "actions", "event": "events", "response": "responses"}


@dataclass(frozen=True, slots=True)
class _Owner:
    """What a field is of: its kind, its name for messages, and its branches."""

    kind: Kind
    name: str
    branches: Branches


def _fields(headers: Iterable[Header], owner: _Owner, facts: _Facts, words: Text | None) -> tuple[FieldView, ...]:
    kind = owner.kind
    own = [header for header in headers if header.name.lower() not in names.BASE_HEADERS[kind]]
    made = names.field_names([header.python_name or header.name for header in own], kind, owner.name)
    fields: list[FieldView] = []
    for header in own:
        try:
            described = types.field_type(header, _GROUP_OF[kind])
        except CodegenError as error:
            raise CodegenError(error.message, element=f"{error.element} of {owner.name}") from None
        name = made[header.python_name or header.name]
        required = header.required >= owner.branches if kind == "action" else _is_always_there(header, described)
        optional = kind == "action" or described.empty == "none"
        note = _note(header, owner, described, facts)
        prose = words.parameters.get(header.name, "") if words else ""
        fields.append(
            FieldView(
                wire=_literal(header.name),
                name=name,
                annotation=described.annotation if required or not optional else f"{described.annotation} | None",
                default="" if required else "None" if optional else _empty(described),
                argument=described.argument if required else f"{described.argument} | None",
                codec=described.codec,
                doc=_doc(note, *([prose] if prose else [])),
                arg_doc=_arg_doc(name, note, prose),
            )
        )
    return tuple(fields)


def _is_always_there(header: Header, described: types.FieldType) -> bool:
    """Whether a field of a message from the server is never None, though its type has nothing for "not there"."""
    if header.always is None:
        return False
    if described.empty != "none":
        if not header.always.strict:  # of the specs of one server only, which may know less of the type
            return False
        raise header.always.error("changes nothing: a text and a collection are never None", "always", header.name)
    if described.nullable:
        raise header.always.error("may be None though it is there", "always", header.name)
    return True


def _empty(described: types.FieldType) -> str:
    if described.empty == "text":
        return '""'
    return "{}" if described.annotation.startswith("dict") else "[]"


def _note(header: Header, owner: _Owner, described: types.FieldType, facts: _Facts) -> str:
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


def _arg_doc(name: str, note: str, prose: str) -> str:
    text = textwrap.fill(f"{name}: {note}.", _WIDTH - 4, subsequent_indent="    ", break_on_hyphens=False)
    return _escaped(text + ("\n" + textwrap.indent(prose, "    ") if prose else ""))


def _doc(*paragraphs: str) -> Doc:
    """Paragraphs as lines."""
    lines: list[str] = []
    for paragraph in paragraphs:
        if lines:
            lines.append("")
        for line in paragraph.splitlines():
            lines += textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return tuple(_escaped(line) for line in lines)


def _words(words: Text | None) -> list[str]:
    return [part for part in (words.synopsis, words.description) if part] if words else []


def _opening(summary: str, name: str, availability: str) -> tuple[str, str]:
    """The first two paragraphs: the summary, or the bare name where there is none."""
    return (f"{summary}.", f"{name} {availability}") if summary else (name, availability)


def _availability(branches: Branches, since: Sequence[str], facts: _Facts) -> str:
    text = facts.versions(branches)
    if since:
        text += f", since {_listed(since)}"
    removed = facts.removed_in(branches)
    return f"{text}; removed in {removed}." if removed else f"{text}."


def _modules(modules: Sequence[str]) -> list[str]:
    named = [f"``{module}``" for module in modules if module != "builtin"]
    return [f"Module: {_listed(named)}."] if named else []


def _link(section: Literal["AMI_Actions", "AMI_Events"], name: str, branches: Branches) -> str:
    return _DOCUMENTATION.format(branch=max(branches), section=section, name=name)


def _deprecated(thing: Action | Event, facts: _Facts) -> str:
    removed = facts.removed_in(thing.branches)
    return "" if removed is None else _literal(f"Asterisk {removed} has no {thing.name} any more.")


def _model_imports(needed: set[tuple[str, str]], fields: Iterable[FieldView], deprecated: str) -> tuple[Import, ...]:
    pairs = set(needed)
    for field in fields:
        pairs |= {("collections.abc", "Mapping"), ("amitypes.models", "Header")}
        pairs |= types.imports(field.annotation) | types.imports(field.argument) | types.imports(field.codec)
    if deprecated:
        pairs.add(("typing_extensions", "deprecated"))
    return _imports(pairs)


def _imports(pairs: Iterable[tuple[str, str]]) -> tuple[Import, ...]:
    modules: dict[str, set[str]] = {}
    for module, name in pairs:
        modules.setdefault(module, set()).add(name)
    return tuple((module, tuple(sorted(found))) for module, found in sorted(modules.items()))


def _literal(text: str) -> str:
    escaped = text.encode("unicode_escape").decode().replace('"', '\\"')
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    """A text as it can stand in a docstring; once escaped it must not be wrapped."""
    return text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
