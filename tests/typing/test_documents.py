"""The Python in the documentation type-checks, as a user's own would."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.markdown import blocks
from tests.typing.checkers import missing, mypy

pytestmark = pytest.mark.skipif(
    bool(missing("mypy")), reason="needs mypy: run tox -e type, or install the group 'type'"
)


def test_every_block_type_checks(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    shown = {}
    for number, block in enumerate(blocks("python")):
        program = programs / f"block_{number}.py"
        program.write_text(block.code, encoding="utf-8")
        shown[program.name] = block
    assert shown
    findings = mypy(programs, tmp_path)
    problems = [
        f"{shown[name].file}:{shown[name].line + line - 1}: {message} [{code}]"
        for (name, line, code), message in findings.items()
    ]
    assert not problems, "\n".join(problems)
