"""All scenarios, in the order in which they are played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from tests.asterisk.conformance import (
    agents,
    agi,
    bridges,
    calls_sip,
    confbridge,
    config_files,
    dahdi,
    envelope,
    every_action,
    fax,
    features,
    modules,
    parking,
    queues,
    records,
    security,
    skinny,
    states,
    user_events,
    voicemail,
)
from tests.asterisk.conformance.drive import Drive

Scenario: TypeAlias = Callable[[Drive], Awaitable[None]]

_MODULES: Final = (
    states,
    user_events,
    records,
    calls_sip,
    queues,
    agents,
    confbridge,
    parking,
    bridges,
    features,
    agi,
    voicemail,
    fax,
    config_files,
    dahdi,
    skinny,
    modules,
    security,
    envelope,
    every_action,
)

SCENARIOS: Final[dict[str, Scenario]] = {
    f"{module.__name__.rpartition('.')[2]}-{scenario.__name__}": scenario
    for module in _MODULES
    for scenario in module.SCENARIOS
}
