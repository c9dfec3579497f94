"""Specs on disk: ``asterisk-<branch>.json``, one for each branch, and the ``lock.json`` that says where they came from.

The files are normalised, so that a change in Asterisk's documentation is the only thing that a diff of them shows.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from amitypes_codegen.errors import SpecFileError
from amitypes_codegen.reading import reader
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from amitypes_codegen.reading.source import Source

FORMAT = 1
"""The version of the file format of specs and lock."""

LOCK = "lock.json"
"""The name of the lock file."""

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEntry:
    """What one spec was read from.

    Attributes:
        release: The Asterisk release.
        sha256: The SHA-256 of its XML, unpacked, in hexadecimal.
        ami_version: The AMI version of its banner; empty when unknown.
        reader: The version of the reader that made the spec.
    """

    release: str
    sha256: str
    ami_version: str
    reader: int


def file_name(branch: int) -> str:
    """The name of a branch's spec file."""
    return f"asterisk-{branch}.json"


def dump(spec: Spec) -> str:
    """Writes a spec as JSON: sorted, indented, defaults left out; the same text for the same spec.

    Args:
        spec: The spec.

    Returns:
        The text, with a newline at its end.
    """
    return _text(
        {
            "format": FORMAT,
            "branch": spec.branch,
            "release": spec.release,
            "ami_version": spec.ami_version,
            "actions": {name: _dump_action(action) for name, action in sorted(spec.actions.items())},
            "events": {name: _dump_event(event) for name, event in sorted(spec.events.items())},
        }
    )


def parse(text: str, *, path: Path | str = "spec") -> Spec:
    """Reads a spec from JSON.

    Args:
        text: The JSON, as `dump` writes it.
        path: The file it is from, for messages; by default ``spec``.

    Returns:
        The spec.

    Raises:
        SpecFileError: If it isn't JSON or doesn't fit the schema; the message names the JSON path.
    """
    document = _validated(text, "spec", path)
    return Spec(
        branch=_int(document["branch"]),
        release=_str(document["release"]),
        ami_version=_str(document["ami_version"]),
        actions={name: _parse_action(name, _dict(value)) for name, value in sorted(_dict(document["actions"]).items())},
        events={name: _parse_event(name, _dict(value)) for name, value in sorted(_dict(document["events"]).items())},
    )


def load(path: Path | str) -> Spec:
    """Reads a spec file.

    Args:
        path: The file.

    Returns:
        The spec.

    Raises:
        SpecFileError: If the file can't be read, isn't JSON, or doesn't fit the schema.
    """
    return parse(_read(Path(path)), path=path)


def load_all(specs_dir: Path | str) -> list[Spec]:
    """Reads every spec that a folder's lock names, and holds the two against each other.

    Args:
        specs_dir: The folder.

    Returns:
        The specs, the oldest branch first.

    Raises:
        SpecFileError: If a file is missing or damaged, or if specs and lock disagree.
    """
    folder = Path(specs_dir)
    lock = load_lock(folder)
    if not lock:
        raise SpecFileError("there are no specs yet; make some with `amitypes-codegen read`", path=folder)
    present = {path.name for path in folder.glob("asterisk-*.json")}
    for stray in sorted(present - {file_name(branch) for branch in lock}):
        raise SpecFileError(f"not in {LOCK}; read its documentation again, or remove it", path=folder / stray)
    return [_load_locked(folder / file_name(branch), branch, entry) for branch, entry in sorted(lock.items())]


def load_lock(specs_dir: Path | str) -> dict[int, LockEntry]:
    """Reads a folder's lock file.

    Args:
        specs_dir: The folder.

    Returns:
        The entries by branch; none if there is no lock file yet.

    Raises:
        SpecFileError: If the file is damaged.
    """
    path = Path(specs_dir) / LOCK
    if not path.exists():
        return {}
    entries = _dict(_validated(_read(path), "lock", path)["specs"])
    return {int(branch): _parse_lock_entry(_dict(entry)) for branch, entry in sorted(entries.items())}


def lock_entry(spec: Spec, source: Source) -> LockEntry:
    """The lock entry of a spec that this reader has just made from a source."""
    return LockEntry(release=spec.release, sha256=source.sha256, ami_version=spec.ami_version, reader=reader.VERSION)


