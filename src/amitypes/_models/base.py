"""The base of all models: fields, and the headers that they are on the wire."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, cast

from pydantic import VERSION, BaseModel, ConfigDict

from amitypes._models.codec import Header
from amitypes._models.header_table import HeaderTable
from amitypes._protocol.redaction import MASK, names_a_secret

__all__ = ["DEFERS_BUILD", "WireModel", "declared_headers", "headers_of"]

DEFERS_BUILD: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)
"""Whether pydantic builds a model at its first use. Before 2.14, it can't dump such a model with `SerializeAsAny`."""


class WireModel(BaseModel):
    """A model of a message: its fields, and the headers that they are on the wire."""

    model_config: ClassVar[ConfigDict] = ConfigDict(protected_namespaces=(), defer_build=DEFERS_BUILD)

    wire_name: ClassVar[str] = ""
    """The name on the wire: of the action, or of the event; a response has its action's."""
    wire_headers: ClassVar[Mapping[str, Header]] = {}
    """The headers that this class declares itself, by their names on the wire. A header of a base class that it repeats
    takes its place here."""
    _headers: ClassVar[HeaderTable] = HeaderTable()
    """The headers that this class and its bases declare."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        """Collect the headers of the class and its bases."""
        super().__pydantic_init_subclass__(**kwargs)
        cls._headers = cls._headers.with_declared(declared_headers(cls))

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        """The fields, with a mask for each secret: an undeclared header, a variable, or an entry of a mapping."""
        variable: object = getattr(self, "variable", None)
        secret = _VALUES_OF_VARIABLE if isinstance(variable, str) and names_a_secret(variable) else frozenset[str]()
        for name, value in super().__repr_args__():
            undeclared = name is not None and name not in type(self).model_fields
            masked = value and (name in secret or (undeclared and names_a_secret(str(name))))
            yield name, MASK if masked else _redacted(value)


def headers_of(model: type[WireModel]) -> HeaderTable:
    """The headers that a class and its bases declare, as decoding looks them up.

    Args:
        model: The class.

    Returns:
        The table.
    """
    return model._headers


def declared_headers(model: type[WireModel]) -> dict[str, Header]:
    """The headers that a class and its bases declare, as they are written.

    Args:
        model: The class.

    Returns:
        The headers by their names on the wire, those of the bases first, except those that a class repeats.
    """
    declared: dict[str, Header] = {}
    for base in reversed(model.__mro__):
        own: Mapping[str, Header] = vars(base).get("wire_headers", {})
        for name in own.keys() & declared.keys():
            del declared[name]
        declared |= own
    return declared


_VALUES_OF_VARIABLE: Final = frozenset({"value", "match"})
"""The fields that hold a value of the variable that the field ``variable`` names."""


def _redacted(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {name: MASK if names_a_secret(name) else _redacted(item) for name, item in items}
    return [_redacted(item) for item in cast("list[object]", value)] if type(value) is list else value
