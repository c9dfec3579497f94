"""Specs and overlay are merged into one model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from amitypes_codegen.errors import CodegenError, OverlayError
from amitypes_codegen.model.definitions import Header, Model
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.entries import Overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.folder import load_specs
from amitypes_codegen.specs.spec import EventInstance, Parameter, Snapshot, Spec

from tests.codegen.builders import SNAPSHOTS, SPECS, action, event, facts, merged, parameter, spec

LIST = spec(22, action("Show", "Name"), event("Item", "A"), event("Done"), event("Other"))


def headers(model: Model, name: str) -> list[str]:
    return [header.name for header in model.events[name].headers]


def header(model: Model, event_name: str, name: str) -> Header:
    return next(each for each in model.events[event_name].headers if each.name == name)


def test_availability_is_a_set_of_branches(tmp_path: Path) -> None:
    model = merged(tmp_path, spec(20, action("A")), spec(21), spec(22, action("A"), event("E")))
    assert model.actions["A"].branches == {20, 22}
    assert model.events["E"].branches == {22}
    assert model.branches == {20, 21, 22}
    assert list(model.releases) == [20, 21, 22]


def test_the_newest_branch_decides_the_order_and_older_headers_follow_their_predecessors(tmp_path: Path) -> None:
    model = merged(
        tmp_path,
        spec(18, event("E", "First", "Gone", "Second", "Last")),
        spec(20, event("E", "Second", "First", "Late")),
    )
    assert headers(model, "E") == ["Second", "Last", "First", "Gone", "Late"]
    assert header(model, "E", "Gone").branches == {18}
    assert header(model, "E", "Late").branches == {20}


def test_spelling_is_the_newest_and_case_makes_no_second_header(tmp_path: Path) -> None:
    model = merged(tmp_path, spec(18, event("E", "CallId")), spec(20, event("E", "CallID")))
    assert headers(model, "E") == ["CallID"]
    assert header(model, "E", "CallID").branches == {18, 20}


def test_a_parameter_is_required_on_its_branches(tmp_path: Path) -> None:
    model = merged(
        tmp_path,
        spec(18, action("A", parameter("P", required=True))),
        spec(20, action("A", parameter("P"))),
    )
    assert model.actions["A"].parameters[0].required == {18}


def test_values_are_united_with_their_branches(tmp_path: Path) -> None:
    model = merged(
        tmp_path,
        spec(18, event("E", parameter("State", values="on old"))),
        spec(20, event("E", parameter("State", values="on new"))),
    )
    values = {value.name: set(value.branches) for value in header(model, "E", "State").values}
    assert values == {"on": {18, 20}, "new": {20}, "old": {18}}


def test_instances_of_an_event_are_united(tmp_path: Path) -> None:
    one = event("E", "A")
    several = replace(
        one,
        instances=(
            *one.instances,
            EventInstance(module="mod", privileges=("system",), syntax=(Parameter(name="A"), Parameter(name="B"))),
        ),
    )
    model = merged(tmp_path, spec(22, several))
    assert headers(model, "E") == ["A", "B"]
    assert model.events["E"].privileges == ("call", "system")
    assert model.events["E"].modules == ("mod",)


def test_snapshots_are_expanded_with_their_prefix_and_by_branch(tmp_path: Path) -> None:
    entry = event("E", Snapshot(kind="channel", prefix="Dest"), "X")
    model = merged(tmp_path, spec(18, entry), spec(20, entry, event("B", Snapshot(kind="bridge"))), toml=SNAPSHOTS_20)
    assert headers(model, "E") == ["DestChannel", "DestChannelState", "DestTenantid", "X"]
    assert header(model, "E", "DestTenantid").branches == {20}
    assert header(model, "E", "DestChannelState").type == "int"


SNAPSHOTS_20 = SNAPSHOTS.replace("[20, 22]", "[20]")


def test_the_action_id_is_no_header_of_a_model(tmp_path: Path) -> None:
    model = merged(tmp_path, spec(22, action("A", "ActionID", "P"), event("E", "ActionID", "H")))
    assert [each.name for each in model.actions["A"].parameters] == ["P"]
    assert headers(model, "E") == ["H"]


def test_the_completing_event_of_a_documented_list_is_found(tmp_path: Path) -> None:
    model = merged(tmp_path, spec(22, action("A", items="I", complete="AComplete"), event("I"), event("AComplete")))
    assert (model.actions["A"].items, model.actions["A"].complete) == (("I",), "AComplete")


def test_a_list_of_unknown_events_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match="action A: its list has the event I, which neither"):
        merged(tmp_path, spec(22, action("A", items="I", complete="AComplete"), event("AComplete")))


def test_no_specs_and_two_specs_of_a_branch_are_refused() -> None:
    with pytest.raises(CodegenError, match="no specs"):
        merge([], Overlay())
    with pytest.raises(CodegenError, match="same branch"):
        merge([spec(22), spec(22)], Overlay())


def test_an_overlay_adds_a_list_an_event_and_types(tmp_path: Path) -> None:
    model = merged(
        tmp_path,
        LIST,
        toml="""
