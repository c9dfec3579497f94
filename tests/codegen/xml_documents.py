"""Small documentations for the tests."""

from __future__ import annotations

from pathlib import Path

from amitypes_codegen.reading import reader, source
from amitypes_codegen.specs.spec import Action, Event, Spec

DOCTYPE = '<!DOCTYPE docs SYSTEM "appdocsxml.dtd">'
PING = '<manager name="Ping" language="en_US"/>'
_ROOT = Path(__file__).resolve().parents[2]
REAL = sorted(
    path
    for path in (_ROOT.parent / "shared" / "asterisk-docs").glob("core-en_US-*.xml.xz")
    if (_ROOT / "specs" / f"asterisk-{path.name.removeprefix('core-en_US-').partition('.')[0]}.json").is_file()
)


def document(body: str, *, doctype: str = DOCTYPE) -> str:
    """A whole documentation around some elements; the first line of the body is line 4."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'{doctype}\n<docs xmlns:xi="http://www.w3.org/2001/XInclude">\n{body}\n</docs>\n'
    )


def load(folder: Path, body: str, *, release: str = "22.10.1") -> source.Source:
    path = folder / "core-en_US.xml"
    path.write_text(document(body), encoding="utf-8")
    return source.load(path, release)


def read(folder: Path, body: str, *, release: str = "22.10.1") -> Spec:
    return reader.read(load(folder, body, release=release))


def action(folder: Path, inner: str, *, others: str = "") -> Action:
    return read(folder, f'<manager name="Do" language="en_US">{inner}</manager>{others}').actions["Do"]


def event(folder: Path, inner: str) -> Event:
    return read(folder, f'{PING}<managerEvent name="Done" language="en_US">{inner}</managerEvent>').events["Done"]
