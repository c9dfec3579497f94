"""Names on the wire become names in Python."""

from __future__ import annotations

import keyword
import re
from typing import get_args

import pytest
from amitypes_codegen.errors import NamingError
from amitypes_codegen.model import names
from amitypes_codegen.model.merge import merge
from amitypes_codegen.model.names import Kind
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.folder import load_specs
from hypothesis import given
from hypothesis import strategies as st

from amitypes import runtime as models
from amitypes._models.base import WireModel
from tests.codegen.builders import SPECS


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("PJSIPShowEndpoints", "pjsip_show_endpoints"),
        ("CallerIDNum", "caller_id_num"),
        ("CallerIDnum", "caller_id_num"),
        ("CallerIDani", "caller_id_ani"),
        ("CoreCDRenabled", "core_cdr_enabled"),
        ("CoreHTTPenabled", "core_http_enabled"),
        ("AMIversion", "ami_version"),
        ("AMAflags", "ama_flags"),
        ("IPaddress", "ip_address"),
        ("MoHSuggest", "moh_suggest"),
        ("MCallerIDton", "m_caller_id_ton"),
        ("DBGetTree", "db_get_tree"),
        ("Uniqueid", "uniqueid"),
        ("UniqueID", "uniqueid"),
        ("Linkedid", "linkedid"),
        ("DAHDIDNDon", "dahdi_dnd_on"),
        ("DAHDIDNDoff", "dahdi_dnd_off"),
        ("DAHDIDialOffhook", "dahdi_dial_offhook"),
        ("IAXpeerlist", "iax_peerlist"),
        ("SIPpeers", "sip_peers"),
        ("SKINNYdevices", "skinny_devices"),
        ("PRIDebugFileSet", "pri_debug_file_set"),
        ("MWIGet", "mwi_get"),
        ("AGIExecStart", "agi_exec_start"),
        ("DTMFBegin", "dtmf_begin"),
        ("FAXSessionsEntry", "fax_sessions_entry"),
        ("CompletedFAXes", "completed_faxes"),
        ("GetConfigJSON", "get_config_json"),
        ("Cause-txt", "cause_txt"),
        ("CID-CallingPres", "cid_calling_pres"),
        ("Call-ID", "call_id"),
        ("Named Callgroup", "named_call_group"),
        ("SIP-T.38Support", "sip_t_38_support"),
        ("AOC-D", "aoc_d"),
        ("100rel", "100rel"),
        ("Qualify2xxOnly", "qualify_2xx_only"),
        ("T38UdptlEc", "t38_udptl_ec"),
        ("RtpIpv6", "rtp_ipv6"),
        ("Ignore183WithoutSdp", "ignore_183_without_sdp"),
        ("ReportXSourceSSRC", "report_x_source_ssrc"),
        ("ReportXIAJitter", "report_x_ia_jitter"),
        ("UnitAmount(0)", "unit_amount"),
        ("Action-000000", "action"),
        ("Line-000000-000000", "line"),
        ("DestChannelStateDesc", "dest_channel_state_desc"),
    ],
)
def test_wire_names_become_python_words(wire: str, python: str) -> None:
    assert names.snake(wire) == python


@pytest.mark.parametrize(
    ("wire", "kind", "python"),
    [
        ("Async", "action", "async_"),
        ("Class", "event", "class_"),
        ("From", "action", "from_"),
        ("100rel", "event", "n100rel"),
        ("Timeout", "action", "timeout"),
        ("Timeout", "event", "timeout"),
        ("Event", "event", "event_"),
        ("Raw", "event", "raw_"),
        ("Raw", "action", "raw"),
        ("Events", "response", "events_"),
        ("Copy", "event", "copy_"),
        ("JSON", "response", "json_"),
        ("Schema", "action", "schema_"),
        ("Register", "event", "register_"),
        ("List", "event", "list_"),
    ],
)
def test_wire_names_become_field_names(wire: str, kind: Kind, python: str) -> None:
    assert names.field_name(wire, kind) == python


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("AOC-D", "AOC_D"),
        ("IAXpeerlist", "IAXpeerlist"),
        ("Event", "Event_"),
        ("None", "None_"),
        ("3Way", "N3Way"),
        ("peers", "Peers"),
    ],
)
def test_wire_names_become_class_names(wire: str, python: str) -> None:
    assert names.class_name(wire) == python


@pytest.mark.parametrize("wire", ["", "-", "()", "é"])
def test_a_name_without_anything_usable_is_refused(wire: str) -> None:
    with pytest.raises(NamingError, match="has no letter or digit"):
        names.field_name(wire, "event")


def test_a_collision_names_both_wire_names() -> None:
    with pytest.raises(NamingError, match="event E: 'Call-ID' and 'CallID' would both be 'call_id'"):
        names.field_names(["Call-ID", "CallID"], "event", "event E")
    with pytest.raises(NamingError, match="actions: 'Do It' and 'DoIt' would both be 'do_it'"):
        names.module_names(["Do It", "DoIt"], "actions")


WIRE = st.text(st.sampled_from("ABIDPSXabcdeprs019-_.() "), max_size=24)


@given(WIRE, st.sampled_from(get_args(Kind)))
def test_every_name_is_usable_or_refused(wire: str, kind: Kind) -> None:
    try:
        made = names.field_name(wire, kind)
    except NamingError:
        assert not any(character.isalnum() for character in re.sub(r"(-0{6})*(\(0\))?$", "", wire))
        return
    assert made.isidentifier()
    assert not keyword.iskeyword(made)
    assert made == made.lower()
    assert made not in names.RESERVED[kind]


@given(st.lists(WIRE, unique=True), st.sampled_from(get_args(Kind)))
def test_names_in_one_model_are_distinct_or_refused(wires: list[str], kind: Kind) -> None:
    try:
        made = names.field_names(wires, kind, "it")
    except NamingError:
        return
    assert list(made) == wires
    assert len(set(made.values())) == len(wires)


@given(WIRE)
def test_a_python_name_is_not_changed(wire: str) -> None:
    made = names.snake(wire)
    assert made in {names.snake(made), ""} or any(character.isdigit() for character in made)


@pytest.mark.parametrize(
    ("kind", "bases"),
    [
        ("action", [models.Action]),
        ("event", [models.Event]),
        ("response", [models.Response]),
    ],
)
def test_attributes_of_the_base_models_are_reserved(kind: Kind, bases: list[type]) -> None:
    taken = {
        name
        for base in bases
        for name in {*dir(base), *dir(type(base)), *getattr(base, "model_fields", {})}
        if not name.startswith("_")
    }
    assert taken <= names.RESERVED[kind]


def test_base_headers_are_those_of_the_models() -> None:
    def declared(model: type[WireModel]) -> set[str]:
        return {name.lower() for base in model.__mro__ for name in getattr(base, "wire_headers", {})}

    assert declared(models.Event) == names.BASE_HEADERS["event"]
    # A second Message is the answer's own, where it declares one.
    assert declared(models.Response) - {"message"} == names.BASE_HEADERS["response"]


def test_one_header_has_one_name_however_it_is_spelled() -> None:
    model = merge(load_specs(SPECS), load_overlay([SPECS / "overlay"]))
    headers = [
        *(header for action in model.actions.values() for header in (*action.parameters, *action.response)),
        *(header for event in model.events.values() for header in event.headers),
    ]
    spelled: dict[str, set[str]] = {}
    for header in headers:
        spelled.setdefault(header.name.lower(), set()).add(names.snake(header.name))
    assert {name: made for name, made in spelled.items() if len(made) > 1} == {}