[action.Show]
evidence = "x"
items = ["Item", "New"]
complete = "Done"
parameters.Name.type = "int | str"
[event.New]
evidence = "x"
fields = ["One", { name = "Two", type = "bool" }]
[event.Item]
evidence = "x"
fields = ["B"]
types = { A = "float" }
[[rule]]
type = "int"
headers = ["ONE"]
evidence = "x"
""",
    )
    show = model.actions["Show"]
    assert (show.items, show.complete) == (("Item", "New"), "Done")
    assert show.parameters[0].type == "int | str"
    assert model.events["New"].documented_as is None
    assert [(each.name, each.type) for each in model.events["New"].headers] == [("One", "int"), ("Two", "bool")]
    assert [(each.name, each.type) for each in model.events["Item"].headers] == [("A", "float"), ("B", None)]


def test_several_entries_of_one_event_or_action_unite_in_any_order(tmp_path: Path) -> None:
    words = """
[action.Do]
summary = "Do it"
parameters.HeaderN.summary = "What to do"
[event.New]
summary = "It was made"
[event.Newitem]
summary = "It was named anew"
"""
    known = """
[action.Do]
evidence = "x"
response = ["Result"]
parameters.HeaderN = { type = "headers", name = "headers" }
[event.New]
evidence = "x"
fields = ["A"]
[event.NewItem]
evidence = "x"
wire = "Newitem"
"""
    known = known.replace('["Result"]', '[{ name = "Result" }]')
    documented = spec(22, action("Do", "HeaderN"), event("NewItem", "A"))
    for first, second in ((words, known), (known, words)):
        (tmp_path / "1.toml").write_text(first, encoding="utf-8")
        (tmp_path / "2.toml").write_text(second, encoding="utf-8")
        model = merge([documented], load_overlay([tmp_path]))
        do = model.actions["Do"]
        assert (do.summary, [each.name for each in do.response]) == ("Do it", ["Result"])
        parameter_ = do.parameters[0]
        assert (parameter_.summary, parameter_.type, parameter_.python_name) == ("What to do", "headers", "headers")
        assert model.events["New"].summary == "It was made"
        assert model.events["Newitem"].summary == "It was named anew"
        assert set(model.events) == {"New", "Newitem"}


def test_a_later_summary_replaces_an_earlier_one_and_a_repeated_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.toml").write_text("[event.E]\nsummary = 'It was done'", encoding="utf-8")
    (tmp_path / "2.toml").write_text("[event.E]\nsummary = 'It is over'", encoding="utf-8")
    assert merge([spec(22, event("E"))], load_overlay([tmp_path])).events["E"].summary == "It is over"
    (tmp_path / "2.toml").write_text("[event.E]\nsummary = 'It was done'", encoding="utf-8")
    with pytest.raises(OverlayError, match=r"event\.E\.summary: repeats another entry"):
        merge([spec(22, event("E"))], load_overlay([tmp_path]))


def test_an_overlay_corrects_the_spelling_of_an_event(tmp_path: Path) -> None:
    model = merged(tmp_path, spec(22, event("NewItem", "A")), toml="[event.NewItem]\nevidence = 'x'\nwire = 'Newitem'")
    assert set(model.events) == {"Newitem"}
    assert model.events["Newitem"].documented_as == "NewItem"
    assert headers(model, "Newitem") == ["A"]


MISFITS = [
    ("[action.Shov]\ntext = true", "action.Shov", "no spec has an action Shov"),
    ("[action.show]\ntext = true", "action.show", "is spelled Show in the specs"),
    ("[action.Show]", "action.Show", "is empty"),
    ("[action.Show]\nuntagged = true", "action.Show.untagged", "needs the event that completes"),
    ("[action.Show]\nitems = ['No']\ncomplete = 'Done'", "action.Show", "no spec has an event No"),
    ("[action.Show]\nparameters.Nam.type = 'int'", "action.Show.parameters.Nam", "has no such parameter"),
    ("[action.Show]\nparameters.name.type = 'int'", "action.Show.parameters.name", "is spelled Name"),
    ("[action.Show]\nparameters.Name.required = false", "action.Show.parameters.Name.required", "repeats"),
    ("[action.Show]\nparameters.Nam.summary = 'It'", "action.Show.parameters.Nam", "has no such parameter"),
    ("[event.Itm]\nsummary = 'It'", "event.Itm", "no spec has this event"),
    ("[event.Item]", "event.Item", "is empty"),
    ("[event.item]\nfields = ['B']", "event.item", "is spelled Item"),
    ("[event.Item]\nfields = ['a']", "event.Item.fields", "the specs have A already"),
    ("[event.Item]\nprivileges = ['call']", "event.Item.privileges", "repeats the specs"),
    ("[event.Item]\nbranches = [22]", "event.Item.branches", "repeats the specs"),
    ("[event.Item]\nfields = []", "event.Item.fields", "is empty"),
    ("[event.Item]\nwire = 'Item'", "event.Item.wire", "repeats the specs"),
    ("[event.Item]\ntypes = { B = 'int' }", "event.Item.types.B", "no such header"),
    ("[event.Item]\ntypes = { a = 'int' }", "event.Item.types.a", "is spelled A"),
    ("[event.Item]\nomit = ['B']", "event.Item.omit.B", "no such header"),
    ("[event.New]\ntypes = { A = 'int' }", "event.New", "list its headers"),
    ("[event.New]\nfields = ['A']\nbranches = [18]", "event.New.branches", "a branch without a spec"),
    ("[event.Item]\ntypes = { A = { codes = 'No' } }", "event.Item.codes", "there is no [codes.No] for A of Item"),
    ("[event.Item]\ntypes = { A = { type = 'bool', codes = 'No' } }", "event.Item.codes", "there is no [codes.No]"),
    ("[codes.Why]\nsummary = 'Why'\nvalues.A = { code = 1 }", "codes.Why", "no header has these codes"),
    ("[[rule]]\ncodes = 'No'\nheaders = ['A']", "rule[0].codes", "there is no [codes.No] for A of Item"),
    ("[[rule]]\nvalues = ['x']\nheaders = ['Zzz']", "rule[0].Zzz", "matches no header"),
    ("[[rule]]\ntype = 'int'\nheaders = ['Zzz']", "rule[0].Zzz", "matches no header"),
    ("[[rule]]\ntype = 'int'\nheaders = ['A']\nin = 'actions'", "rule[0].A", "matches no header"),
    ("[snapshot.bridge]\nfields = ['A']", "snapshot.bridge", "is unused"),
]


@pytest.mark.parametrize(("text", "key", "message"), MISFITS)
def test_an_entry_that_doesnt_fit_is_refused(tmp_path: Path, text: str, key: str, message: str) -> None:
    with pytest.raises(OverlayError) as caught:
        merged(tmp_path, LIST, toml=text.replace("]\n", "]\nevidence = 'x'\n", 1) if "\n" in text else _alone(text))
    assert caught.value.element == key
    assert message in caught.value.message


def test_an_event_may_have_no_headers(tmp_path: Path) -> None:
    toml = "[event.New]\nevidence = 'x'\nprivileges = ['call']\nfields = []"
    new = merged(tmp_path, LIST, toml=toml).events["New"]
    assert (new.headers, new.privileges) == ((), ("call",))


def _alone(text: str) -> str:
    return f"{text}\nevidence = 'x'"


WORDS = spec(22, event("Item", parameter("Kind", values="a b")))


def test_values_of_the_overlay_replace_documented_ones(tmp_path: Path) -> None:
    toml = "[[rule]]\nevidence = 'x'\nvalues = ['b', 'c']\nheaders = ['Kind']"
    (header,) = merged(tmp_path, WORDS, toml=toml).events["Item"].headers
    assert (header.type, [value.name for value in header.values]) == ("enumeration", ["b", "c"])


def test_values_that_repeat_documented_ones_are_refused(tmp_path: Path) -> None:
    toml = "[[rule]]\nevidence = 'x'\nvalues = ['b', 'a']\nheaders = ['Kind']"
    with pytest.raises(OverlayError, match="repeats the documented values"):
        merged(tmp_path, WORDS, toml=toml)


def test_codes_are_for_numbers(tmp_path: Path) -> None:
    toml = """
