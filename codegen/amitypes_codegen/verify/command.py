"""The command's work, between its options and its exit code."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from amitypes._protocol.errors import AMIError
from amitypes_codegen.errors import VerifyError
from amitypes_codegen.verify import listen, questions, report
from amitypes_codegen.verify.entries import Entries
from amitypes_codegen.verify.facts import Facts
from amitypes_codegen.verify.judge import Judge
from amitypes_codegen.verify.package import Package

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from amitypes._client.base import BaseClient
    from amitypes_codegen.overlay.entries import Overlay

_PASSWORD: Final = "AMITYPES_PASSWORD"  # noqa: S105 - the name of the variable

KNOWN, UNKNOWN, FAILED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was called with.

    Attributes:
        host: The server; None where recordings are judged.
        port: Its port; None for the transport's own.
        username: The manager user.
        tls: Whether to use TLS.
        ca: What to trust besides the system's CAs: a PEM file.
        http: Whether to use HTTP.
        duration: How long to listen, in seconds.
        ask: Whether to ask the read-only actions.
        actions: Actions to ask besides.
        recordings: Recordings to judge instead of a server.
        package: The package whose types are judged.
        release: The release of the server, where the user says it.
        as_json: Whether to print JSON.
        values: Whether to show values.
        overlay_out: Where to write the overlay to; None for the report.
    """

    host: str | None = None
    port: int | None = None
    username: str | None = None
    tls: bool = False
    ca: str | None = None
    http: bool = False
    duration: float = 60.0
    ask: bool = True
    actions: Sequence[str] = ()
    recordings: Sequence[Path] = ()
    package: str = "amitypes"
    release: str | None = None
    as_json: bool = False
    values: bool = False
    overlay_out: Path | None = field(default=None)


def run(options: Options, overlay: Overlay) -> int:
    """Judge a server, or recordings, and print the report.

    Args:
        options: What the command was called with.
        overlay: What the types were made with, and what the user adds: it tells which texts were reviewed.

    Returns:
        The exit code: 0 where the types know all that came, 1 where they don't, 2 where the connection broke.

    Raises:
        VerifyError: There is nothing to judge: the server can't be reached or refuses, or a recording can't be read.
    """
    package = Package(options.package)
    facts = Facts(overlay)
    judge = Judge(facts.is_reviewed)
    done = listen.play(options.recordings, package, judge) if options.recordings else _live(options, package, judge)
    done.release = options.release or done.release
    text = Entries(facts, package).write(
        judge.findings(), judge.suspects(), done.release or "a server", datetime.now(UTC).date().isoformat()
    )
    if options.overlay_out is not None:
        try:
            options.overlay_out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise VerifyError(f"can't be written: {error.strerror or error}", path=options.overlay_out) from error
    if options.as_json:
        print(json.dumps(report.as_data(done, judge, text, values=options.values), indent=2))
    else:
        print(report.as_text(done, judge, "" if options.overlay_out else text, values=options.values))
    if options.overlay_out is not None:
        print(f"written: {options.overlay_out}", file=sys.stderr, flush=True)
    if done.error:
        print(f"Error: {done.error}", file=sys.stderr, flush=True)
        return FAILED
    return UNKNOWN if judge.findings() else KNOWN


def _live(options: Options, package: Package, judge: Judge) -> report.Run:
    asked = [questions.parse(text) for text in options.actions]
    if options.ask:
        asked = [*map(questions.question, questions.READ_ONLY), *asked]
    try:
        client = _client(options, package, _password(options.username or ""))
        return asyncio.run(listen.watch(client, package, judge, asked, options.duration))
    except (AMIError, OSError, ValueError) as error:
        raise VerifyError(str(error)) from error
    except (EOFError, KeyboardInterrupt) as error:
        raise VerifyError("interrupted before there was anything to judge") from error


def _client(options: Options, package: Package, password: str) -> BaseClient:
    make = package.http if options.http else package.tcp
    return make(
        options.host or "localhost",
        options.port,
        username=options.username,
        password=password,
        ssl_enabled=options.tls,
        cert_ca=options.ca,
        reconnect=False,  # a gap in what came would go unnoticed
    )


def _password(username: str) -> str:
    """The password: never from the command line, where other users of the machine could read it."""
    if password := os.environ.get(_PASSWORD):
        return password
    if not sys.stdin.isatty():
        raise VerifyError(f"there is no password: set {_PASSWORD}, or start this on a terminal, which asks for it")
    return getpass.getpass(f"Password of {username}: ")
