"""``amitypes-codegen types``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amitypes_codegen.commands.options import EXIT_CODES, overlay_option, specs_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command("types", epilog=EXIT_CODES)
@click.option(
    "--undecided",
    is_flag=True,
    help="List only headers without a reviewed type and actions without a reviewed response.",
)
@specs_option
@overlay_option
def show_types(undecided: bool, specs: Path, overlays: Sequence[Path]) -> None:
    """Show the type of each field and parameter, and its evidence.

    Columns are separated by tabs. With --undecided: the number of models, the group, and the header's name.
    """
    from amitypes_codegen.commands.overlays import overlay_for_specs
    from amitypes_codegen.model import review
    from amitypes_codegen.model.merge import merge
    from amitypes_codegen.specs.folder import load_specs

    model = merge(load_specs(specs), overlay_for_specs(specs, overlays))
    found = review.rows(model)
    if undecided:
        for name in review.undecided_responses(model):
            click.echo(f"1\tresponse kind\t{name}")
        for group, name, count in review.undecided(found):
            click.echo(f"{count}\t{group}\t{name}")
    else:
        click.echo(review.table(found))
    click.echo(review.summary(found), err=True)
