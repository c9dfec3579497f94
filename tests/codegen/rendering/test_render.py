"""Small specs are rendered as packages, and their code is run."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from amitypes_codegen.errors import CodegenError, NamingError
from amitypes_codegen.rendering import render, writer
from amitypes_codegen.specs.prose import Prose, Text
from amitypes_codegen.specs.spec import Action, EnumValue, Event, EventInstance, Parameter, Snapshot, Spec
from pydantic import JsonValue, SecretStr, ValidationError

from amitypes import runtime as models
from amitypes._protocol.message import Message
from amitypes._protocol.response_shape import ResponseShape
from amitypes.nested import ConfigCategory
from tests.codegen.builders import ROOT, SNAPSHOTS, action, event, imported, merged, parameter, spec


def message(*headers: tuple[str, str]) -> Message:
    return Message("".join(f"{name}: {value}\r\n" for name, value in headers).encode())


def text(folder: Path, path: str, *specs: Spec, toml: str = "") -> str:
    files = render.render(merged(folder, *specs, toml=toml))
    return writer.formatted(files)[path]


def test_an_action_has_its_fields_and_headers(tmp_path: Path) -> None:
    call = action(
        "Call-It",
        "ActionID",
        parameter("Channel", required=True),
        "Async",
        "Timeout",
        parameter("Mode", values="fast slow"),
        parameter("Mute", values="on off"),
        "Var-000000",
    )
    toml = "[action.Call-It]\nevidence='x'\nparameters.Timeout.type='int'"
    with imported(tmp_path, spec(22, call), toml=toml) as package:
        model = package.actions.Call_It
        made = model(channel="x", async_="yes", timeout=5, mode="odd", mute=True, var=["a", None, "b"])
        assert made.to_headers() == [
            ("Action", "Call-It"),
            ("Channel", "x"),
            ("Async", "yes"),
            ("Timeout", "5"),
            ("Mode", "odd"),
            ("Mute", "on"),
            ("Var-000000", "a"),
            ("Var-000002", "b"),
        ]
        assert model(channel="x", action_id="7").to_headers() == [
            ("Action", "Call-It"),
            ("ActionID", "7"),
            ("Channel", "x"),
        ]
        with pytest.raises(ValidationError, match="channel"):
            model()
        with pytest.raises(ValidationError, match="chanel"):
            model(channel="x", chanel="x")


def test_special_parameters_have_their_types(tmp_path: Path) -> None:
    toml = """