[event.Item]
evidence = "x"
types = { A = { type = "bool", codes = "Why" } }
[codes.Why]
evidence = "x"
summary = "Why"
values.A = { code = 1 }
"""
    with pytest.raises(OverlayError, match="codes are for numbers, and A is bool"):
        merged(tmp_path, LIST, toml=toml)


RESPONSE_SHAPES = spec(
    22,
    action("Call", "ActionID", "Mode", "Async"),
    action("Show", "Name", items="Item", complete="ItemComplete"),
    event("Item"),
    event("ItemComplete"),
    event("Called", "ActionID", "Mode"),
)


@pytest.mark.parametrize(
    ("toml", "answer"),
    [
        ("", None),
        ("[acknowledged]\nCall = 'call.c: call'", "acknowledgement"),
        ("[action.Call]\nevidence = 'x'\ntext = true", "text"),
        ("[action.Call]\nevidence = 'x'\nresponse = [{ name = 'A' }]", "response"),
        ("[action.Call]\nevidence = 'x'\nitems = ['Item']\ncomplete = 'ItemComplete'", "list"),
    ],
)
def test_entries_decide_the_kind_of_a_response(tmp_path: Path, toml: str, answer: str | None) -> None:
    assert merged(tmp_path, RESPONSE_SHAPES, toml=toml).actions["Call"].response_kind == answer


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (
            "[acknowledged]\nShow = 'x'",
            "acknowledged.Show: isn't an acknowledgement: another entry or the specs have a list",
        ),
        ("[acknowledged]\nCal = 'x'", "acknowledged.Cal: no spec has an action Cal"),
        ("[acknowledged]\ncall = 'x'", "acknowledged.call: is spelled Call in the specs"),
        ("[acknowledged]\nCall = ' '", "acknowledged.Call: has no evidence"),
        ("[acknowledged]\nCall = 1", "acknowledged.Call: has no evidence"),
    ],
)
def test_an_acknowledgement_that_contradicts_the_response_is_refused(tmp_path: Path, toml: str, problem: str) -> None:
    with pytest.raises(OverlayError, match=problem):
        merged(tmp_path, RESPONSE_SHAPES, toml=toml)


def test_on_one_server_a_documented_list_overrides_an_acknowledgement(tmp_path: Path) -> None:
    assert (
        merged(tmp_path, RESPONSE_SHAPES, toml="[acknowledged]\nShow = 'x'", strict=False).actions["Show"].response_kind
        == "list"
    )


LATER = "[action.Call]\nevidence = 'x'\nlater = {{ event = '{}', by = '{}', only_with = '{}' }}"


def test_an_action_has_its_outcome_event(tmp_path: Path) -> None:
    later = (
        merged(tmp_path, RESPONSE_SHAPES, toml=LATER.format("Called", "ActionID", "Async"))
        .actions["Call"]
        .outcome_event
    )
    assert later is not None
    assert (later.event, later.by, later.only_with) == ("Called", "ActionID", "Async")


@pytest.mark.parametrize(
    ("facts_", "problem"),
    [
        (("Caled", "ActionID", "Async"), "no spec has an event Caled"),
        (("Called", "Async", "Async"), "the event has no Async"),
        (("Called", "Mood", "Async"), "the action has no Mood"),
        (("Called", "Mode", "Asinc"), "the action has no Asinc"),
        (("", "Mode", "Async"), "needs the keys event and by"),
    ],
)
def test_an_invalid_outcome_event_is_refused(tmp_path: Path, facts_: tuple[str, str, str], problem: str) -> None:
    with pytest.raises(OverlayError, match=problem):
        merged(tmp_path, RESPONSE_SHAPES, toml=LATER.format(*facts_))


def test_two_rules_for_one_header_are_refused(tmp_path: Path) -> None:
    rule = "[[rule]]\nevidence = 'x'\ntype = 'int'\nheaders = ['A']\n"
    with pytest.raises(OverlayError, match=r"rule\[1\]\.A: has another rule already: rule\[0\]"):
        merged(tmp_path, LIST, toml=rule + rule)


def test_an_entry_that_repeats_the_documented_list_is_refused(tmp_path: Path) -> None:
    documented = spec(22, action("A", items="I", complete="AComplete"), event("I"), event("AComplete"))
    with pytest.raises(OverlayError, match="repeats the list in the specs"):
        merged(tmp_path, documented, toml="[action.A]\nevidence='x'\nitems=['I']\ncomplete='AComplete'")


def test_on_one_server_a_documented_list_overrides_a_response_of_the_overlay(tmp_path: Path) -> None:
    documented = spec(24, action("A", items="I", complete="AComplete"), event("I"), event("AComplete"))
    toml = "[action.A]\nevidence='x'\nresponse=[{name='B'}]"
    with pytest.raises(OverlayError, match="the action answers with a list"):
        merged(tmp_path, documented, toml=toml)
    made = merged(tmp_path, documented, toml=toml, strict=False).actions["A"]
    assert (made.items, made.response) == (("I",), ())


def test_a_list_without_a_completing_event_is_refused(tmp_path: Path) -> None:
    documented = spec(22, action("A", items="I", complete="AEnd"), event("I"), event("AEnd"))
    with pytest.raises(CodegenError, match=r"action A: no event completes its list; .* \[action\.A\]"):
        merged(tmp_path, documented)


def test_entries_for_other_branches_are_skipped_on_one_server(tmp_path: Path) -> None:
    """What doesn't fit is skipped there, and what fits holds."""
    model = merged(
        tmp_path,
        LIST,
        strict=False,
        toml="""
[action.Missing]
evidence = "x"
items = ["Missing"]
complete = "MissingComplete"
[action.Show]
evidence = "x"
items = ["Item", "Missing"]
complete = "Done"
parameters.Missing.type = "int"
[event.Old]
evidence = "x"
branches = [16]
fields = ["A"]
[event.Item]
evidence = "x"
fields = ["A", "B"]
types = { Zzz = "int" }
[[rule]]
type = "int"
headers = ["Zzz", "B"]
evidence = "x"
""",
    )
    assert set(model.actions) == {"Show"}
    assert model.actions["Show"].items == ("Item",)
    assert "Old" not in model.events
    assert [(each.name, each.type) for each in model.events["Item"].headers] == [("A", None), ("B", "int")]


