"""Every scenario, on each version: whatever arrives is as the types say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes import AMIError
from tests.asterisk.conformance import coverage
from tests.asterisk.conformance.drive import drive
from tests.asterisk.conformance.observations import Observations
from tests.asterisk.conformance.scenarios import SCENARIOS
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
async def test_scenario(
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
            # Once more, as this tells nothing of the types; whoever ends it every time hears of it.
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


def test_what_was_proved_is_still(
    asterisk_version: str, seen_so_far: Observations, played: set[str], pytestconfig: pytest.Config
) -> None:
    """What COVERAGE.md says was live on this version has been again: whoever breaks a scenario hears of it."""
    if len(played) < len(SCENARIOS):
        pytest.skip("only when all scenarios are played")
    if pytestconfig.getoption("--coverage-out"):
        pytest.skip("the proofs are being written anew")
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