[action.Do]
evidence = "x"
parameters.Variable.type = "variables"
parameters.Secret.type = "secret"
parameters.Priority.type = "int | str"
parameters.Header1 = { type = "headers", name = "headers" }
parameters.HeaderN.omit = true
"""
    do = action("Do", "Variable", "Secret", "Priority", "Header1", "HeaderN")
    with imported(tmp_path, spec(22, do), toml=toml) as package:
        made = package.actions.Do(variable={"a": "1,2"}, secret="hush", priority="hint", headers={"X": "y"})
        assert made.secret == SecretStr("hush")
        assert "hush" not in repr(made)
        assert made.to_headers() == [
            ("Action", "Do"),
            ("Variable", r"a=1\,2"),
            ("Secret", "hush"),
            ("Priority", "hint"),
            ("X", "y"),
        ]
        assert package.actions.Do(priority=1).to_headers() == [("Action", "Do"), ("Priority", "1")]
        assert "header_n" not in package.actions.Do.model_fields


def test_an_event_has_its_fields_and_defaults(tmp_path: Path) -> None:
    done = event(
        "Done",
        Snapshot(kind="channel", prefix="Dest"),
        parameter("State", values="Up Down"),
        parameter("Muted", values="Yes No"),
        parameter("FileName", multiple=True),
        "100rel",
    )
    with imported(tmp_path, spec(22, done, action("A")), toml=SNAPSHOTS_22) as package:
        model = package.events.Done
        empty = model()
        assert (empty.dest_channel, empty.dest_channel_state, empty.state) == ("", None, "")
        assert (empty.muted, empty.filename, empty.n100rel) == (None, [], "")
        full = model.decode(
            message(
                ("Event", "Done"),
                ("DestChannel", "PJSIP/1"),
                ("destchannelstate", "6"),
                ("State", "Sideways"),
                ("Muted", "Yes"),
                ("FileName", "a"),
                ("FileName", "b"),
                ("100rel", "no"),
            )
        )
        assert (full.dest_channel, full.dest_channel_state, full.state) == ("PJSIP/1", 6, "Sideways")
        assert (full.muted, full.filename, full.n100rel) == (True, ["a", "b"], "no")
        assert full.issues == ()
        assert full.model_fields_set == set(model.model_fields) - {"privilege", "action_id", "dest_tenantid"}


SNAPSHOTS_22 = SNAPSHOTS.replace("[20, 22]", "[22]").partition("[snapshot.bridge]")[0]


CODES = """
[event.Over]
evidence = "x"
types = { Cause = { codes = "WhyOver" }, Kind = { values = ["short", "long"] } }
[codes.WhyOver]
evidence = "x"
summary = "Why it is over"
values.NOTHING = { code = 0 }
values.TIRED = { code = 2, text = 'So "tired"' }
"""


def test_codes_and_values_are_documented(tmp_path: Path) -> None:
    over = event("Over", "Cause", "Kind")
    with imported(tmp_path, spec(22, over), toml=CODES) as package:
        made = package.events.Over.decode(message(("Event", "Over"), ("Cause", "2"), ("Kind", "odd")))
        assert (type(made.cause), made.kind, made.issues) == (int, "odd", ())
        meaning = package.codes.WhyOver.find(made.cause)
        assert meaning is package.codes.WhyOver.TIRED
        assert (meaning.name, meaning.text, package.codes.WhyOver.NOTHING.text) == ("TIRED", 'So "tired"', "")
        assert inspect.getdoc(package.codes.WhyOver) == "Why it is over."
    source = text(tmp_path, "_events/over.py", spec(22, over), toml=CODES)
    assert 'cause: int | None = None\n    """`codes.WhyOver` names its values."""' in source
    assert 'kind: words.Kind = ""' in source
    words = text(tmp_path, "words.py", spec(22, over), toml=CODES)
    assert 'Kind: TypeAlias = Literal["short", "long"] | str\n"""What ``Kind`` may be."""' in words


ANSWERED = """
[acknowledged]
Redial = "x"
[action.Dial]
evidence = "x"
later = { event = "Dialed", by = "Mark", only_with = "Async" }
[action.Ask]
evidence = "x"
response = [{ name = "Said" }]
"""


def test_the_class_of_a_response_shows_its_kind(tmp_path: Path) -> None:
    things: list[Action | Event] = [action("Redial"), action("Dial", "Async", "Mark"), action("Ask")]
    things.append(event("Dialed", "Mark"))
    with imported(tmp_path, spec(22, *things), toml=ANSWERED) as package:
        assert issubclass(package.responses.Redial, models.Acknowledgement)
        assert not issubclass(package.responses.Ask, models.Acknowledgement)
        assert not issubclass(package.actions.Redial, models.DeferredAction)
        dial = package.actions.Dial
        assert issubclass(dial, models.DeferredAction)
        assert (dial.outcome_event, dial.correlated_by, dial.enabled_by) == ("Dialed", "mark", "async_")
        outcome = "The event ``Dialed`` reports the outcome when ``Async`` is true; both have the same ``Mark``."
        assert outcome in (dial.__doc__ or "")
        methods = import_module(f"{package.__name__}.methods").Actions
        returned = {name: getattr(methods, name).__doc__.partition("Returns:")[2] for name in ("redial", "ask")}
        assert "An acknowledgement: ``Response`` and ``Message`` only." in returned["redial"]
        assert "The response, with its fields." in returned["ask"]
        assert outcome in (methods.dial.__doc__ or "")
    source = text(tmp_path, "_actions/dial.py", spec(22, *things), toml=ANSWERED)
    assert 'class Dial(DeferredAction["responses.Dial", "events.Dialed"]):' in source


def test_responses_and_lists_are_decoded(tmp_path: Path) -> None:
    toml = """
