"""The command ``amitypes``."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from typing import TYPE_CHECKING

from amitypes import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amitypes._cli.demo import Server

__all__ = ["main"]

_PASSWORD = "AMITYPES_PASSWORD"  # noqa: S105 - the name of the variable
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The arguments after ``amitypes``; default: those of the process.

    Returns:
        The exit code: 0, or 1 after an error, which is printed as one line on stderr.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        server = _server(parser, options)
        asyncio.run(_demo(server, options))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed it, as `head` does. Nothing more can be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _errors() as error:
        print(f"amitypes: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("amitypes", description="A typed client for the Asterisk Manager Interface.")
    parser.add_argument("--version", action="version", version=f"amitypes {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="place a call and print its typed events",
        description="Place a call and print its typed events, on the included fake Asterisk or on a real server.",
        epilog=f"The password comes from --password, else from the environment variable {_PASSWORD}, else from a "
        f"prompt. The user needs write=originate and read=call,dialplan in manager.conf.",
    )
    server = demo.add_argument_group("the server")
    server.add_argument("--host", help="a real server's name or address; default: the fake Asterisk")
    server.add_argument("--port", type=int, help="default: 5038 (TCP), 5039 (TLS), 8088 (HTTP), 8089 (HTTPS)")
    server.add_argument("--username", metavar="USER", help="the manager user")
    server.add_argument(
        "--password",
        metavar="SECRET",
        help="its secret; other users of this machine can see it in the list of processes",
    )
    server.add_argument("--tls", action="store_true", help="use TLS")
    server.add_argument("--ca", metavar="FILE", help="a PEM file of CAs to trust besides the system's; with --tls")
    server.add_argument("--http", action="store_true", help="use HTTP instead of TCP")
    call = demo.add_argument_group("the call")
    call.add_argument("--channel", default="Local/100@from-internal", help="the channel to call; default: %(default)s")
    call.add_argument("--exten", default="200", help="the extension to connect it to; default: %(default)s")
    call.add_argument("--context", default="from-internal", help="the extension's context; default: %(default)s")
    call.add_argument(
        "--timeout", type=float, default=60, help="how long the call may take, in seconds; default: %(default)s"
    )
    return parser


def _server(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Server | None:
    """The real server that the options name; None for the fake one."""
    from amitypes._cli.demo import Server

    if options.ca and not options.tls:
        parser.error("demo: --ca needs --tls")
    if options.host is None:
        names = ("port", "username", "password", "tls", "http")
        if given := [f"--{name}" for name in names if getattr(options, name)]:
            parser.error(f"demo: {given[0]} needs --host: it is an option for a real server")
        return None
    if not options.username:
        parser.error("demo: --host needs --username: the manager user")
    password = options.password or os.environ.get(_PASSWORD)
    if not password:
        if not sys.stdin.isatty():
            parser.error(f"demo: no password: set {_PASSWORD}, or pass --password")
        password = getpass.getpass(f"Password of {options.username}: ")
    return Server(
        options.host,
        options.port,
        username=options.username,
        password=password,
        tls=options.tls,
        ca=options.ca,
        http=options.http,
    )


async def _demo(server: Server | None, options: argparse.Namespace) -> None:
    from amitypes._cli.demo import demo

    await demo(
        server,
        channel=options.channel,
        exten=options.exten,
        context=options.context,
        timeout=options.timeout,
        out=sys.stdout,
    )


def _errors() -> tuple[type[Exception], ...]:
    from amitypes._cli.demo import CallFailed
    from amitypes._protocol.errors import AMIError

    # OSError: a file of --ca that can't be read.
    return (AMIError, CallFailed, OSError)
