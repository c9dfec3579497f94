"""Small XML documentations for tests, and those of real releases where they are present."""

from __future__ import annotations

from pathlib import Path

import pytest
from amitypes_codegen.reading.source import Source, load_source
from amitypes_codegen.reading.spec_reader import read_spec
from amitypes_codegen.specs.spec import Action, Event, Spec

DOCTYPE = '<!DOCTYPE docs SYSTEM "appdocsxml.dtd">'
PING = '<manager name="Ping" language="en_US"/>'
_ROOT = Path(__file__).resolve().parents[2]
REAL = sorted(
    path
    for path in (_ROOT.parent / "shared" / "asterisk-docs").glob("core-en_US-*.xml.xz")
    if (_ROOT / "specs" / f"asterisk-{path.name.removeprefix('core-en_US-').partition('.')[0]}.json").is_file()
)
needs_documentation = pytest.mark.skipif(not REAL, reason="Asterisk's own XML isn't in ../shared/asterisk-docs")


def document(body: str, *, doctype: str = DOCTYPE) -> str:
    """A complete documentation with some elements; the body starts on line 4."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'{doctype}\n<docs xmlns:xi="http://www.w3.org/2001/XInclude">\n{body}\n</docs>\n'
    )


def load(folder: Path, body: str, *, release: str = "22.10.1") -> Source:
    path = folder / "core-en_US.xml"
    path.write_text(document(body), encoding="utf-8")
    return load_source(path, release)


def read(folder: Path, body: str, *, release: str = "22.10.1") -> Spec:
    return read_spec(load(folder, body, release=release))


def action(folder: Path, inner: str, *, others: str = "") -> Action:
    return read(folder, f'<manager name="Do" language="en_US">{inner}</manager>{others}').actions["Do"]


def event(folder: Path, inner: str) -> Event:
    return read(folder, f'{PING}<managerEvent name="Done" language="en_US">{inner}</managerEvent>').events["Done"]
