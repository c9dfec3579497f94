"""Derives the annotation and the codec of a field from the type of its header."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.errors import CodegenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from amitypes_codegen.model.definitions import Header
    from amitypes_codegen.overlay.entries import Group

Empty: TypeAlias = Literal["text", "none", "collection"]
"""The value of a field without a header: an empty string, None, or an empty collection."""

MODULES: Mapping[str, str] = {
    "Duration": "amitypes.runtime",
    "SignedDuration": "amitypes.runtime",
    "JsonValue": "pydantic",
    "Literal": "typing",
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "SecretStr": "pydantic",
    "datetime": "datetime",
    "timedelta": "datetime",
    "words": "..",
}
"""The modules to import the names in annotations from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """The type of a field.

    Attributes:
        annotation: The annotation of the field, without None.
        argument: The annotation of the parameter that sets the field, without None.
        codec: The codec, as an expression of names in ``amitypes.runtime``; empty for plain text.
        empty: The value of the field if the header is missing.
        nullable: Whether the field may be None although the header is present.
    """

    annotation: str
    argument: str
    codec: str = ""
    empty: Empty = "none"
    nullable: bool = False


_SCALARS: Mapping[str, FieldType] = {
    "str": FieldType(annotation="str", argument="str", empty="text"),
    "text": FieldType(annotation="str", argument="str", empty="text"),
    "int": FieldType(annotation="int", argument="int", codec="integer"),
    "float": FieldType(annotation="float", argument="float", codec="number"),
    "int | str": FieldType(annotation="int | str", argument="int | str"),
    "secret": FieldType(annotation="SecretStr", argument="SecretStr | str", codec="secret"),
    "yes_no": FieldType(annotation="bool", argument="bool", codec="yes_no"),
    "true_false": FieldType(annotation="bool", argument="bool", codec="true_false"),
    "on_off": FieldType(annotation="bool", argument="bool", codec="on_off"),
    "one_zero": FieldType(annotation="bool", argument="bool", codec="one_zero"),
    "datetime": FieldType(annotation="datetime", argument="datetime", codec="epoch"),
    "datetime_or_never": FieldType(annotation="datetime", argument="datetime", codec="epoch_or_never", nullable=True),
    "iso_time": FieldType(annotation="datetime", argument="datetime", codec="iso_time"),
    "seconds": FieldType(annotation="timedelta", argument="timedelta", codec="in_seconds"),
    "signed_seconds": FieldType(annotation="timedelta", argument="timedelta", codec="in_whole_seconds"),
    "milliseconds": FieldType(annotation="timedelta", argument="timedelta", codec="in_milliseconds"),
    "microseconds": FieldType(annotation="timedelta", argument="timedelta", codec="in_microseconds"),
    "clock": FieldType(annotation="timedelta", argument="timedelta", codec="clock"),
    "json": FieldType(annotation="JsonValue", argument="JsonValue", codec="json_text"),
}
UNITS = frozenset(
    {"seconds", "signed_seconds", "milliseconds", "microseconds", "clock"}
    | {"datetime", "datetime_or_never", "iso_time", "commas"}
)
"""The types whose annotation doesn't show the format or the unit on the wire."""

RECORDS = frozenset({"AOCRate", "AOCUnit", "ConfigCategory", "ConfigChange"})
"""The classes of ``amitypes.nested``."""

_MAPPINGS: Mapping[str, str] = {"mapping": "mapping", "variables": "variables", "headers": "any_headers"}
_COMMAS = "commas"
_COLLECTIONS: Mapping[str, str] = {"list": "strings", "family": "family", "nested_family": "nested_family"}

_SPELLINGS: Mapping[frozenset[str], str] = {
    frozenset({"yes", "no"}): "yes_no",
    frozenset({"true", "false"}): "true_false",
    frozenset({"on", "off"}): "on_off",
    frozenset({"1", "0"}): "one_zero",
}
_NUMBERED = re.compile(r"(?:-0{6}|\(0\)(?:/\w+)*)$")
_TWICE_NUMBERED = re.compile(r"-0{6}-0{6}$")
_REPORT = re.compile(r"ReportX[A-Z]")
_OF = re.compile(r"(?P<outer>\w+)\[(?P<inner>.+)\]")


def field_type(header: Header, group: Group, words: str = "") -> FieldType:
    """Returns the type of a header's field.

    The overlay's type takes precedence. Without one, or with ``text``, the documentation decides: values make a boolean
    or an open enumeration, and a header that may be repeated or has a placeholder for numbers in its name is a list.

    Args:
        header: The header.
        group: The kind of message that has it.
        words: The name of its list of words in the module ``words``; empty if it has none.

    Returns:
        The type.

    Raises:
        CodegenError: If the overlay has an unknown type, or one that this header can't have.
    """
    kind, outer, inner = _parsed(header)
    if outer == "family" and not (_NUMBERED.search(header.name) or _REPORT.match(header.name)):
        raise CodegenError(
            "is a family, but its name has no placeholder for a number: -000000 or (0)", element=header.name
        )
    if outer == "nested_family" and not _TWICE_NUMBERED.search(header.name):
        raise CodegenError("is a nested family, but its name doesn't end with -000000-000000", element=header.name)
    if outer == "records":
        return _records(inner, header, group)
    if outer in _COLLECTIONS:
        return _collection(outer, _scalar(inner, header, group, words), group)
    if kind == _COMMAS:
        annotation = "Sequence[str]" if group == "actions" else "list[str]"
        return FieldType(annotation=annotation, argument=annotation, codec=_COMMAS, empty="collection")
    if outer in _MAPPINGS:
        argument = "Mapping[str, str]"
        annotation = argument if group == "actions" else "dict[str, str]"
        return FieldType(annotation=annotation, argument=argument, codec=_MAPPINGS[outer], empty="collection")
    return _scalar(kind, header, group, words)


