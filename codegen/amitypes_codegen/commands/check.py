"""``amitypes-codegen check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amitypes_codegen.commands.options import EXIT_CODES, GENERATED, out_option, overlay_option, specs_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command(epilog=EXIT_CODES)
@specs_option
@overlay_option
@out_option
def check(specs: Path, overlays: Sequence[Path], out: Path | None) -> None:
    """Check that the package is up to date; write nothing."""
    from amitypes_codegen.commands import pipeline
    from amitypes_codegen.rendering import writer

    out = out or GENERATED
    files = pipeline.files_from_specs(specs, overlays)
    found = writer.compare(files, out)
    for state, names in (
        ("differs", found.changed),
        ("is stale", found.stale),
        ("isn't generated", found.foreign),
    ):
        for name in names:
            click.echo(f"{out / name}: {state}")
    if found:
        click.echo("run `amitypes-codegen generate` and commit the result", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{out}: {len(files)} files, all up to date")
