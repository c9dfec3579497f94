"""What a run tells at its end: pytest-xdist's processes leave it to the one that prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Chapter: TypeAlias = tuple[str, list[str]]
"""A title, and the lines below."""

_OURS = pytest.StashKey[list[tuple[str, "Callable[[], Iterable[str]]"]]]()
_THEIRS = pytest.StashKey[list[Chapter]]()
_KEY = "what the live tests tell"


class Node(Protocol):
    """A process of pytest-xdist's, to the one that prints."""

    config: pytest.Config


def tell(config: pytest.Config, title: str, lines: Callable[[], Iterable[str]]) -> None:
    """Have something told at the end of the run: nothing if there are no lines by then."""
    config.stash.setdefault(_OURS, []).append((title, lines))


def told(config: pytest.Config) -> list[Chapter]:
    """What there is to be told."""
    ours = [(title, list(lines())) for title, lines in config.stash.get(_OURS, [])]
    return [chapter for chapter in [*ours, *config.stash.get(_THEIRS, [])] if chapter[1]]


def leave(config: pytest.Config) -> None:
    """Leave it to the process that prints, unless this is the one."""
    output: dict[str, list[Chapter]] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = told(config)


def take_over(node: Node) -> None:
    """Take over what a process has left; one that has crashed has left nothing."""
    left: dict[str, list[Chapter]] = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(_THEIRS, []).extend(left.get(_KEY, []))
