"""What the client reports about itself in the stream of events: the connection came or went, events were dropped.

A notice is an event for those who subscribe to it by its class, as in
``client.events(events.Hangup, notices.Connected)``. A subscription to ``events.Event`` gets what the server sent and
nothing else.
"""

from amitypes._events.notices import Connected, Disconnected, Dropped, Notice

__all__ = ["Connected", "Disconnected", "Dropped", "Notice"]
