"""Every input that the fuzzer has kept, given to the target once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.target import one_input

CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) > 100


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_a_kept_input(path: Path) -> None:
    one_input(path.read_bytes())
