"""Headers have types in Python."""

from __future__ import annotations

import pytest
from amitypes_codegen.errors import CodegenError
from amitypes_codegen.model import types
from amitypes_codegen.model.definitions import Header, Value
from amitypes_codegen.overlay.entries import Group

from amitypes import nested as records
from amitypes._models import codecs

B = frozenset({22})


def header(kind: str | None = None, *, name: str = "H", values: str = "", multiple: bool = False) -> Header:
    return Header(
        name=name,
        base=name,
        branches=B,
        type=kind,
        multiple=multiple,
        values=tuple(Value(name=value, branches=B) for value in values.split()),
    )


@pytest.mark.parametrize(
    ("described", "group", "annotation", "codec", "empty"),
    [
        (header(), "events", "str", "", "text"),
        (header("int"), "events", "int", "integer", "none"),
        (header("float"), "responses", "float", "number", "none"),
        (header("bool"), "events", "bool", "yes_no", "none"),
        (header("on_off"), "actions", "bool", "on_off", "none"),
        (header("secret"), "events", "SecretStr", "secret", "none"),
        (header("int | str"), "actions", "int | str", "", "none"),
        (header("text"), "events", "str", "", "text"),
        (header("text", values="Up Down"), "events", 'Literal["Up", "Down"] | str', "", "text"),
        (header("text", multiple=True), "events", "list[str]", "strings", "collection"),
        (header("str", values="Up Down"), "events", "str", "", "text"),
        (header("seconds"), "events", "timedelta", "in_seconds", "none"),
        (header("milliseconds"), "actions", "Duration", "in_whole_milliseconds", "none"),
        (header("clock"), "responses", "timedelta", "clock", "none"),
        (header("datetime"), "events", "datetime", "epoch", "none"),
        (header("datetime_or_never"), "events", "datetime", "epoch_or_never", "none"),
        (header("iso_time"), "events", "datetime", "iso_time", "none"),
        (header("commas"), "events", "list[str]", "commas", "collection"),
        (header("commas"), "actions", "Sequence[str]", "commas", "collection"),
        (header("mapping"), "events", "dict[str, str]", "mapping", "collection"),
        (header("variables"), "actions", "Mapping[str, str]", "variables", "collection"),
        (header("headers"), "actions", "Mapping[str, str]", "any_headers", "collection"),
        (header("list"), "events", "list[str]", "strings", "collection"),
        (header("list[int]"), "events", "list[int]", "list_of(integer)", "collection"),
        (header("list"), "actions", "Sequence[str]", "strings", "collection"),
        (header("family", name="Cat-000000"), "events", "list[str]", "family()", "collection"),
        (header("family[int]", name="Cat(0)"), "actions", "Sequence[int | None]", "family(integer)", "collection"),
        (
            header("nested_family", name="L-000000-000000"),
            "actions",
            "Sequence[Sequence[str | None]]",
            "nested_family()",
            "collection",
        ),
        (header("nested_family", name="L-000000-000000"), "events", "list[list[str]]", "nested_family()", "collection"),
        (header(name="L-000000-000000"), "events", "list[list[str]]", "nested_family()", "collection"),
        (header(name="C-000000", values="a b"), "events", 'list[Literal["a", "b"] | str]', "family()", "collection"),
        (
            header(name="Units(0)/Cost", values="a b"),
            "events",
            'list[Literal["a", "b"] | str]',
            "family()",
            "collection",
        ),
        (header("json"), "responses", "JsonValue", "json_text", "none"),
        (
            header("records[ConfigCategory]", name="Category-000000"),
            "responses",
            "list[ConfigCategory]",
            "records(ConfigCategory)",
            "collection",
        ),
        (
            header("records[ConfigCategory]", name="Category-000000"),
            "actions",
            "Sequence[ConfigCategory]",
            "records(ConfigCategory)",
            "collection",
        ),
        (header(multiple=True), "events", "list[str]", "strings", "collection"),
        (header(values="Up Down"), "events", 'Literal["Up", "Down"] | str', "", "text"),
        (header(values="Yes No"), "events", "bool", "yes_no", "none"),
        (header(values="true false"), "actions", "bool", "true_false", "none"),
        (header(values="0 1"), "events", "bool", "one_zero", "none"),
        (header(values="on off all"), "events", 'Literal["on", "off", "all"] | str', "", "text"),
        (header("int", values="0 1"), "events", "int", "integer", "none"),
    ],
)
def test_each_header_has_a_type_and_codec(
    described: Header, group: Group, annotation: str, codec: str, empty: str
) -> None:
    made = types.field_type(described, group)
    assert (made.annotation, made.codec, made.empty) == (annotation, codec, empty)


def test_an_actions_duration_is_set_by_a_timedelta_or_seconds() -> None:
    assert types.field_type(header("seconds"), "actions").argument == "timedelta | float"
    signed = types.field_type(header("signed_seconds"), "actions")
    assert (signed.annotation, signed.argument, signed.codec) == (
        "SignedDuration",
        "timedelta | float",
        "in_whole_seconds",
    )
    assert types.imports("Duration | None") == {("amitypes.runtime", "Duration")}
    assert types.imports("timedelta") == {("datetime", "timedelta")}


def test_a_secret_is_taken_as_text_too() -> None:
    assert types.field_type(header("secret"), "actions").argument == "SecretStr | str"
    assert types.field_type(header("family[secret]", name="S-000000"), "actions").argument == (
        "Sequence[SecretStr | str | None]"
    )


@pytest.mark.parametrize(
    ("described", "group", "message"),
    [
        (header("integer"), "events", "H: unknown type 'integer'"),
        (header("list[what]"), "events", "unknown type 'what'"),
        (header("bool"), "actions", "how the action spells a boolean"),
        (header("enumeration"), "events", "no values are known"),
        (header("family"), "events", "no placeholder for a number"),
        (header("nested_family", name="A-000000"), "events", "nested family"),
        (header("records", name="A-000000"), "events", "unknown records 'str'; expected one of .*ConfigCategory"),
        (header("records[Category]", name="A-000000"), "events", "unknown records 'Category'"),
    ],
)
def test_invalid_entries_are_refused(described: Header, group: Group, message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        types.field_type(described, group)


def test_the_codecs_exist() -> None:
    assert set(codecs.__all__) >= types.CODECS


def test_the_records_exist() -> None:
    assert set(records.__all__) >= types.RECORDS
    assert types.imports("list[ConfigCategory]") == {("amitypes.runtime", "ConfigCategory")}


def test_imports_ignore_what_is_inside_of_literals() -> None:
    assert types.imports('Literal["Mapping", "integer", "a\\"SecretStr"] | str') == {("typing", "Literal")}
    assert types.imports("family(integer)") == {
        ("amitypes.runtime", "family"),
        ("amitypes.runtime", "integer"),
    }
