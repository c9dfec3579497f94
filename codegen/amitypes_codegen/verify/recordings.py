"""Verifies recordings of a server's messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from amitypes._protocol.session import Session
from amitypes_codegen.errors import VerifyError
from amitypes_codegen.specs.branches import branch_with_ami_version
from amitypes_codegen.verify.report import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from amitypes_codegen.verify.checker import Checker
    from amitypes_codegen.verify.package import Package

_FIRST_MESSAGE: Final = re.compile(rb"\s*(?:event|response):", re.IGNORECASE)


def verify_recordings(paths: Sequence[Path], package: Package, checker: Checker) -> Run:
    """Checks recordings: the bytes that a server sent to a client over TCP.

    Args:
        paths: The recordings.
        package: The package with the types.
        checker: Checks the events.

    Returns:
        What was checked.

    Raises:
        VerifyError: If a file can't be read or isn't a recording.
    """
    versions: dict[str, None] = {}
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise VerifyError(f"can't be read: {error.strerror or error}", path=path) from error
        has_banner = b"call manager/" in data.partition(b"\n")[0].lower()
        if not (has_banner or _FIRST_MESSAGE.match(data)):
            raise VerifyError("isn't a recording of AMI; expected a banner or a message at its start", path=path)
        session = Session(package.tcp.response_shapes, banner=has_banner)
        # A last message without an empty line after it is truncated, and the session doesn't return it.
        for arrived in session.receive(data):
            for event in arrived if isinstance(arrived, list) else ():
                checker.event(package.registry.event(event))
        if session.banner:
            versions[session.banner.partition("/")[2]] = None
    run = Run(package=package.name, ami_version=", ".join(versions))
    if len(versions) == 1:
        run.release = str(branch_with_ami_version(run.ami_version) or "")
    return run
