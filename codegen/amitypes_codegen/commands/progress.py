"""A progress bar for commands that take several seconds."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@contextmanager
def progress(label: str, steps: Sequence[str]) -> Iterator[Callable[[], object]]:
    """A progress bar on stderr; none where stderr isn't a terminal.

    Args:
        label: The text before the bar.
        steps: The name of each step.

    Yields:
        A function to call at the start of each step.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(
        steps, label=label, file=sys.stderr, show_eta=False, item_show_func=lambda step: step or ""
    ) as bar:
        started = iter(bar)
        yield lambda: next(started, None)
        next(started, None)
