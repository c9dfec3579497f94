"""Runs the command in this process, on a small documentation."""

from __future__ import annotations

from pathlib import Path

from amitypes_codegen.commands.main import main
from click.testing import CliRunner, Result

from tests.codegen.xml_documents import document

XML = document(
    """
<manager name="Ping" language="en_US"><synopsis>Check the connection.</synopsis>
  <syntax><parameter name="ActionID"/><parameter name="Hint"><para>Anything.</para></parameter></syntax></manager>
<managerEvent name="Newchannel" language="en_US"><managerEventInstance class="EVENT_FLAG_CALL">
  <syntax><channel_snapshot/></syntax></managerEventInstance></managerEvent>
"""
)


def run(*arguments: object) -> Result:
    """Runs ``amitypes-codegen``."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def specs_from(xml: Path) -> Path:
    """Creates a folder of specs from XML, with an overlay that suffices to generate from them."""
    specs = xml.parent / "specs"
    assert run("read", xml, "--specs", specs).exit_code == 0
    (specs / "overlay").mkdir(exist_ok=True)
    (specs / "overlay" / "small.toml").write_text(
        "[snapshot.channel]\nevidence = 'x'\nfields = ['Channel']\n[acknowledged]\nPing = 'x'\n", encoding="utf-8"
    )
    return specs
