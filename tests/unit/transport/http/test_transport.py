"""The end of a transport, and its secrets."""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from amitypes.errors import (
    ConnectionLost,
    OutcomeUnknown,
)
from tests.unit import http_server
from tests.unit.http_server import HTTPServer, Manager, Request

if TYPE_CHECKING:
    pass
from tests.unit.transport.http.opening import LIMIT, DigestManager, ask, make, never, opened


def tasks() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task.get_name().startswith("amitypes")}


async def test_closing_leaves_no_task_and_no_connection() -> None:
    manager = Manager(scripted={"Slow": never})
    async with opened(manager, wanted=True) as (transport, server, inbox):
        asking = asyncio.create_task(ask(transport, "Slow"))
        await server.asked("Slow")
        await server.asked("WaitEvent")
        await transport.close()
        with pytest.raises(OutcomeUnknown, match="Slow: sent, and then the client was closed"):
            await asking
        await transport.close()
        with pytest.raises(ConnectionLost, match="nothing was sent"):
            await ask(transport)
    assert inbox.ends == []
    assert not tasks()


async def test_closing_ends_an_action_that_waits_for_a_slot() -> None:
    manager = Manager(scripted={"WaitEvent": never})
    async with opened(manager) as (transport, server, _):
        transport.want_events()
        asking = asyncio.create_task(ask(transport))
        await server.asked("WaitEvent")
        await transport.close()
        with pytest.raises(ConnectionLost, match=r"[Nn]othing was sent") as caught:
            await asking
        assert type(caught.value) is ConnectionLost
        assert "Ping" not in server.actions()


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_goodbye_ends_the_connection(wanted: bool) -> None:
    async with opened(Manager(), wanted=wanted) as (transport, _, inbox):
        assert (await ask(transport, "Logoff"))[0].name == "Goodbye"
        assert inbox.ends == [None]
        assert not tasks()
        with pytest.raises(ConnectionLost, match="nothing was sent"):
            await ask(transport)


@pytest.mark.parametrize("digest", [True, False])
async def test_no_log_shows_a_secret(caplog: pytest.LogCaptureFixture, digest: bool) -> None:
    caplog.set_level(logging.DEBUG)
    handler: Callable[[Request], Any] = DigestManager("geHeim7") if digest else Manager(secret="geHeim7")
    async with HTTPServer(handler) as server:
        transport = make(server.port, digest=digest)
        await transport.open("hello", "geHeim7", LIMIT)
        await ask(transport)
        assert "geHeim7" not in repr(transport)
        await transport.close()
    assert "receive_response_headers" in caplog.text
    assert "geHeim7" not in caplog.text
    assert "00000001" not in caplog.text or digest
    assert digest or "mansession_id" in caplog.text


def test_only_http_imports_httpx2() -> None:
    code = (
        "import sys, amitypes, amitypes._transport.tcp; amitypes.TCPClient, amitypes.HTTPClient; "
        "print('httpx2' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("steps", range(8))
async def test_a_cancelled_action_leaves_no_connection_open(steps: int) -> None:
    """Also not those that it was about to tidy up when it was cancelled."""
    manager, gate = Manager(), asyncio.Event()

    async def together(request: Request) -> bytes | None:
        await gate.wait()
        return manager.reply(request, http_server.SUCCESS)

    manager.scripted["Slow"] = together
    async with opened(manager) as (transport, server, _):
        slow = [asyncio.create_task(ask(transport, "Slow")) for _ in range(10)]
        await server.asked("Slow", 10)
        gate.set()
        await asyncio.gather(*slow)
        await server.hang_up()
        late = asyncio.create_task(ask(transport))
        for _ in range(steps):
            await asyncio.sleep(0)
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        await transport.close()
        await asyncio.sleep(0)
        left = [
            item
            for item in gc.get_objects()
            if isinstance(item, asyncio.Transport)
            and not item.is_closing()
            and item.get_extra_info("peername") == ("127.0.0.1", server.port)
        ]
        assert left == []
