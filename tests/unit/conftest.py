"""Fixtures of the unit tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from amitypes import TCPClient
from amitypes.testing import FakeAsterisk
from tests.time_limit import no_test_hangs

__all__ = ["asterisk", "client", "no_test_hangs"]


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    """A fake Asterisk on which calls last until they are hung up."""
    async with FakeAsterisk(call_duration=None) as server:
        yield server


@pytest.fixture
async def client(asterisk: FakeAsterisk) -> AsyncIterator[TCPClient]:
    """A client that is logged in to `asterisk`."""
    async with TCPClient(asterisk.host, asterisk.port, username="hello", password="world") as connected:
        yield connected
