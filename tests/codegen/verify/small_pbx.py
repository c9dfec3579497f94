"""A small PBX: its documentation, its package, messages as it sends them, and checkers that have received them."""

from __future__ import annotations

from pathlib import Path

from amitypes_codegen.commands.main import main
from amitypes_codegen.overlay.entries import Overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.verify.checker import Checker
from amitypes_codegen.verify.overlay_index import OverlayIndex
from amitypes_codegen.verify.overlay_writer import OverlayWriter
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
OVERLAY = """
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
"""Its overlay. The PBX has names of its own, so that the overlay of the specs doesn't apply to it."""


def generate(folder: Path, name: str, *overlays: Path) -> Package:
    """Generates the package of the small PBX, with its overlay and more."""
    xml, overlay = folder / "core-en_US-22.10.1.xml", folder / "overlay.toml"
    xml.write_text(XML, encoding="utf-8")
    overlay.write_text(OVERLAY, encoding="utf-8")
    more = [argument for path in (overlay, *overlays) for argument in ("--overlay", str(path))]
    done = CliRunner().invoke(main, ["generate", "--xml", str(xml), "--out", str(folder / name), *more])
    assert done.exit_code == 0, done.output
    return Package(str(folder / name))


def index_of_specs() -> OverlayIndex:
    """The index of the overlay of the specs."""
    return OverlayIndex(load_overlay([SPECS / "overlay"]))


def message(*headers: tuple[str, str]) -> Message:
    return Message(encode(headers).rstrip(b"\r\n"))


def event(name: str, **headers: str | list[str]) -> bytes:
    """An event as it is on the wire; an underscore in a header's name becomes a dash."""
    lines = [("Event", name), ("Privilege", "call,all")]
    for header, values in headers.items():
        lines += [(header.replace("_", "-"), value) for value in ([values] if isinstance(values, str) else values)]
    return encode(lines)


def checked_response(package: Package, action: str, *messages: Message, checker: Checker | None = None) -> Checker:
    """A checker that has received a response."""
    registry = package.registry
    declared = registry.response_class(action)
    assert declared is not None
    checker = checker or Checker()
    checker.response(action, declared, declared.collect(messages, registry))
    return checker


def checked_events(package: Package, *events: bytes, checker: Checker | None = None) -> Checker:
    """A checker that has received events."""
    registry = package.registry
    checker = checker or Checker()
    for data in events:
        checker.event(registry.decode_event(Message(data.rstrip(b"\r\n"))))
    return checker


def overlay_of(checker: Checker, package: Package) -> str:
    """The overlay with the findings of a checker."""
    writer = OverlayWriter(index_of_specs(), package)
    return writer.write(checker.findings(), checker.suspects(), "22.10.1", "2026-11-23")


def loaded(text: str, folder: Path) -> Overlay:
    """An overlay's text, loaded."""
    path = folder / "found.toml"
    path.write_text(text, encoding="utf-8")
    return load_overlay([path])
