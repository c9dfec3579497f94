"""Plans: how messages with one sequence of headers become models of one class, worked out once.

A server sends the same headers in the same order again and again. Once a sequence has come often enough, a plan knows
which header is which field, and takes a whole message apart with one pattern. It gives values straight to the model, so
it is made only where the codecs guarantee what the annotations demand, and it stands aside whenever anything about a
message is out of the ordinary. What it makes is what `Received.decode` makes of the same message without a plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache, partial
from keyword import iskeyword
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Final, NamedTuple, Union, cast, get_args, get_origin

from amitypes._models.codec import Header, Shape, text
from amitypes._models.numbered_names import find_header

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from amitypes._models.codec import Codec
    from amitypes._protocol.message import Message

__all__ = ["Plan", "Plans"]

_OFTEN: Final = 8
_MAX_HEADERS: Final = 80
_MAX_PLANS: Final = 16
_MAX_SEQUENCES: Final = 64
_MAX_REMEMBERED: Final = 512
_MAX_LENGTH: Final = 32
_SHARED: Final = frozenset({NoneType, bool, int, float, datetime, timedelta})
_REMEMBERED: Final = _SHARED - {datetime}  # a moment hardly ever comes twice


class _Reader(dict[str, object]):
    """The values of texts, remembered as far as values can be shared.

    Args:
        codec: The type of the header.
        optional: Whether there may be no value.

    Raises:
        ValueError: On looking up a text that isn't of this type.
    """

    __slots__ = ("_codec", "_optional")

    def __init__(self, codec: Codec, *, optional: bool) -> None:
        self._codec = codec
        self._optional = optional

    def __missing__(self, text: str) -> object:
        value = self._codec.read(text)
        if value is None and not self._optional:
            msg = "no value"
            raise ValueError(msg)
        if type(value) in _REMEMBERED and len(text) <= _MAX_LENGTH:
            if len(self) >= _MAX_REMEMBERED:
                self.clear()
            self[text] = value
        return value


@cache
def _reader(codec: Codec, *, optional: bool) -> _Reader:
    return _Reader(codec, optional=optional)


class Rest(NamedTuple):
    """What needs more than looking up, where a sequence of headers has such.

    Attributes:
        envelope: What the server adds around a message: the property, the place in the match, the values by text.
        undeclared: The headers that aren't declared: their names and places.
        several: The fields that headers make up together: what makes them, which raises `ValueError`, and the places.
        numbered: The headers of families, with their places.
    """

    envelope: tuple[tuple[str, int, Mapping[str, object]], ...]
    undeclared: tuple[tuple[str, tuple[int, ...]], ...]
    several: tuple[tuple[str, Callable[[Sequence[str]], object], tuple[int, ...]], ...]
    numbered: tuple[tuple[str, int], ...]


class HeaderTable(NamedTuple):
    """What a class declares of its headers.

    Attributes:
        declared: The headers by their names in lower case.
        leading: Those that a message of this kind opens with, by their names in lower case: later ones are others.
        envelope: The fields of `leading` that are properties instead of fields of the model.
        catch_all: The field that takes headers of any name; None where there is none.
    """

    declared: Mapping[str, Header] = {}
    leading: Mapping[str, Header] = {}
    envelope: frozenset[str] = frozenset()
    catch_all: str | None = None


class Plan(NamedTuple):
    """How to make a model of a message with one sequence of headers.

    Attributes:
        match: Finds the values in the message's text; None where that has other headers.
        fill: Makes of them the model's fields and their values, with the defaults of those that have none; raises
            `ValueError` where a text isn't of its type.
        given: The fields that have a value here.
        rest: What else there is to do; None as a rule.
    """

    match: Callable[[str], re.Match[str] | None]
    fill: Callable[..., dict[str, object]]
    given: frozenset[str]
    rest: Rest | None


class _Form(NamedTuple):
    """What a class makes of values of which pydantic would only take note.

    Attributes:
        template: The fields with their defaults, those of `fresh` and `required` with None.
        fresh: The fields whose default is made anew for each model.
        required: The fields without a default.
        sure: The fields whose codecs guarantee what the annotations demand.
        optional: The fields that may be None.
    """

    template: dict[str, object]
    fresh: Mapping[str, Callable[[], object]]
    required: frozenset[str]
    sure: frozenset[str]
    optional: frozenset[str]


class Plans:
    """What one class knows beforehand: of its fields, and of the sequences of headers that come often.

    Args:
        model: The class.
        table: Its headers.

    Attributes:
        model: The class.
        table: Its headers.
        known: The plans, to be tried one after another.
    """

    __slots__ = ("_form", "_seen", "known", "model", "table")

    def __init__(self, model: type[BaseModel], table: HeaderTable) -> None:
        self.model: Final = model
        self.table: Final = table
        self.known: tuple[Plan, ...] = ()
        self._seen: dict[tuple[str, ...], int] = {}
        self._form: _Form | None = None

    def fill(self, values: dict[str, object]) -> dict[str, object] | None:
        """All fields of a model, where the values need no validation: most classes never have pydantic build theirs.

        Args:
            values: What codecs made of headers, by field.

        Returns:
            The fields in their order with values or defaults; None where pydantic has to look at them.
        """
        form = self._know()
        if not form.required <= values.keys() <= form.sure:
            return None
        if any(value is None and field not in form.optional for field, value in values.items()):
            return None
        return {
            **form.template,
            **{field: make() for field, make in form.fresh.items() if field not in values},
            **values,
        }

    def given(self, frame: bytes) -> frozenset[str]:
        """The fields that a message gave a model.

        Args:
            frame: The bytes of a message that was decoded by a plan.

        Returns:
            The names; none of what wasn't.
        """
        text = frame.decode("utf-8", "surrogateescape")
        return next((plan.given for plan in self.known if plan.match(text)), frozenset())

    def learn(self, message: Message, opening: Sequence[Header]) -> None:
        """Take note of a message without a plan; make one where such messages come often.

        Args:
            message: A message with which nothing is wrong.
            opening: What its first headers are, as far as they stand for something only there.
        """
        names = tuple([name for name, _ in message.headers])
        if not 1 < len(names) <= _MAX_HEADERS:
            return
        if len(self._seen) >= _MAX_SEQUENCES and names not in self._seen:
            self._seen.clear()
        self._seen[names] = times = self._seen.get(names, 0) + 1
        if times != _OFTEN or len(self.known) >= _MAX_PLANS:
            return
        plan = _plan(self.table, self._know(), names, opening)
        if plan is not None and plan.match(message.frame.decode("utf-8", "surrogateescape")):
            self.known = (*self.known, plan)

    def _know(self) -> _Form:
        form = self._form = self._form or _form(self.model, self.table)
        return form


def _plan(table: HeaderTable, form: _Form, names: Sequence[str], opening: Sequence[Header]) -> Plan | None:
    """A plan for a sequence of headers; None where the class or these headers need more than a plan can do."""
    if names[0].lower() not in _BEGINNINGS:
        return None
    places: dict[str, int] = {}
    codecs: dict[str, Codec] = {}
    envelope: list[tuple[str, int, Mapping[str, object]]] = []
    undeclared: dict[str, list[int]] = {}
    several: dict[str, list[int]] = {}
    numbered: list[tuple[str, int]] = []
    for place, name in enumerate(names, 1):
        opens = place <= len(opening)
        header = opening[place - 1] if opens else find_header(table.declared, name.lower())[0]
        if opens and header and header.field in table.envelope:
            envelope.append((header.field, place, _reader(header.codec, optional=True)))
        elif header is None:
            undeclared.setdefault(name, []).append(place)
        elif header.field not in form.sure:
            return None
        elif header.codec.shape in _TOGETHER:
            several.setdefault(header.field, []).append(place)
            codecs[header.field] = header.codec
        elif header.codec.shape is not Shape.ONE:
            numbered.append((name, place))
            codecs[header.field] = header.codec
        elif header.field in codecs:
            return None
        else:
            places[header.field] = place
            codecs[header.field] = header.codec
    if form.required - codecs.keys() or not all(map(_is_identifier, form.template)):
        return None
    rest = Rest(
        tuple(envelope),
        tuple((name, tuple(several)) for name, several in undeclared.items()),
        tuple(
            (field, partial(_TOGETHER[codecs[field].shape], codecs[field]), tuple(each))
            for field, each in several.items()
        ),
        tuple(numbered),
    )
    return Plan(
        match=re.compile(_pattern(names)).fullmatch,
        fill=_fill(form, places, codecs, len(names)),
        given=frozenset(codecs),
        rest=rest if any(rest) else None,
    )


def _list(codec: Codec, texts: Sequence[str]) -> list[object]:
    return [codec.decode(each) for each in texts]


def _mapping(codec: Codec, texts: Sequence[str]) -> dict[str, object]:
    parts = [each.partition("=") for each in texts]
    return {name: codec.decode(content) for name, _, content in parts}


_TOGETHER: Final = {Shape.LIST: _list, Shape.MAPPING: _mapping}


def _fill(
    form: _Form, places: Mapping[str, int], codecs: Mapping[str, Codec], count: int
) -> Callable[..., dict[str, object]]:
    """A function that takes so many texts, and makes the fields of a model of those at some places.

    It is written as source, for nothing fills a dict faster than attributes that are set one after another: the dicts
    of one plan share their keys. Of what it is given, only the fields' names get into the source, identifiers all.
    """
    known: dict[str, object] = {"Row": type("Row", (), {})}
    lines: list[str] = []
    for number, (name, default) in enumerate(form.template.items()):
        thing, value = f"thing{number}", f"text{places.get(name)}"
        if name not in places:
            make = None if name in codecs else form.fresh.get(name)
            known[thing], value = (default, thing) if make is None else (make, f"{thing}()")
        elif codecs[name] is not text:
            known[thing], value = _reader(codecs[name], optional=name in form.optional), f"{thing}[{value}]"
        lines.append(f"    row.{name} = {value}\n")
    texts = ", ".join(f"text{place}" for place in range(1, count + 1))
    exec(f"def fill({texts}):\n    row = Row()\n{''.join(lines)}    return row.__dict__", known)  # noqa: S102
    return cast("Callable[..., dict[str, object]]", known["fill"])


_BEGINNINGS: Final = {"event": "", "response": r"(?i:(?![ \t]*follows[ \t]*\r?\n))"}
"""The names with which a message that has headers begins, and what its first value must not be then: see `wire`."""


def _pattern(names: Sequence[str]) -> str:
    # As the server sends them: what has line ends of another kind isn't matched, for no line feed is part of a value.
    lines = [f"{re.escape(name)}: (.*)\\r" for name in names]
    lines[0] = lines[0].replace("(", f"{_BEGINNINGS[names[0].lower()]}(", 1)
    return "\\n".join(lines)


def _form(model: type[BaseModel], table: HeaderTable) -> _Form:
    if table.catch_all or not _is_plain(model):
        return _NO_FORM
    infos = model.model_fields
    headers = [*table.leading.values(), *table.declared.values()]
    unsure = {field for field, codec in headers if field in infos and not _fits(codec, infos[field])}
    required = frozenset(name for name, info in infos.items() if info.is_required())
    makers = {name: _maker(info) for name, info in infos.items() if name not in required}
    fresh = {name: make for name, make in makers.items() if make is not None}
    return _Form(
        template={name: None if name in fresh or name in required else info.default for name, info in infos.items()},
        fresh=fresh,
        required=required,
        sure=frozenset(infos) - unsure,
        optional=frozenset(name for name, info in infos.items() if _is_optional(info)),
    )


_NO_FORM: Final = _Form({}, {}, required=frozenset({""}), sure=frozenset(), optional=frozenset())
"""One that no values fit."""


def _is_plain(model: type[BaseModel]) -> bool:
    """Whether pydantic would do nothing to a model of the class but take its values."""
    validators = model.__pydantic_decorators__
    return not (
        validators.validators
        or validators.field_validators
        or validators.root_validators
        or validators.model_validators
        or model.__pydantic_custom_init__
        or model.__pydantic_post_init__
        or model.__private_attributes__
        or model.model_config.keys() - _HARMLESS
        or any(
            field.metadata
            or field.validation_alias
            or field.validate_default
            or field.default_factory_takes_validated_data
            for field in model.model_fields.values()
        )
    )


_HARMLESS: Final = {
    "defer_build",
    "extra",
    "frozen",
    "hide_input_in_errors",
    "json_schema_extra",
    "protected_namespaces",
    "title",
}


def _fits(codec: Codec, field: FieldInfo) -> bool:
    """Whether pydantic would take every value of a codec as it is."""
    return codec.annotation is not None and codec.annotation in _members(field)


def _is_identifier(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


def _is_optional(field: FieldInfo) -> bool:
    return NoneType in _members(field)


def _members(field: FieldInfo) -> Sequence[object]:
    kind: object = field.annotation
    return get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)


def _maker(field: FieldInfo) -> Callable[[], object] | None:
    """What makes a field's default, where that isn't one value for all models."""
    default: object = field.get_default(call_default_factory=False)
    if field.default_factory is not None:
        return partial(field.get_default, call_default_factory=True)
    if type(default) in _SHARED or isinstance(default, str):
        return None
    return type(default) if default in ([], {}) else partial(deepcopy, default)
