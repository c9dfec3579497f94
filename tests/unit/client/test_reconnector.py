"""The reconnector: when it makes its attempts, and when it stops, by a clock that tests turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes import Reconnect
from amitypes._client.reconnector import Reconnector
from amitypes.errors import AMIError, AuthenticationError, ConnectionLost
from tests.unit.clock import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

CAUSE = ConnectionLost("lost")
IN_USE = AuthenticationError("in use", [{"Response": "Error", "Message": "Login Already In Use"}])
REFUSED = AuthenticationError("refused", [{"Response": "Error", "Message": "Authentication failed"}])


class Attempts:
    """Counts attempts, which fail with some errors one after another and then succeed."""

    def __init__(self, *errors: Exception) -> None:
        self.times: list[float] = []
        self._errors = list(errors)

    async def connect(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        if self._errors:
            raise self._errors.pop(0)


def attempts(settings: Reconnect, *errors: Exception) -> list[float]:
    """When the attempts of one loss are made, which happens at 0."""
    made = Attempts(*errors)

    async def main() -> None:
        await Reconnector("pbx:5038", settings).run(made.connect, CAUSE)

    run(main())
    return made.times


def test_attempts_follow_the_delays_of_the_settings() -> None:
    settings = Reconnect(initial=1, maximum=10, factor=2, jitter=0)
    assert attempts(settings, *[CAUSE] * 7) == [1, 3, 7, 15, 25, 35, 45, 55]


@pytest.mark.parametrize("error", [CAUSE, AMIError("another"), IN_USE, RuntimeError("a bug"), TimeoutError("its own")])
def test_an_attempt_that_fails_is_followed_by_another(error: Exception) -> None:
    assert len(attempts(Reconnect(give_up=100), error)) == 2


def test_a_bug_in_an_attempt_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    attempts(Reconnect(), RuntimeError("a bug"))
    assert "Reconnecting to pbx:5038 failed" in caplog.text


def test_a_refused_login_ends_the_attempts() -> None:
    with pytest.raises(AuthenticationError, match="refused"):
        attempts(Reconnect(), CAUSE, REFUSED)


def test_the_attempts_end_after_give_up() -> None:
    made = Attempts(*[ConnectionLost("no server")] * 100)

    async def main() -> float:
        settings = Reconnect(initial=1, maximum=1, jitter=0, give_up=7.5)
        with pytest.raises(ConnectionLost, match=r"pbx:5038 again within 7\.5 s: no server") as caught:
            await Reconnector("pbx:5038", settings).run(made.connect, CAUSE)
        assert str(caught.value.__cause__) == "no server"
        return asyncio.get_running_loop().time()

    assert run(main()) == 7.5
    assert made.times == [1, 2, 3, 4, 5, 6, 7]


def test_give_up_without_an_attempt_names_the_loss() -> None:
    with pytest.raises(ConnectionLost, match="again within 0 s: lost"):
        attempts(Reconnect(give_up=0))


SLOW = Reconnect(initial=1, maximum=1000, factor=3, jitter=0)


def retried(script: Callable[[Reconnector], Coroutine[object, object, None]]) -> list[float]:
    """When attempts are made that all fail, while a script runs."""
    made = Attempts(*[CAUSE] * 100)

    async def main() -> None:
        reconnector = Reconnector("pbx:5038", SLOW)
        reconnector.prepare(was_stable=True)
        running = asyncio.create_task(reconnector.run(made.connect, CAUSE))
        await script(reconnector)
        running.cancel()
        await asyncio.wait({running})

    run(main())
    return made.times


def test_retry_now_starts_the_delays_again() -> None:
    async def script(reconnector: Reconnector) -> None:
        await asyncio.sleep(20)
        reconnector.retry_now()
        await asyncio.sleep(20)

    assert retried(script) == [1, 4, 13, 20, 21, 24, 33]


def test_retry_now_right_after_the_loss_is_not_lost() -> None:
    async def script(reconnector: Reconnector) -> None:
        reconnector.retry_now()  # before the task of the attempts has started
        await asyncio.sleep(0.5)

    assert retried(script) == [0]


@pytest.mark.parametrize(("was_stable", "expected"), [(True, 1), (False, 27)])
def test_delays_grow_across_losses_until_a_connection_was_stable(was_stable: bool, expected: float) -> None:
    made = Attempts(CAUSE, CAUSE)

    async def main() -> float:
        reconnector = Reconnector("pbx:5038", SLOW)
        reconnector.prepare(was_stable=False)
        await reconnector.run(made.connect, CAUSE)
        reconnector.prepare(was_stable=was_stable)
        before = asyncio.get_running_loop().time()
        await reconnector.run(made.connect, CAUSE)
        return asyncio.get_running_loop().time() - before

    assert run(main()) == expected


def test_a_retry_now_before_the_loss_has_no_effect() -> None:
    made = Attempts()

    async def main() -> None:
        reconnector = Reconnector("pbx:5038", SLOW)
        reconnector.retry_now()
        reconnector.prepare(was_stable=True)
        await reconnector.run(made.connect, CAUSE)

    run(main())
    assert made.times == [1]
