"""A live Asterisk for what can't be measured without one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.running import Skipped
from tests.asterisk.install import InstallError, install
from tests.asterisk.server import AsteriskServer

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = "22"


@contextmanager
def asterisk() -> Iterator[AsteriskServer]:
    """Run an Asterisk, as the live tests do.

    Raises:
        Skipped: There can be none on this machine.
    """
    try:
        install(_VERSION)
    except InstallError as error:
        raise Skipped(str(error)) from error
    with AsteriskServer(_VERSION) as server:
        yield server


def account(server: AsteriskServer) -> str:
    """A user with all permissions, as an argument of subjects."""
    user = server.users["hello"]
    return f"{user.username}:{user.secret}"
