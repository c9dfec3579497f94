"""An overlay on top of another: it has the last word on types, and on what is always there."""

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


def test_the_later_overlay_has_the_last_word(tmp_path: Path) -> None:
    model = corrected(
        tmp_path,
        "[event.Call]\nevidence = 'y'\nfields = ['New']\ntypes = { Count = 'str' }\noptional = ['Count']\n"
        "[action.Ask]\nevidence = 'y'\noptional = ['Total']\n",
    )
    assert (count(model).type, count(model).always) == ("str", None)
    assert [header.name for header in model.events["Call"].headers] == ["Count", "Text", "New"]
    assert model.actions["Ask"].response[0].always is None


def test_what_is_not_corrected_stays(tmp_path: Path) -> None:
    model = corrected(tmp_path, "[event.Call]\nevidence = 'y'\nfields = ['New']\n")
    assert count(model).type == "int"
    assert count(model).always is not None
    assert model.actions["Ask"].response[0].always is not None


def test_a_response_given_another_type(tmp_path: Path) -> None:
    model = corrected(
        tmp_path, "[action.Ask]\nevidence = 'y'\nresponse = [{ name = 'Total', type = 'str' }]\noptional = ['Total']\n"
    )
    (total,) = model.actions["Ask"].response
    assert (total.type, total.always) == ("str", None)


@pytest.mark.parametrize("more", ["[event.Call]\noptional = ['Text']\n", "[action.Ask]\noptional = ['Rest']\n"])
def test_what_nobody_calls_always_there(tmp_path: Path, more: str) -> None:
    with pytest.raises(OverlayError, match=r"optional\.\w+: (nothing says|there is no such header)"):
        corrected(tmp_path, more.replace("\n", "\nevidence = 'y'\n", 1))


def test_a_later_overlay_knows_more_of_an_answer_than_that_it_acknowledges(tmp_path: Path) -> None:
    first = facts(tmp_path, "[acknowledged]\nAsk = 'x'")
    more = facts(tmp_path, "[action.Ask]\nevidence = 'y'\nresponse = [{ name = 'Total', type = 'int' }]")
    assert merge([SPEC], first).actions["Ask"].answer == "acknowledgement"
    assert merge([SPEC], overlay.join([first, more])).actions["Ask"].answer == "response"
