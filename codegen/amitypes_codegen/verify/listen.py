"""A server's messages, asked for and listened to, or read from a recording, brought before the judge."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from amitypes._models.errors import ActionError
from amitypes._protocol.errors import ActionTimeout, AMIError, ConnectionLost, MessageTooLarge
from amitypes._protocol.session import Session
from amitypes_codegen.errors import ReleaseError, VerifyError
from amitypes_codegen.specs.branches import AMI_VERSIONS, branch_of
from amitypes_codegen.verify.questions import Question, question
from amitypes_codegen.verify.report import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amitypes._client.base import BaseClient
    from amitypes._events.stream import EventStream
    from amitypes._models.event import Event
    from amitypes._models.lists import ListResponse
    from amitypes._models.response import Response
    from amitypes_codegen.verify.judge import Judge
    from amitypes_codegen.verify.package import Package

ANSWER_SECONDS: Final = 30.0
"""How long the answer to one question may take."""

_RELEASE: Final = re.compile(r"\d+(?:\.\d+)*(?:-cert\d+)?")
_MESSAGE_BEGINS: Final = re.compile(rb"\s*(?:event|response):", re.IGNORECASE)
_INTERRUPTED: Final = "interrupted"
_LOST: Final = "the connection was lost"


async def watch(
    client: BaseClient, package: Package, judge: Judge, questions: Sequence[Question], duration: float
) -> Run:
    """Log in, ask, and listen.

    Args:
        client: The client, not connected yet.
        package: The package that the client is of.
        judge: Who gets what comes.
        questions: What to ask; nothing at all, not even what the server offers, where there is no question.
        duration: How long to listen, in seconds from the login on; the questions are asked meanwhile.

    Returns:
        What was judged. An interruption or a lost connection ends it early, and is told there.

    Raises:
        AMIError: The server can't be reached, or refuses the login.
    """
    run = Run(package=package.name)
    stream = client.events()
    await client.connect()
    begin = time.monotonic()
    run.release = _release(client.asterisk_version or "")
    run.ami_version = client.ami_version or ""
    run.release = run.release or _release_of(run.ami_version)
    _tell(f"logged in; listening for {duration:g} s, Ctrl-C ends it and reports what has come")
    ticker = asyncio.create_task(_tick(judge, begin, duration))
    try:
        if questions:
            await _ask(client, package, judge, questions, run)
        await _hear(stream, judge, duration - (time.monotonic() - begin))
        await _log_off(client)
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        run.cut = _INTERRUPTED
        await _log_off(client)
    except ConnectionLost as error:
        run.cut, run.error = _LOST, str(error)
    finally:
        ticker.cancel()
        await asyncio.gather(ticker, return_exceptions=True)
        await client.close()
    run.seconds = time.monotonic() - begin
    try:
        async for event in stream:
            judge.event(event)
    except ConnectionLost as error:
        run.cut, run.error = run.cut or _LOST, run.error or str(error)
    return run


def play(paths: Sequence[Path], package: Package, judge: Judge) -> Run:
    """Read recordings: the bytes that a server sent to a client over TCP.

    Args:
        paths: The recordings.
        package: The package whose types are judged.
        judge: Who gets what came.

    Returns:
        What was judged.

    Raises:
        VerifyError: A file can't be read, or is no recording.
    """
    versions: dict[str, None] = {}
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise VerifyError(f"can't be read: {error.strerror or error}", path=path) from error
        greeting = data.partition(b"\n")[0]
        has_banner = b"call manager/" in greeting.lower()
        if not (has_banner or _MESSAGE_BEGINS.match(data)):
            raise VerifyError("is no recording of AMI: it begins with neither a greeting nor a message", path=path)
        session = Session(package.tcp.response_shapes, banner=has_banner)
        # What has no blank line behind it at the end was cut off, and tells nothing.
        for arrived in session.receive(data):
            for event in arrived if isinstance(arrived, list) else ():
                judge.event(package.registry.event(event))
        if session.banner:
            versions[session.banner.partition("/")[2]] = None
    run = Run(package=package.name, ami_version=", ".join(versions))
    if len(versions) == 1:
        run.release = _release_of(run.ami_version)
    return run


async def _ask(client: BaseClient, package: Package, judge: Judge, questions: Sequence[Question], run: Run) -> None:
    """Ask every question that the server offers to this user, one after another."""
    listing = await _answer(client, judge, question("ListCommands"))
    told = listing.raw if listing is not None else {}
    # Each action comes as a header, with its privileges at the end of the value.
    offered = {name.lower(): name for name, words in told.items() if "(Priv:" in words}
    for name in offered.values():
        if client.registry.action_class(name) is None:
            judge.offered(name)
    for one in questions:
        if one.name.lower() in offered:
            await _answer(client, judge, one)
        elif one.chosen:
            run.skipped[one.name] = "the server doesn't offer it to this user"
    if offered and (branch := _branch(run.release)):
        run.absent = sorted(name for name in package.actions_of(branch) if name.lower() not in offered)


async def _answer(client: BaseClient, judge: Judge, asked: Question) -> Response | ListResponse | None:
    got: Response | ListResponse
    try:
        got = await client.send(asked.action, reply_timeout=ANSWER_SECONDS)
    except ActionError as error:
        got = error.response
    except (ActionTimeout, MessageTooLarge):
        judge.unfinished(asked.name)
        return None
    judge.answer(asked.name, client.registry.response_class(asked.name), got)
    if asked.action.headers and asked.name in judge.refused:
        judge.refused[asked.name] = ""  # what it says may repeat what was asked
    return got


async def _hear(stream: EventStream[Event], judge: Judge, seconds: float) -> None:
    limit = asyncio.timeout(max(seconds, 0))
    try:
        async with limit:
            async for event in stream:
                judge.event(event)
    except TimeoutError:
        if not limit.expired():
            raise


async def _log_off(client: BaseClient) -> None:
    with suppress(AMIError):  # what was to be learnt has been
        await client.logoff()


async def _tick(judge: Judge, begin: float, duration: float) -> None:
    """Show on a terminal that it goes on; leaves an empty line behind."""
    try:
        while sys.stderr.isatty():
            seconds = time.monotonic() - begin
            found = len(judge.findings())
            sys.stderr.write(f"\r{seconds:.0f} of {duration:g} s: {judge.events.total()} events, {found} findings ")
            sys.stderr.flush()
            await asyncio.sleep(1)
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _release(version: str) -> str:
    """A version as it may be told in public: without what a builder has put behind it."""
    found = _RELEASE.match(version)
    return found[0] if found else ""


def _release_of(ami_version: str) -> str:
    """The branch that greets with an AMI version; empty where that isn't known."""
    return next((str(branch) for (branch, _), version in AMI_VERSIONS.items() if version == ami_version), "")


def _branch(release: str) -> int | None:
    try:
        return branch_of(release)
    except ReleaseError:
        return None
