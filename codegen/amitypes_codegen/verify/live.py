"""Verifies a server: sends the probes, and checks responses and events."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from amitypes.errors import ActionError, ActionTimeout, AMIError, ConnectionLost, MessageTooLarge
from amitypes_codegen.errors import ReleaseError
from amitypes_codegen.specs.branches import branch_of, branch_with_ami_version
from amitypes_codegen.verify.probes import Probe, probe
from amitypes_codegen.verify.report import Run

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from amitypes import EventStream
    from amitypes.events import Event
    from amitypes.responses import ListResponse, Response
    from amitypes.runtime import BaseClient
    from amitypes_codegen.verify.checker import Checker
    from amitypes_codegen.verify.package import Package

_RELEASE: Final = re.compile(r"\d+(?:\.\d+)*(?:-cert\d+)?")
_INTERRUPTED: Final = "interrupted"
_LOST: Final = "the connection was lost"


async def verify_server(
    client: BaseClient,
    package: Package,
    checker: Checker,
    probes: Sequence[Probe],
    *,
    duration: float,
    reply_timeout: float,
) -> Run:
    """Logs in, sends the probes, and listens.

    Args:
        client: The client, not connected yet.
        package: The package of the client.
        checker: Checks responses and events.
        probes: The actions to send. With probes, ``ListCommands`` is sent first; without, no action is sent.
        duration: How long to listen, in seconds after the login, the time for the probes included.
        reply_timeout: How long to wait for the response to a probe, in seconds.

    Returns:
        What was checked. An interruption or a lost connection ends it early, and is recorded there.

    Raises:
        AMIError: If the server can't be reached or refuses the login.
    """
    run = Run(package=package.name)
    stream = client.events()
    await client.connect()
    started = time.monotonic()
    run.release = _release(client.asterisk_version or "")
    run.ami_version = client.ami_version or ""
    run.release = run.release or str(branch_with_ami_version(run.ami_version) or "")
    _print_status(f"logged in; listening for {duration:g} s, Ctrl-C ends it early and prints the report")
    ticker = asyncio.create_task(_show_progress(checker, started, duration))
    try:
        if probes:
            offered = await _send_probes(client, checker, probes, run, reply_timeout=reply_timeout)
            run.not_offered = _not_offered(package, run.release, offered)
        await _listen(stream, checker, duration - (time.monotonic() - started))
        await _log_off(client)
    except asyncio.CancelledError:
        if (task := asyncio.current_task()) is not None:
            task.uncancel()
        run.ended_early = _INTERRUPTED
        await _log_off(client)
    except ConnectionLost as error:
        run.ended_early, run.error = _LOST, str(error)
    finally:
        ticker.cancel()
        await asyncio.gather(ticker, return_exceptions=True)
        await client.close()
    run.seconds = time.monotonic() - started
    try:
        async for event in stream:
            checker.event(event)
    except ConnectionLost as error:
        run.ended_early, run.error = run.ended_early or _LOST, run.error or str(error)
    return run


async def _send_probes(
    client: BaseClient, checker: Checker, probes: Sequence[Probe], run: Run, *, reply_timeout: float
) -> set[str]:
    """Sends one after another the probes that the server offers to the user; returns what it offers, in lower case."""
    listing = await _send(client, checker, probe("ListCommands"), reply_timeout)
    commands = listing.raw if listing is not None else {}
    # Each action is a header with its synopsis and privileges.
    offered = {name.lower(): name for name, text in commands.items() if "(Priv:" in text}
    for name in offered.values():
        if client.registry.action_class(name) is None:
            checker.offered(name)
    for each in probes:
        if each.name.lower() in offered:
            await _send(client, checker, each, reply_timeout)
        elif each.requested:
            run.skipped[each.name] = "the server doesn't offer it to this user"
    return set(offered)


async def _send(
    client: BaseClient, checker: Checker, sent: Probe, reply_timeout: float
) -> Response | ListResponse | None:
    response: Response | ListResponse
    try:
        response = await client.send(sent.action, reply_timeout=reply_timeout)
    except ActionError as error:
        response = error.response
    except (ActionTimeout, MessageTooLarge):
        checker.unfinished(sent.name)
        return None
    checker.response(sent.name, client.registry.response_class(sent.name), response)
    if sent.action.headers and sent.name in checker.refused:
        checker.refused[sent.name] = ""  # the message may repeat the headers that were sent
    return response


def _not_offered(package: Package, release: str, offered: Collection[str]) -> list[str]:
    """The actions of a release that a server doesn't offer; none if the release or the offered ones are unknown."""
    branch = _branch(release)
    if not offered or branch is None:
        return []
    return sorted(name for name in package.actions_of(branch) if name.lower() not in offered)


async def _listen(stream: EventStream[Event], checker: Checker, seconds: float) -> None:
    limit = asyncio.timeout(max(seconds, 0))
    try:
        async with limit:
            async for event in stream:
                checker.event(event)
    except TimeoutError:
        if not limit.expired():
            raise


async def _log_off(client: BaseClient) -> None:
    with suppress(AMIError):  # all messages were received
        await client.logoff()


async def _show_progress(checker: Checker, started: float, duration: float) -> None:
    """Shows the progress on a terminal, and clears the line at the end."""
    try:
        while sys.stderr.isatty():
            seconds = time.monotonic() - started
            found = len(checker.findings())
            sys.stderr.write(f"\r{seconds:.0f} of {duration:g} s: {checker.events.total()} events, {found} findings ")
            sys.stderr.flush()
            await asyncio.sleep(1)
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _print_status(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _release(version: str) -> str:
    """The release in a version, without a suffix of the build, which may be private."""
    found = _RELEASE.match(version)
    return found[0] if found else ""


def _branch(release: str) -> int | None:
    try:
        return branch_of(release)
    except ReleaseError:
        return None
