"""Specs and their lock on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from amitypes_codegen.errors import SpecFileError
from amitypes_codegen.reading.source import Source
from amitypes_codegen.specs import files as specfile
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

from tests.codegen.xml_documents import PING, load

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

SPEC = Spec(
    branch=22,
    release="22.10.1",
    ami_version="11.0.0",
    actions={
        "Ping": Action(name="Ping"),
        "Status": Action(
            name="Status",
            synopsis=True,
            syntax=(
                Parameter(name="Channel", required=True, values=(EnumValue(name="a", values=(EnumValue(name="b"),)),)),
            ),
            responses=Responses(items=("Status",)),
        ),
    },
    events={
        "Status": Event(
            name="Status",
            instances=(EventInstance(privileges=("call",), syntax=(Snapshot(kind="channel", prefix="Dest"),)),),
        )
    },
)


@pytest.fixture
def origin(tmp_path: Path) -> Source:
    (tmp_path / "xml").mkdir()
    return load(tmp_path / "xml", PING)


@settings(max_examples=60, deadline=None)
@given(specs)
def test_a_spec_survives_the_way_to_json_and_back(spec: Spec) -> None:
    text = specfile.dump(spec)
    assert specfile.parse(text) == spec
    assert specfile.dump(specfile.parse(text)) == text


def test_the_text_is_normal() -> None:
    text = specfile.dump(SPEC)
    assert text == specfile.dump(replace(SPEC, actions=dict(reversed(SPEC.actions.items()))))
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
def test_what_does_not_fit_the_schema(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "asterisk-22.json"
    text = specfile.dump(SPEC)
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecFileError, match=message) as caught:
        specfile.load(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("name", ["spec", "lock"])
def test_the_schemas_are_schemas(name: str) -> None:
    path = Path(specfile.__file__).parent / "schemas" / f"{name}.schema.json"
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecFileError, match="No such file"):
        specfile.load(tmp_path / "asterisk-22.json")
    (tmp_path / "asterisk-22.json").write_bytes(b'"\xff"')
    with pytest.raises(SpecFileError, match="isn't UTF-8"):
        specfile.load(tmp_path / "asterisk-22.json")


def test_write_then_load(tmp_path: Path, origin: Source) -> None:
    folder = tmp_path / "specs"
    old = replace(SPEC, branch=16, release="16.28.0", ami_version="5.0.5")
    assert specfile.write(folder, [(SPEC, origin), (old, origin)]) == [
        folder / name for name in ("asterisk-16.json", "asterisk-22.json", "lock.json")
    ]
    assert specfile.load_all(folder) == [old, SPEC]
    assert specfile.load_lock(folder)[22] == specfile.LockEntry(
        release="22.10.1", sha256=origin.sha256, ami_version="11.0.0", reader=specfile.lock_entry(SPEC, origin).reader
    )
    assert sorted(path.name for path in folder.iterdir()) == ["asterisk-16.json", "asterisk-22.json", "lock.json"]


def test_write_touches_only_what_changed(tmp_path: Path, origin: Source) -> None:
    folder = tmp_path / "specs"
    old = replace(SPEC, branch=16, release="16.28.0", ami_version="5.0.5")
    specfile.write(folder, [(old, origin), (SPEC, origin)])
    assert specfile.write(folder, [(SPEC, origin)]) == []
    newer = replace(SPEC, release="22.11.0")
    assert specfile.write(folder, [(newer, origin)]) == [folder / "asterisk-22.json", folder / "lock.json"]
    assert specfile.load_all(folder) == [old, newer]


def test_nothing_is_written_when_one_spec_is_wrong(tmp_path: Path, origin: Source) -> None:
    folder = tmp_path / "specs"
    specfile.write(folder, [(SPEC, origin)])
    before = {path: path.read_bytes() for path in folder.iterdir()}
    wrong = replace(SPEC, branch=23, actions={"": Action(name="")})
    with pytest.raises(SpecFileError, match=r"asterisk-23\.json"):
        specfile.write(folder, [(replace(SPEC, release="22.11.0"), origin), (wrong, origin)])
    with pytest.raises(SpecFileError, match="a second documentation of branch 22"):
        specfile.write(folder, [(SPEC, origin), (replace(SPEC, release="22.11.0"), origin)])
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cannot_be_written(tmp_path: Path, origin: Source) -> None:
    (tmp_path / "specs").write_text("a file", encoding="utf-8")
    with pytest.raises(SpecFileError, match="can't be written"):
        specfile.write(tmp_path / "specs", [(SPEC, origin)])


def test_specs_and_lock_must_agree(tmp_path: Path, origin: Source) -> None:
    with pytest.raises(SpecFileError, match="there are no specs yet"):
        specfile.load_all(tmp_path)
    folder = tmp_path / "specs"
    specfile.write(folder, [(SPEC, origin)])
    path = folder / "asterisk-22.json"
    path.write_text(specfile.dump(replace(SPEC, release="22.11.0")), encoding="utf-8")
    with pytest.raises(SpecFileError, match=r"22\.11\.0.*but lock\.json says.*22\.10\.1"):
        specfile.load_all(folder)
    path.write_text(specfile.dump(SPEC), encoding="utf-8")
    path.with_name("asterisk-21.json").write_text(specfile.dump(replace(SPEC, branch=21)), encoding="utf-8")
    with pytest.raises(SpecFileError, match=r"asterisk-21\.json: not in lock\.json"):
        specfile.load_all(folder)


def test_a_damaged_lock(tmp_path: Path) -> None:
    entry = {"release": "22.10.1", "sha256": "0" * 63, "ami_version": "", "reader": 1}
    (tmp_path / "lock.json").write_text(json.dumps({"format": 1, "specs": {"22": entry}}), encoding="utf-8")
    with pytest.raises(SpecFileError, match=r"lock\.json: .*sha256"):
        specfile.load_all(tmp_path)
