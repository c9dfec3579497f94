"""Reading XML into a spec."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from amitypes_codegen.errors import DocumentError
from amitypes_codegen.reading.source import load_source
from amitypes_codegen.reading.spec_reader import provenance, read_spec
from amitypes_codegen.specs.folder import load_specs
from amitypes_codegen.specs.lock import load_lock, lock_entry
from amitypes_codegen.specs.serialization import dump_spec
from amitypes_codegen.specs.spec import (
    Action,
    EnumValue,
    EventInstance,
    Parameter,
    Reference,
    Responses,
    Snapshot,
    Spec,
)

from tests.codegen.xml_documents import PING, REAL, action, event, load, needs_documentation, read

SPECS = Path(__file__).resolve().parents[3] / "specs"


def values(*names: str) -> tuple[EnumValue, ...]:
    return tuple(EnumValue(name=name) for name in names)


# Actions


def test_all_parts_of_an_action_are_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
        <manager name="Originate" language="en_US" module="builtin">
            <since><version>20.4.0</version><version>18.19.0</version><version> 1.0 </version></since>
            <synopsis>Words.</synopsis>
            <syntax>
                <parameter name="Channel" required="true"><para>Words.</para></parameter>
                <parameter name="Timeout" default="30000"/>
                <parameter name="Variable" multiple="yes" argsep="|"/>
                <parameter name="Body" required="no" default="" multiple="false"/>
            </syntax>
            <description><para>Words.</para></description>
            <see-also>
                <ref type="manager">Hangup</ref><ref type="manager" module="res_pjsip"> Park\n Call </ref>
                <ref type="manager">Hangup</ref>
            </see-also>
        </manager>""",
    ).actions["Originate"]
    assert found == Action(
        name="Originate",
        modules=("builtin",),
        since=("1.0", "18.19.0", "20.4.0"),
        synopsis=True,
        syntax=(
            Parameter(name="Channel", required=True),
            Parameter(name="Timeout", default="30000"),
            Parameter(name="Variable", multiple=True, separator="|"),
            Parameter(name="Body"),
        ),
        see_also=(
            Reference(type="manager", name="Hangup"),
            Reference(type="manager", name="Park Call", module="res_pjsip"),
        ),
    )


def test_an_action_needs_only_a_name(tmp_path: Path) -> None:
    assert action(tmp_path, "<synopsis> </synopsis>") == Action(name="Do")


def test_values_are_read_from_nested_repeated_and_config_option_lists(tmp_path: Path) -> None:
    (found,) = action(
        tmp_path,
        """<syntax><parameter name="Options">
            <enumlist>
                <enum name="a"><para>Words.</para><enumlist><enum name="a1"/></enumlist></enum><enum name="b"/>
            </enumlist>
            <para>Words.</para>
            <enumlist><configOptionToEnum>
                <xi:include xpointer="xpointer(/docs/configInfo/configFile/configObject/configOption)"/>
            </configOptionToEnum><enum name="a"><enumlist><enum name="a2"/></enumlist></enum></enumlist>
        </parameter></syntax>""",
        others="""<configInfo name="c"><configFile name="f"><configObject name="o">
            <configOption name="one"><synopsis>Words.</synopsis></configOption><configOption name="two"/>
        </configObject></configFile></configInfo>""",
    ).syntax
    assert found.values == (EnumValue(name="a", values=values("a1", "a2")), *values("b", "one", "two"))


def test_values_for_one_channel_technology_are_left_out(tmp_path: Path) -> None:
    inner = '<info name="I" tech="PJSIP" language="en_US"><enumlist><enum name="x"/></enumlist></info>'
    assert action(tmp_path, f'<syntax><parameter name="To">{inner}</parameter></syntax>').syntax[0].values == ()


def test_nested_parameters_are_kept_below_their_parent(tmp_path: Path) -> None:
    inner = '<parameter name="Outer"><parameter name="Inner" required="yes"/></parameter>'
    assert action(tmp_path, f"<syntax>{inner}</syntax>").syntax == (
        Parameter(name="Outer", parameters=(Parameter(name="Inner", required=True),)),
    )


