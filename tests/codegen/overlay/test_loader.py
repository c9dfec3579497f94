"""Overlay files are loaded, and invalid ones refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from amitypes_codegen.errors import OverlayError
from amitypes_codegen.overlay import entries as overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.spec import Snapshot

from tests.codegen.builders import SPECS, facts

ACTION = '[action.A]\nevidence = "seen"\n'
CODES = "[codes.Cause]\nevidence = 'x'\nsummary = 'Why'\n"
EVENT = '[event.E]\nevidence = "seen"\n'


def test_an_action_entry_is_loaded(tmp_path: Path) -> None:
    entry = facts(
        tmp_path,
        ACTION
        + """
items = ["Item", "Other"]
complete = "Done"
untagged = true
[action.A.parameters.Variable]
type = "variables"
required = false
""",
    ).actions[0]
    assert entry.name == "A"
    assert entry.items == ("Item", "Other")
    assert entry.complete == "Done"
    assert entry.untagged
    assert not entry.text
    assert entry.parameters == {
        "Variable": overlay.ParameterEntry(type=overlay.TypeEntry(type="variables"), required=False)
    }


def test_an_event_entry_is_loaded(tmp_path: Path) -> None:
    entry = facts(
        tmp_path,
        EVENT
        + """
branches = [20, 22]
privileges = ["call"]
fields = ["One", { name = "Two", type = "int", branches = [22] }]
snapshots = [{ kind = "channel", prefix = "Dest" }]
types = { Three = "bool", Four = { values = ["a", "A"] }, Five = { codes = "Causes" } }
""",
    ).events[0]
    assert entry.branches == frozenset({20, 22})
    assert entry.fields == (
        overlay.HeaderEntry(name="One"),
        overlay.HeaderEntry(name="Two", type="int", branches=frozenset({22})),
    )
    assert entry.snapshots == (Snapshot(kind="channel", prefix="Dest"),)
    assert entry.types == {
        "Three": overlay.TypeEntry(type="bool"),
        "Four": overlay.TypeEntry(type="enumeration", values=("a", "A")),
        "Five": overlay.TypeEntry(type="int", codes="Causes"),
    }


def test_a_table_of_codes_is_loaded(tmp_path: Path) -> None:
    entry = facts(
        tmp_path, CODES + "values.BUSY = { code = 17, text = 'User busy' }\nvalues.NONE = { code = -1 }"
    ).codes[0]
    assert (entry.name, entry.summary, entry.origin.evidence) == ("Cause", "Why", "x")
    assert entry.values == (
        overlay.CodeEntry(name="BUSY", code=17, text="User busy"),
        overlay.CodeEntry(name="NONE", code=-1),
    )


def test_summaries_alone_need_no_evidence(tmp_path: Path) -> None:
    loaded = facts(
        tmp_path,
        """
[action.A]
summary = "Do it"
parameters.Channel.summary = "Where to do it"
[action.B]
parameters.Channel.summary = "Where to do it"
[event.E]
summary = "It was done"
""",
    )
    assert loaded.actions[0].summary == "Do it"
    assert loaded.actions[0].parameters == {"Channel": overlay.ParameterEntry(summary="Where to do it")}
    assert loaded.actions[1].summary == ""
    assert loaded.events[0].summary == "It was done"


def test_a_rule_is_for_all_groups_by_default(tmp_path: Path) -> None:
    rules = facts(
        tmp_path,
        """
