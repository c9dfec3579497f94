"""A dispatcher that gets events in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amitypes._events.dispatcher import Dispatcher
from amitypes._protocol.message import RawMessage, to_message
from tests.unit.sample import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable


class BytesDispatcher(Dispatcher):
    """Gets each event as bytes, as from a transport on its fast path."""

    def publish(self, events: Iterable[RawMessage]) -> None:
        super().publish([to_message(event).frame for event in events])


@pytest.fixture(params=[Dispatcher, BytesDispatcher])
def dispatcher(request: pytest.FixtureRequest) -> Dispatcher:
    """A dispatcher for the sample models; once for messages, once for bytes."""
    kind: type[Dispatcher] = request.param
    return kind(REGISTRY)
