"""Fixtures of the tests of the fake Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from amitypes.testing import FakeAsterisk
from tests.unit.testing.bare_connection import Connection, connected


@pytest.fixture
async def connection(asterisk: FakeAsterisk) -> AsyncIterator[Connection]:
    """A connection that is logged in and gets no events until it asks for them."""
    async with connected(asterisk) as connection:
        await connection.log_in(("Events", "off"))
        yield connection
