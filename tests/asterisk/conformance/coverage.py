"""COVERAGE.md: what proves each action, its answer and each event, and why some can't be shown live."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from amitypes_codegen import overlay, specfile
from amitypes_codegen.merge import merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from amitypes_codegen.merge import Action, Event, Model

    from tests.asterisk.conformance.observations import Observations

REPOSITORY: Final = Path(__file__).resolve().parents[3]
COVERAGE: Final = REPOSITORY / "specs" / "COVERAGE.md"
REASONS: Final = Path(__file__).with_name("unreached.toml")
VERSIONS: Final = (16, 22)

DONE, REFUSED, SEEN, SOURCE, ABSENT = "done", "refused", "seen", "source", ""

_HEAD: Final = """\
# What proves the types

Written by the live conformance run; to renew it: `pytest tests/asterisk/conformance --asterisk --coverage-out
specs/COVERAGE.md`.

For each branch that was run: an action was *done* (its answer was of the declared type, with nothing undeclared) or
only *refused*; an event was *seen* (of its class, with nothing undeclared). *source*: known from Asterisk's source and
documentation alone. Empty: that branch doesn't have it. The other branches (18, 20, 21, 23) are known from source and
documentation.
"""


def model() -> Model:
    """Everything that is known of AMI."""
    specs = REPOSITORY / "specs"
    return merge(specfile.load_all(specs), overlay.load([specs / "overlay"]))


def reasons() -> Mapping[str, Mapping[str, str]]:
    """Why what was on neither server can't be: by `actions` and `events`, then by name."""
    found: Mapping[str, Mapping[str, str]] = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    return found


def render(known: Model, seen: Mapping[int, Observations]) -> str:
    """The page's text: the same for the same proofs.

    Args:
        known: Everything that is known of AMI.
        seen: What came, by branch.
    """
    actions = {
        name: [_of_action(action, branch, seen[branch]) for branch in VERSIONS]
        for name, action in known.actions.items()
    }
    events = {
        name: [_of_event(event, branch, seen[branch]) for branch in VERSIONS] for name, event in known.events.items()
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


def proofs(text: str) -> dict[tuple[str, str], list[str]]:
    """What a page says: by `Action` or `Event` and name, the proof for each of `VERSIONS`."""
    found: dict[tuple[str, str], list[str]] = {}
    kind = ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(("| Action", "| Event")):
            kind = cells[0]
        elif name := re.fullmatch(r"`(.+)`", cells[0]):
            found[kind, name[1]] = cells[1:3]
    return found


def _of_action(action: Action, branch: int, seen: Observations) -> str:
    if action.name in seen.accepted:
        return DONE
    if action.name in seen.refused:
        return REFUSED
    return SOURCE if branch in action.branches else ABSENT


def _of_event(event: Event, branch: int, seen: Observations) -> str:
    if event.name in seen.events:
        return SEEN
    return SOURCE if branch in event.branches else ABSENT


def _sum(rows: Mapping[str, list[str]], live: str) -> str:
    each = ", ".join(f"{sum(row[i] == live for row in rows.values())} on {v}" for i, v in enumerate(VERSIONS))
    both = sum(row == [live] * len(VERSIONS) for row in rows.values())
    either = sum(live in row for row in rows.values())
    return f"Of {len(rows)}, {either} were {live} live: {each}, {both} on both."


def _table(
    kind: str,
    rows: Mapping[str, list[str]],
    live: str,
    why: Mapping[str, str],
    known: Mapping[str, Action] | Mapping[str, Event],
) -> Iterator[str]:
    yield f"| {kind} | {' | '.join(map(str, VERSIONS))} | why not live |"
    yield f"| --- |{' --- |' * (len(VERSIONS) + 1)}"
    for name, row in rows.items():
        reason = "" if live in row else why.get(name, "")
        if live not in row and not reason and not any(row):
            reason = "only in other branches: " + ", ".join(map(str, sorted(known[name].branches)))
        yield f"| `{name}` | {' | '.join(row)} | {reason} |".replace("|  |", "| |")
