"""The whole pipeline: from specs, or from one server's XML, to the formatted files of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes_codegen.commands.overlays import overlay_for_one_server, overlay_for_specs
from amitypes_codegen.commands.progress import progress
from amitypes_codegen.model.merge import merge
from amitypes_codegen.model.review import check_responses
from amitypes_codegen.reading.prose_reader import read_prose
from amitypes_codegen.reading.source import load_source
from amitypes_codegen.reading.spec_reader import read_spec
from amitypes_codegen.rendering.render import render
from amitypes_codegen.rendering.writer import formatted
from amitypes_codegen.specs.folder import load_specs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def files_from_specs(specs: Path, overlays: Sequence[Path]) -> dict[str, str]:
    """The files of the package for all branches.

    Args:
        specs: The folder of the specs.
        overlays: The user's overlays.

    Returns:
        The text of each file by its path in the package.

    Raises:
        CodegenError: If specs or overlays are invalid, or no package can be generated from them.
    """
    with progress("Generating", ["load specs", "merge", "render", "format"]) as start_step:
        start_step()
        loaded = load_specs(specs)
        start_step()
        model = merge(loaded, overlay_for_specs(specs, overlays))
        check_responses(model)
        start_step()
        files = render(model)
        start_step()
        return formatted(files)


def files_from_xml(xml: Path, release: str | None, overlays: Sequence[Path], *, with_prose: bool) -> dict[str, str]:
    """The files of a package for one server, with clients of its own.

    Args:
        xml: The server's documentation.
        release: Its release; None to take it from the file's name.
        overlays: The user's overlays.
        with_prose: Whether docstrings have the documentation's prose.

    Returns:
        The text of each file by its path in the package.

    Raises:
        CodegenError: If the XML or an overlay is invalid, or no package can be generated from them.
    """
    with progress("Generating", ["read XML", "merge", "render", "format"]) as start_step:
        start_step()
        source = load_source(xml, release)
        spec = read_spec(source)
        start_step()
        model = merge([spec], overlay_for_one_server(overlays))
        start_step()
        files = render(model, custom=True, prose=read_prose(source) if with_prose else None)
        start_step()
        return formatted(files)
