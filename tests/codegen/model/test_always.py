"""Headers that are always present: their entries in the overlay, and fields without None."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from amitypes_codegen.errors import CodegenError
from amitypes_codegen.model import review
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering import compose, view
from amitypes_codegen.specs.spec import Snapshot
from pydantic import ValidationError

from amitypes._protocol.message import Message
from tests.codegen.builders import action, event, imported, merged, spec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from amitypes_codegen.model.definitions import Model

SPEC = spec(
    22,
    action("Ask"),
    event(
        "Call",
        Snapshot(kind="channel", prefix=""),
        Snapshot(kind="channel", prefix="Dest"),
        "Count",
        "Text",
        "When",
    ),
)
KNOWN = """
[snapshot.channel]
evidence = "x"
fields = ["Channel", { name = "Priority", type = "int" }]
always = ["Priority"]
[event.Call]
evidence = "x"
types = { Count = "int", When = "datetime_or_never" }
[action.Ask]
evidence = "x"
response = [{ name = "Total", type = "int" }, { name = "Rest", type = "int" }]
[event.New]
evidence = "x"
fields = ["Name", { name = "Size", type = "int" }]
"""
CALL = "[event.Call]\nevidence = 'seen'\n"
ASK = "[action.Ask]\nevidence = 'seen'\n"
NEW = "[event.New]\nevidence = 'seen'\n"


def model(folder: Path, always: str) -> Model:
    """The small model with one more overlay, which is read before the one that has the headers."""
    (folder / "always.toml").write_text(always, encoding="utf-8")
    (folder / "known.toml").write_text(KNOWN, encoding="utf-8")
    return merge([SPEC], load_overlay([folder]))


def optional(folder: Path, always: str) -> dict[str, bool]:
    """For each field that is a number, whether it may be None."""
    made = compose.view(model(folder, always))
    models: Iterable[view.ModelView] = (*made.events, *made.responses)
    return {
        f"{each.class_name}.{field.name}": field.annotation.endswith("| None")
        for each in models
        for field in each.fields
        if field.annotation.startswith("int")
    }


def test_headers_that_a_snapshot_always_has_are_never_none(tmp_path: Path) -> None:
    assert optional(tmp_path, "") == {
        "Call.priority": False,
        "Call.dest_priority": False,
        "Call.count": True,
        "New.size": True,
        "Ask.total": True,
        "Ask.rest": True,
    }


def test_headers_that_entries_call_always_present_are_never_none(tmp_path: Path) -> None:
    always = f"{CALL}sometimes = ['Dest']\nalways = ['Count']\n{NEW}always = ['Size']\n{ASK}always = ['Total']"
    assert optional(tmp_path, always) == {
        "Call.priority": False,
        "Call.dest_priority": True,
        "Call.count": False,
        "New.size": False,
        "Ask.total": False,
        "Ask.rest": True,
    }


@pytest.mark.parametrize(
    ("always", "message"),
    [
        (f"{CALL}always = ['Cout']", r"event\.Call\.always\.Cout: no such header"),
        (f"{CALL}always = ['count']", r"event\.Call\.always\.count: is spelled Count"),
        (f"{CALL}always = ['Priority']", r"event\.Call\.always\.Priority: repeats snapshot\.channel"),
        (f"{CALL}always = ['Text']", r"event\.Call\.always\.Text: changes nothing"),
        (f"{CALL}always = ['When']", r"event\.Call\.always\.When: may be None though it is there"),
        (f"{CALL}sometimes = ['Src']", r"event\.Call\.sometimes\.'Src': the event has no snapshot with this prefix"),
        (f"{ASK}always = ['Size']", r"action\.Ask\.always\.Size: no such header"),
        (
            "[snapshot.channel]\nevidence = 'x'\nalways = ['Size']",
            "snapshot.channel.always: Size isn't in fields",
        ),
    ],
)
def test_entries_of_always_that_dont_apply_are_refused(tmp_path: Path, always: str, message: str) -> None:
    with pytest.raises(CodegenError, match=message):
        optional(tmp_path, always)


def test_a_header_that_a_branch_lacks_cant_be_always_present(tmp_path: Path) -> None:
    toml = "[event.E]\nevidence='x'\ntypes={ B = 'int' }\n"
    both = [spec(20, event("E", "A")), spec(22, event("E", "A", "B"))]
    with pytest.raises(CodegenError, match="some branches don't have it"):
        merged(tmp_path, *both, toml=toml + "always = ['B']")
    # On one server of another branch the entry is of no concern.
    assert merged(tmp_path, both[0], toml=toml + "always = ['B']", strict=False).events["E"].headers[0].always is None


def test_the_table_of_types_has_the_evidence_of_always(tmp_path: Path) -> None:
    rows = {f"{row.model}.{row.header}": row for row in review.rows(model(tmp_path, f"{CALL}always = ['Count']"))}
    assert rows["Call.Count"].always == "always.toml, event.Call: seen"
    assert rows["Call.DestPriority"].always == "known.toml, snapshot.channel: x"
    assert rows["Call.When"].always == ""


def test_a_generated_field_that_is_always_present_is_required(tmp_path: Path) -> None:
    toml = "[event.E]\nevidence='x'\ntypes={ B = 'int' }\nalways = ['B']"
    with imported(tmp_path, spec(22, action("A"), event("E", "A", "B")), toml=toml) as package:
        decoded = package.events.E.decode(Message(b"Event: E\r\nB: 3"))
        assert (decoded.a, decoded.b, decoded.issues) == ("", 3, ())
        assert package.events.E.decode(Message(b"Event: E")).missing == ("B",)
        with pytest.raises(ValidationError, match="b\n"):
            package.events.E(a="x")
