"""Runs the fuzzer: `python -m tests.fuzz NEW_INPUTS tests/fuzz/corpus`, and any options of libFuzzer."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager


class Fuzzer(Protocol):
    """What is used of atheris, which brings no types and is there on Linux only."""

    def instrument_imports(self, *, include: Sequence[str]) -> AbstractContextManager[None]: ...
    def Setup(self, args: Sequence[str], test: Callable[[bytes], None]) -> object: ...  # noqa: N802 - atheris's name
    def Fuzz(self) -> None: ...  # noqa: N802 - atheris's name


def main() -> None:
    """Fuzz until the options' bounds, or an input that breaks a promise."""
    atheris = cast("Fuzzer", import_module("atheris"))
    with atheris.instrument_imports(
        include=["amitypes.wire", "amitypes.session", "amitypes.models", "amitypes.codecs"]
    ):
        from tests.fuzz.target import one_input
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
