"""Every scenario, on each version: everything that arrives matches the types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes import AMIError
from tests.asterisk.conformance import coverage
from tests.asterisk.conformance.drive import drive
from tests.asterisk.conformance.observations import Observations
from tests.asterisk.conformance.scenarios import SCENARIOS
from tests.asterisk.conformance.words import known, unlisted
from tests.asterisk.install import RECIPES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.asterisk.conformance.scenarios import Scenario
    from tests.asterisk.conftest import Servers
    from tests.asterisk.server import AsteriskServer


async def play(scenario: Scenario, server: AsteriskServer, seen: Observations, recording: Path | None) -> None:
    async with drive(server, seen, recording=recording) as held:
        await scenario(held)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
async def test_a_scenario_matches_the_types(
    conformance_server: AsteriskServer,
    conformance_servers: Servers,
    seen_so_far: Observations,
    played: set[str],
    scenario: Scenario,
    recording: Path | None,
) -> None:
    name = f"{scenario.__module__}.{scenario.__name__}"
    seen = Observations()
    before = len(conformance_server.log())
    try:
        try:
            await play(scenario, conformance_server, seen, recording)
        except (AMIError, TimeoutError):
            if not conformance_server.has_ended():
                raise
            # Once more: a rare crash says nothing about the types. A second one fails the test.
            conformance_servers.revive(conformance_server, name)
            await play(scenario, conformance_server, seen, recording)
    except BaseException as error:
        error.add_note(f"what the server logged:\n{conformance_server.log()[before:][-6000:]}")
        raise
    finally:
        seen_so_far.add(seen)
        played.add(name)
    gaps = seen.gaps()
    assert not gaps, "what arrived isn't as declared:\n" + "\n".join(gaps)


def test_everything_confirmed_before_is_confirmed_again(
    asterisk_version: str,
    seen_so_far: Observations,
    played: set[str],
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> None:
    """What COVERAGE.md calls live on this version was seen again, so a broken scenario is detected."""
    selected = [
        item
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.originalname == test_a_scenario_matches_the_types.__name__
        and item.callspec.params["asterisk_version"] == asterisk_version
    ]
    if len(selected) < len(SCENARIOS):
        pytest.skip("only when all scenarios are played")
    assert len(played) == len(SCENARIOS), "not all were played by this process"
    if pytestconfig.getoption("--coverage-out"):
        pytest.skip("COVERAGE.md is being rewritten")
    if asterisk_version not in RECIPES:
        pytest.skip("only Debian's packages are the same everywhere")
    branch = int(asterisk_version)
    lost = [
        f"{kind} {name}"
        for (kind, name), proof in coverage.proofs(coverage.COVERAGE.read_text(encoding="utf-8")).items()
        if (proof[branch] == coverage.DONE and name not in seen_so_far.accepted)
        or (proof[branch] == coverage.SEEN and name not in seen_so_far.events)
    ]
    assert lost == []


def test_every_received_word_is_listed(seen_so_far: Observations) -> None:
    if not seen_so_far.events:
        pytest.skip("only after scenarios")
    assert any(known(*header) for header in seen_so_far.values), "no word was looked at"
    assert unlisted(seen_so_far) == []


def test_no_text_is_always_a_number_a_boolean_or_a_time(seen_so_far: Observations) -> None:
    """Except where the overlay declares text: an identifier, a number to dial."""
    if not seen_so_far.values:
        pytest.skip("only after scenarios")
    assert seen_so_far.suspects(coverage.reviewed_texts(coverage.model())) == []
