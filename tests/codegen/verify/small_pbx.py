"""Judges for the tests, and what they are told."""

from __future__ import annotations

from pathlib import Path

from amitypes_codegen.commands.main import main
from amitypes_codegen.overlay import entries as overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.verify.entries import Entries
from amitypes_codegen.verify.facts import Facts
from amitypes_codegen.verify.judge import Judge
from amitypes_codegen.verify.package import Package
from click.testing import CliRunner

from amitypes._protocol.encoding import encode
from amitypes._protocol.message import Message
from tests.codegen.builders import SPECS
from tests.codegen.xml_documents import document

XML = document(
    """
<manager name="Ask" language="en_US"><syntax/></manager>
<manager name="CoreSettings" language="en_US"><syntax/></manager>
<manager name="State" language="en_US"><syntax/></manager>
<manager name="ListCommands" language="en_US"><syntax/></manager>
<manager name="Ping" language="en_US"><syntax/></manager>
<manager name="Piles" language="en_US"><syntax/></manager>
"""
    + "".join(
        f"""
<managerEvent name="{name}" language="en_US"><managerEventInstance class="EVENT_FLAG_CALL"><syntax>
{"".join(f'<parameter name="{header}"/>' for header in headers.split())}
</syntax></managerEventInstance></managerEvent>"""
        for name, headers in {
            "Cdr": "Source",
            "FullyBooted": "Uptime LastReload Status",
            "Ended": "Channel Cause Cause-txt Uniqueid ChanVariable",
            "Loaded": "Load",
            "Pile": "Name Height",
            "PilesComplete": "EventList ListItems",
            "UserEvent": "UserEvent",
        }.items()
    )
)
FACTS = """
[event.Ended]
evidence = "x"
fields = ["Language"]
types = { Cause = "int", ChanVariable = "mapping" }
[event.Loaded]
evidence = "x"
types = { Load = "int" }
always = ["Load"]
[action.Piles]
evidence = "x"
items = ["Pile"]
complete = "PilesComplete"
[action.State]
evidence = "x"
response = [{ name = "Calls", type = "int" }]
"""
"""A small PBX with names of its own: what the shipped overlay says of real ones would change it."""


def generate(folder: Path, name: str, *overlays: Path) -> Package:
    """Has the command make the package of the small PBX, with its facts and more."""
    xml, facts = folder / "core-en_US-22.10.1.xml", folder / "facts.toml"
    xml.write_text(XML, encoding="utf-8")
    facts.write_text(FACTS, encoding="utf-8")
    more = [word for path in (facts, *overlays) for word in ("--overlay", str(path))]
    done = CliRunner().invoke(main, ["generate", "--xml", str(xml), "--out", str(folder / name), *more])
    assert done.exit_code == 0, done.output
    return Package(str(folder / name))


def shipped() -> Facts:
    """What the shipped overlay says."""
    return Facts(load_overlay([SPECS / "overlay"]))


def message(*headers: tuple[str, str]) -> Message:
    return Message(encode(headers).rstrip(b"\r\n"))


def event(name: str, **headers: str | list[str]) -> bytes:
    """An event as it is on the wire; an underscore in a header's name stands for a dash."""
    lines = [("Event", name), ("Privilege", "call,all")]
    for header, values in headers.items():
        lines += [(header.replace("_", "-"), value) for value in ([values] if isinstance(values, str) else values)]
    return encode(lines)


def answered(package: Package, action: str, *messages: Message, judge: Judge | None = None) -> Judge:
    """A judge who has seen an answer."""
    registry = package.registry
    declared = registry.response_class(action)
    assert declared is not None
    judge = judge or Judge()
    judge.answer(action, declared, declared.collect(messages, registry))
    return judge


def heard(package: Package, *events: bytes, judge: Judge | None = None) -> Judge:
    """A judge who has heard events."""
    registry = package.registry
    judge = judge or Judge()
    for data in events:
        judge.event(registry.decode_event(Message(data.rstrip(b"\r\n"))))
    return judge


def entries(judge: Judge, package: Package, *, known: Facts | None = None) -> str:
    """The overlay that a judge leads to."""
    writer = Entries(known or shipped(), package)
    return writer.write(judge.findings(), judge.suspects(), "22.10.1", "2026-11-23")


def loaded(text: str, folder: Path) -> overlay.Overlay:
    """An overlay's text, read by the generator's own loader."""
    path = folder / "found.toml"
    path.write_text(text, encoding="utf-8")
    return load_overlay([path])
