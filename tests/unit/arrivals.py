"""What a session makes of bytes, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._protocol.message import to_message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes._protocol.exchange import Exchange
    from amitypes._protocol.message import Message, RawMessage


def flat(arrived: Iterable[Exchange | list[RawMessage]]) -> list[Exchange | Message]:
    """The exchanges and, as messages, what is for the subscribers."""
    return [one for item in arrived for one in (map(to_message, item) if isinstance(item, list) else (item,))]
