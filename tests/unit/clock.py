"""An event loop whose time passes at once: whenever everybody waits, it is later. Hours take no time, to the tick."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

T = TypeVar("T")


class _Clock(selectors.SelectSelector):
    """Selects what is ready now; else moves the time to when the next one wants to be woken."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            msg = "everybody waits for ever"
            raise AssertionError(msg)
        if not ready and timeout:
            self.now += timeout
        return ready

    def get_map(self) -> Mapping[FileDescriptorLike, selectors.SelectorKey]:
        return super().get_map() or {}


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def run(main: Coroutine[object, object, T]) -> T:
    """Run to its end in such a loop, whose time begins at 0. Nothing but the loop itself may be waited for."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