def test_a_parameter_documented_twice_is_united(tmp_path: Path) -> None:
    inner = '<parameter name="A" required="true"/><parameter name="B"/><parameter name="A" multiple="yes"/>'
    assert action(tmp_path, f"<syntax>{inner}</syntax>").syntax == (
        Parameter(name="A", multiple=True),
        Parameter(name="B"),
    )


def test_the_documentation_of_several_modules_is_united_in_one_action(tmp_path: Path) -> None:
    def documented(module: str, since: str, syntax: str) -> str:
        return (
            f'<manager name="Do" module="{module}"><since><version>{since}</version></since>'
            f"<syntax>{syntax}</syntax></manager>"
        )

    first = '<parameter name="A"/><parameter name="Mailbox" required="true"/><parameter name="Folder" required="true"/>'
    second = (
        '<parameter name="A"/><parameter name="New" required="true"/>'
        '<parameter name="Mailbox" required="true"/><parameter name="Folder" default="INBOX"/>'
    )
    body = documented("app_voicemail_imap", "20.0.0", first) + documented("app_voicemail", "18.0.0", second)
    assert read(tmp_path, body).actions["Do"] == Action(
        name="Do",
        modules=("app_voicemail", "app_voicemail_imap"),
        since=("18.0.0", "20.0.0"),
        syntax=(
            Parameter(name="A"),
            Parameter(name="New"),
            Parameter(name="Mailbox", required=True),
            Parameter(name="Folder", default="INBOX"),
        ),
    )


# Responses


RESPONSES = """<responses>
    <list-elements>
        <xi:include xpointer="xpointer(/docs/managerEvent[@name='Item'])"/>
        <managerEvent name="Extra"><managerEventInstance class="EVENT_FLAG_COMMAND"/></managerEvent>
    </list-elements>
    <managerEvent name="DoComplete"><managerEventInstance class="EVENT_FLAG_COMMAND"/></managerEvent>
</responses>"""
ITEM = '<managerEvent name="Item"><managerEventInstance class="EVENT_FLAG_CALL"/></managerEvent>'


def test_responses_name_events_and_add_their_documentation(tmp_path: Path) -> None:
    spec = read(tmp_path, f'<manager name="Do">{RESPONSES}</manager>{ITEM}')
    assert spec.actions["Do"].responses == Responses(items=("Item", "Extra"), events=("DoComplete",))
    assert {name: (found.nested, len(found.instances)) for name, found in spec.events.items()} == {
        "DoComplete": (True, 1),
        "Extra": (True, 1),
        "Item": (False, 1),
    }


def test_empty_responses_differ_from_absent_responses(tmp_path: Path) -> None:
    assert action(tmp_path, "<responses/>").responses == Responses()


# Events


def test_all_parts_of_an_event_are_read(tmp_path: Path) -> None:
    (found,) = event(
        tmp_path,
        """<managerEventInstance class="EVENT_FLAG_CALL|EVENT_FLAG_HOOKRESPONSE, EVENT_FLAG_CALL" module="app_dial">
            <since><version>13.0.0</version></since>
            <synopsis>Words.</synopsis>
            <syntax>
                <channel_snapshot/>
                <parameter name="DialStatus"><enumlist><enum name="ABORT"/></enumlist></parameter>
                <channel_snapshot prefix="Dest"/>
                <bridge_snapshot/>
            </syntax>
            <see-also><ref type="managerEvent">DialEnd</ref></see-also>
        </managerEventInstance>""",
    ).instances
    assert found == EventInstance(
        module="app_dial",
        privileges=("call", "hookresponse"),
        since=("13.0.0",),
        synopsis=True,
        syntax=(
            Snapshot(kind="channel"),
            Parameter(name="DialStatus", values=values("ABORT")),
            Snapshot(kind="channel", prefix="Dest"),
            Snapshot(kind="bridge"),
        ),
        see_also=(Reference(type="managerEvent", name="DialEnd"),),
    )


