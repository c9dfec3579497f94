"""Runs a verification: from the command's options to its report and exit code."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from amitypes.errors import AMIError
from amitypes_codegen.errors import VerifyError
from amitypes_codegen.verify import report
from amitypes_codegen.verify.checker import Checker
from amitypes_codegen.verify.live import verify_server
from amitypes_codegen.verify.overlay_index import OverlayIndex
from amitypes_codegen.verify.overlay_writer import OverlayWriter
from amitypes_codegen.verify.package import Package
from amitypes_codegen.verify.probes import READ_ONLY, parse_probe, probe
from amitypes_codegen.verify.recordings import verify_recordings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from amitypes.runtime import BaseClient
    from amitypes_codegen.overlay.entries import Overlay

_PASSWORD: Final = "AMITYPES_PASSWORD"  # noqa: S105 - the name of the variable

PASSED, FINDINGS, FAILED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the command.

    Attributes:
        host: The server's name or address; None with recordings.
        port: Its port; None for the transport's default.
        username: The manager user.
        tls: Whether to use TLS.
        ca: A PEM file of CAs to trust in addition to the system's.
        http: Whether to use HTTP.
        duration: How long to listen, in seconds.
        reply_timeout: How long to wait for the response to an action, in seconds.
        read_only_actions: Whether to send the read-only actions.
        actions: More actions to send, as `parse_probe` takes them.
        recordings: Recordings to verify instead of a server.
        package: The package with the types: its import name or folder.
        release: The server's release; None to take it from the server.
        as_json: Whether to print JSON.
        show_values: Whether to show values instead of masked ones.
        overlay_out: The file for the overlay entries; None to print them in the report.
    """

    host: str | None = None
    port: int | None = None
    username: str | None = None
    tls: bool = False
    ca: str | None = None
    http: bool = False
    duration: float = 60.0
    reply_timeout: float = 30.0
    read_only_actions: bool = True
    actions: Sequence[str] = ()
    recordings: Sequence[Path] = ()
    package: str = "amitypes"
    release: str | None = None
    as_json: bool = False
    show_values: bool = False
    overlay_out: Path | None = field(default=None)


def run(options: Options, overlay: Overlay) -> int:
    """Verifies a server or recordings, and prints the report.

    Args:
        options: The options of the command.
        overlay: The overlay that the types were generated with; it has the reviewed texts.

    Returns:
        The exit code: 0 without findings, 1 with findings, 2 if the connection was lost.

    Raises:
        VerifyError: If the server can't be reached or refuses the login, or a recording can't be read.
    """
    package = Package(options.package)
    index = OverlayIndex(overlay)
    checker = Checker(index.is_reviewed)
    if options.recordings:
        done = verify_recordings(options.recordings, package, checker)
    else:
        done = _verify_server(options, package, checker)
    done.release = options.release or done.release
    text = OverlayWriter(index, package).write(
        checker.findings(), checker.suspects(), done.release or "a server", datetime.now(UTC).date().isoformat()
    )
    if options.overlay_out is not None:
        try:
            options.overlay_out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise VerifyError(f"can't be written: {error.strerror or error}", path=options.overlay_out) from error
    if options.as_json:
        print(json.dumps(report.as_data(done, checker, text, show_values=options.show_values), indent=2))
    else:
        print(report.as_text(done, checker, "" if options.overlay_out else text, show_values=options.show_values))
    if options.overlay_out is not None:
        print(f"written: {options.overlay_out}", file=sys.stderr, flush=True)
    if done.error:
        print(f"Error: {done.error}", file=sys.stderr, flush=True)
        return FAILED
    return FINDINGS if checker.findings() else PASSED


def _verify_server(options: Options, package: Package, checker: Checker) -> report.Run:
    probes = [parse_probe(text) for text in options.actions]
    if options.read_only_actions:
        probes = [*map(probe, READ_ONLY), *probes]
    try:
        client = _client(options, package, _password(options.username or ""))
        return asyncio.run(
            verify_server(
                client, package, checker, probes, duration=options.duration, reply_timeout=options.reply_timeout
            )
        )
    except (AMIError, OSError, ValueError) as error:
        raise VerifyError(str(error)) from error
    except (EOFError, KeyboardInterrupt) as error:
        raise VerifyError("interrupted before the login; nothing was verified") from error


def _client(options: Options, package: Package, password: str) -> BaseClient:
    client_class = package.http if options.http else package.tcp
    return client_class(
        options.host or "localhost",
        options.port,
        username=options.username,
        password=password,
        ssl_enabled=options.tls,
        cert_ca=options.ca,
        reconnect=False,  # a gap in the events would go unnoticed
    )


def _password(username: str) -> str:
    """The password; never from the command line, which other users of the machine can read."""
    if password := os.environ.get(_PASSWORD):
        return password
    if not sys.stdin.isatty():
        raise VerifyError(f"there is no password; set {_PASSWORD}, or run the command on a terminal to be asked for it")
    return getpass.getpass(f"Password of {username}: ")
