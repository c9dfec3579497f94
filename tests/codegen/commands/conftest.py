"""Fixtures of the tests of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codegen.commands.command_line import XML


@pytest.fixture
def xml(tmp_path: Path) -> Path:
    """A small documentation."""
    path = tmp_path / "core-en_US-22.10.1.xml"
    path.write_text(XML, encoding="utf-8")
    return path
