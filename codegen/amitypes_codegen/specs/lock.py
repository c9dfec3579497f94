"""``lock.json``: for each branch, which documentation its spec was read from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from amitypes_codegen.specs.json_files import (
    FORMAT,
    JsonObject,
    as_integer,
    as_object,
    as_string,
    read_text,
    to_text,
    validated,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes_codegen.specs.spec import Spec

LOCK = "lock.json"
"""The name of the lock file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a spec was read from, and by which version of the reader.

    Attributes:
        path: The documentation's file, for messages.
        sha256: The SHA-256 of its XML, unpacked, in hexadecimal.
        reader: The version of the reader.
    """

    path: Path
    sha256: str
    reader: int


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


def lock_entry(spec: Spec, provenance: Provenance) -> LockEntry:
    """The lock entry of a spec."""
    return LockEntry(
        release=spec.release, sha256=provenance.sha256, ami_version=spec.ami_version, reader=provenance.reader
    )


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
    entries = as_object(validated(read_text(path), "lock", path)["specs"])
    return {int(branch): _parse_lock_entry(as_object(entry)) for branch, entry in sorted(entries.items())}


def dump_lock(lock: Mapping[int, LockEntry]) -> str:
    """The text of a lock file.

    Args:
        lock: The entries by branch.

    Returns:
        The text, with a newline at its end.
    """
    specs: JsonObject = {
        str(branch): {
            "release": entry.release,
            "sha256": entry.sha256,
            "ami_version": entry.ami_version,
            "reader": entry.reader,
        }
        for branch, entry in sorted(lock.items())
    }
    return to_text({"format": FORMAT, "specs": specs})


def _parse_lock_entry(members: JsonObject) -> LockEntry:
    return LockEntry(
        release=as_string(members["release"]),
        sha256=as_string(members["sha256"]),
        ami_version=as_string(members["ami_version"]),
        reader=as_integer(members["reader"]),
    )
