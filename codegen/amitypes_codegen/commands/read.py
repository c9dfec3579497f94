"""``amitypes-codegen read``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amitypes_codegen.commands.options import EXISTING_PATH, EXIT_CODES, specs_option
from amitypes_codegen.commands.progress import progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command(epilog=EXIT_CODES)
@click.argument("xml", nargs=-1, required=True, type=EXISTING_PATH)
@click.option("--release", help="The Asterisk release, if it isn't in the file's name. For one XML only.")
@specs_option
def read(xml: Sequence[Path], release: str | None, specs: Path) -> None:
    """Read XML into specs, one for each branch.

    XML is a core-en_US.xml, compressed (.xml.xz, .xml.gz) or not, or the documentation folder of an installed Asterisk.
    """
    if release is not None and len(xml) > 1:
        raise click.UsageError("--release is for one XML; several need their releases in the file names")
    from amitypes_codegen.reading.source import load_source
    from amitypes_codegen.reading.spec_reader import provenance, read_spec
    from amitypes_codegen.specs.folder import write_specs

    found = []
    with progress("Reading", [str(path) for path in xml]) as start_step:
        for path in xml:
            start_step()
            source = load_source(path, release)
            found.append((read_spec(source), provenance(source)))
    changed = write_specs(specs, found)
    for spec, origin in found:
        click.echo(f"{origin.path}: Asterisk {spec.release}, {len(spec.actions)} actions, {len(spec.events)} events")
    for path in changed:
        click.echo(f"written: {path}")
    if not changed:
        click.echo("no spec has changed")