def render(specs_dir: Path | str, read: Sequence[tuple[Spec, Source]]) -> dict[str, str]:
    """What `write` would write: the spec files of these specs, and the lock with the entries of all others kept.

    Args:
        specs_dir: The folder with the lock so far.
        read: Specs, each with the source it was read from; one for a branch.

    Returns:
        The text of each file by its name, the lock last.

    Raises:
        SpecFileError: If two specs are of the same branch, a spec doesn't fit the schema, or the lock is damaged.
    """
    lock = load_lock(specs_dir)
    files: dict[str, str] = {}
    for spec, source in sorted(read, key=lambda pair: pair[0].branch):
        name = file_name(spec.branch)
        if name in files:
            raise SpecFileError(
                f"a second documentation of branch {spec.branch}; one release of each branch can have a spec",
                path=source.path,
            )
        files[name] = dump(spec)
        parse(files[name], path=Path(specs_dir) / name)
        lock[spec.branch] = lock_entry(spec, source)
    files[LOCK] = _dump_lock(lock)
    return files


def write(specs_dir: Path | str, read: Sequence[tuple[Spec, Source]]) -> list[Path]:
    """Writes spec files and the lock.

    Every file is complete and valid before the first one is put in place, so that nothing half-written stays behind.

    Args:
        specs_dir: The folder; it is made if missing. Specs and lock entries of other branches stay as they are.
        read: Specs, each with the source it was read from; one for a branch.

    Returns:
        The files whose content has changed.

    Raises:
        SpecFileError: If two specs are of the same branch, a spec doesn't fit the schema, the lock is damaged, or the
            files can't be written.
    """
    folder = Path(specs_dir)
    files = render(folder, read)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        changed = {folder / name: text for name, text in files.items() if _current(folder / name) != text}
        _replace_all(changed)
    except OSError as error:
        raise SpecFileError(f"can't be written: {error.strerror or error}", path=error.filename or folder) from error
    return list(changed)


