"""What importing costs, and whether every public name leads somewhere."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pydantic
import pytest

from amitypes.testing import FakeAsterisk

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = {"pydantic", "lxml", "jinja2", "httpx2", "click", "jsonschema", "amitypes._models.received", "amitypes_codegen"}


def printed(code: str) -> str:
    """What some code prints in a new interpreter."""
    script = f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n{code}"
    done = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True)
    return done.stdout


def loaded(code: str) -> set[str]:
    """The modules that are loaded after running some code in a new interpreter."""
    return set(json.loads(printed(f"{code}\nimport sys, json; print(json.dumps(list(sys.modules)))")))


@pytest.mark.parametrize(
    "code",
    [
        "import amitypes",
        "from amitypes import TCPClient, AMIError; TCPClient('pbx', username='a', password='b')",
        "from amitypes import TCPClient; TCPClient('pbx', ssl_enabled=True)",
        "from amitypes import HTTPClient; HTTPClient('pbx')",
        "import amitypes.client, amitypes.errors",
    ],
)
def test_a_client_loads_no_models_and_nothing_of_the_generator(code: str) -> None:
    modules = loaded(code)
    assert "amitypes" in modules
    assert not HEAVY & modules
    assert not [name for name in modules if name.startswith("amitypes._generated.") and name.count(".") > 2]


async def test_connecting_loads_no_models() -> None:
    async with FakeAsterisk() as server:
        connect = f"async with TCPClient('127.0.0.1', {server.port}, username='hello', password='world'): pass"
        code = f"import asyncio\nfrom amitypes import TCPClient\nasync def main():\n    {connect}\nasyncio.run(main())"
        modules = await asyncio.to_thread(loaded, code)
    assert "amitypes._protocol.session" in modules
    assert not HEAVY & modules


def test_an_event_loads_only_its_own_module_and_those_of_its_families() -> None:
    modules = loaded("from amitypes.events import Hangup")
    classes = {name for name in modules if name.startswith("amitypes._generated._events.")}
    families = "amitypes._generated._events.families"
    assert classes == {"amitypes._generated._events.hangup", families, f"{families}.channel_event"}


def test_subscribing_to_a_family_loads_none_of_its_events() -> None:
    modules = loaded(
        "from amitypes import TCPClient, events\n"
        "async def main():\n"
        "    TCPClient('localhost').events(events.ChannelEvent)\n"
        "import asyncio\n"
        "asyncio.run(main())"
    )
    assert "amitypes._generated._events.families.channel_event" in modules
    assert "amitypes._generated._events.hangup" not in modules


EVENT = """
from amitypes.events import Hangup
from amitypes._protocol.message import Message
event = Hangup.decode(Message(b"Event: Hangup\\r\\nChannel: SIP/1\\r\\nChannelState: 6\\r\\nPriority: 1\\r\\nX: y"))
"""


@pytest.mark.skipif(
    tuple(map(int, pydantic.VERSION.split(".")[:2])) < (2, 14), reason="models are built at once before pydantic 2.14"
)
def test_an_event_needs_no_validator() -> None:
    """Pydantic's schema, validator and serializer cost as much as the rest of a class."""
    assert printed(f"{EVENT}print(event.channel_state, event.issues, Hangup.__pydantic_complete__)") == "6 () False\n"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("event.model_dump()['channel_state']", "6"),
        ("event.model_dump_json(include={'channel_state'})", '{"channel_state":6}'),
        ("'channel_state' in Hangup.model_json_schema()['properties']", "True"),
        ("Hangup.model_validate(event) is event", "True"),
        ("Hangup(channel_state=6, priority=1).priority", "1"),
        ("Hangup.model_validate({'channel_state': '6', 'priority': 1}).channel_state", "6"),
        ("pickle.loads(pickle.dumps(event)) == event.model_copy() == copy.deepcopy(event)", "True"),
        ("type('Mine', (Hangup,), {'__annotations__': {'x': int}})(channel_state=6, priority=1, x='1').x", "1"),
        ("pydantic.TypeAdapter(list[Hangup]).validate_python([event])[0].channel_state", "6"),
        ("pydantic.create_model('Log', event=Hangup)(event=event).model_dump()['event']['channel_state']", "6"),
    ],
)
def test_pydantic_builds_validators_when_needed(code: str, result: str) -> None:
    assert printed(f"import copy, pickle, pydantic\n{EVENT}print({code})") == f"{result}\n"


def test_warm_up_loads_everything() -> None:
    modules = loaded("import amitypes; amitypes.warm_up()")
    for group in ("actions", "events", "responses"):
        files = {path.stem for path in (SOURCE / "amitypes" / "_generated" / f"_{group}").glob("[!_]*.py")}
        assert {f"amitypes._generated._{group}.{name}" for name in files} <= modules


def test_warm_up_builds_the_validators_that_are_always_used() -> None:
    load = "import amitypes; amitypes.warm_up(); from amitypes import actions, responses"
    built = "actions.Ping.__pydantic_complete__, responses.Agents.__pydantic_complete__"
    assert printed(f"{load}; print({built})") == "True True\n"


@pytest.mark.parametrize(
    "package", ["amitypes", "amitypes.actions", "amitypes.events", "amitypes.responses", "amitypes.testing"]
)
def test_every_public_name_can_be_imported(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    assert names
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(module, name) is not None
        assert name in dir(module)


def test_dir_lists_the_public_names_alone() -> None:
    code = "import amitypes, amitypes.events, amitypes.words, amitypes._imports.preload; "
    assert json.loads(printed(f"import json\n{code}print(json.dumps(sorted(dir(amitypes))))")) == sorted(
        {*importlib.import_module("amitypes").__all__, "events", "runtime", "words"}
    )
    for name in ("actions", "codes", "events", "responses", "words"):
        module = importlib.import_module(f"amitypes.{name}")
        assert sorted(dir(module)) == sorted(module.__all__)


@pytest.mark.parametrize("package", ["amitypes", "amitypes.actions", "amitypes.events", "amitypes.responses"])
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = module.Nonsense


def test_classes_are_found_by_name() -> None:
    from amitypes import actions, events

    assert actions.by_name("coreshowchannels") is actions.CoreShowChannels
    assert events.by_name("HANGUP") is events.Hangup
    for find in (actions.by_name, events.by_name):
        with pytest.raises(KeyError):
            find("nonsense")
