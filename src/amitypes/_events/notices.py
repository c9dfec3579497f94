"""The client's own events: the connection was established or lost, or events were dropped.

A subscriber gets a notice if it names the notice's class, as in ``client.events(events.Hangup, notices.Connected)``. A
subscription to ``events.Event`` gets only what the server sent. The names of notices have a space, as no AMI event has.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from amitypes._events.names import NOTICE
from amitypes._models.event import Event

__all__ = ["Connected", "Disconnected", "Dropped", "Notice"]


class Notice(Event):
    """The base class of all notices. A subscription to it gets every notice."""

    wire_name: ClassVar[str] = NOTICE


class Connected(Notice):
    """The client has logged in; mask and filters are in force. It comes before every event of the new connection."""

    wire_name: ClassVar[str] = f"{NOTICE}connected"

    event: str = "Connected"
    """The notice's name."""
    again: bool
    """Whether the client reconnected after a loss."""
    missed_since: datetime | None = None
    """Since when events may have been missed: when the last data came before the loss (UTC). None at a first
    connection."""


class Disconnected(Notice):
    """The connection was lost. It comes after every event of that connection, and not when the client is closed."""

    wire_name: ClassVar[str] = f"{NOTICE}disconnected"

    event: str = "Disconnected"
    """The notice's name."""
    reason: str
    """What happened."""
    reconnecting: bool
    """Whether the client now tries to reconnect."""
    missed_since: datetime
    """Since when events may have been missed: when the last data came from the server (UTC)."""


class Dropped(Notice):
    """Events were dropped at this place, as more waited for this subscriber than its `Backlog` allows."""

    wire_name: ClassVar[str] = f"{NOTICE}dropped"

    event: str = "Dropped"
    """The notice's name."""
    count: int
    """How many events were dropped."""
