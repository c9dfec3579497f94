"""The headers observed on each branch are declared for that branch, as a package for one server needs them."""

from __future__ import annotations

import pytest
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.folder import load_specs

from tests.asterisk import recorded_headers
from tests.asterisk.conformance.coverage import REPOSITORY

SPECS = REPOSITORY / "specs"


@pytest.mark.parametrize("branch", [16, 18, 20, 21, 22, 23])
def test_the_types_of_one_branch_declare_all_headers_observed_on_it(branch: int) -> None:
    (spec,) = (spec for spec in load_specs(SPECS) if spec.branch == branch)
    declared = {
        event.name.lower(): {header.name.lower() for header in event.headers}
        for event in merge([spec], load_overlay([SPECS / "overlay"], strict=False)).events.values()
    }
    sent = {
        (event, header)
        for event, headers in recorded_headers.load().items()
        for header, branches in headers.items()
        if branch in branches
    }
    assert len({event for event, _ in sent}) > 150
    lacking = {
        f"{event}.{header}"
        for event, header in sent
        if event.lower() not in declared or (header and header.lower() not in declared[event.lower()])
    }
    assert lacking == set()
