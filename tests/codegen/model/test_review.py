"""The table of types, and the types that aren't reviewed."""

from __future__ import annotations

from pathlib import Path

from amitypes_codegen.model import review
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.folder import load_specs

from tests.codegen.builders import SPECS, action, event, merged, parameter, spec

TOML = """
[[rule]]
type = "seconds"
in = "events"
headers = ["Wait"]
evidence = "app.c: list, %ld"

[[rule]]
type = "text"
in = "events"
headers = ["Exten", "State"]
evidence = "app.c: %s"

[event.Entry]
evidence = "app.c: entry, %d"
types = { Position = "int" }

[action.Show]
evidence = "app.c: show"
response = [{ name = "Total", type = "int" }, { name = "Note" }]
"""


def rows(folder: Path) -> dict[str, review.Row]:
    model = merged(
        folder,
        spec(
            22,
            action("Show", "Filter", parameter("Order", values="up down"), parameter("Many", multiple=True)),
            event("Entry", "Wait", "Position", "Exten", parameter("State", values="Up Down"), "Other"),
            event("Exit", "OTHER"),
        ),
        toml=TOML,
    )
    return {f"{row.model}.{row.header}": row for row in review.rows(model)}


def test_each_field_has_the_source_of_its_type(tmp_path: Path) -> None:
    found = {
        name: (row.group, row.annotation, row.source, row.evidence.partition(": ")[2])
        for name, row in rows(tmp_path).items()
    }
    assert found == {
        "Show.Filter": ("actions", "str", "undecided", ""),
        "Show.Order": ("actions", 'Literal["up", "down"] | str', "documented", ""),
        "Show.Many": ("actions", "Sequence[str]", "documented", ""),
        "Entry.Wait": ("events", "timedelta", "rule", "app.c: list, %ld"),
        "Entry.Position": ("events", "int", "exception", "app.c: entry, %d"),
        "Entry.Exten": ("events", "str", "rule", "app.c: %s"),
        "Entry.State": ("events", 'Literal["Up", "Down"] | str', "rule", "app.c: %s"),
        "Entry.Other": ("events", "str", "undecided", ""),
        "Exit.OTHER": ("events", "str", "undecided", ""),
        "Show.Total": ("responses", "int", "exception", "app.c: show"),
        "Show.Note": ("responses", "str", "undecided", ""),
    }


def test_the_evidence_names_file_and_entry(tmp_path: Path) -> None:
    assert rows(tmp_path)["Entry.Wait"].evidence == "facts.toml, rule[0]: app.c: list, %ld"


def test_undecided_names_are_counted_in_any_case_the_most_frequent_first(tmp_path: Path) -> None:
    found = list(rows(tmp_path).values())
    assert review.undecided(found) == [("events", "Other", 2), ("actions", "Filter", 1), ("responses", "Note", 1)]
    assert review.summary(found) == "11 fields and parameters, 4 of them undecided; 10 names, 3 of them undecided"


def test_the_table_has_a_line_for_each_field_with_its_unit(tmp_path: Path) -> None:
    header, *lines = review.table(list(rows(tmp_path).values())).splitlines()
    assert header.split("\t") == ["group", "model", "header", "type", "source", "evidence", "always there"]
    assert len(lines) == 11
    assert "events\tEntry\tWait\ttimedelta (seconds)\trule\tfacts.toml, rule[0]: app.c: list, %ld\t" in lines


def test_nothing_in_the_repository_is_undecided() -> None:
    specs = load_specs(SPECS)
    assert review.undecided(review.rows(merge(specs, load_overlay([SPECS / "overlay"])))) == []
