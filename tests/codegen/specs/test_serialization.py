"""Specs as JSON, and the schemas that the JSON has to fit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from amitypes_codegen.errors import SpecFileError
from amitypes_codegen.specs import json_files
from amitypes_codegen.specs.folder import load_spec
from amitypes_codegen.specs.serialization import dump_spec, parse_spec
from amitypes_codegen.specs.spec import (
    Action,
    EnumValue,
    Event,
    EventInstance,
    Parameter,
    Reference,
    Responses,
    Snapshot,
    Spec,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.codegen.specs.small_spec import SPEC

names = st.text(st.characters(blacklist_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=8) | st.sampled_from(
    ["Cause-txt", "UnitAmount(0)", 'inherit="template[,...]"', "Not Permitted", "Größe"]
)
name_sets = st.lists(names, max_size=3, unique=True).map(tuple)
versions = st.lists(st.sampled_from(["1.0", "18.19.0", "22.10.0-rc1"]), max_size=2, unique=True).map(tuple)
texts = st.none() | st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], whitelist_characters="\t\n\r"), min_size=1, max_size=5
)
values = st.recursive(
    st.builds(EnumValue, name=names),
    lambda below: st.builds(EnumValue, name=names, values=st.lists(below, max_size=3).map(tuple)),
    max_leaves=4,
)
flat_parameters = st.builds(
    Parameter,
    name=names,
    required=st.booleans(),
    default=texts,
    multiple=st.booleans(),
    separator=texts,
    values=st.lists(values, max_size=3).map(tuple),
)
parameters = flat_parameters | st.builds(
    Parameter, name=names, parameters=st.lists(flat_parameters, max_size=2).map(tuple)
)
snapshots = st.builds(Snapshot, kind=st.sampled_from(["channel", "bridge"]), prefix=st.just("") | names)
references = st.builds(Reference, type=names, name=names, module=st.none() | names)
actions = st.builds(
    Action,
    name=names,
    modules=name_sets,
    since=versions,
    synopsis=st.booleans(),
    syntax=st.lists(parameters, max_size=3).map(tuple),
    responses=st.none() | st.builds(Responses, items=name_sets, events=name_sets),
    see_also=st.lists(references, max_size=2).map(tuple),
)
instances = st.builds(
    EventInstance,
    module=st.none() | names,
    privileges=name_sets.filter(bool),
    since=versions,
    synopsis=st.booleans(),
    syntax=st.lists(parameters | snapshots, max_size=3).map(tuple),
    see_also=st.lists(references, max_size=2).map(tuple),
)
events = st.builds(
    Event, name=names, instances=st.lists(instances, min_size=1, max_size=2).map(tuple), nested=st.booleans()
)
specs = st.builds(
    Spec,
    branch=st.integers(16, 99),
    release=st.just("22.10.1"),
    ami_version=st.sampled_from(["", "11.0.0"]),
    actions=st.lists(actions, max_size=3).map(lambda found: {entry.name: entry for entry in found}),
    events=st.lists(events, max_size=3).map(lambda found: {entry.name: entry for entry in found}),
)


@settings(max_examples=60, deadline=None)
@given(specs)
def test_a_spec_survives_a_round_trip_through_json(spec: Spec) -> None:
    text = dump_spec(spec)
    assert parse_spec(text) == spec
    assert dump_spec(parse_spec(text)) == text


def test_the_json_is_sorted_and_without_defaults() -> None:
    text = dump_spec(SPEC)
    assert text == dump_spec(replace(SPEC, actions=dict(reversed(SPEC.actions.items()))))
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "format": 1,
        "branch": 22,
        "release": "22.10.1",
        "ami_version": "11.0.0",
        "actions": {
            "Ping": {},
            "Status": {
                "synopsis": True,
                "syntax": [{"name": "Channel", "required": True, "values": [{"name": "a", "values": ["b"]}]}],
                "responses": {"items": ["Status"]},
            },
        },
        "events": {
            "Status": {"instances": [{"privileges": ["call"], "syntax": [{"snapshot": "channel", "prefix": "Dest"}]}]}
        },
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"format": 1', '"format": 2', r"\$\.format: .*1 was expected"),
        ('"branch": 22', '"branch": 13', r"\$\.branch: .*minimum of 16"),
        ('"branch": 22,', "", r"'branch' is a required property"),
        ('"required": true', '"required": "yes"', r"\$\.actions\.Status\.syntax\[0\]\.required: .*True was expected"),
        ('"required": true', '"requierd": true', r"\$\.actions\.Status\.syntax\[0\]: .*'requierd' was unexpected"),
        ('"name": "Channel",', "", r"\$\.actions\.Status\.syntax\[0\]: .*'name' is a required property"),
        ('"snapshot": "channel"', '"snapshot": "tunnel"', r"syntax\[0\]\.snapshot: .*'tunnel' is not one of"),
        ('"b"', "1", r"values\[0\]\.values\[0\]: .*1 is not of type"),
        ('"call"', "", r"instances\[0\]\.privileges: .*\[\] should be non-empty"),
        ("{\n", "{{\n", r"asterisk-22\.json:1: isn't JSON"),
        ('"Channel"', '"Channel\\n"', r"syntax\[0\]\.name: "),
        ('"Channel"', '"Chan\\u0000nel"', r"syntax\[0\]\.name: "),
        ('"Channel"', '"Channel\\ud800"', r"syntax\[0\]\.name: "),
        ('"required": true', '"default": "\\u0000"', r"syntax\[0\]\.default: "),
        ('"22.10.1"', '"22.10.1 "', r"\$\.release: "),
        (
            '"required": true',
            '"parameters": [{"name": "A", ' * 300 + '"required": true' + "}]" * 300,
            "is nested too deeply",
        ),
    ],
)
def test_a_file_that_doesnt_fit_the_schema_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "asterisk-22.json"
    text = dump_spec(SPEC)
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecFileError, match=message) as caught:
        load_spec(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("name", ["spec", "lock"])
def test_the_schemas_are_valid(name: str) -> None:
    path = Path(json_files.__file__).parent / "schemas" / f"{name}.schema.json"
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))