[action.Ask]
evidence = "x"
response = [{ name = "Events", type = "bool" }, { name = "Line-000000-000000" }]
[action.Show]
evidence = "x"
items = ["Item", "Other"]
complete = "ShowComplete"
anonymous = ["Other"]
[action.Wait]
evidence = "x"
complete = "ShowComplete"
untagged = true
[action.Print]
evidence = "x"
text = true
"""
    show = action("Show")
    things = [show, action("Ask"), action("Wait"), action("Print"), action("Plain")]
    things_too = [event("Item", "A"), event("Other"), event("ShowComplete", "ListItems")]
    with imported(tmp_path, spec(22, *things, *things_too), toml=toml) as package:
        head = message(("Response", "Success"), ("EventList", "start"))
        listed = package.responses.Show.collect(
            [
                head,
                message(("Event", "item"), ("A", "1")),
                message(("Event", "Stray")),
                message(("Event", "Other")),
                message(("Event", "ShowComplete"), ("EventList", "Complete"), ("ListItems", "2")),
            ],
            package.TCPClient.registry,
        )
        assert [type(item) for item in listed.items] == [package.events.Item, package.events.Other]
        assert listed.items[0].a == "1"
        assert [each.event for each in listed.others] == ["Stray"]
        assert isinstance(listed.complete, package.events.ShowComplete)
        answer = package.responses.Ask.decode(
            message(("Response", "Success"), ("Events", "On"), ("Line-000000-000000", "a"), ("Line-000000-000001", "b"))
        )
        assert (answer.events_, answer.line) == (True, [["a", "b"]])
        answers = package.TCPClient.response_shapes
        assert set(answers) == {"show", "wait", "print"}
        assert answers["show"] == ResponseShape(frozenset({"showcomplete"}), items_without_id=frozenset({"other"}))
        assert answers["wait"] == ResponseShape(frozenset({"showcomplete"}), implicit_list=True)
        assert answers["print"] == ResponseShape(frozenset(), plain_text=True)


def test_nested_data_json_and_unnamed_lines_are_decoded(tmp_path: Path) -> None:
    toml = """
[action.Read]
evidence = "x"
response = [
    { name = "Category-000000", type = "records[ConfigCategory]", field = "categories" },
    { name = "JSON", type = "json", field = "data" },
    { name = "", type = "str", field = "note" },
]
"""
    with imported(tmp_path, spec(22, action("Read")), toml=toml) as package:
        answer = package.responses.Read.decode(
            message(("Response", "Success"), ("Category-000001", "a"), ("IsTemplate-000001", "1"), ("JSON", "[1, {}]"))
        )
        assert answer.categories == [ConfigCategory(name="a", is_template=True)]
        assert (answer.data, answer.note, answer.issues, answer.model_extra) == ([1, {}], "", (), {})
        assert package.responses.Read.decode(Message(b"Response: Success\r\nnothing")).note == "nothing"
        assert package.responses.Read.model_fields["data"].annotation == JsonValue | None


def test_free_headers_and_events_of_responses_are_decoded(tmp_path: Path) -> None:
    toml = """
