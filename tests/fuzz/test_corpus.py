"""Every input in the corpus, given to its target."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import framing, models, session

TARGETS = {"framing": framing.one_input, "models": models.one_input, "session": session.one_input}
CORPUS = sorted(Path(__file__).with_name("corpus").glob("*/*"))


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_has_inputs_for_the_target(target: str) -> None:
    assert sum(path.parent.name == target for path in CORPUS) > 100


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_input_of_the_corpus_keeps_the_promises(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())
