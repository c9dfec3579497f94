"""Options and texts that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

GENERATED = Path("src/amitypes/_generated")
"""The package that is generated from the specs, below the root of the repository."""

EXIT_CODES = """\b
Exit codes:
  0  success
  1  differences were found (check, diff)
  2  wrong usage or invalid input
"""

EXISTING_PATH = click.Path(exists=True, path_type=Path)
ANY_PATH = click.Path(path_type=Path)

specs_option = click.option(
    "--specs", type=ANY_PATH, default=Path("specs"), show_default=True, help="The folder of the specs and their lock."
)
overlay_option = click.option(
    "--overlay",
    "overlays",
    type=EXISTING_PATH,
    multiple=True,
    help="A file or folder of overlay entries, in addition to amitypes' own. Repeatable.",
)
out_option = click.option(
    "--out", type=ANY_PATH, default=None, help=f"The package to generate. [default: {GENERATED}; none with --xml]"
)