def _current(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else None


def _replace_all(files: Mapping[Path, str]) -> None:
    staged: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            staged[Path(name)] = path
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            Path(name).chmod(0o644)
        for temporary, path in staged.items():
            temporary.replace(path)
    finally:
        for temporary in staged:
            temporary.unlink(missing_ok=True)


def _load_locked(path: Path, branch: int, entry: LockEntry) -> Spec:
    spec = load(path)
    found = (spec.branch, spec.release, spec.ami_version)
    locked = (branch, entry.release, entry.ami_version)
    if found != locked:
        raise SpecFileError(f"is of {found}, but {LOCK} says {locked}; read the documentation again", path=path)
    return spec


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecFileError(f"can't be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise SpecFileError(f"isn't UTF-8: {error.reason} at byte {error.start}", path=path) from error


@cache
def _validator(schema: str) -> Draft202012Validator:
    text = (resources.files("amitypes_codegen.specs") / "schemas" / f"{schema}.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _validated(text: str, schema: str, path: Path | str) -> dict[str, Json]:
    try:
        document: Json = json.loads(text)
        problem = best_match(_validator(schema).iter_errors(document))
    except json.JSONDecodeError as error:
        raise SpecFileError(f"isn't JSON: {error.msg}", path=path, line=error.lineno) from error
    except RecursionError as error:
        raise SpecFileError("is nested too deeply", path=path) from error
    if problem is not None:
        raise SpecFileError(f"doesn't fit the schema: {problem.message}", path=path, element=problem.json_path)
    return _dict(document)


def _without_defaults(**members: Json) -> dict[str, Json]:
    """An object without the members that say nothing: false, absent or empty."""
    return {key: value for key, value in members.items() if value}


def _list(values: Iterable[str]) -> Json:
    return list(values)


def _dump_action(action: Action) -> Json:
    members = _without_defaults(
        modules=_list(action.modules),
        since=_list(action.since),
        synopsis=action.synopsis,
        syntax=[_dump_parameter(parameter) for parameter in action.syntax],
    )
    if action.responses is not None:
        members["responses"] = _without_defaults(
            items=_list(action.responses.items), events=_list(action.responses.events)
        )
    return members | _without_defaults(see_also=_dump_see_also(action.see_also))


def _dump_event(event: Event) -> Json:
    return _without_defaults(nested=event.nested, instances=[_dump_instance(instance) for instance in event.instances])


def _dump_instance(instance: EventInstance) -> Json:
    return _without_defaults(
        module=instance.module,
        privileges=_list(instance.privileges),
        since=_list(instance.since),
        synopsis=instance.synopsis,
        syntax=[
            _dump_parameter(entry) if isinstance(entry, Parameter) else _dump_snapshot(entry)
            for entry in instance.syntax
        ],
        see_also=_dump_see_also(instance.see_also),
    )


def _dump_parameter(parameter: Parameter) -> Json:
    return _without_defaults(
        name=parameter.name,
        required=parameter.required,
        default=parameter.default,
        multiple=parameter.multiple,
        separator=parameter.separator,
        values=_dump_values(parameter.values),
        parameters=[_dump_parameter(nested) for nested in parameter.parameters],
    )


def _dump_values(values: Iterable[EnumValue]) -> Json:
    return [
        {"name": value.name, "values": _dump_values(value.values)} if value.values else value.name for value in values
    ]


def _dump_snapshot(snapshot: Snapshot) -> Json:
    return _without_defaults(snapshot=snapshot.kind, prefix=snapshot.prefix)


def _dump_see_also(references: Iterable[Reference]) -> Json:
    return [
        _without_defaults(type=reference.type, name=reference.name, module=reference.module) for reference in references
    ]


def _dump_lock(lock: Mapping[int, LockEntry]) -> str:
    specs: dict[str, Json] = {
        str(branch): {
            "release": entry.release,
            "sha256": entry.sha256,
            "ami_version": entry.ami_version,
            "reader": entry.reader,
        }
        for branch, entry in sorted(lock.items())
    }
    return _text({"format": FORMAT, "specs": specs})


def _parse_action(name: str, members: dict[str, Json]) -> Action:
    responses = members.get("responses")
    return Action(
        name=name,
        modules=_strings(members.get("modules")),
        since=_strings(members.get("since")),
        synopsis=bool(members.get("synopsis")),
        syntax=tuple(_parse_parameter(entry) for entry in _dicts(members.get("syntax"))),
        responses=None
        if responses is None
        else Responses(items=_strings(_dict(responses).get("items")), events=_strings(_dict(responses).get("events"))),
        see_also=_parse_see_also(members),
    )


def _parse_event(name: str, members: dict[str, Json]) -> Event:
    return Event(
        name=name,
        instances=tuple(_parse_instance(entry) for entry in _dicts(members["instances"])),
        nested=bool(members.get("nested")),
    )


def _parse_instance(members: dict[str, Json]) -> EventInstance:
    return EventInstance(
        module=_optional(members.get("module")),
        privileges=_strings(members["privileges"]),
        since=_strings(members.get("since")),
        synopsis=bool(members.get("synopsis")),
        syntax=tuple(
            _parse_snapshot(entry) if "snapshot" in entry else _parse_parameter(entry)
            for entry in _dicts(members.get("syntax"))
        ),
        see_also=_parse_see_also(members),
    )


def _parse_parameter(members: dict[str, Json]) -> Parameter:
    return Parameter(
        name=_str(members["name"]),
        required=bool(members.get("required")),
        default=_optional(members.get("default")),
        multiple=bool(members.get("multiple")),
        separator=_optional(members.get("separator")),
        values=_parse_values(members.get("values")),
        parameters=tuple(_parse_parameter(entry) for entry in _dicts(members.get("parameters"))),
    )


def _parse_values(values: Json) -> tuple[EnumValue, ...]:
    return tuple(
        EnumValue(name=_str(value["name"]), values=_parse_values(value["values"]))
        if isinstance(value, dict)
        else EnumValue(name=_str(value))
        for value in _entries(values)
    )


def _parse_snapshot(members: dict[str, Json]) -> Snapshot:
    return Snapshot(
        kind="bridge" if members["snapshot"] == "bridge" else "channel", prefix=_optional(members.get("prefix")) or ""
    )


def _parse_see_also(members: dict[str, Json]) -> tuple[Reference, ...]:
    return tuple(
        Reference(type=_str(entry["type"]), name=_str(entry["name"]), module=_optional(entry.get("module")))
        for entry in _dicts(members.get("see_also"))
    )


def _parse_lock_entry(members: dict[str, Json]) -> LockEntry:
    return LockEntry(
        release=_str(members["release"]),
        sha256=_str(members["sha256"]),
        ami_version=_str(members["ami_version"]),
        reader=_int(members["reader"]),
    )


# The schema has made sure of the types already; these say so to the type checker.
def _dict(value: Json) -> dict[str, Json]:
    return cast("dict[str, Json]", value)


def _entries(value: Json) -> list[Json]:
    return cast("list[Json]", value or [])


def _dicts(value: Json) -> list[dict[str, Json]]:
    return cast("list[dict[str, Json]]", value or [])


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(cast("list[str]", value or []))


def _str(value: Json) -> str:
    return cast("str", value)


def _optional(value: Json) -> str | None:
    return cast("str | None", value)


def _int(value: Json) -> int:
    return cast("int", value)