@pytest.fixture(scope="module")
def real() -> list[Spec]:
    return load_specs(SPECS)


def test_merging_a_spec_of_every_branch_loses_nothing(real: list[Spec], tmp_path: Path) -> None:
    model = merge(real, facts(tmp_path, (SPECS / "overlay" / "snapshots.toml").read_text(encoding="utf-8")))
    for each in real:
        for name, documented in each.actions.items():
            merged_action = model.actions[name]
            assert each.branch in merged_action.branches
            known = {header.name.lower(): header for header in merged_action.parameters}
            for entry in documented.syntax:
                if entry.name.lower() != "actionid":
                    assert each.branch in known[entry.name.lower()].branches
                    assert (each.branch in known[entry.name.lower()].required) == entry.required
        assert {name for name, found in model.events.items() if each.branch in found.branches} == set(each.events)


def test_the_order_of_the_specs_makes_no_difference(real: list[Spec], tmp_path: Path) -> None:
    overlay = facts(tmp_path, (SPECS / "overlay" / "snapshots.toml").read_text(encoding="utf-8"))
    assert merge(real, overlay) == merge(list(reversed(real)), overlay)


def test_a_second_entry_of_an_action_keeps_the_response_of_the_first(tmp_path: Path) -> None:
    documented = spec(22, action("A", "P"))
    first, second = tmp_path / "1.toml", tmp_path / "2.toml"
    first.write_text("[action.A]\nevidence='x'\nresponse=[{name='B'}]")
    second.write_text("[action.A]\nevidence='x'\nparameters.P.type='int'")
    made = merge([documented], load_overlay([first, second])).actions["A"]
    assert [header.name for header in made.response] == ["B"]
    assert [parameter.type for parameter in made.parameters] == ["int"]
