"""Sections printed at the end of a run: pytest-xdist's workers send theirs to the controller, which prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Section: TypeAlias = tuple[str, list[str]]
"""A title, and its lines."""

_OWN = pytest.StashKey[list[tuple[str, "Callable[[], Iterable[str]]"]]]()
_OF_WORKERS = pytest.StashKey[list[Section]]()
_KEY = "sections of the live tests"


class Node(Protocol):
    """A worker, as the controller sees it."""

    config: pytest.Config


def add_section(config: pytest.Config, title: str, lines: Callable[[], Iterable[str]]) -> None:
    """Add a section to the end of the run; it is left out if it has no lines by then."""
    config.stash.setdefault(_OWN, []).append((title, lines))


def sections(config: pytest.Config) -> list[Section]:
    """The sections that have lines."""
    own = [(title, list(lines())) for title, lines in config.stash.get(_OWN, [])]
    return [section for section in [*own, *config.stash.get(_OF_WORKERS, [])] if section[1]]


def send_sections(config: pytest.Config) -> None:
    """Send the sections of a worker to the controller; a no-op in the controller."""
    output: dict[str, list[Section]] | None = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = sections(config)


def receive_sections(node: Node) -> None:
    """Receive the sections of a worker; one that has crashed has sent none."""
    sent: dict[str, list[Section]] = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(_OF_WORKERS, []).extend(sent.get(_KEY, []))
