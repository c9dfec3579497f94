"""Fixtures of the client's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from amitypes import TCPClient
from amitypes.testing import FakeAsterisk
from tests.unit.client.clients import tcp_client


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    """Checks that a test leaves no task behind."""
    before = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before


@pytest.fixture
async def lone_client(asterisk: FakeAsterisk) -> AsyncIterator[TCPClient]:
    """A client that doesn't reconnect after a loss."""
    async with tcp_client(asterisk.port, reconnect=False) as connected:
        yield connected
