"""The settings of reconnecting."""

from __future__ import annotations

import itertools

import pytest

from amitypes._client.reconnect_settings import Reconnect


def test_delays_grow_up_to_the_maximum() -> None:
    settings = Reconnect(initial=1, maximum=10, factor=3, jitter=0)
    assert list(itertools.islice(settings.delays(), 5)) == [1, 3, 9, 10, 10]


def test_jitter_makes_a_share_of_each_delay_random() -> None:
    settings = Reconnect(initial=1, maximum=1, jitter=0.25)
    delays = list(itertools.islice(settings.delays(), 500))
    assert all(0.75 <= delay <= 1 for delay in delays)
    assert len(set(delays)) > 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"initial": 0},
        {"initial": 2, "maximum": 1},
        {"factor": 0.5},
        {"jitter": 2},
        {"jitter": -0.1},
        {"stable": -1},
        {"give_up": -1},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="|".join(wrong)):
        Reconnect(**wrong)  # type: ignore[arg-type]  # a test's settings
