"""docs/architecture.md shows the parts, imports and modules that the code has."""

from __future__ import annotations

from tests.repository.architecture import COMMAND, PAGE, redrawn


def test_the_architecture_page_matches_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert redrawn(page) == page, f"rewrite docs/architecture.md: {COMMAND}"


def test_redrawing_replaces_what_is_between_the_markers() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert redrawn(page.replace("#### `_protocol`", "#### `_another`")) == redrawn(page)
