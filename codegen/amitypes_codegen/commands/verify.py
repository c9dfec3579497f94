"""``amitypes-codegen verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amitypes_codegen.commands.options import ANY_PATH, EXISTING_PATH, overlay_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_EPILOG = """The password is read from the environment variable AMITYPES_PASSWORD, otherwise asked for on the terminal.
The user needs read=all and write=system,call,reporting in manager.conf to receive all events and responses.

\b
Exit codes:
  0  the types declare everything that was received
  1  something was received that the types don't declare, or declare differently
  2  wrong usage, or nothing was verified: server unreachable, login refused, or connection lost
"""


@click.command(epilog=_EPILOG)
@click.option("--host", help="The server's name or address.")
@click.option("--port", type=int, help="[default: 5038 (TCP), 5039 (TLS), 8088 (HTTP), 8089 (HTTPS)]")
@click.option("--username", metavar="USER", help="The manager user; with --host.")
@click.option("--tls", is_flag=True, help="Use TLS.")
@click.option("--ca", metavar="FILE", help="A PEM file of CAs to trust in addition to the system's; with --tls.")
@click.option("--http", is_flag=True, help="Use HTTP instead of TCP.")
@click.option(
    "--duration",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to listen. Ctrl-C ends it early and prints the report.",
)
@click.option("--no-actions", is_flag=True, help="Only listen. Default: send each read-only action once.")
@click.option(
    "--action",
    "actions",
    metavar="NAME",
    multiple=True,
    help="Also send this action, even if it changes the server: NAME, or NAME:Header=value;Header=value. Repeatable.",
)
@click.option(
    "--from",
    "recordings",
    type=EXISTING_PATH,
    multiple=True,
    help="Verify a recording instead: the bytes that a server sent over TCP. Repeatable.",
)
@click.option("--package", default="amitypes", show_default=True, help="The package to verify: its name or folder.")
@click.option("--release", help="The server's Asterisk release, if the server doesn't report it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--show-values", is_flag=True, help="Show received values, truncated, instead of masked ones.")
@click.option("--overlay-out", type=ANY_PATH, metavar="FILE", help="Write overlay entries for the findings to a file.")
@overlay_option
def verify(  # noqa: PLR0917 - click passes them by name
    host: str | None,
    port: int | None,
    username: str | None,
    tls: bool,
    ca: str | None,
    http: bool,
    duration: float,
    no_actions: bool,
    actions: Sequence[str],
    recordings: Sequence[Path],
    package: str,
    release: str | None,
    as_json: bool,
    show_values: bool,
    overlay_out: Path | None,
    overlays: Sequence[Path],
) -> None:
    """Report what a server sends that the types lack.

    It logs in, sends read-only actions, and listens. The report masks values, so it can be
    shared; --overlay-out writes a file for `generate --overlay`.
    """
    if bool(host) == bool(recordings):
        raise click.UsageError("expected either --host, a server, or --from, a recording")
    if recordings and (port or username or tls or http or actions):
        raise click.UsageError("--from can't be combined with options of a connection")
    if host and not username:
        raise click.UsageError("--host needs --username: the manager user")
    if ca and not tls:
        raise click.UsageError("--ca needs --tls")
    from amitypes_codegen.commands.overlays import overlay_for_one_server
    from amitypes_codegen.verify.run import Options, run

    options = Options(
        host=host,
        port=port,
        username=username,
        tls=tls,
        ca=ca,
        http=http,
        duration=duration,
        read_only_actions=not no_actions,
        actions=actions,
        recordings=recordings,
        package=package,
        release=release,
        as_json=as_json,
        show_values=show_values,
        overlay_out=overlay_out,
    )
    raise click.exceptions.Exit(run(options, overlay_for_one_server(overlays)))