def test_all_instances_of_one_element_are_kept(tmp_path: Path) -> None:
    assert len(event(tmp_path, '<managerEventInstance class="EVENT_FLAG_SYSTEM"/>' * 2).instances) == 2


def test_an_event_has_one_instance_for_each_module(tmp_path: Path) -> None:
    instance = '<managerEventInstance class="EVENT_FLAG_DIALPLAN"/>'
    body = "".join(
        f'<managerEvent name="VarSet" module="{module}">{instance}</managerEvent>'
        for module in ("func_global", "app_stack", "func_global")
    )
    found = read(tmp_path, PING + body).events["VarSet"]
    assert [entry.module for entry in found.instances] == ["app_stack", "func_global"]


def test_actions_and_events_are_sorted(tmp_path: Path) -> None:
    body = "".join(f'<manager name="{name}"/>{ITEM.replace("Item", name)}' for name in ("b", "C", "a"))
    spec = read(tmp_path, body)
    assert list(spec.actions) == list(spec.events) == ["C", "a", "b"]


# Branch and version


@pytest.mark.parametrize(
    ("release", "expected"), [("16.28.0", (16, "5.0.4")), ("20.7-cert3", (20, "9.0.0")), ("31.0.0", (31, ""))]
)
def test_the_release_decides_branch_and_ami_version(tmp_path: Path, release: str, expected: tuple[int, str]) -> None:
    spec = read(tmp_path, PING, release=release)
    assert (spec.branch, spec.ami_version) == expected
    assert spec.release == release


def test_a_given_ami_version_overrides_the_known_one(tmp_path: Path) -> None:
    assert read_spec(load(tmp_path, PING, release="31.0.0"), ami_version="20.0.0").ami_version == "20.0.0"


# Invalid documentation


