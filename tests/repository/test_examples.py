"""Each example works, against the fake Asterisk."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from amitypes import TCPClient
from amitypes.testing import FakeAsterisk
from tests.markdown import REPOSITORY

if TYPE_CHECKING:
    from asyncio.subprocess import Process

EXAMPLES = REPOSITORY / "examples"
LIMIT = 30.0
"""Seconds after which a hanging example fails the test."""


@asynccontextmanager
async def started(name: str, *arguments: str) -> AsyncIterator[Process]:
    """A running example; the end of the block ends it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", str(EXAMPLES / name), *arguments),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "AMITYPES_PASSWORD": "world"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run(name: str, asterisk: FakeAsterisk, *arguments: str) -> tuple[int | None, str]:
    """Run an example to its end: its exit code, and what it printed."""
    async with started(name, "--port", str(asterisk.port), *arguments) as process, asyncio.timeout(LIMIT):
        printed, _ = await process.communicate()
        return process.returncode, printed.decode()


async def test_originate_and_follow_prints_the_course_of_a_call() -> None:
    async with FakeAsterisk() as asterisk:
        code, printed = await run("originate_and_follow.py", asterisk, "100", "200")
    assert code == 0, printed
    assert "The caller answered\n" in printed
    assert printed.count("hung up: Normal Clearing") == 2


async def test_originate_and_follow_reports_an_unanswered_call() -> None:
    async with FakeAsterisk(extensions={"100": "busy"}) as asterisk:
        code, printed = await run("originate_and_follow.py", asterisk, "100", "200")
    assert code == 1
    assert "The caller did not answer\n" in printed


async def test_originate_and_follow_reports_a_refusal() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.reply("Originate", {"Response": "Error", "Message": "Permission denied"})
        code, printed = await run("originate_and_follow.py", asterisk, "100", "200")
    assert (code, printed) == (1, "The server refused: Permission denied\n")


@pytest.mark.parametrize(
    ("extension", "expected"),
    [("answered", "answered\n"), ("busy", "not answered, reason 5\n")],
    ids=["answered", "busy"],
)
async def test_click_to_call_prints_the_outcome(extension: str, expected: str) -> None:
    async with FakeAsterisk(extensions={"100": "answered" if extension == "answered" else "busy"}) as asterisk:
        code, printed = await run("click_to_call.py", asterisk, "Local/100@from-internal", "200")
    assert (code, printed) == (0, expected)


async def test_click_to_call_reports_a_wrong_password() -> None:
    async with FakeAsterisk({"hello": "something else"}) as asterisk:
        code, printed = await run("click_to_call.py", asterisk, "Local/100@from-internal", "200")
    assert code == 1
    assert printed.startswith("Wrong user or password? ")


async def test_queue_report_prints_members_and_callers() -> None:
    async with FakeAsterisk() as asterisk:
        asterisk.reply(
            "QueueStatus",
            {"Response": "Success", "EventList": "start", "Message": "Queue status will follow"},
            {"Event": "QueueParams", "Queue": "support", "Calls": "1", "Completed": "7", "Abandoned": "2"},
            {"Event": "QueueMember", "Queue": "support", "Name": "Ann", "CallsTaken": "5", "Paused": "1"},
            {"Event": "QueueEntry", "Queue": "support", "Position": "1", "CallerIDNum": "100", "Wait": "12"},
            {"Event": "QueueStatusComplete", "EventList": "Complete", "ListItems": "3"},
        )
        code, printed = await run("queue_report.py", asterisk)
    assert (code, printed.splitlines()) == (
        0,
        [
            "support: 1 waiting, 7 answered, 2 gave up",
            "  member Ann, 5 calls, paused",
            "  caller 1: 100, for 0:00:12",
        ],
    )


async def test_dict_shaped_prints_every_answer() -> None:
    async with FakeAsterisk() as asterisk:
        code, printed = await run("dict_shaped.py", asterisk, "100", "200")
    assert code == 0, printed
    assert "[{'Response': 'Success', 'Message': 'Authentication accepted'}]" in printed
    assert "Hangup: Local/100@from-internal" in printed
    assert "[{'Response': 'Goodbye', 'Message': 'Thanks for all the fish.'}]" in printed


async def test_watch_calls_continues_after_a_reconnection() -> None:
    async with (
        FakeAsterisk() as asterisk,
        started("watch_calls.py", "--port", str(asterisk.port)) as process,
        asyncio.timeout(LIMIT),
    ):
        assert process.stdout is not None
        lines = [await process.stdout.readline()]
        async with TCPClient(asterisk.host, asterisk.port, username="hello", password="world") as client:
            await client.originate(originator="100", extension="200")
            while b": over, Normal Clearing (16)" not in lines[-1]:
                lines.append(await process.stdout.readline())
                assert lines[-1], b"".join(lines).decode()
        assert lines[0] == b"Watching localhost, Asterisk 22.10.1\n"
        assert any(b" to 100" in line for line in lines)
        asterisk.disconnect()
        while not lines[-1].startswith(b"Connected again"):
            lines.append(await process.stdout.readline())
            assert lines[-1], b"".join(lines).decode()
        assert lines[-2].startswith(b"Lost: ")
        asterisk.users["hello"] = "changed"
        asterisk.disconnect()
        assert await process.wait() == 1


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
async def test_every_example_has_help(name: str) -> None:
    async with started(name, "--help") as process, asyncio.timeout(LIMIT):
        printed, _ = await process.communicate()
        assert (process.returncode, printed.decode().partition(" ")[0]) == (0, "usage:")


async def test_an_example_without_a_server_prints_no_traceback() -> None:
    async with FakeAsterisk() as asterisk:
        pass
    code, printed = await run("queue_report.py", asterisk)
    assert code == 1
    assert "Traceback" not in printed
