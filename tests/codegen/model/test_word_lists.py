"""The names of lists of words."""

from __future__ import annotations

from pathlib import Path

from amitypes_codegen.model import names, word_lists
from amitypes_codegen.model.definitions import Model
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering import render, writer
from amitypes_codegen.specs.folder import load_specs

from amitypes import words
from tests.codegen.builders import GENERATED, SPECS, action, event, merged, parameter, spec


def lists(model: Model) -> dict[str, tuple[str, ...]]:
    return {each.name: tuple(value.name for value in each.values) for each in word_lists.WordLists(model).lists}


def test_a_list_is_named_after_its_header_wherever_it_is_met(tmp_path: Path) -> None:
    mode = parameter("Fax-Mode", values="fast slow")
    known = spec(22, action("Do", mode), event("Done", mode))
    assert lists(merged(tmp_path, known)) == {"Fax_Mode": ("fast", "slow")}
    files = writer.formatted(render.render(merged(tmp_path, known)))
    assert "fax_mode: words.Fax_Mode | None = None" in files["_actions/do.py"]
    assert 'fax_mode: words.Fax_Mode = ""' in files["_events/done.py"]
    assert "fax_mode: words.Fax_Mode | None = None" in files["methods.py"]
    assert "fax_mode: One of `words.Fax_Mode`." in files["methods.py"]


def test_a_single_word_stands_in_the_annotation(tmp_path: Path) -> None:
    known = spec(22, action("Do", parameter("Mode", values="fast")))
    assert lists(merged(tmp_path, known)) == {}
    files = writer.formatted(render.render(merged(tmp_path, known)))
    assert 'mode: Literal["fast"] | str | None = None' in files["_actions/do.py"]
    assert "mode: As ``fast``." in files["methods.py"]


def test_lists_of_one_header_are_named_after_their_first_owners(tmp_path: Path) -> None:
    one, other = parameter("Mode", values="fast slow"), parameter("Mode", values="loud soft")
    known = spec(22, event("Played", other), event("Run", one), event("Sung", other), event("Walked", one))
    model = merged(tmp_path, known)
    assert lists(model) == {"PlayedMode": ("loud", "soft"), "RunMode": ("fast", "slow")}
    files = writer.formatted(render.render(model))
    assert 'mode: words.PlayedMode = ""' in files["_events/sung.py"]
    assert 'mode: words.RunMode = ""' in files["_events/walked.py"]
    assert '"""What ``Mode`` of ``Run`` and ``Mode`` of ``Walked`` may be."""' in files["words.py"]


def test_a_name_that_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    one, other = parameter("Mode", values="fast slow"), parameter("Mode", values="loud soft")
    taken = parameter("RunMode", values="x y")
    known = spec(22, event("Run", one, taken), event("Sung", other))
    assert set(lists(merged(tmp_path, known))) == {"RunMode", "RunMode_", "SungMode"}


def test_each_list_of_the_committed_package_has_one_name_of_the_table_or_its_header() -> None:
    model = merge(load_specs(SPECS), load_overlay([SPECS / "overlay"]))
    known = word_lists.WordLists(model).lists
    by_name = lists(model)
    assert len(set(by_name.values())) == len(by_name) > 100
    headers = {header for each in known for header in each.headers}
    assert names.WORD_LISTS.keys() <= headers, "the table has names for what there isn't"
    undecided = [each.name for each in known if " of " in each.headers[0] and each.headers[0] not in names.WORD_LISTS]
    assert undecided == [], "two lists of one header: names.WORD_LISTS needs a name for each"
    assert set(dir(words)) == by_name.keys()


def test_no_list_of_words_is_printed_twice() -> None:
    for path in GENERATED.rglob("*.py"):
        if path.name != "words.py":
            text = path.read_text(encoding="utf-8")
            assert all('",' not in part.partition("]")[0] for part in text.split("Literal[")[1:]), path