CONFIG_OPTION = """<manager name="Do"><syntax><parameter name="A"><enumlist><configOptionToEnum><configOption/>
    </configOptionToEnum></enumlist></parameter></syntax></manager>"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<manager/>", "<manager>: has no name"),
        ('<manager name=" "/>', "<manager>: has no name"),
        (f"{PING}<managerEvent/>", "<managerEvent>: has no name"),
        ('<manager name="Do"><syntax><parameter/></syntax></manager>', "<parameter> of action 'Do': has no name"),
        (
            '<manager name="Do"><syntax><parameter name="A"><parameter/></parameter></syntax></manager>',
            "<parameter> of action 'Do': has no name",
        ),
        (
            CONFIG_OPTION.replace("configOptionToEnum", "enum"),
            "<enum> of action 'Do': has no name",
        ),
        (
            CONFIG_OPTION,
            "<configOption> of action 'Do': has no name",
        ),
        (
            '<manager name="Do"><responses><managerEvent/></responses></manager>',
            "<managerEvent> of action 'Do': has no name",
        ),
        (
            '<manager name="Do"><responses><para/></responses></manager>',
            "<para> of action 'Do': isn't allowed in <responses>",
        ),
        ('<manager name="Do"><see-also><ref>X</ref></see-also></manager>', "<ref> of action 'Do': has no type"),
        ('<manager name="Do"><see-also><ref type="manager"/></see-also></manager>', "<ref> of action 'Do': is empty"),
        (
            '<manager name="Do"><since><version>long ago</version></since></manager>',
            "<version> of action 'Do': 'long ago' isn't a version",
        ),
        (
            '<manager name="Do"><syntax><parameter name="A" required="perhaps"/></syntax></manager>',
            "<parameter> of action 'Do': required='perhaps'; expected one of yes, true, no, false",
        ),
        (
            f'{PING}<managerEvent name="Done"><managerEventInstance/></managerEvent>',
            "<managerEventInstance> of event 'Done': has no class",
        ),
        (
            f'{PING}<managerEvent name="Done"><managerEventInstance class="CALL or so"/></managerEvent>',
            "<managerEventInstance> of event 'Done': class='CALL or so'; expected flags such as EVENT_FLAG_CALL",
        ),
        (f'{PING}<managerEvent name="Done"/>', "<managerEvent> of event 'Done': has no instance"),
        (
            '<manager name="Do"><syntax>' + '<parameter name="A">' * 200 + "</parameter>" * 200 + "</syntax></manager>",
            "<parameter> of <manager> 'Do': is nested more than 50 elements deep",
        ),
        (ITEM, "<docs>: has no <manager> element"),
    ],
)
def test_invalid_documentation_is_refused_with_its_line(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, body)
    assert message in str(caught.value)
    where = str(tmp_path / "core-en_US.xml")
    assert str(caught.value).startswith(where if "<docs>" in message else f"{where}:4: <")


# The committed specs


COUNTS = {16: (160, 155), 18: (167, 161), 20: (169, 175), 21: (152, 170), 22: (154, 171), 23: (154, 171)}


@pytest.fixture(scope="module")
def committed() -> dict[int, Spec]:
    return {spec.branch: spec for spec in load_specs(SPECS)}


def test_each_committed_spec_has_the_known_number_of_actions_and_events(committed: dict[int, Spec]) -> None:
    found = {
        branch: (len(spec.actions), sum(not entry.nested for entry in spec.events.values()))
        for branch, spec in committed.items()
    }
    assert found == COUNTS
    assert {sum(entry.nested for entry in spec.events.values()) for spec in committed.values()} == {10}
    assert len(set().union(*(spec.actions for spec in committed.values()))) == 170
    assert len(set().union(*(spec.events for spec in committed.values()))) == 185


def test_facts_from_includes_lists_and_merges_are_in_the_committed_specs(committed: dict[int, Spec]) -> None:
    spec = committed[22]
    assert spec.actions["VoicemailMove"].modules == ("app_voicemail", "app_voicemail_imap", "app_voicemail_odbc")
    assert spec.actions["PJSIPHangup"].syntax[2].name == "Cause"
    assert spec.actions["CoreShowChannels"].responses == Responses(
        items=("CoreShowChannel",), events=("CoreShowChannelsComplete",)
    )
    assert len(spec.actions["PJSIPShowEndpoint"].responses.items) == 6  # type: ignore[union-attr]
    assert len(spec.events["LogChannel"].instances) == 2
    assert [instance.module for instance in spec.events["VarSet"].instances] == ["app_stack", "builtin", "func_global"]
    transfer = spec.events["AttendedTransfer"].instances[0].syntax
    assert next(entry.name for entry in transfer if isinstance(entry, Parameter)) == "Result"
    options = {entry.name: entry for entry in spec.actions["UpdateConfig"].syntax}["Options-000000"].values
    assert EnumValue(name="NewCat", values=values("allowdups", "template", 'inherit="template[,...]"')) in options


def test_no_prose_is_in_the_committed_specs() -> None:
    def texts(node: object) -> set[str]:
        if isinstance(node, dict):
            return set(node).union(*map(texts, node.values()))
        if isinstance(node, list):
            return set().union(*map(texts, node))
        return {node} if isinstance(node, str) else set()

    for path in sorted(SPECS.glob("asterisk-*.json")):
        found = texts(json.loads(path.read_text(encoding="utf-8")))
        assert not sorted(text for text in found if len(text.split()) > 3)


@needs_documentation
@pytest.mark.parametrize("file", REAL, ids=lambda path: path.name)
def test_the_committed_specs_are_what_a_fresh_read_gives(file: Path, committed: dict[int, Spec]) -> None:
    given = load_source(file)
    spec = read_spec(given)
    assert spec == committed[spec.branch]
    assert dump_spec(spec) == (SPECS / f"asterisk-{spec.branch}.json").read_text(encoding="utf-8")
    assert load_lock(SPECS)[spec.branch] == lock_entry(spec, provenance(given))
