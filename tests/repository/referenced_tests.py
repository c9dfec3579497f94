"""Tests that a page or a table names: whether they exist."""

from __future__ import annotations

import re
from functools import cache

from tests.markdown import REPOSITORY


@cache
def _names() -> frozenset[str]:
    files = (REPOSITORY / "tests").rglob("test_*.py")
    return frozenset(
        name for file in files for name in re.findall(r"\bdef (test_\w+)", file.read_text(encoding="utf-8"))
    )


def exists(test: str) -> bool:
    """Whether a test function of this name exists, in any file."""
    return test in _names()