[event.Shout]
evidence = "x"
free = true
[action.Drop]
evidence = "x"
events = ["Dropped"]
"""
    things: list[Action | Event] = [action("Drop"), event("Shout", "Word"), event("Dropped")]
    with imported(tmp_path, spec(22, *things), toml=toml) as package:
        shout = package.events.Shout.decode(message(("Event", "Shout"), ("Word", "a"), ("X", "1"), ("word", "b")))
        assert (shout.word, shout.issues, package.events.Shout.accepts_any_header) == ("a", (), True)
        assert {"X": "1", "word": "b"}.items() <= shout.extra_headers.items()
        assert not package.events.Dropped.accepts_any_header
        assert package.responses.Drop.accompanying_events == ("Dropped",)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("events = ['Nothing']", "no spec has an event Nothing"),
        ("events = ['Item']\nitems = ['Item']\ncomplete = 'Item'", "add the events to items"),
    ],
)
def test_invalid_events_of_a_response_are_refused(tmp_path: Path, said: str, problem: str) -> None:
    with pytest.raises(CodegenError, match=problem):
        merged(tmp_path, spec(22, action("Do"), event("Item")), toml=f"[action.Do]\nevidence = 'x'\n{said}")


async def test_methods_send_their_action(tmp_path: Path) -> None:
    do = action("DoIt", "Optional", parameter("Needed", required=True), "Timeout")
    sent: list[tuple[object, float | None]] = []

    class Sender:
        async def send(self, action: object, *, reply_timeout: float | None = None) -> str:
            sent.append((action, reply_timeout))
            return "answer"

    with imported(tmp_path, spec(22, do)) as package:
        methods = sys.modules[package.TCPClient.__module__].Actions(Sender())
        assert await methods.do_it(needed="x", timeout="9", reply_timeout=2.5, action_id="1") == "answer"
        assert sent == [(package.actions.DoIt(needed="x", timeout="9", action_id="1"), 2.5)]
        with pytest.raises(TypeError, match="needed"):
            await methods.do_it(optional="x")
        with pytest.raises(TypeError, match="positional"):
            await methods.do_it("x")


def test_classes_are_found_by_name(tmp_path: Path) -> None:
    with imported(tmp_path, spec(22, action("AOC-D"), event("Hangup"), event("Hold"))) as package:
        assert package.events.by_name("hAnGuP") is package.events.Hangup
        assert package.actions.by_name("aoc-d") is package.actions.AOC_D
        with pytest.raises(KeyError, match="'hangu' isn't one of the events; did you mean Hangup"):
            package.events.by_name("hangu")
        with pytest.raises(AttributeError, match="no attribute 'Hangu'"):
            _ = package.events.Hangu
        assert package.TCPClient.registry.event_class("HANGUP") is package.events.Hangup
        assert package.HTTPClient.registry.response_class("aoc-d") is package.responses.AOC_D


def test_names_beyond_ascii_are_found_in_lower_case(tmp_path: Path) -> None:
    with imported(tmp_path, spec(22, event("Ö😀Done"))) as package:
        assert package.events.by_name("ö😀dONE") is package.events.Done


TAKEN = ("ByName", "BY_NAME", "Cast", "Deprecated", "Final", "Find", "Lazy", "Responses", "Str")
"""Names of what stands in the generated code beside the names of actions and events."""


@pytest.mark.parametrize("name", TAKEN)
async def test_wire_names_cant_shadow_names_of_generated_code(tmp_path: Path, name: str) -> None:
    class Sender:
        async def send(self, action: models.Action, *, reply_timeout: float | None = None) -> list[tuple[str, str]]:
            return action.to_headers()

    things: list[Action | Event] = [action(name, "Actions"), action("Zap", "Actions"), event(name, "Actions")]
    with imported(tmp_path, spec(22, *things)) as package:
        for group in (package.actions, package.events, package.responses):
            assert group.by_name(name).wire_name == name
            assert group.by_name(name.upper()).wire_name == name
        methods = sys.modules[package.TCPClient.__module__].Actions(Sender())
        assert await methods.zap(actions_="x") == [("Action", "Zap"), ("Actions", "x")]


def test_actions_and_events_that_the_newest_branch_lacks_are_deprecated(tmp_path: Path) -> None:
    old = spec(20, action("Old", "A"), action("Both", "Gone"), event("OldEvent"))
    new = spec(22, action("Both"))
    files = writer.formatted(render.render(merged(tmp_path, old, new)))
    notice = '@deprecated("Asterisk 22 has no Old any more.", category=None)'
    assert notice in files["_actions/old.py"]
    assert notice in files["methods.py"]
    assert "@deprecated(" in files["_events/old_event.py"]
    assert "@deprecated(" not in files["_actions/both.py"]
    assert "Asterisk 20; removed in 22." in files["_actions/old.py"]
    assert '"""Asterisk 20 only."""' in files["_actions/both.py"]
    with imported(tmp_path, old, new) as package, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert package.actions.Old(a="x").a == "x"
        assert package.actions.Old.__deprecated__ == "Asterisk 22 has no Old any more."


def test_docstrings_have_branches_and_requirements(tmp_path: Path) -> None:
    things: list[Spec] = [
        spec(16, action("Do", "A")),
        spec(18, action("Do", "A", parameter("B", required=True, values="x y"))),
        spec(20, action("Do", "A", parameter("B", required=True, values="x y z"))),
        spec(21),
        spec(22, action("Do", "A", parameter("B", values="x y z"))),
    ]
    files = writer.formatted(render.render(merged(tmp_path, *things)))
    methods = " ".join(files["methods.py"].split())
    assert "Asterisk 16 to 20 and 22." in methods
    assert "https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Actions/Do/" in methods
    assert "b: Required by Asterisk 18 and 20; Asterisk 18, 20 and 22 only. One of `words.B`." in methods
    assert "b: words.B" in methods
    assert '"""What ``B`` may be. ``z``: Asterisk 20 and 22 only."""' in files["words.py"]
    assert "= None" in methods


def test_docstrings_start_with_the_summary(tmp_path: Path) -> None:
    toml = """
