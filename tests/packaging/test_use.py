"""The installed packages, used outside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.conftest import Environment

SMALL = Path(__file__).with_name("small.xml")


@pytest.mark.parametrize("module", ["lxml", "jinja2", "click", "jsonschema", "ruff"])
def test_the_client_is_installed_without_what_the_generator_needs(module: str, runtime: Environment) -> None:
    assert not runtime.has(module)


def test_every_public_module_imports(runtime: Environment) -> None:
    names = [
        *("actions", "client", "codes", "errors", "events", "nested", "notices", "responses", "resync", "runtime"),
        *("testing", "words"),
    ]
    runtime.python("\n".join(f"import amitypes.{name}" for name in names))


def test_every_model_imports(runtime: Environment) -> None:
    counted = runtime.python(
        "from amitypes import actions, events, responses\n"
        "for package in (actions, events, responses):\n"
        "    print(sum(1 for name in package.__all__ if getattr(package, name)))"
    )
    number_of_actions, number_of_events, number_of_responses = map(int, counted.split())
    assert number_of_actions >= 170
    assert number_of_events >= 185
    assert number_of_responses >= 170


def test_the_demo_runs(runtime: Environment) -> None:
    printed = runtime.command("amitypes", "demo")
    assert "Newchannel" in printed
    assert "Hangup" in printed


def test_the_generator_says_what_it_lacks(runtime: Environment) -> None:
    said = runtime.python(
        "import subprocess, sys\n"
        "command = [sys.executable, '-m', 'amitypes_codegen', '--help']\n"
        "result = subprocess.run(command, capture_output=True, text=True)\n"
        "print(result.returncode, result.stderr)"
    )
    assert not said.startswith("0 ")
    assert "amitypes[codegen]" in said
    assert "Traceback" not in said


def test_the_generator_has_help(generator: Environment) -> None:
    printed = generator.command("amitypes-codegen", "--help")
    for command in ("read", "generate", "check", "diff", "verify"):
        assert command in printed


@pytest.fixture(scope="module")
def teapots(generator: Environment) -> Environment:
    """The environment, with a package for a server that has teapots."""
    generator.command("amitypes-codegen", "generate", "--xml", SMALL, "--release", "22.10.1", "--out", "teapots")
    return generator


def test_a_package_for_one_server_imports(teapots: Environment) -> None:
    printed = teapots.python(
        "from teapots import TCPClient, actions, events\n"
        "print(actions.TeapotBoil(teapot='brown', strength='3').to_headers())\n"
        "print(events.by_name('teapotboiled').__name__, TCPClient('pbx').port)\n"
    )
    assert printed == "[('Action', 'TeapotBoil'), ('Teapot', 'brown'), ('Strength', '3')]\nTeapotBoiled 5038\n"


def test_a_recording_is_verified(teapots: Environment, tmp_path: Path) -> None:
    recording = tmp_path / "session.raw"
    recording.write_bytes(
        b"Asterisk Call Manager/11.0.0\r\nEvent: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Any\r\n\r\n"
    )
    said = teapots.command("amitypes-codegen", "verify", "--from", recording)
    assert "The types declare everything that was received." in said


def test_a_package_for_one_server_is_typed(teapots: Environment) -> None:
    program = teapots.work / "program.py"
    program.write_text(
        "from typing import assert_type\n"
        "from teapots import TCPClient, events, responses\n"
        "async def main(client: TCPClient) -> None:\n"
        "    assert_type(await client.actions.teapot_boil(teapot='brown'), responses.TeapotBoil)\n"
        "    async for event in client.events(events.TeapotBoiled):\n"
        "        assert_type(event.strength, str)\n"
    )
    teapots.command("mypy", "--strict", "program.py", "teapots")
