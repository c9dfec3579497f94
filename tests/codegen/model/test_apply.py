"""Entries are applied to the specs; a later overlay corrects an earlier one."""

from __future__ import annotations

from pathlib import Path

import pytest
from amitypes_codegen.errors import OverlayError
from amitypes_codegen.model.definitions import Header, Model
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay import entries as overlay

from tests.codegen.builders import action, event, facts, spec

SPEC = spec(22, action("Ask"), event("Call", "Count", "Text"))
SHIPPED = """
[event.Call]
evidence = "x"
types = { Count = "int" }
always = ["Count"]
[action.Ask]
evidence = "x"
response = [{ name = "Total", type = "int" }]
always = ["Total"]
"""


def corrected(folder: Path, more: str) -> Model:
    shipped = facts(folder, SHIPPED)
    return merge([SPEC], overlay.join([shipped, facts(folder, more)]))


def count(model: Model) -> Header:
    return model.events["Call"].headers[0]


def test_a_later_overlay_overrides_an_earlier_one(tmp_path: Path) -> None:
    model = corrected(
        tmp_path,
        "[event.Call]\nevidence = 'y'\nfields = ['New']\ntypes = { Count = 'str' }\noptional = ['Count']\n"
        "[action.Ask]\nevidence = 'y'\noptional = ['Total']\n",
    )
    assert (count(model).type, count(model).always) == ("str", None)
    assert [header.name for header in model.events["Call"].headers] == ["Count", "Text", "New"]
    assert model.actions["Ask"].response[0].always is None


def test_a_later_overlay_changes_only_what_it_names(tmp_path: Path) -> None:
    model = corrected(tmp_path, "[event.Call]\nevidence = 'y'\nfields = ['New']\n")
    assert count(model).type == "int"
    assert count(model).always is not None
    assert model.actions["Ask"].response[0].always is not None


def test_a_later_overlay_changes_the_type_of_a_response_header(tmp_path: Path) -> None:
    model = corrected(
        tmp_path, "[action.Ask]\nevidence = 'y'\nresponse = [{ name = 'Total', type = 'str' }]\noptional = ['Total']\n"
    )
    (total,) = model.actions["Ask"].response
    assert (total.type, total.always) == ("str", None)


@pytest.mark.parametrize("more", ["[event.Call]\noptional = ['Text']\n", "[action.Ask]\noptional = ['Rest']\n"])
def test_a_header_that_no_overlay_calls_always_present_cant_be_made_optional(tmp_path: Path, more: str) -> None:
    with pytest.raises(OverlayError, match=r"optional\.\w+: (no entry has it in always|no such header)"):
        corrected(tmp_path, more.replace("\n", "\nevidence = 'y'\n", 1))


def test_a_later_overlay_replaces_an_acknowledgement_by_a_response(tmp_path: Path) -> None:
    first = facts(tmp_path, "[acknowledged]\nAsk = 'x'")
    more = facts(tmp_path, "[action.Ask]\nevidence = 'y'\nresponse = [{ name = 'Total', type = 'int' }]")
    assert merge([SPEC], first).actions["Ask"].response_kind == "acknowledgement"
    assert merge([SPEC], overlay.join([first, more])).actions["Ask"].response_kind == "response"
