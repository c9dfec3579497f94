"""``amitypes-codegen generate``."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

import click

from amitypes_codegen.commands.options import (
    EXISTING_PATH,
    EXIT_CODES,
    GENERATED,
    out_option,
    overlay_option,
    specs_option,
)
from amitypes_codegen.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command(epilog=EXIT_CODES)
@specs_option
@overlay_option
@out_option
@click.option("--xml", type=EXISTING_PATH, help="Generate for the server of this documentation instead of the specs.")
@click.option("--release", help="The release of --xml, if it isn't in the file's name.")
@click.option("--prose", "with_prose", is_flag=True, help="With --xml: add its descriptions to the docstrings.")
def generate(  # noqa: PLR0917 - click passes them by name
    specs: Path, overlays: Sequence[Path], out: Path | None, xml: Path | None, release: str | None, with_prose: bool
) -> None:
    """Generate a package for all branches, or for one server.

    Without --xml, it is generated from the specs.

    With --xml, the package has clients of its own: from PACKAGE import TCPClient, actions, events, responses.
    """
    from amitypes_codegen.commands import pipeline
    from amitypes_codegen.rendering import writer

    if xml is None:
        if release is not None or with_prose:
            raise click.UsageError("--release and --prose are for --xml")
        out = out or GENERATED
        files = pipeline.files_from_specs(specs, overlays)
    else:
        if out is None:
            raise click.UsageError("--xml needs --out: the package to generate")
        _check_package(out)
        files = pipeline.files_from_xml(xml, release, overlays, with_prose=with_prose)
    done = writer.write(files, out)
    click.echo(f"{out}: {len(files)} files, {len(done.changed)} written, {len(done.stale)} removed")


def _check_package(out: Path) -> None:
    name = out.resolve().name
    if not name.isidentifier() or keyword.iskeyword(name) or name == "amitypes":
        raise OutputError(f"{name!r} can't be the name of the package; choose one such as mypbx", path=out)
