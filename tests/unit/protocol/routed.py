"""What `Session.receive` returns, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._protocol.message import to_message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes._protocol.exchange import Exchange
    from amitypes._protocol.message import Message, RawMessage


def flat(routed: Iterable[Exchange | list[RawMessage]]) -> list[Exchange | Message]:
    """The exchanges, and the messages for the subscribers."""
    return [one for item in routed for one in (map(to_message, item) if isinstance(item, list) else (item,))]
