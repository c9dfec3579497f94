"""What the benchmarks write, without measuring anything."""

from __future__ import annotations

from pathlib import Path

from benchmarks import measurements
from benchmarks.document import document
from benchmarks.findings import Goal, Section, Spread, Table

SECTION = Section(
    title="Speed",
    text="How fast.",
    tables=(
        Table(columns=("µs", "ratio"), rows={"ours": (Spread.of([3.0, 1.0, 2.0]), 1.0), "theirs": (1234.5, "none")}),
    ),
    goals=(
        Goal(what="ratio", seen=2.0, limit=1.5, unit="s"),
        Goal(what="time", seen=2.0, limit=1.5, at_most=True, unit="ms"),
    ),
)


def test_every_measurement_has_a_name() -> None:
    modules = {path.stem for path in Path(measurements.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(measurements.NAMES) == modules
    assert all(callable(measurements.measurement(name)) for name in measurements.NAMES)


def test_results_show_goals_and_figures() -> None:
    text = document({"speed": SECTION})
    assert "| ratio | at least 1.5 s | 2.00 s | held |" in text
    assert "| time | at most 1.5 ms | 2.00 ms | **missed** |" in text
    assert "| ours | 2.00 (1.00 to 3.00) | 1.00 |" in text
    assert "| theirs | 1,234 | none |" in text


def test_results_name_missing_measurements() -> None:
    assert "Not run yet: `python -m benchmarks pings`." in document({"speed": SECTION, "pings": None})


def test_results_survive_json() -> None:
    assert Section.model_validate_json(SECTION.model_dump_json()) == SECTION
