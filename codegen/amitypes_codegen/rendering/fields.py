"""The fields of a model: names, annotations, defaults and codecs, from its headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amitypes_codegen.errors import CodegenError
from amitypes_codegen.model import names, types
from amitypes_codegen.rendering.docstrings import argument_doc, lines, note_on
from amitypes_codegen.rendering.view import FieldView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amitypes_codegen.model.definitions import Header
    from amitypes_codegen.model.names import Kind
    from amitypes_codegen.overlay.entries import Group
    from amitypes_codegen.rendering.docstrings import Facts, Owner
    from amitypes_codegen.specs.prose import Text


_GROUP_OF: Mapping[Kind, Group] = {"action": "actions", "event": "events", "response": "responses"}


def fields_of(headers: Iterable[Header], owner: Owner, facts: Facts, prose: Text | None) -> tuple[FieldView, ...]:
    """Decides the fields of a model.

    Args:
        headers: Its headers, or an action's parameters.
        owner: The model.
        facts: What is known of the whole model.
        prose: The prose of the user's own documentation; None for none.

    Returns:
        The fields, without those that every model of the kind has.

    Raises:
        NamingError: If two fields would have one name.
        CodegenError: If the overlay names a type that doesn't exist.
    """
    kind = owner.kind
    own = [header for header in headers if header.name.lower() not in names.BASE_HEADERS[kind]]
    made = names.field_names([header.python_name or header.name for header in own], kind, owner.name)
    fields: list[FieldView] = []
    for header in own:
        try:
            described = types.field_type(header, _GROUP_OF[kind], facts.word_lists.name(owner.wire, header))
        except CodegenError as error:
            raise CodegenError(error.message, element=f"{error.element} of {owner.name}") from None
        name = made[header.python_name or header.name]
        required = header.required >= owner.branches if kind == "action" else _is_always_there(header, described)
        optional = kind == "action" or described.empty == "none"
        note = note_on(header, owner, described, facts)
        text = prose.parameters.get(header.name, "") if prose else ""
        fields.append(
            FieldView(
                header=header.name,
                name=name,
                annotation=described.annotation if required or not optional else f"{described.annotation} | None",
                default="" if required else "None" if optional else _empty(described),
                argument=described.argument if required else f"{described.argument} | None",
                codec=described.codec,
                converts=described.argument != described.annotation,
                doc=lines(*(part for part in (note, text) if part)),
                arg_doc=argument_doc(name, header, _for_argument(note, header, described), text),
            )
        )
    return tuple(fields)


def _for_argument(note: str, header: Header, described: types.FieldType) -> str:
    """A note on a parameter, with what an editor's hover on the method leaves out of its type."""
    words = re.search(r"words\.\w+", described.argument)
    if words:
        note += f" One of `{words[0]}`."
    elif "Literal[" in described.argument:
        note += f" As ``{header.values[0].name}``."
    elif "timedelta" in described.argument:
        note += " A `timedelta`, or seconds."
    return note.lstrip()


def _is_always_there(header: Header, described: types.FieldType) -> bool:
    """Whether a field of a received message is never None, though its type has no other value for a missing header."""
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
