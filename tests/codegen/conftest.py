"""Fixtures of the generator's tests."""

from __future__ import annotations

import pytest
from amitypes_codegen.verify.package import Package

from tests.codegen import verifying


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The types of a small PBX."""
    return verifying.generate(tmp_path_factory.mktemp("verify"), "small_pbx")
