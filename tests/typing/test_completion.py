"""What an editor offers after a dot: the classes, and little else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from amitypes_codegen.rendering import render, writer

from benchmarks.language_server import LanguageServer
from tests.codegen.builders import action, event, merged, parameter, spec
from tests.typing.checkers import SOURCE, missing

pytestmark = pytest.mark.skipif(bool(missing("pyright")), reason="needs pyright: run tox -e type, or install the group")

PROGRAM = """
import mypbx
from amitypes import TCPClient, actions, codes, events, responses, words
from mypbx import events as own_events

def read(event: events.Hangup, own: own_events.Done) -> None:
    {}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    folder = tmp_path_factory.mktemp("editor")
    known = spec(22, action("Do", "A"), event("Done", parameter("Mode", values="fast slow")))
    writer.write(writer.formatted(render.render(merged(folder, known), custom=True)), folder / "mypbx")
    (folder / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{SOURCE}"]}}', encoding="utf-8")
    with LanguageServer(Path(sys.executable), folder / "program.py") as server:
        yield server


def offered(server: LanguageServer, code: str) -> set[str]:
    """What is offered at the bar in a line, without what begins with an underscore."""
    before, _, after = code.partition("|")
    text = PROGRAM.format(before + after)
    server.show(text)
    found = server.complete(text.count("\n") - 1, 4 + len(before))
    return {label for label in found if not label.startswith("_")}


OF_THE_CHECKOUT = {"TYPE_CHECKING", "annotations"}
"""What editors hide of a module where it is installed, which the checkout isn't."""


@pytest.mark.parametrize("module", ["actions", "events", "responses"])
def test_a_module_offers_its_classes_and_by_name(server: LanguageServer, module: str) -> None:
    labels = offered(server, f"{module}.|") - OF_THE_CHECKOUT
    assert {label for label in labels if not label[0].isupper()} == {"by_name"}
    assert not labels & {"BY_NAME", "Final", "Mapping"}
    assert len(labels) > 150


def test_a_package_for_one_server_offers_nothing_but_its_own(server: LanguageServer) -> None:
    assert offered(server, "mypbx.actions.|") == {"Action", "Do", "by_name"}
    snapshots = {"BridgeSnapshot", "ChannelSnapshot"}
    assert offered(server, "mypbx.events.|") == {"Event", "UnknownEvent", "Done", *snapshots, "by_name"}
    modules = {"actions", "codes", "events", "responses", "words"}
    assert offered(server, "mypbx.|") - {"client"} == {*modules, "Client", "HTTPClient", "TCPClient"}


def test_words_are_offered(server: LanguageServer) -> None:
    assert {'"Ringing"', '"Dialing Offhook"'} <= offered(server, 'event.channel_state_desc == "|"')
    assert offered(server, 'own.mode == "|"') == {'"fast"', '"slow"'}
    assert "ChannelStateDesc" in offered(server, "words.|")


def test_an_actions_parameters_are_offered(server: LanguageServer) -> None:
    assert {"channel=", "cause=", "action_id="} <= offered(server, "actions.Hangup(|)")
