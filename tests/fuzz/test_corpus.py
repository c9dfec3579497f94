"""Every input that the fuzzer has kept, given to its target once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import models, session, wire

TARGETS = {"models": models.one_input, "session": session.one_input, "wire": wire.one_input}
CORPUS = sorted(Path(__file__).with_name("corpus").glob("*/*"))


@pytest.mark.parametrize("target", TARGETS)
def test_there_is_a_corpus(target: str) -> None:
    assert sum(path.parent.name == target for path in CORPUS) > 100


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_kept_input(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())
