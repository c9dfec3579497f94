"""What the client itself tells in the stream of events: that the connection came or went, or that events were dropped.

Notices are events to whoever names them, as in ``client.events(events.Hangup, notices.Connected)``. Who subscribes to
``events.Event`` gets what the server sent and nothing else. Their names hold a blank, as no event of AMI's does.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from amitypes._events.names import NOTICE
from amitypes._models.event import Event

__all__ = ["Connected", "Disconnected", "Dropped", "Notice"]


class Notice(Event):
    """What the client tells of itself. Subscribed to, it stands for every notice."""

    wire_name: ClassVar[str] = NOTICE


class Connected(Notice):
    """The client has logged in; mask and filters are in force. It comes before every event of the new connection."""

    wire_name: ClassVar[str] = f"{NOTICE}connected"

    event: str = "Connected"
    """The notice's name."""
    again: bool
    """Whether this is a connection after a loss."""
    missed_since: datetime | None = None
    """Since when events may have been missed: when the server was last heard of before the loss (UTC). None at a first
    connection."""


class Disconnected(Notice):
    """The connection was lost. It comes after every event of that connection; closing a client is no loss."""

    wire_name: ClassVar[str] = f"{NOTICE}disconnected"

    event: str = "Disconnected"
    """The notice's name."""
    reason: str
    """What happened."""
    reconnecting: bool
    """Whether the client now tries to come back."""
    missed_since: datetime
    """Since when events may have been missed: when the server was last heard of (UTC)."""


class Dropped(Notice):
    """Events were dropped here, as more waited for this subscriber than its `Backlog` allows."""

    wire_name: ClassVar[str] = f"{NOTICE}dropped"

    event: str = "Dropped"
    """The notice's name."""
    count: int
    """How many."""
