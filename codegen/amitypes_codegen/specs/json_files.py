"""JSON files that fit a schema: their text, and plain data of known types."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from amitypes_codegen.errors import SpecFileError

FORMAT = 1
"""The version of the file format of specs and lock."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


def to_text(document: Json) -> str:
    """The text of a document: indented, with a newline at its end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read_text(path: Path) -> str:
    """Reads a file's text.

    Args:
        path: The file.

    Returns:
        The text.

    Raises:
        SpecFileError: If the file can't be read or isn't UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecFileError(f"can't be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise SpecFileError(f"isn't UTF-8: {error.reason} at byte {error.start}", path=path) from error


def validated(text: str, schema: str, path: Path | str) -> JsonObject:
    """Parses a document and checks it against a schema.

    Args:
        text: The JSON.
        schema: The schema's name: ``spec`` or ``lock``.
        path: The file it is from, for messages.

    Returns:
        The document.

    Raises:
        SpecFileError: If it isn't JSON or doesn't fit the schema; the message names the JSON path.
    """
    try:
        document: Json = json.loads(text)
        problem = best_match(_validator(schema).iter_errors(document))
    except json.JSONDecodeError as error:
        raise SpecFileError(f"isn't JSON: {error.msg}", path=path, line=error.lineno) from error
    except RecursionError as error:
        raise SpecFileError("is nested too deeply", path=path) from error
    if problem is not None:
        raise SpecFileError(f"doesn't fit the schema: {problem.message}", path=path, element=problem.json_path)
    return as_object(document)


@cache
def _validator(schema: str) -> Draft202012Validator:
    text = (resources.files("amitypes_codegen.specs") / "schemas" / f"{schema}.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


# The schema guarantees the types already; these functions declare them to the type checker.
def as_object(value: Json) -> JsonObject:
    """A value that the schema declares as an object."""
    return cast("JsonObject", value)


def as_list(value: Json) -> list[Json]:
    """An array; empty where it is absent."""
    return cast("list[Json]", value or [])


def as_objects(value: Json) -> list[JsonObject]:
    """An array of objects; empty where it is absent."""
    return cast("list[JsonObject]", value or [])


def as_strings(value: Json) -> tuple[str, ...]:
    """An array of strings; empty where it is absent."""
    return tuple(cast("list[str]", value or []))


def as_string(value: Json) -> str:
    """A value that the schema declares as a string."""
    return cast("str", value)


def as_optional_string(value: Json) -> str | None:
    """A string, or None where it is absent."""
    return cast("str | None", value)


def as_integer(value: Json) -> int:
    """A value that the schema declares as an integer."""
    return cast("int", value)
