"""The command ``amitypes-codegen``: the group of all commands."""

from __future__ import annotations

from importlib import metadata

import click

from amitypes_codegen.commands.check import check
from amitypes_codegen.commands.diff import diff
from amitypes_codegen.commands.generate import generate
from amitypes_codegen.commands.options import EXIT_CODES
from amitypes_codegen.commands.read import read
from amitypes_codegen.commands.types import show_types
from amitypes_codegen.commands.verify import verify
from amitypes_codegen.errors import CodegenError


class _Group(click.Group):
    """Prints the generator's own errors as a message, and exits with code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CodegenError as error:
            raise _Failure(str(error)) from error


class _Failure(click.ClickException):
    exit_code = 2


def _version() -> str:
    try:
        return metadata.version("amitypes")
    except metadata.PackageNotFoundError:
        return "unknown (not installed)"


@click.group(cls=_Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="amitypes-codegen")
def main() -> None:
    """Generate a typed Python package for AMI from Asterisk's XML documentation."""


for _command in (read, generate, check, diff, show_types, verify):
    main.add_command(_command)
