"""The folder of specs and its lock."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from amitypes_codegen.errors import SpecFileError
from amitypes_codegen.specs.folder import load_spec, load_specs, write_specs
from amitypes_codegen.specs.lock import LockEntry, Provenance, load_lock
from amitypes_codegen.specs.serialization import dump_spec
from amitypes_codegen.specs.spec import Action

from tests.codegen.specs.small_spec import SPEC

ORIGIN = Provenance(path=Path("core-en_US.xml"), sha256="0" * 64, reader=7)


def test_a_file_that_cant_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecFileError, match="No such file"):
        load_spec(tmp_path / "asterisk-22.json")
    (tmp_path / "asterisk-22.json").write_bytes(b'"\xff"')
    with pytest.raises(SpecFileError, match="isn't UTF-8"):
        load_spec(tmp_path / "asterisk-22.json")


def test_written_specs_are_loaded_again(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    old = replace(SPEC, branch=16, release="16.28.0", ami_version="5.0.5")
    assert write_specs(folder, [(SPEC, ORIGIN), (old, ORIGIN)]) == [
        folder / name for name in ("asterisk-16.json", "asterisk-22.json", "lock.json")
    ]
    assert load_specs(folder) == [old, SPEC]
    assert load_lock(folder)[22] == LockEntry(release="22.10.1", sha256=ORIGIN.sha256, ami_version="11.0.0", reader=7)
    assert sorted(path.name for path in folder.iterdir()) == ["asterisk-16.json", "asterisk-22.json", "lock.json"]


def test_only_changed_files_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    old = replace(SPEC, branch=16, release="16.28.0", ami_version="5.0.5")
    write_specs(folder, [(old, ORIGIN), (SPEC, ORIGIN)])
    assert write_specs(folder, [(SPEC, ORIGIN)]) == []
    newer = replace(SPEC, release="22.11.0")
    assert write_specs(folder, [(newer, ORIGIN)]) == [folder / "asterisk-22.json", folder / "lock.json"]
    assert load_specs(folder) == [old, newer]


def test_no_file_is_written_if_one_spec_is_invalid(tmp_path: Path) -> None:
    folder = tmp_path / "specs"
    write_specs(folder, [(SPEC, ORIGIN)])
    before = {path: path.read_bytes() for path in folder.iterdir()}
    wrong = replace(SPEC, branch=23, actions={"": Action(name="")})
    with pytest.raises(SpecFileError, match=r"asterisk-23\.json"):
        write_specs(folder, [(replace(SPEC, release="22.11.0"), ORIGIN), (wrong, ORIGIN)])
    with pytest.raises(SpecFileError, match="is the second documentation of branch 22"):
        write_specs(folder, [(SPEC, ORIGIN), (replace(SPEC, release="22.11.0"), ORIGIN)])
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_cant_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "specs").write_text("a file", encoding="utf-8")
    with pytest.raises(SpecFileError, match="can't be written"):
        write_specs(tmp_path / "specs", [(SPEC, ORIGIN)])


def test_specs_and_lock_have_to_agree(tmp_path: Path) -> None:
    with pytest.raises(SpecFileError, match="has no specs"):
        load_specs(tmp_path)
    folder = tmp_path / "specs"
    write_specs(folder, [(SPEC, ORIGIN)])
    path = folder / "asterisk-22.json"
    path.write_text(dump_spec(replace(SPEC, release="22.11.0")), encoding="utf-8")
    with pytest.raises(SpecFileError, match=r"22\.11\.0.*but lock\.json has.*22\.10\.1"):
        load_specs(folder)
    path.write_text(dump_spec(SPEC), encoding="utf-8")
    path.with_name("asterisk-21.json").write_text(dump_spec(replace(SPEC, branch=21)), encoding="utf-8")
    with pytest.raises(SpecFileError, match=r"asterisk-21\.json: isn't in lock\.json"):
        load_specs(folder)


def test_a_damaged_lock_is_refused(tmp_path: Path) -> None:
    entry = {"release": "22.10.1", "sha256": "0" * 63, "ami_version": "", "reader": 1}
    (tmp_path / "lock.json").write_text(json.dumps({"format": 1, "specs": {"22": entry}}), encoding="utf-8")
    with pytest.raises(SpecFileError, match=r"lock\.json: .*sha256"):
        load_specs(tmp_path)
