"""The folder of specs: ``asterisk-<branch>.json`` for each branch, and the ``lock.json`` that names them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from amitypes_codegen.errors import SpecFileError
from amitypes_codegen.specs.json_files import read_text
from amitypes_codegen.specs.lock import LOCK, LockEntry, Provenance, dump_lock, load_lock, lock_entry
from amitypes_codegen.specs.serialization import dump_spec, parse_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amitypes_codegen.specs.spec import Spec


def file_name(branch: int) -> str:
    """The name of a branch's spec file."""
    return f"asterisk-{branch}.json"


def load_spec(path: Path | str) -> Spec:
    """Reads a spec file.

    Args:
        path: The file.

    Returns:
        The spec.

    Raises:
        SpecFileError: If the file can't be read, isn't JSON, or doesn't fit the schema.
    """
    return parse_spec(read_text(Path(path)), path=path)


def load_specs(specs_dir: Path | str) -> list[Spec]:
    """Reads every spec that a folder's lock names, and checks it against its lock entry.

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
        raise SpecFileError("has no specs; create them with `amitypes-codegen read`", path=folder)
    present = {path.name for path in folder.glob("asterisk-*.json")}
    for stray in sorted(present - {file_name(branch) for branch in lock}):
        raise SpecFileError(f"isn't in {LOCK}; read its documentation again, or remove the file", path=folder / stray)
    return [_load_locked(folder / file_name(branch), branch, entry) for branch, entry in sorted(lock.items())]


def _texts(specs_dir: Path | str, read: Sequence[tuple[Spec, Provenance]]) -> dict[str, str]:
    """The text of each file by its name, the lock last; the lock keeps the entries of all other branches."""
    lock = load_lock(specs_dir)
    files: dict[str, str] = {}
    for spec, provenance in sorted(read, key=lambda pair: pair[0].branch):
        name = file_name(spec.branch)
        if name in files:
            raise SpecFileError(
                f"is the second documentation of branch {spec.branch}; only one release of a branch can have a spec",
                path=provenance.path,
            )
        files[name] = dump_spec(spec)
        parse_spec(files[name], path=Path(specs_dir) / name)
        lock[spec.branch] = lock_entry(spec, provenance)
    files[LOCK] = dump_lock(lock)
    return files


def write_specs(specs_dir: Path | str, read: Sequence[tuple[Spec, Provenance]]) -> list[Path]:
    """Writes spec files and the lock.

    Every file is complete and valid before the first one is replaced, so an error leaves no half-written file.

    Args:
        specs_dir: The folder; it is created if missing. Specs and lock entries of other branches stay as they are.
        read: Specs, each with its provenance; one for each branch.

    Returns:
        The files whose content has changed.

    Raises:
        SpecFileError: If two specs are of the same branch, a spec doesn't fit the schema, the lock is damaged, or the
            files can't be written.
    """
    folder = Path(specs_dir)
    files = _texts(folder, read)
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
    spec = load_spec(path)
    found = (spec.branch, spec.release, spec.ami_version)
    locked = (branch, entry.release, entry.ami_version)
    if found != locked:
        raise SpecFileError(f"is of {found}, but {LOCK} has {locked}; read the documentation again", path=path)
    return spec
