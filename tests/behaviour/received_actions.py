"""The actions that a fake Asterisk has received."""

from __future__ import annotations

from amitypes.testing import FakeAsterisk, ReceivedAction


def received(asterisk: FakeAsterisk, name: str) -> list[ReceivedAction]:
    """The received actions of this name, oldest first."""
    return [action for action in asterisk.received if action.name == name]
