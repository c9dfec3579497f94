"""Reading the prose of a documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from amitypes_codegen.reading.prose_reader import read_prose
from amitypes_codegen.reading.source import load_source
from amitypes_codegen.reading.spec_reader import read_spec
from amitypes_codegen.specs.prose import Text
from amitypes_codegen.specs.serialization import dump_spec

from tests.codegen.xml_documents import REAL, load, needs_documentation


def test_prose_is_plain_text_and_isnt_in_the_spec(tmp_path: Path) -> None:
    given = load(
        tmp_path,
        """<manager name="Do">
            <synopsis> Does\n it. </synopsis>
            <syntax><parameter name="A"><para>About <literal>A</literal>.</para><enumlist>
                <enum name="x"><para>The x.</para><enumlist><enum name="y"/></enumlist></enum><enum name="z"/>
            </enumlist></parameter><parameter name="Silent"/></syntax>
            <description><para>One.</para><note><para>Two.</para></note><example title="How">  a\n  b</example>
            </description>
        </manager>
        <managerEvent name="Done">
            <managerEventInstance class="EVENT_FLAG_CALL"><synopsis>First.</synopsis>
                <description><para>Here.</para></description></managerEventInstance>
            <managerEventInstance class="EVENT_FLAG_CALL"><synopsis>Second.</synopsis>
                <description><para>There.</para></description></managerEventInstance>
        </managerEvent>""",
    )
    extracted = read_prose(given)
    assert extracted.actions["Do"] == Text(
        synopsis="Does it.",
        description="One.\n\nNote: Two.\n\nHow\na\nb",
        parameters={"A": "About A.\n\n- x: The x.\n  - y\n- z"},
    )
    assert extracted.events["Done"] == Text(synopsis="First.", description="Here.\n\nThere.")
    spec = dump_spec(read_spec(given))
    assert not [word for word in ("Does", "About", "The x", "One", "Two", "How", "First", "Here") if word in spec]


@needs_documentation
@pytest.mark.parametrize("file", REAL, ids=lambda path: path.name)
def test_every_action_and_event_of_a_release_has_prose(file: Path) -> None:
    given = load_source(file)
    spec, texts = read_spec(given), read_prose(given)
    assert set(texts.actions) == set(spec.actions)
    assert set(texts.events) == set(spec.events)
    assert {name for name, text in texts.actions.items() if text.synopsis} == {
        name for name, entry in spec.actions.items() if entry.synopsis
    }