[action.Do]
summary = "Do it"
parameters.A.summary = "What to do"
[event.Done]
summary = "It was done"
"""
    known = spec(22, action("Do", parameter("A", required=True)), action("Other"), event("Done"))
    with imported(tmp_path, known, toml=toml) as package:
        methods = import_module(f"{package.__name__}.methods").Actions
        for thing in (package.actions.Do, methods.do):
            first, second, *_ = str(inspect.getdoc(thing)).split("\n\n")
            assert first == "Do it."
            assert "``Do``" in second
        assert "a: What to do." in methods.do.__doc__
        assert str(inspect.getdoc(package.events.Done)).startswith("It was done.\n\nThe event ``Done``. ")
        assert str(inspect.getdoc(package.actions.Other)).startswith("The action ``Other``.\n")
        assert str(inspect.getdoc(methods.other)).startswith("Send ``Other``.\n")


def test_an_event_of_the_overlay_has_no_link(tmp_path: Path) -> None:
    toml = "[event.New]\nevidence='x'\nfields=['A']\nprivileges=['call', 'system']"
    module = text(tmp_path, "_events/new.py", spec(22, action("A")), toml=toml)
    assert "docs.asterisk.org" not in module
    assert "Privilege: ``call`` and ``system``." in module


def test_prose_in_docstrings_is_escaped(tmp_path: Path) -> None:
    nasty = 'Ends with """ and \\ and "'
    words = Prose(
        actions={"Do": Text(synopsis=nasty, description="- one\n\n- two", parameters={"A": nasty})},
        events={"Done": Text(description=nasty)},
    )
    model = merged(tmp_path, spec(22, action("Do", "A"), event("Done")))
    files = writer.formatted(render.render(model, custom=True, prose=words))
    for path in ("_actions/do.py", "_events/done.py", "methods.py"):
        space: dict[str, object] = {}
        compile(files[path], path, "exec")
        assert "Ends with" in files[path], space
    with imported(tmp_path, spec(22, action("Do", "A"), event("Done"))) as package:
        assert "Ends with" not in (package.actions.Do.__doc__ or "")


