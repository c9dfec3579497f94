"""Makes the view that the templates print of the merged model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes_codegen.errors import NamingError
from amitypes_codegen.model import names, types
from amitypes_codegen.model.definitions import ACTION_ID
from amitypes_codegen.rendering import docstrings
from amitypes_codegen.rendering.docstrings import Facts, Owner
from amitypes_codegen.rendering.expressions import imports, literal, literal_tuple, lowered_names
from amitypes_codegen.rendering.families import (
    event_imports,
    family_of,
    group_imports,
    inheritance,
    snapshot_imports,
    snapshots_of,
)
from amitypes_codegen.rendering.fields import fields_of
from amitypes_codegen.rendering.view import (
    CodesView,
    EventView,
    ListView,
    MethodView,
    ModelView,
    PackageView,
    ResponseShapeView,
    WordsView,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from amitypes_codegen.model.definitions import Action, Event, Model
    from amitypes_codegen.model.word_lists import WordList
    from amitypes_codegen.overlay.entries import CodesEntry, Group, OutcomeEventEntry
    from amitypes_codegen.rendering.expressions import Import
    from amitypes_codegen.rendering.view import FamilyView, FieldView
    from amitypes_codegen.specs.prose import Prose, Text


def view(model: Model, prose: Prose | None = None) -> PackageView:
    """Decides everything that the templates print.

    Args:
        model: The merged model.
        prose: The prose of the user's own documentation, for the docstrings; none by default.

    Returns:
        The view.

    Raises:
        NamingError: If two things would have one name.
        CodegenError: If the overlay names a type that doesn't exist.
    """
    facts = Facts(model)
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
    event_fields = {name: _event_fields(event, facts, event_words.get(name)) for name, event in model.events.items()}
    families = tuple(
        family_of(family, model.events, event_fields, facts, event_words) for family in model.families.values()
    )
    _check_families(families, event_classes)
    snapshots = snapshots_of(model, facts)
    methods = tuple(
        MethodView(
            model=made,
            doc=docstrings.of_method(action, [field.arg_doc for field in made.arguments], facts, words.get(name)),
        )
        for (name, action), made in zip(model.actions.items(), actions, strict=True)
    )
    needed = {
        (".", name) if module == ".." else (module, name)
        for made in actions
        for field in made.fields
        for module, name in types.imports(field.argument)
    }
    return PackageView(
        actions=actions,
        events=tuple(
            _event(
                event,
                event_modules[name],
                event_classes[name],
                facts,
                event_words.get(name),
                event_fields[name],
                families,
            )
            for name, event in model.events.items()
        ),
        families=families,
        snapshots=snapshots,
        snapshot_imports=snapshot_imports(snapshots),
        responses=tuple(
            _response(action, modules[name], classes[name], facts, event_classes)
            for name, action in model.actions.items()
        ),
        methods=methods,
        method_imports=imports({*needed, ("amitypes.runtime", "Sender"), (".", "responses")}),
        response_shapes=tuple(_response_shapes(model.actions.values())),
        words=tuple(_words(words, facts) for words in facts.word_lists.lists),
        codes=tuple(_codes(entry) for entry in model.codes.values()),
        releases=docstrings.escaped(", ".join(model.releases.values())),
    )


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
    facts: Facts,
    words: Text | None,
    event_classes: Mapping[str, str],
) -> ModelView:
    fields = fields_of(action.parameters, Owner("action", action.name, action.branches), facts, words)
    base = "DeferredAction" if action.outcome_event else "Action"
    needed = {("typing", "ClassVar"), ("typing", "TYPE_CHECKING"), ("amitypes.runtime", base)}
    later = action.outcome_event
    return ModelView(
        name=action.name,
        class_name=class_name,
        module=module,
        doc=docstrings.of_action(action, facts, words),
        deprecated=_deprecated(action, facts),
        fields=fields,
        base=f'{base}["responses.{class_name}"' + (f', "events.{event_classes[later.event]}"]' if later else "]"),
        constants=_later_constants(later, fields) if later else (),
        typing_imports=(("..", ("events", "responses") if later else ("responses",)),),
        imports=_model_imports(needed, fields, _deprecated(action, facts)),
    )


def _later_constants(later: OutcomeEventEntry, fields: Iterable[FieldView]) -> tuple[tuple[str, str], ...]:
    named = {field.header.lower(): field.name for field in fields}

    def field_of(header: str) -> str:
        return literal("action_id" if header.lower() == ACTION_ID else named[header.lower()])

    only_with = (("enabled_by", field_of(later.only_with)),) if later.only_with else ()
    return (("outcome_event", literal(later.event)), ("correlated_by", field_of(later.by)), *only_with)


def _event_fields(event: Event, facts: Facts, words: Text | None) -> tuple[FieldView, ...]:
    return fields_of(event.headers, Owner("event", event.name, event.branches), facts, words)


def _check_families(families: Iterable[FamilyView], event_classes: Mapping[str, str]) -> None:
    for family in families:
        if family.class_name in event_classes.values():
            raise NamingError("is the name of an event's class, too", element=f"family {family.class_name}")


def _event(  # noqa: PLR0917 - each is a thing of its own
    event: Event,
    module: str,
    class_name: str,
    facts: Facts,
    words: Text | None,
    fields: Sequence[FieldView],
    families: Iterable[FamilyView],
) -> EventView:
    made = inheritance(event, fields, families)
    needed = {("typing", "ClassVar"), *event_imports(made)}
    if not made.families:
        needed.add(("amitypes.runtime", "Event"))
    # Of several bases, pydantic takes the fields of the last one first.
    bases = [family.class_name for family in reversed(made.families)] or ["Event"]
    return EventView(
        name=event.name,
        class_name=class_name,
        module=module,
        doc=docstrings.of_event(event, facts, words, [family.class_name for family in made.families]),
        deprecated=_deprecated(event, facts),
        fields=made.fields,
        header_lines=made.headers,
        groups=made.groups,
        free=event.free,
        base=", ".join(bases),
        imports=_model_imports(needed, (), _deprecated(event, facts)),
        typing_imports=group_imports(made.groups, ".snapshots"),
    )


def _response(
    action: Action, module: str, class_name: str, facts: Facts, event_classes: Mapping[str, str]
) -> ModelView:
    if action.complete is None:
        base = "Acknowledgement" if action.response_kind == "acknowledgement" else "Response"
        fields = fields_of(action.response, Owner("response", action.name, action.branches), facts, None)
        return ModelView(
            name=action.name,
            class_name=class_name,
            module=module,
            doc=docstrings.of_response(action, facts),
            base=base,
            fields=fields,
            accompanying_events=literal_tuple(action.events) if action.events else "",
            imports=_model_imports({("typing", "ClassVar"), ("amitypes.runtime", base)}, fields, ""),
        )
    items = " | ".join(f"events.{event_classes[name]}" for name in action.items) or "Event"
    return ListView(
        name=action.name,
        class_name=class_name,
        module=module,
        doc=docstrings.of_response(action, facts),
        imports=imports({("typing", "ClassVar"), ("typing", "TYPE_CHECKING"), ("amitypes.runtime", "ListResponse")}),
        typing_imports=(
            *((("amitypes.runtime", ("Event",)),) if not action.items else ()),
            ("..", ("events",)),
        ),
        items=items,
        complete=f"events.{event_classes[action.complete]}",
        item_events=literal_tuple(action.items),
        complete_name=literal(action.complete),
    )


def _response_shapes(actions: Iterable[Action]) -> Iterable[ResponseShapeView]:
    for action in actions:
        if action.complete is None and not action.text:
            continue
        arguments = [lowered_names([action.complete] if action.complete else [])]
        arguments += [
            f"{name}=True" for name, given in (("implicit_list", action.untagged), ("plain_text", action.text)) if given
        ]
        arguments += [f"items_without_id={lowered_names(action.anonymous)}"] if action.anonymous else []
        yield ResponseShapeView(key=literal(action.name.lower()), arguments=", ".join(arguments))


def _codes(entry: CodesEntry) -> CodesView:
    return CodesView(
        class_name=entry.name,
        doc=docstrings.lines(f"{entry.summary}."),
        members=tuple(
            (value.name, f"{value.code}, {literal(value.text)}" if value.text else str(value.code))
            for value in entry.values
        ),
    )


def _words(words: WordList, facts: Facts) -> WordsView:
    return WordsView(
        name=words.name,
        annotation=types.annotation_of(value.name for value in words.values),
        doc=docstrings.of_words(words, facts),
    )


def _deprecated(thing: Action | Event, facts: Facts) -> str:
    removed = facts.removed_in(thing.branches)
    return "" if removed is None else literal(f"Asterisk {removed} has no {thing.name} any more.")


def _model_imports(needed: set[tuple[str, str]], fields: Iterable[FieldView], deprecated: str) -> tuple[Import, ...]:
    pairs = set(needed)
    for field in fields:
        pairs |= {("collections.abc", "Mapping"), ("amitypes.runtime", "Header")}
        pairs |= types.imports(field.annotation) | types.imports(field.argument) | types.imports(field.codec)
    if deprecated:
        pairs.add(("typing_extensions", "deprecated"))
    return imports(pairs)
