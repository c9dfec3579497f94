"""Runs the fuzzer: `python -m tests.fuzz TARGET NEW_INPUTS tests/fuzz/corpus/TARGET`, and any options of libFuzzer."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

WATCHED: Final = {
    "framing": [
        "amitypes._protocol.framing",
        "amitypes._protocol.event_prefix",
        "amitypes._protocol.message",
        "amitypes._protocol.parsing",
    ],
    "session": [
        "amitypes._protocol.session",
        "amitypes._protocol.exchange",
        "amitypes._protocol.framing",
        "amitypes._protocol.message",
        "amitypes._events.dispatcher",
    ],
    "models": [
        "amitypes._models.received",
        "amitypes._models.compiled",
        "amitypes._models.scalars",
        "amitypes._models.config_file",
    ],
}
"""The modules whose coverage guides the fuzzer, by target: each further one slows it down."""


class Fuzzer(Protocol):
    """The functions of atheris, which has no types and exists for Linux only."""

    def instrument_imports(self, *, include: Sequence[str]) -> AbstractContextManager[None]: ...
    def Setup(self, args: Sequence[str], test: Callable[[bytes], None]) -> object: ...  # noqa: N802 - atheris's name
    def Fuzz(self) -> None: ...  # noqa: N802 - atheris's name


def main() -> None:
    """Fuzz up to the limits of the options, or to an input that breaks a promise."""
    target, *options = sys.argv[1:]
    atheris = cast("Fuzzer", import_module("atheris"))
    with atheris.instrument_imports(include=WATCHED[target]):
        module = import_module(f"tests.fuzz.targets.{target}")
    # The command with which libFuzzer starts itself again, to merge for instance.
    again = f"{sys.executable} -m tests.fuzz {target}"
    atheris.Setup([again, *options], cast("Callable[[bytes], None]", module.one_input))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