@pytest.mark.parametrize(
    "hostile",
    [
        '""""\npwned\n',
        '"""""\npwned\n""',
        '\\""""\npwned\n',
        "\\",
        '"]; pwned #',
        "{{ pwned }}{% endfor %}#}",
        # Wherever a long word is wrapped, an escape mustn't be torn apart.
        *("x" * length + '"""\tpwned' for length in range(88, 112)),
    ],
)
def test_no_text_of_the_documentation_becomes_code(tmp_path: Path, hostile: str) -> None:
    header = Parameter(name=f"P{hostile}", default=hostile, separator=hostile, values=(EnumValue(name=hostile),))
    do = Action(name="Do", modules=(hostile,), since=(hostile,), syntax=(header,))
    done = Event(name="Done", instances=(EventInstance(module=hostile, privileges=(hostile,), syntax=(header,)),))
    text = Text(synopsis=hostile, description=hostile, parameters={header.name: hostile})
    model = merged(tmp_path, replace(spec(22, do, done), release=hostile))
    words = Prose(actions={"Do": text}, events={"Done": text})
    for custom in (True, False):
        files = render.render(model, custom=custom, prose=words)
        for path, code in files.items():
            names = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
            assert "pwned" not in names, path


def test_unusual_names_and_values_are_escaped(tmp_path: Path) -> None:
    odd = parameter('Qu"o\\te')
    odd_values = event("Odd", parameter("State", values='a"b c\\d é'), odd)
    with imported(tmp_path, spec(22, odd_values)) as package:
        made = package.events.Odd.decode(message(("Event", "Odd"), ("State", 'a"b'), ('Qu"o\\te', "x")))
        assert (made.state, made.qu_o_te) == ('a"b', "x")


@pytest.mark.parametrize(
    ("things", "toml", "problem"),
    [
        ([event("E", "Call-ID", "CallID")], "", "event E: 'Call-ID' and 'CallID' would both be 'call_id'"),
        ([action("Do It"), action("Do-It")], "", "would both be"),
        ([event("Done", "A"), event("DONE", "B")], "", "Asterisk 22: 'Done' and 'DONE' differ only in case"),
        (
            [action("A", "P")],
            "[action.A]\nevidence='x'\nparameters.P.type='no'",
            "P of action A: unknown type 'no'",
        ),
    ],
)
def test_invalid_models_are_refused(tmp_path: Path, things: list[Action | Event], toml: str, problem: str) -> None:
    with pytest.raises((NamingError, CodegenError), match=problem):
        text(tmp_path, "methods.py", spec(22, *things), toml=toml)


def test_the_output_is_the_same_with_any_hash_seed(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "amitypes_codegen", "generate", "--out", str(tmp_path / seed)],
            check=True,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "codegen")},
        )
    one, two = (
        {path.relative_to(tmp_path / seed): path.read_bytes() for path in (tmp_path / seed).rglob("*.*")}
        for seed in ("1", "2")
    )
    assert one == two
    assert len(one) > 500


def test_a_generated_package_passes_mypy_strict(tmp_path: Path) -> None:
    toml = "[action.Do]\nevidence='x'\nparameters.V.type='variables'\nparameters.S.type='secret'"
    things: list[Action | Event] = [
        action("Do", parameter("N", required=True), "V", "S", "L-000000-000000", parameter("M", values="a b")),
        action("Show", items="Item", complete="ShowComplete"),
        event("Item", parameter("X", values="Yes No")),
        event("ShowComplete"),
        *(make(name, "Actions", "Str") for name in TAKEN if name != "BY_NAME" for make in (action, event)),
    ]
    files = writer.formatted(render.render(merged(tmp_path, spec(22, *things), toml=toml), custom=True))
    writer.write(files, tmp_path / "mypbx")
    (tmp_path / "use.py").write_text(
        "from typing import assert_type\n"
        "from mypbx import TCPClient, actions, events, responses\n\n"
        "async def use(client: TCPClient) -> None:\n"
        "    listing = await client.actions.show()\n"
        "    assert_type(listing.items, list[events.Item])\n"
        "    assert_type(listing.complete, events.ShowComplete)\n"
        "    assert_type(listing.items[0].x, bool | None)\n"
        "    assert_type(await client.send(actions.Do(n='x', v={'a': 'b'}, s='s')), responses.Do)\n"
        "    assert_type(events.by_name('item'), type[events.Event])\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(ROOT / ".mypy_cache"), "."],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
    )
    assert done.stdout.startswith("Success"), done.stdout + done.stderr
