"""The view that the templates print: every name, type and sentence is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amitypes_codegen.rendering.expressions import literal

if TYPE_CHECKING:
    from amitypes_codegen.rendering.docstrings import Doc
    from amitypes_codegen.rendering.expressions import Import
    from amitypes_codegen.specs.spec import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of a model.

    Attributes:
        header: The header's name on the wire.
        name: The field's name.
        annotation: Its annotation.
        default: Its default; empty where it is required.
        argument: The annotation of the parameter that sets it.
        codec: Its codec; empty for plain text.
        converts: Whether the parameter takes other types than the field has.
        doc: The field's docstring; empty where its name and type say all.
        arg_doc: The parameter in the method's docstring, ready to print.
    """

    header: str
    name: str
    annotation: str
    default: str
    argument: str
    codec: str
    converts: bool
    doc: Doc
    arg_doc: str

    @property
    def wire(self) -> str:
        """The header's name as a Python literal."""
        return literal(self.header)

    @property
    def entry(self) -> str:
        """The header's line in the map of headers."""
        return f'{self.wire}: Header("{self.name}"{f", {self.codec}" if self.codec else ""})'

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return not self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group of an event's headers as one value: a property.

    Attributes:
        name: The property's name.
        class_name: The class of the value.
        prefix: What the names of its fields begin with.
        doc: The property's docstring.
    """

    name: str
    class_name: str
    prefix: str
    doc: Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A model, in a module of its own.

    Attributes:
        name: The name on the wire.
        class_name: The class.
        module: The module, and for an action the method.
        doc: The class's docstring.
        deprecated: Why it is deprecated, as a Python literal; empty where it isn't.
        fields: Its fields.
        free: Whether an event has headers of any name.
        accompanying_events: The names of the events that may come with a response, as a Python literal; empty for none.
        base: Its base class with the parameters, where they differ.
        constants: Its further class variables of text: name and value.
        imports: What the module imports.
        typing_imports: What it imports for type checkers only.
    """

    name: str
    class_name: str
    module: str
    doc: Doc
    deprecated: str = ""
    fields: tuple[FieldView, ...] = ()
    base: str = ""
    constants: tuple[tuple[str, str], ...] = ()
    free: bool = False
    accompanying_events: str = ""
    imports: tuple[Import, ...] = ()
    typing_imports: tuple[Import, ...] = ()

    @property
    def wire(self) -> str:
        """The name on the wire as a Python literal."""
        return literal(self.name)

    @property
    def entries(self) -> tuple[str, ...]:
        """The lines of the map of headers."""
        return tuple(field.entry for field in self.fields)

    @property
    def key(self) -> str:
        """The name on the wire in lower case as a Python literal."""
        return literal(self.name.lower())

    @property
    def arguments(self) -> list[FieldView]:
        """The fields as parameters: the required ones first."""
        return sorted(self.fields, key=lambda field: not field.required)

    @property
    def converts(self) -> bool:
        """Whether some field's parameter takes other types than the field has."""
        return any(field.converts for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView(ModelView):
    """An event, whose `fields` are those that it declares itself.

    Attributes:
        header_lines: The lines of its own map of headers.
        groups: The groups of headers that it declares as one value each.
    """

    header_lines: tuple[str, ...]
    groups: tuple[GroupView, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        """The lines of the map of headers."""
        return self.header_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyView(EventView):
    """What several events share, in a module of its own.

    Attributes:
        declared: Its headers, also those whose fields each event declares.
        snapshots: The groups of headers that each event has.
        events: The names of the events.
        keys: The same in lower case, as a Python literal.
    """

    declared: tuple[FieldView, ...]
    snapshots: tuple[Snapshot, ...]
    events: tuple[str, ...]
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotView:
    """A group of headers as one value: a frozen dataclass.

    Attributes:
        class_name: The class.
        doc: Its docstring.
        fields: Its fields.
    """

    class_name: str
    doc: Doc
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView(ModelView):
    """A response that is a list.

    Attributes:
        items: The items' classes, as an annotation.
        complete: The completing event's class, as an annotation.
        item_events: The items' names on the wire, as a Python literal.
        complete_name: The completing event's name on the wire, as a Python literal.
    """

    items: str
    complete: str
    item_events: str
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
class ResponseShapeView:
    """The shape of a response: the action's name in lower case, and the arguments of ``ResponseShape``."""

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
class WordsView:
    """A list of words: its name, its annotation and its docstring."""

    name: str
    annotation: str
    doc: Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageView:
    """All that is printed."""

    actions: tuple[ModelView, ...]
    events: tuple[EventView, ...]
    families: tuple[FamilyView, ...]
    snapshots: tuple[SnapshotView, ...]
    snapshot_imports: tuple[Import, ...]
    responses: tuple[ModelView, ...]
    methods: tuple[MethodView, ...]
    method_imports: tuple[Import, ...]
    response_shapes: tuple[ResponseShapeView, ...]
    words: tuple[WordsView, ...]
    codes: tuple[CodesView, ...]
    releases: str
