"""Asterisk's branches and releases, and the AMI version of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amitypes_codegen.errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

OLDEST = 16
"""The oldest supported branch."""

AMI_VERSIONS = {
    (16, 0): "5.0.0",
    (16, 3): "5.0.1",
    (16, 12): "5.0.2",
    (16, 17): "5.0.3",
    (16, 25): "5.0.4",
    (16, 29): "5.0.5",
    (17, 0): "6.0.0",
    (17, 6): "6.0.1",
    (18, 0): "7.0.0",
    (18, 3): "7.0.1",
    (18, 11): "7.0.2",
    (18, 15): "7.0.3",
    (19, 0): "8.0.0",
    (19, 3): "8.0.1",
    (19, 7): "8.0.2",
    (20, 0): "9.0.0",
    (21, 0): "10.0.0",
    (22, 0): "11.0.0",
    (23, 0): "12.0.0",
}
"""The AMI version in the banner, by the first release that has it (Asterisk: ``include/asterisk/manager.h``)."""

_RELEASE = re.compile(r"(?:certified[-/])?(?P<branch>\d{1,3})(?:\.\d+)*(?:[-~+.][0-9A-Za-z~+.-]*)?", re.ASCII)


def branch_of(release: str, *, path: Path | str | None = None) -> int:
    """The branch that a release belongs to.

    Args:
        release: A release such as ``22.10.1``, ``20.7-cert3`` or ``23.0.0-rc1``.
        path: The file that the release is of, for error messages; default: None.

    Returns:
        The branch: the release's first number.

    Raises:
        ReleaseError: If it isn't a release of Asterisk 16 or later.
    """
    match = _RELEASE.fullmatch(release)
    if match is None:
        raise ReleaseError(f"{release!r} isn't an Asterisk release; expected for example 22.10.1", path=path)
    branch = int(match["branch"])
    if branch < OLDEST:
        raise ReleaseError(f"Asterisk {release} isn't supported; expected Asterisk {OLDEST} or later", path=path)
    return branch


def ami_version_of(release: str) -> str:
    """The AMI version in a release's banner.

    Args:
        release: A release such as ``22.10.1``.

    Returns:
        The version; empty for a branch that isn't in `AMI_VERSIONS`.

    Raises:
        ReleaseError: If it isn't a release of Asterisk 16 or later.
    """
    branch = branch_of(release)
    minor = re.match(r"\D*\d+\.(\d+)", release)
    this = (branch, int(minor[1]) if minor else 0)
    versions = [version for since, version in sorted(AMI_VERSIONS.items()) if since <= this and since[0] == branch]
    return versions[-1] if versions else ""


def branch_with_ami_version(ami_version: str) -> int | None:
    """The branch whose releases have an AMI version in their banner.

    Args:
        ami_version: A version such as ``11.0.0``.

    Returns:
        The branch; None for an unknown version.
    """
    return next((branch for (branch, _), version in AMI_VERSIONS.items() if version == ami_version), None)
