"""Runs the fuzzer: `python -m tests.fuzz TARGET NEW_INPUTS tests/fuzz/corpus/TARGET`, and any options of libFuzzer."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

WATCHED: Final = {
    "wire": ["amitypes._protocol.message"],
    "session": ["amitypes._protocol.session", "amitypes._events.dispatcher", "amitypes._protocol.message"],
    "models": [
        "amitypes._models.received",
        "amitypes._models.compiled",
        "amitypes._models.scalars",
        "amitypes._models.config_file",
    ],
}
"""The modules whose coverage leads the fuzzer, by target: watching more of them takes its time."""


class Fuzzer(Protocol):
    """What is used of atheris, which brings no types and is there on Linux only."""

    def instrument_imports(self, *, include: Sequence[str]) -> AbstractContextManager[None]: ...
    def Setup(self, args: Sequence[str], test: Callable[[bytes], None]) -> object: ...  # noqa: N802 - atheris's name
    def Fuzz(self) -> None: ...  # noqa: N802 - atheris's name


def main() -> None:
    """Fuzz until the options' bounds, or an input that breaks a promise."""
    target, *options = sys.argv[1:]
    atheris = cast("Fuzzer", import_module("atheris"))
    with atheris.instrument_imports(include=WATCHED[target]):
        module = import_module(f"tests.fuzz.targets.{target}")
    # The command by which libFuzzer runs itself again, as to merge.
    again = f"{sys.executable} -m tests.fuzz {target}"
    atheris.Setup([again, *options], cast("Callable[[bytes], None]", module.one_input))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
