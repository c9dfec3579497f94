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

from amitypes._lazy import lazy

if TYPE_CHECKING:
    from amitypes.backlog import Backlog as Backlog
    from amitypes.client import HTTPClient as HTTPClient
    from amitypes.client import TCPClient as TCPClient
    from amitypes.errors import ActionError as ActionError
    from amitypes.errors import ActionTimeout as ActionTimeout
    from amitypes.errors import AMIError as AMIError
    from amitypes.errors import AuthenticationError as AuthenticationError
    from amitypes.errors import ConnectionLost as ConnectionLost
    from amitypes.errors import InvalidActionError as InvalidActionError
    from amitypes.errors import MessageTooLarge as MessageTooLarge
    from amitypes.errors import OutcomeUnknown as OutcomeUnknown
    from amitypes.errors import ProtocolError as ProtocolError
    from amitypes.errors import QueueOverflow as QueueOverflow
    from amitypes.errors import UnsupportedActionError as UnsupportedActionError
    from amitypes.event_rules import EventFilter as EventFilter
    from amitypes.event_rules import EventMask as EventMask
    from amitypes.limits import Limits as Limits
    from amitypes.list_stream import ListStream as ListStream
    from amitypes.loading import warm_up as warm_up
    from amitypes.reconnect import Reconnect as Reconnect
    from amitypes.subscriptions import EventStream as EventStream
    from amitypes.supervisor import State as State
else:
    __getattr__, __dir__, __all__ = lazy(
        __name__,
        {
            "Backlog": "backlog",
            "HTTPClient": "client",
            "TCPClient": "client",
            "AMIError": "errors",
            "ActionError": "errors",
            "ActionTimeout": "errors",
            "AuthenticationError": "errors",
            "ConnectionLost": "errors",
            "InvalidActionError": "errors",
            "MessageTooLarge": "errors",
            "OutcomeUnknown": "errors",
            "ProtocolError": "errors",
            "QueueOverflow": "errors",
            "UnsupportedActionError": "errors",
            "EventFilter": "event_rules",
            "EventMask": "event_rules",
            "Limits": "limits",
            "ListStream": "list_stream",
            "warm_up": "loading",
            "Reconnect": "reconnect",
            "EventStream": "subscriptions",
            "State": "supervisor",
        },
    )

__version__: Final = "0.1.0"
