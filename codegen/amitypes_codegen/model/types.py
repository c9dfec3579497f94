"""The annotation and the codec of a header, from its type on the wire."""

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
"""A field whose header didn't come: an empty text, None, or an empty collection."""

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
"""The modules of the names in annotations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """The type of a field.

    Attributes:
        annotation: The field's annotation, without None.
        argument: The annotation of the parameter that sets it, without None.
        codec: The codec as an expression over names of ``amitypes.runtime``; empty for plain text.
        empty: The field's value when the header doesn't come.
        nullable: Whether the field may be None although the header comes.
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
"""The types whose spelling on the wire the type in Python doesn't show."""

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
    """The type of a header's field.

    The overlay decides. Where it has no type, or ``text``, documented values decide (a boolean where they spell one,
    else an open enumeration), and a header that may repeat, or whose name has a place for numbers, is a list.

    Args:
        header: The header.
        group: Where it is met.
        words: The name of its list of words in the module ``words``; empty where it has none.

    Returns:
        The type.

    Raises:
        CodegenError: If the overlay names a type that doesn't exist, or that can't be in this place.
    """
    kind, outer, inner = _parsed(header)
    if outer == "family" and not (_NUMBERED.search(header.name) or _REPORT.match(header.name)):
        raise CodegenError("is a family, but its name has no place for a number: -000000 or (0)", element=header.name)
    if outer == "nested_family" and not _TWICE_NUMBERED.search(header.name):
        raise CodegenError("is numbered twice, but doesn't end with -000000-000000", element=header.name)
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
    """Whether the header is one of a list of words, which has a name; a single word stands in the annotation."""
    kind, _, inner = _parsed(header)
    return "enumeration" in {kind, inner} and len(header.values) > 1


def annotation_of(words: Iterable[str]) -> str:
    """An open enumeration: one of some words, or any other text."""
    return f"Literal[{', '.join(_quoted(word) for word in words)}] | str"


def is_documented(header: Header) -> bool:
    """Whether the documentation gives the type: by values, by repetition, or by a place for numbers in the name."""
    return _inferred(header) != "str"


def imports(expression: str) -> set[tuple[str, str]]:
    """The imports of an annotation or a codec: pairs of module and name."""
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
"""The names of ``amitypes.runtime`` that codecs are made of."""


def _parsed(header: Header) -> tuple[str, str, str]:
    """The type's name, and its parts: ``list[int]`` is a ``list`` of ``int``."""
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
            raise CodegenError("is an enumeration, but no values are known", element=header.name)
        annotation = f"words.{words}" if words else annotation_of(value.name for value in header.values)
        return FieldType(annotation=annotation, argument=annotation, empty="text")
    if kind == "bool":
        if group == "actions":
            spellings = ", ".join(sorted(_SPELLINGS.values()))
            raise CodegenError(
                f"how does the action want its booleans? expected one of {spellings}", element=header.name
            )
        return _SCALARS["yes_no"]
    if kind not in _SCALARS:
        known = ", ".join(sorted({*_SCALARS, *_MAPPINGS, *_COLLECTIONS, _COMMAS, "bool", "enumeration", "records"}))
        raise CodegenError(f"there is no type {kind!r}; expected one of {known}", element=header.name)
    described = _SCALARS[kind]
    if group != "actions" or described.annotation != "timedelta":
        return described
    described = replace(described, annotation="Duration", argument="timedelta | float")
    if kind == "signed_seconds":
        return replace(described, annotation="SignedDuration")
    # A received number of milliseconds may have a fraction, but Asterisk reads one as an integer.
    return replace(described, codec="in_whole_milliseconds") if kind == "milliseconds" else described


def _records(name: str, header: Header, group: Group) -> FieldType:
    if name not in RECORDS:
        known = ", ".join(sorted(RECORDS))
        raise CodegenError(f"there are no records {name!r}; expected one of {known}", element=header.name)
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
    # Every string of JSON is one of Python, and stays readable.
    return json.dumps(text, ensure_ascii=False)