def has_words(header: Header) -> bool:
    """Whether the header has a named list of words. A single word is written in the annotation instead."""
    kind, _, inner = _parsed(header)
    return "enumeration" in {kind, inner} and len(header.values) > 1


def annotation_of(words: Iterable[str]) -> str:
    """The annotation of an open enumeration: one of the words, or any other string."""
    return f"Literal[{', '.join(_quoted(word) for word in words)}] | str"


def is_documented(header: Header) -> bool:
    """Whether the documentation gives the type: by values, repetition, or a placeholder for numbers in the name."""
    return _inferred(header) != "str"


def imports(expression: str) -> set[tuple[str, str]]:
    """The imports of an annotation or a codec, as pairs of module and name."""
    names = set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", re.sub(r'"(?:\\.|[^"\\])*"', "", expression)))
    needed = {(MODULES[name], name) for name in names & set(MODULES)}
    needed |= {("amitypes.runtime", name) for name in names & RECORDS}
    return needed | {("amitypes.runtime", name) for name in names & CODECS}


CODECS = frozenset(
    {
        *(scalar.codec for scalar in _SCALARS.values() if scalar.codec),
        "in_whole_milliseconds",
        *_MAPPINGS.values(),
        _COMMAS,
        *_COLLECTIONS.values(),
        "list_of",
        "records",
    }
)
"""The names in ``amitypes.runtime`` that codecs are composed of."""


def _parsed(header: Header) -> tuple[str, str, str]:
    """The type, and its outer and inner part: ``list`` and ``int`` for ``list[int]``."""
    kind = _inferred(header) if header.type is None or header.type == "text" else header.type
    match = _OF.fullmatch(kind)
    return (kind, match["outer"], match["inner"]) if match else (kind, kind, "str")


def _inferred(header: Header) -> str:
    scalar = "str"
    if header.values:
        spelled = frozenset(value.name.lower() for value in header.values)
        scalar = _SPELLINGS.get(spelled, "enumeration")
    if _TWICE_NUMBERED.search(header.name):
        return f"nested_family[{scalar}]"
    if _NUMBERED.search(header.name):
        return f"family[{scalar}]"
    if header.multiple:
        return f"list[{scalar}]"
    return scalar


def _scalar(kind: str, header: Header, group: Group, words: str) -> FieldType:
    if kind == "enumeration":
        if not header.values:
            raise CodegenError(
                "is an enumeration, but no values are known; add values to its entry", element=header.name
            )
        annotation = f"words.{words}" if words else annotation_of(value.name for value in header.values)
        return FieldType(annotation=annotation, argument=annotation, empty="text")
    if kind == "bool":
        if group == "actions":
            spellings = ", ".join(sorted(_SPELLINGS.values()))
            raise CodegenError(
                f"bool doesn't say how the action spells a boolean; expected one of {spellings}", element=header.name
            )
        return _SCALARS["yes_no"]
    if kind not in _SCALARS:
        known = ", ".join(sorted({*_SCALARS, *_MAPPINGS, *_COLLECTIONS, _COMMAS, "bool", "enumeration", "records"}))
        raise CodegenError(f"unknown type {kind!r}; expected one of {known}", element=header.name)
    scalar = _SCALARS[kind]
    if group != "actions" or scalar.annotation != "timedelta":
        return scalar
    scalar = replace(scalar, annotation="Duration", argument="timedelta | float")
    if kind == "signed_seconds":
        return replace(scalar, annotation="SignedDuration")
    # Asterisk may send milliseconds with a fraction, but it reads them as an integer.
    return replace(scalar, codec="in_whole_milliseconds") if kind == "milliseconds" else scalar


def _records(name: str, header: Header, group: Group) -> FieldType:
    if name not in RECORDS:
        known = ", ".join(sorted(RECORDS))
        raise CodegenError(f"unknown records {name!r}; expected one of {known}", element=header.name)
    annotation = f"Sequence[{name}]" if group == "actions" else f"list[{name}]"
    return FieldType(annotation=annotation, argument=annotation, codec=f"records({name})", empty="collection")


def _collection(outer: str, item: FieldType, group: Group) -> FieldType:
    codec = f"{_COLLECTIONS[outer]}({item.codec})"
    if outer == "list":
        codec = f"list_of({item.codec})" if item.codec else "strings"
    if group != "actions":
        annotation = f"list[{item.annotation}]"
        if outer == "nested_family":
            annotation = f"list[{annotation}]"
        return FieldType(annotation=annotation, argument=annotation, codec=codec, empty="collection")
    annotation = f"Sequence[{item.annotation}]" if outer == "list" else f"Sequence[{item.annotation} | None]"
    argument = annotation.replace(item.annotation, item.argument)
    if outer == "nested_family":
        annotation, argument = f"Sequence[{annotation}]", f"Sequence[{argument}]"
    return FieldType(annotation=annotation, argument=argument, codec=codec, empty="collection")


def _quoted(text: str) -> str:
    # A JSON string literal is also a Python string literal, and keeps non-ASCII characters readable.
    return json.dumps(text, ensure_ascii=False)
