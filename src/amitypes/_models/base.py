"""The base of all models: fields, and the headers that they are on the wire."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, cast

from pydantic import VERSION, BaseModel, ConfigDict

from amitypes._models.codec import Header, Shape
from amitypes._protocol.redaction import MASK, names_a_secret

__all__ = ["WireModel", "declared_headers"]

DEFERS_BUILD: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)
"""Whether a model is built when it is needed: before 2.14, pydantic can't dump one then where `SerializeAsAny` is."""


class WireModel(BaseModel):
    """A model of a message: its fields, and the headers that they are on the wire."""

    model_config: ClassVar[ConfigDict] = ConfigDict(protected_namespaces=(), defer_build=DEFERS_BUILD)

    wire_name: ClassVar[str] = ""
    """The name on the wire: of the action, or of the event; a response has its action's."""
    wire_headers: ClassVar[Mapping[str, Header]] = {}
    """The headers that this class declares itself, by their names on the wire."""
    _declared: ClassVar[Mapping[str, Header]] = {}
    _free: ClassVar[str | None] = None
    """The field that takes headers of any name, where there is one."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Collect the headers of the class and its bases, by name in lower case."""
        super().__pydantic_init_subclass__(**kwargs)
        own = {
            wire.lower(): header
            for name, header in cls.wire_headers.items()
            for wire in (header.codec.record.wire_headers if header.codec.record else (name,))
        }
        cls._declared = {**cls._declared, **own}
        cls._free = next((header.field for header in own.values() if header.codec.shape is Shape.HEADERS), cls._free)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        """The fields, but for what is a secret by its name: an undeclared header, a variable, an entry of a mapping."""
        variable: object = getattr(self, "variable", None)
        hidden = _OF_VARIABLE if isinstance(variable, str) and names_a_secret(variable) else frozenset[str]()
        for name, value in super().__repr_args__():
            undeclared = name is not None and name not in type(self).model_fields
            hide = value and (name in hidden or (undeclared and names_a_secret(str(name))))
            yield name, MASK if hide else _shown(value)


def declared_headers(model: type[WireModel]) -> dict[str, Header]:
    """The headers that a class and its bases declare.

    Args:
        model: The class.

    Returns:
        The headers by their names on the wire, those of the bases first.
    """
    declared: dict[str, Header] = {}
    for base in reversed(model.__mro__):
        declared |= vars(base).get("wire_headers", {})
    return declared


_OF_VARIABLE: Final = frozenset({"value", "match"})


def _shown(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {name: MASK if names_a_secret(name) else _shown(item) for name, item in items}
    return [_shown(item) for item in cast("list[object]", value)] if type(value) is list else value
