"""COVERAGE.md: what proves each action, its answer and each event, and why some can't be shown live."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from amitypes_codegen.model import review
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.specs.folder import load_specs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from amitypes_codegen.model.definitions import Action, Event, Model

    from tests.asterisk.conformance.observations import Observations

REPOSITORY: Final = Path(__file__).resolve().parents[3]
COVERAGE: Final = REPOSITORY / "specs" / "COVERAGE.md"
REASONS: Final = Path(__file__).with_name("unreached.toml")

DONE, REFUSED, SEEN, SOURCE, ABSENT = "done", "refused", "seen", "source", ""

_HEAD: Final = """\
# What proves the types

Written by the live conformance run; to renew it: `pytest tests/asterisk/conformance --asterisk --coverage-out
specs/COVERAGE.md`. 16 and 22 are Debian's packages; the others were built from source and run with `--asterisk-root`
(see tests/asterisk/README.md). What isn't run again keeps its column.

For each branch: an action was *done* (its answer was of the declared type, with nothing undeclared) or only *refused*;
an event was *seen* (of its class, with nothing undeclared). *source*: known from Asterisk's source and documentation
alone. Empty: that branch doesn't have it.
"""


def model() -> Model:
    """Everything that is known of AMI."""
    specs = REPOSITORY / "specs"
    return merge(load_specs(specs), load_overlay([specs / "overlay"]))


def reviewed_texts(known: Model) -> frozenset[tuple[str, str]]:
    """What the overlay says is text, as the observations call it: an event or ``answer to`` an action, and a header."""
    prefixes = {"events": "", "responses": "answer to "}
    return frozenset(
        (f"{prefixes[row.group]}{row.model}", row.header.lower())
        for row in review.rows(known)
        if row.group in prefixes and row.kind in {"text", "str", "enumeration"}
    )


def reasons() -> Mapping[str, Mapping[str, str]]:
    """Why what was on neither server can't be: by `actions` and `events`, then by name."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    return found


def render(known: Model, seen: Mapping[int, Observations], before: str = "") -> str:
    """The page's text: the same for the same proofs.

    Args:
        known: Everything that is known of AMI.
        seen: What came, by branch.
        before: The page as it was, whose other branches are kept.
    """
    kept = proofs(before)
    branches = sorted({*seen, *(branch for proof in kept.values() for branch in proof)})

    def row(key: tuple[str, str], there: Collection[int], live: Mapping[int, str]) -> dict[int, str]:
        return {
            branch: live.get(branch)
            or ("" if branch in seen else kept.get(key, {}).get(branch, ""))
            or (SOURCE if branch in there else ABSENT)
            for branch in branches
        }

    actions = {
        name: row(("Action", name), action.branches, {branch: _of_action(name, seen[branch]) for branch in seen})
        for name, action in known.actions.items()
    }
    events = {
        name: row(("Event", name), event.branches, {branch: SEEN for branch in seen if name in seen[branch].events})
        for name, event in known.events.items()
    }
    why = reasons()
    lines = [
        _HEAD,
        f"## Actions and their answers\n\n{_sum(actions, DONE)}\n",
        *_table("Action", actions, DONE, why["actions"], known.actions),
        f"\n## Events\n\n{_sum(events, SEEN)}\n",
        *_table("Event", events, SEEN, why["events"], known.events),
    ]
    return "\n".join(lines) + "\n"


def proofs(text: str) -> dict[tuple[str, str], dict[int, str]]:
    """What a page says: by `Action` or `Event` and name, the proof on each branch."""
    found: dict[tuple[str, str], dict[int, str]] = {}
    kind, branches = "", list[int]()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]
        if line.startswith(("| Action", "| Event")):
            kind, branches = cells[0], [int(cell) for cell in cells[1:-1]]
        elif name := re.fullmatch(r"`(.+)`", cells[0]):
            found[kind, name[1]] = dict(zip(branches, cells[1:-1], strict=True))
    return found


def _of_action(name: str, seen: Observations) -> str:
    return DONE if name in seen.accepted else REFUSED if name in seen.refused else ""


def _sum(rows: Mapping[str, Mapping[int, str]], live: str) -> str:
    branches = next(iter(rows.values()))
    each = ", ".join(f"{sum(row[branch] == live for row in rows.values())} on {branch}" for branch in branches)
    everywhere = sum(set(row.values()) == {live} for row in rows.values())
    anywhere = sum(live in row.values() for row in rows.values())
    return f"Of {len(rows)}, {anywhere} were {live} live: {each}, {everywhere} on all of them."


def _table(
    kind: str,
    rows: Mapping[str, Mapping[int, str]],
    live: str,
    why: Mapping[str, str],
    known: Mapping[str, Action] | Mapping[str, Event],
) -> Iterator[str]:
    branches = list(next(iter(rows.values())))
    yield f"| {kind} | {' | '.join(map(str, branches))} | why not live |"
    yield f"| --- |{' --- |' * (len(branches) + 1)}"
    for name, row in rows.items():
        reason = "" if live in row.values() else why.get(name, "")
        if live not in row.values() and not reason and not any(row.values()):
            reason = "only in other branches: " + ", ".join(map(str, sorted(known[name].branches)))
        yield "|".join(["", *(f" {cell} " if cell else " " for cell in (f"`{name}`", *row.values(), reason)), ""])
