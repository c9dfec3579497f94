"""Messages of events, and what tests look at in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._protocol.message import Message
from amitypes.notices import Dropped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amitypes._models.event import Event


def message(name: str, number: int = 0) -> Message:
    """An event with a name and a number."""
    return Message(f"Event: {name}\r\nNumber: {number}".encode())


def numbers(messages: Iterable[Message]) -> list[str]:
    """The numbers of events."""
    return [message.get("Number") for message in messages]


def number_or_gap(event: Event) -> str:
    """The number of an event, or the count of dropped ones."""
    return f"{event.count} dropped" if isinstance(event, Dropped) else str(event.raw["Number"])
