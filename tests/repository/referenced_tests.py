"""Tests that are named elsewhere, as ``file::test``: whether they exist."""

from __future__ import annotations

import ast
from functools import cache

from tests.markdown import REPOSITORY


@cache
def _tests_of(file: str) -> frozenset[str]:
    path = REPOSITORY / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def exists(test: str) -> bool:
    """Whether there is such a test."""
    file, _, name = test.partition("::")
    return name in _tests_of(file)
