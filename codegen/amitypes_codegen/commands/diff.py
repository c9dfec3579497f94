"""``amitypes-codegen diff``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from amitypes_codegen.commands.options import EXIT_CODES, specs_option
from amitypes_codegen.commands.progress import progress

if TYPE_CHECKING:
    from pathlib import Path

    from amitypes_codegen.specs.spec import Spec


@click.command(epilog=EXIT_CODES)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--release", help="The release of the XML, if it isn't in the file's name. For one XML only.")
@specs_option
def diff(old: str, new: str, as_json: bool, release: str | None, specs: Path) -> None:
    """Show the changes from A to B: branches (20), spec files, or XML."""
    if release is not None and _is_xml(old) == _is_xml(new):
        raise click.UsageError("--release is for one XML; the other side has to be a branch or a spec file")
    from amitypes_codegen.specs.diff import compare

    with progress("Reading", [old, new]) as start_step:
        start_step()
        before = _spec(old, specs, release)
        start_step()
        after = _spec(new, specs, release)
    changes = compare(before, after)
    click.echo(json.dumps(changes.as_dict(), indent=2) if as_json else changes.as_text().rstrip("\n"))
    if changes:
        raise click.exceptions.Exit(1)


def _is_xml(name: str) -> bool:
    return not name.isdecimal() and not name.endswith(".json")


def _spec(name: str, specs: Path, release: str | None) -> Spec:
    if _is_xml(name):
        from amitypes_codegen.reading.source import load_source
        from amitypes_codegen.reading.spec_reader import read_spec

        return read_spec(load_source(name, release))
    from amitypes_codegen.specs.folder import file_name, load_spec

    return load_spec(specs / file_name(int(name)) if name.isdecimal() else name)
