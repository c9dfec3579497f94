"""`RESULTS.md`, made of the findings of the measurements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.findings import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.findings import Goal, Section, Table

_HEAD = """\
# Results
Made by `python -m benchmarks`; [README.md](README.md) says what is measured and how.
Figures are medians, with the lowest and the highest of the repetitions in brackets; the repetitions are interleaved.
Most times are CPU times, so that other load on the machine counts less.
Compare figures within one table, not between two runs.

![The results as charts](results.svg)
"""


def document(sections: Mapping[str, Section | None]) -> str:
    """The text, from all the measurements by name: None for one that was never run."""
    found = {name: section for name, section in sections.items() if section}
    lines = [_HEAD, *goals(goal for section in found.values() for goal in section.goals), ""]
    for name, section in sections.items():
        if section is None:
            lines += [f"## {name}", f"Not run yet: `python -m benchmarks {name}`.", ""]
        else:
            lines += [*chapter(section), ""]
    return "\n".join(lines)


def goals(asked: Iterable[Goal]) -> list[str]:
    """A table of the goals, and whether each is reached."""
    rows = [
        f"| {goal.what} | {'at most' if goal.at_most else 'at least'} {goal.limit:g} {goal.unit} "
        f"| {shown(goal.seen)} {goal.unit} | {'held' if goal.held else '**missed**'} |"
        for goal in asked
    ]
    return ["## Goals", "| | asked | seen | |", "| --- | --- | --- | --- |", *rows] if rows else []


def chapter(section: Section) -> list[str]:
    """A measurement's section."""
    lines = [f"## {section.title}", section.text, ""]
    for table in section.tables:
        lines += [*([f"**{table.title}**", ""] if table.title else []), *_rows(table), ""]
    return [*lines, f"*{section.origin}*"]


def _rows(table: Table) -> list[str]:
    return [
        "| | " + " | ".join(table.columns) + " |",
        "| --- " * (len(table.columns) + 1) + "|",
        *(f"| {label} | " + " | ".join(map(shown, cells)) + " |" for label, cells in table.rows.items()),
    ]
