"""``amitypes-codegen types``."""

from __future__ import annotations

from pathlib import Path

from tests.codegen.commands.command_line import run, specs_from


def test_types_prints_a_table_of_all_fields(xml: Path) -> None:
    specs = specs_from(xml)
    done = run("types", "--specs", specs)
    assert done.exit_code == 0
    assert "actions\tPing\tHint\tstr\tundecided\t\t\n" in done.stdout
    assert "events\tNewchannel\tChannel\tstr\tundecided\t\t\n" in done.stdout
    assert done.stderr == "2 fields and parameters, 2 of them undecided; 2 names, 2 of them undecided\n"
    done = run("types", "--specs", specs, "--undecided")
    assert done.stdout == "1\tactions\tHint\n1\tevents\tChannel\n"


def test_an_action_without_a_reviewed_response_is_listed_and_not_generated(xml: Path) -> None:
    specs, out = specs_from(xml), xml.parent / "out"
    overlay = specs / "overlay" / "small.toml"
    overlay.write_text(overlay.read_text(encoding="utf-8").partition("[acknowledged]")[0], encoding="utf-8")
    assert "1\tresponse kind\tPing\n" in run("types", "--specs", specs, "--undecided").stdout
    for command in ("generate", "check"):
        done = run(command, "--specs", specs, "--out", out)
        assert done.exit_code == 2
        assert "action Ping: the kind of its response is unknown" in done.output
