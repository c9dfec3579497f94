"""The fields of a model class, and which values pydantic would take unchanged.

Most events need no validation: the codecs already guarantee what the annotations require. A `FieldLayout` says for
which fields that holds, so that pydantic never builds a validator for most classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Final, NamedTuple, Union, get_args, get_origin

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from amitypes._models.codec import Codec
    from amitypes._models.header_table import HeaderTable

__all__ = ["IMMUTABLE", "FieldLayout", "field_layout"]

IMMUTABLE: Final = frozenset({NoneType, bool, int, float, datetime, timedelta})
"""The types, apart from `str`, whose values several models can share."""


class FieldLayout(NamedTuple):
    """The fields of a class.

    Attributes:
        template: The fields in order, with their defaults; None for those in `factories` and `required`.
        factories: Makes the default of each field that needs a new one for each model.
        required: The fields without a default.
        trusted: The fields whose codecs guarantee what the annotations require.
        optional: The fields that may be None.
    """

    template: dict[str, object]
    factories: Mapping[str, Callable[[], object]]
    required: frozenset[str]
    trusted: frozenset[str]
    optional: frozenset[str]

    def complete(self, values: dict[str, object]) -> dict[str, object] | None:
        """All fields of a model, where its values need no validation.

        Args:
            values: The decoded values, by field.

        Returns:
            The fields in their order, with values or defaults; None where pydantic has to validate the values.
        """
        if not self.required <= values.keys() <= self.trusted:
            return None
        if any(value is None and field not in self.optional for field, value in values.items()):
            return None
        return {
            **self.template,
            **{field: make() for field, make in self.factories.items() if field not in values},
            **values,
        }


_ALWAYS_VALIDATED: Final = FieldLayout({}, {}, required=frozenset({""}), trusted=frozenset(), optional=frozenset())
"""The layout of a class for which no values are complete without pydantic."""


def field_layout(model: type[BaseModel], table: HeaderTable) -> FieldLayout:
    """Find out which fields of a class need no validation.

    Args:
        model: The class.
        table: Its headers.

    Returns:
        The layout.
    """
    if table.catch_all or not _is_plain(model):
        return _ALWAYS_VALIDATED
    infos = model.model_fields
    headers = [*table.leading.values(), *table.declared.values()]
    untrusted = {field for field, codec in headers if field in infos and not _fits(codec, infos[field])}
    required = frozenset(name for name, info in infos.items() if info.is_required())
    factories = {
        name: factory
        for name, info in infos.items()
        if name not in required and (factory := _default_factory(info)) is not None
    }
    return FieldLayout(
        template={
            name: None if name in factories or name in required else info.default for name, info in infos.items()
        },
        factories=factories,
        required=required,
        trusted=frozenset(infos) - untrusted,
        optional=frozenset(name for name, info in infos.items() if NoneType in _alternatives(info)),
    )


def _is_plain(model: type[BaseModel]) -> bool:
    """Whether pydantic would do nothing to a model of the class but store its values."""
    decorators = model.__pydantic_decorators__
    return not (
        decorators.validators
        or decorators.field_validators
        or decorators.root_validators
        or decorators.model_validators
        or model.__pydantic_custom_init__
        or model.__pydantic_post_init__
        or model.__private_attributes__
        or model.model_config.keys() - _HARMLESS_SETTINGS
        or any(
            field.metadata
            or field.validation_alias
            or field.validate_default
            or field.default_factory_takes_validated_data
            for field in model.model_fields.values()
        )
    )


_HARMLESS_SETTINGS: Final = {
    "defer_build",
    "extra",
    "frozen",
    "hide_input_in_errors",
    "json_schema_extra",
    "protected_namespaces",
    "title",
}


def _fits(codec: Codec, field: FieldInfo) -> bool:
    """Whether pydantic would take every value of a codec unchanged."""
    return codec.annotation is not None and codec.annotation in _alternatives(field)


def _alternatives(field: FieldInfo) -> Sequence[object]:
    """The types in a field's annotation: those of a union, or the only one."""
    annotation: object = field.annotation
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _default_factory(field: FieldInfo) -> Callable[[], object] | None:
    """A function that makes a field's default; None where all models can share it."""
    default: object = field.get_default(call_default_factory=False)
    if field.default_factory is not None:
        return partial(field.get_default, call_default_factory=True)
    if type(default) in IMMUTABLE or isinstance(default, str):
        return None
    return type(default) if default in ([], {}) else partial(deepcopy, default)
