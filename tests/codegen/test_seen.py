"""What each branch was seen to send is declared for that branch, so that a package for one server has it all."""

from __future__ import annotations

import pytest
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay import files as overlayfile
from amitypes_codegen.specs import files as specfile

from tests.asterisk import recorded_headers
from tests.asterisk.conformance.coverage import REPOSITORY

SPECS = REPOSITORY / "specs"


@pytest.mark.parametrize("branch", [16, 18, 20, 21, 22, 23])
def test_a_package_for_one_server_knows_what_that_server_sends(branch: int) -> None:
    (spec,) = (spec for spec in specfile.load_all(SPECS) if spec.branch == branch)
    declared = {
        event.name.lower(): {header.name.lower() for header in event.headers}
        for event in merge([spec], overlayfile.load([SPECS / "overlay"], strict=False)).events.values()
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