[[rule]]
type = "int"
headers = ["A"]
evidence = "seen"
[[rule]]
type = "bool"
headers = ["B"]
in = "events"
evidence = "seen"
""",
    ).rules
    assert [rule.groups for rule in rules] == [("actions", "events", "responses"), ("events",)]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(EVENT + 'fields = ["Second"]', encoding="utf-8")
    (tmp_path / "a.toml").write_text(EVENT + 'fields = ["First"]', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no overlay", encoding="utf-8")
    entries = load_overlay([tmp_path]).events
    assert [entry.fields[0].name for entry in entries] == ["First", "Second"]


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("[action.A]\ntext = true", "action.A", "has no evidence"),
        ('[action.A]\nevidence = " "\ntext = true', "action.A", "has no evidence"),
        ("[[rule]]\ntype = 'int'\nheaders = ['A']", "rule[0]", "has no evidence"),
        (ACTION + "colour = 1", "action.A.colour", "isn't a key of an overlay"),
        ("[acton.A]\nevidence = 'x'", "acton", "isn't a key of an overlay"),
        (ACTION + "items = ['A']", "action.A.complete", "name the event that completes the list"),
        (ACTION + "items = ['A', 'a']\ncomplete = 'B'", "action.A.items", "has the same string twice"),
        (ACTION + "items = [1]", "action.A.items", "expected an array of strings"),
        (ACTION + "items = 'A'", "action.A.items", "expected an array of strings"),
        (ACTION + "items = ['A']\ncomplete = 'B'\nanonymous = ['C']", "action.A.anonymous", "isn't in items"),
        (ACTION + "text = 1", "action.A.text", "expected true or false"),
        (ACTION + "[action.A.parameters.P]", "action.A.parameters.P", "is empty"),
        ("[action.A]\nsummary = 'Do it'\ntext = true", "action.A", "has no evidence"),
        (
            "[action.A]\nsummary = 'Do it'\nparameters.P = { summary = 'It', type = 'int' }",
            "action.A",
            "has no evidence",
        ),
        ("[event.E]\nsummary = 'Done'\nfields = ['A']", "event.E", "has no evidence"),
        ("[event.E]\nsummary = ''", "event.E.summary", "expected one line"),
        ("[event.E]\nsummary = 'It was done.'", "event.E.summary", "without a full stop"),
        ("[event.E]\nsummary = 'It was\\tdone '", "event.E.summary", "expected one line"),
        ('[event.E]\nsummary = "It was\\ndone"', "event.E.summary", "expected one line"),
        (ACTION + "[action.A.parameters.P]\nomit = true\ntype = 'int'", "action.A.parameters.P", "has omit = true"),
        (ACTION + "response = [{ name = 'A' }, { name = 'a' }]", "action.A.response", "has a twice"),
        (ACTION + "response = [{ type = 'int' }]", "action.A.response[0]", "has no name"),
        (ACTION + "response = [{ name = '' }]", "action.A.response[0].field", "needs a name in Python"),
        (
            ACTION + "items = ['I']\ncomplete = 'C'\nresponse = [{ name = 'A' }]",
            "action.A.response",
            "the response that starts a list has no fields",
        ),
        (EVENT + "branches = []", "event.E.branches", "expected an array of branches"),
        (EVENT + "branches = [true]", "event.E.branches", "expected an array of branches"),
        (EVENT + "fields = [1]", "event.E.fields[0]", "expected a table"),
        (EVENT + "fields = ['A', 'A']", "event.E.fields", "has A twice"),
        (EVENT + "types = { A = 1 }", "event.E.types.A", "expected a type"),
        (EVENT + "types = { A = {} }", "event.E.types.A", "has no type"),
        (EVENT + "types = { A = { values = ['a', 'A', 'a'] } }", "event.E.types.A.values", "has the same string twice"),
        (
            EVENT + "types = { A = { values = ['a'], codes = 'C' } }",
            "event.E.types.A.codes",
            "can't be combined with values",
        ),
        (EVENT + "types = { A = { type = 'int', colour = 1 } }", "event.E.types.A.colour", "isn't a key"),
        ("[codes.Cause]\nsummary = 'Why'\nvalues.A = { code = 1 }", "codes.Cause", "has no evidence"),
        ("[codes.cause]\nevidence = 'x'\nsummary = 'Why'", "codes.cause", "isn't a valid class name"),
        ("[codes.Cause]\nevidence = 'x'\nvalues.A = { code = 1 }", "codes.Cause", "has no summary"),
        (CODES, "codes.Cause", "has no values"),
        (CODES + "values.a = { code = 1 }", "codes.Cause.values.a", "isn't a valid constant name"),
        (CODES + "values.A = { text = 'x' }", "codes.Cause.values.A", "has no code"),
        (CODES + "values.A = { code = true }", "codes.Cause.values.A.code", "expected a whole number"),
        (
            CODES + "values.A = { code = 1 }\nvalues.B = { code = 1 }",
            "codes.Cause.values.B",
            "has the same number as A",
        ),
        (EVENT + "snapshots = [{ kind = 'call' }]", "event.E.snapshots[0]", "'call' isn't a snapshot"),
        ("[snapshot.call]\nevidence = 'x'", "snapshot.call", "'call' isn't a snapshot"),
        ("[[rule]]\nevidence = 'x'\nheaders = ['A']", "rule[0]", "has no type"),
        ("[[rule]]\nevidence = 'x'\ntype = 'int'", "rule[0]", "has no headers"),
        ("[[rule]]\nevidence='x'\ntype='int'\nheaders=['A']\nin='calls'", "rule[0].in", "expected one of actions"),
        ("action = 1", "action", "expected a table"),
        ("[action]\nA = 1", "action.A", "expected a table"),
    ],
)
def test_invalid_entries_are_refused(tmp_path: Path, text: str, key: str, message: str) -> None:
    with pytest.raises(OverlayError) as caught:
        facts(tmp_path, text)
    assert caught.value.element.lstrip(".") == key
    assert message in caught.value.message
    assert caught.value.path == tmp_path / "facts.toml"


def test_files_that_cant_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[action", encoding="utf-8")
    with pytest.raises(OverlayError, match=r"broken\.toml: isn't TOML"):
        load_overlay([tmp_path])
    (tmp_path / "broken.toml").write_bytes(b'a = "\xff"')
    with pytest.raises(OverlayError, match="isn't UTF-8"):
        load_overlay([tmp_path])
    with pytest.raises(OverlayError, match="no such file"):
        load_overlay([tmp_path / "missing.toml"])


def test_the_overlay_of_the_repository_loads() -> None:
    loaded = load_overlay([SPECS / "overlay"])
    assert {entry.kind for entry in loaded.snapshots} == {"channel", "bridge"}
    assert loaded.actions
    assert loaded.events
    assert loaded.rules
