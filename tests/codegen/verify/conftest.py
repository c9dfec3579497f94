"""Fixtures of the tests of the command ``verify``."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.package import Package

from tests.codegen.verify import small_pbx


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the small PBX."""
    return small_pbx.generate(tmp_path_factory.mktemp("verify"), "small_pbx")
