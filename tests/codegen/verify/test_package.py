"""The package to verify."""

from __future__ import annotations

import pytest
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.folder import load_specs
from amitypes_codegen.verify.package import Package, branches_of

from tests.codegen.builders import SPECS


def test_the_docstrings_name_the_branches_of_every_action() -> None:
    model = merge(load_specs(SPECS), load_overlay([SPECS / "overlay"]))
    package = Package("amitypes")
    for branch in model.branches:
        known = sorted(name for name, action in model.actions.items() if branch in action.branches)
        assert sorted(package.actions_of(branch)) == known


@pytest.mark.parametrize(
    ("docstring", "branches"),
    [
        ("The action ``A``. Asterisk 16; removed in 18.", {16}),
        ("Of Asterisk 13.\n\n    The action ``A``. Asterisk 22.10.1, since 12.0.0.", {22}),
        ("The action ``A``. Asterisk 20 and 22.", {20, 22}),
        ("The action ``A``. Asterisk 16, 18, 20 and 22.", {16, 18, 20, 22}),
        ("", set()),
    ],
)
def test_branches_are_parsed_from_a_docstring(docstring: str, branches: set[int]) -> None:
    assert branches_of(docstring) == branches
