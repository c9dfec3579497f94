"""Typed access to the Asterisk Manager Interface.

```python
from amitypes import TCPClient, events

async with TCPClient("pbx", username="hello", password="world") as client:
    pong = await client.actions.ping()
    hangup = await client.wait_for(events.Hangup)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from amitypes._imports.lazy import lazy

if TYPE_CHECKING:
    from amitypes._client.list_stream import ListStream as ListStream
    from amitypes._client.reconnect_settings import Reconnect as Reconnect
    from amitypes._client.supervisor import State as State
    from amitypes._events.backlog import Backlog as Backlog
    from amitypes._events.stream import EventStream as EventStream
    from amitypes._imports.preload import warm_up as warm_up
    from amitypes._models.errors import ActionError as ActionError
    from amitypes._models.errors import UnsupportedActionError as UnsupportedActionError
    from amitypes._protocol.errors import ActionTimeout as ActionTimeout
    from amitypes._protocol.errors import AMIError as AMIError
    from amitypes._protocol.errors import AuthenticationError as AuthenticationError
    from amitypes._protocol.errors import ConnectionLost as ConnectionLost
    from amitypes._protocol.errors import InvalidActionError as InvalidActionError
    from amitypes._protocol.errors import MessageTooLarge as MessageTooLarge
    from amitypes._protocol.errors import OutcomeUnknown as OutcomeUnknown
    from amitypes._protocol.errors import ProtocolError as ProtocolError
    from amitypes._protocol.errors import QueueOverflow as QueueOverflow
    from amitypes._protocol.event_filter import EventFilter as EventFilter
    from amitypes._protocol.event_filter import EventMask as EventMask
    from amitypes._protocol.limits import Limits as Limits
    from amitypes.client import Client as Client
    from amitypes.client import HTTPClient as HTTPClient
    from amitypes.client import TCPClient as TCPClient
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "ListStream": "amitypes._client.list_stream",
            "Reconnect": "amitypes._client.reconnect_settings",
            "State": "amitypes._client.supervisor",
            "Backlog": "amitypes._events.backlog",
            "EventStream": "amitypes._events.stream",
            "warm_up": "amitypes._imports.preload",
            "ActionError": "amitypes._models.errors",
            "UnsupportedActionError": "amitypes._models.errors",
            "ActionTimeout": "amitypes._protocol.errors",
            "AMIError": "amitypes._protocol.errors",
            "AuthenticationError": "amitypes._protocol.errors",
            "ConnectionLost": "amitypes._protocol.errors",
            "InvalidActionError": "amitypes._protocol.errors",
            "MessageTooLarge": "amitypes._protocol.errors",
            "OutcomeUnknown": "amitypes._protocol.errors",
            "ProtocolError": "amitypes._protocol.errors",
            "QueueOverflow": "amitypes._protocol.errors",
            "EventFilter": "amitypes._protocol.event_filter",
            "EventMask": "amitypes._protocol.event_filter",
            "Limits": "amitypes._protocol.limits",
            "Client": "amitypes.client",
            "HTTPClient": "amitypes.client",
            "TCPClient": "amitypes.client",
        },
        "__version__",
    )

__version__: Final = "0.1.0"
