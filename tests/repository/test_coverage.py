"""specs/COVERAGE.md knows everything that the specs and the overlay know."""

from __future__ import annotations

from tests.asterisk.conformance import coverage
from tests.asterisk.conformance.observations import Observations

RENEW = "renew it: pytest tests/asterisk/conformance --asterisk --coverage-out specs/COVERAGE.md"


def test_coverage_md_lists_every_action_and_event() -> None:
    known = coverage.model()
    listed = coverage.proofs(coverage.COVERAGE.read_text(encoding="utf-8"))
    expected = [("Action", name) for name in known.actions] + [("Event", name) for name in known.events]
    assert list(listed) == expected, RENEW


def test_everything_unconfirmed_has_a_reason() -> None:
    listed = coverage.proofs(coverage.COVERAGE.read_text(encoding="utf-8"))
    why = coverage.reasons()
    live = {coverage.DONE, coverage.SEEN}
    unproved = {key for key, proof in listed.items() if not live & set(proof.values()) and any(proof.values())}
    reasoned = {("Action", name) for name in why["actions"]} | {("Event", name) for name in why["events"]}
    assert unproved - reasoned == set(), "say in unreached.toml why"
    assert reasoned - unproved == set(), "has been live, or isn't known"


def test_a_run_rewrites_its_own_column_only() -> None:
    page = coverage.COVERAGE.read_text(encoding="utf-8")
    seen = Observations()
    seen.accepted.add("Ping")
    renewed = coverage.proofs(coverage.render(coverage.model(), {22: seen}, page))
    column = {key: proof.pop(22) for key, proof in renewed.items()}
    assert {key for key, proof in column.items() if proof in {coverage.DONE, coverage.SEEN}} == {("Action", "Ping")}
    before = coverage.proofs(page)
    assert renewed == {
        key: {other: mark for other, mark in proof.items() if other != 22} for key, proof in before.items()
    }
