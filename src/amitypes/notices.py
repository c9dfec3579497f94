"""Events of the client itself: the connection was established or lost, or events were dropped.

A subscriber gets a notice if it names the notice's class, as in ``client.events(events.Hangup, notices.Connected)``. A
subscription to ``events.Event`` gets only what the server sent.
"""

from amitypes._events.notices import Connected, Disconnected, Dropped, Notice

__all__ = ["Connected", "Disconnected", "Dropped", "Notice"]
