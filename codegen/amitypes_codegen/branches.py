"""Asterisk's branches and releases: the one table of AMI versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

OLDEST = 16
"""The oldest branch whose documentation is read."""

AMI_VERSIONS = {
    16: "5.0.5",
    17: "6.0.1",
    18: "7.0.3",
    19: "8.0.2",
    20: "9.0.0",
    21: "10.0.0",
    22: "11.0.0",
    23: "12.0.0",
}
"""What the AMI banner says, by branch: ``AMI_VERSION`` in Asterisk's ``include/asterisk/manager.h`` at its latest."""

_RELEASE = re.compile(r"(?:certified[-/])?(?P<branch>\d{1,3})(?:\.\d+)*(?:[-~+.][0-9A-Za-z~+.-]*)?", re.ASCII)


def branch_of(release: str, *, path: Path | str | None = None) -> int:
    """The branch that a release belongs to.

    Args:
        release: A release such as ``22.10.1``, ``20.7-cert3`` or ``23.0.0-rc1``.
        path: The file it was found for; for the error message only.

    Returns:
        The branch: the release's first number.

    Raises:
        ReleaseError: If that is no release of Asterisk 16 or later.
    """
    match = _RELEASE.fullmatch(release)
    if match is None:
        raise ReleaseError(f"{release!r} is not an Asterisk release; expected something like 22.10.1", path=path)
    branch = int(match["branch"])
    if branch < OLDEST:
        raise ReleaseError(f"Asterisk {release} is too old; expected Asterisk {OLDEST} or later", path=path)
    return branch


def ami_version(branch: int) -> str:
    """The AMI version that a branch announces in its banner; empty for a branch newer than the table."""
    return AMI_VERSIONS.get(branch, "")
