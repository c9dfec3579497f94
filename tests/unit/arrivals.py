"""What a session makes of bytes, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes.wire import message_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes.session import Exchange
    from amitypes.wire import Arrival, Message


def flat(arrived: Iterable[Exchange | list[Arrival]]) -> list[Exchange | Message]:
    """The exchanges and, as messages, what is for the subscribers."""
    return [one for item in arrived for one in (map(message_of, item) if isinstance(item, list) else (item,))]
