"""The current state of a server: its channels, bridges and queues.

Events report changes only. A program that tracks the state of a server loads it when the client has connected, and
again after each reconnection, as events in between were missed:

```python
from amitypes import TCPClient, events, notices, resync

client = TCPClient("pbx", username="hello", password="world")
calls: dict[str, str] = {}

@client.on(notices.Connected, events.Newchannel, events.Hangup)
async def track(event: notices.Connected | events.Newchannel | events.Hangup) -> None:
    match event:
        case notices.Connected():
            found = await resync.channels(client)
            calls.clear()
            calls.update((uniqueid, channel.channel) for uniqueid, channel in found.items())
        case events.Newchannel():
            calls[event.uniqueid] = event.channel
        case events.Hangup():
            calls.pop(event.uniqueid, None)
```

The handler gets the notice before every event of the connection, and its next events wait while it loads the state.
Some of these may be older than the loaded state, so handle a channel that is known or gone already, as above.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amitypes import actions, events
from amitypes._models.errors import ActionError, UnsupportedActionError

if TYPE_CHECKING:
    from amitypes._models.action import Sender

__all__ = ["Bridge", "Queue", "Snapshot", "bridges", "channels", "queues", "snapshot"]


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge and its channels.

    Attributes:
        bridge: The bridge.
        channels: The channels in it.
    """

    bridge: events.BridgeListItem
    channels: list[events.BridgeInfoChannel]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, its members and its callers.

    Attributes:
        params: The queue's settings and statistics.
        members: The members, in the order of the server.
        callers: The waiting callers, in the order of the server.
    """

    params: events.QueueParams
    members: list[events.QueueMember] = field(default_factory=list)
    callers: list[events.QueueEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a server.

    Attributes:
        channels: The channels by unique id.
        bridges: The bridges by unique id.
        queues: The queues by name.
    """

    channels: dict[str, events.CoreShowChannel]
    bridges: dict[str, Bridge]
    queues: dict[str, Queue]


async def channels(client: Sender, *, reply_timeout: float | None = None) -> dict[str, events.CoreShowChannel]:
    """List the channels.

    Args:
        client: A connected client, whose user has ``system`` or ``reporting`` in its ``write`` of manager.conf.
        reply_timeout: How long to wait for the reply, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The channels by unique id.

    Raises:
        AMIError: An action failed, as with `Client.send`.

    Source: the AMI action ``CoreShowChannels``.
    """
    listing = await client.send(actions.CoreShowChannels(), reply_timeout=reply_timeout)
    return {channel.uniqueid: channel for channel in listing.items}


async def bridges(client: Sender, *, reply_timeout: float | None = None) -> dict[str, Bridge]:
    """List the bridges, and the channels in each.

    Args:
        client: A connected client.
        reply_timeout: How long to wait for each reply, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The bridges by unique id, without those that ended before their channels were listed.

    Raises:
        AMIError: An action failed, as with `Client.send`.

    Source: the AMI actions ``BridgeList``, and ``BridgeInfo`` for each.
    """
    found: dict[str, Bridge] = {}
    for bridge in (await client.send(actions.BridgeList(), reply_timeout=reply_timeout)).items:
        try:
            info = await client.send(
                actions.BridgeInfo(bridge_uniqueid=bridge.bridge_uniqueid), reply_timeout=reply_timeout
            )
        except UnsupportedActionError:
            raise
        except ActionError as error:
            if "permission" in error.response.message.lower():
                raise
            continue
        found[bridge.bridge_uniqueid] = Bridge(bridge, list(info.items))
    return found


async def queues(client: Sender, *, reply_timeout: float | None = None) -> dict[str, Queue]:
    """List the queues, their members and their callers.

    Args:
        client: A connected client.
        reply_timeout: How long to wait for the reply, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The queues by name; empty if ``app_queue`` isn't loaded.

    Raises:
        AMIError: An action failed, as with `Client.send`.

    Source: the AMI action ``QueueStatus``.
    """
    try:
        status = await client.send(actions.QueueStatus(), reply_timeout=reply_timeout)
    except UnsupportedActionError:
        return {}
    found: dict[str, Queue] = {}
    for item in status.items:
        match item:
            case events.QueueParams():
                found[item.queue] = Queue(item)
            case events.QueueMember() if item.queue in found:
                found[item.queue].members.append(item)
            case events.QueueEntry() if item.queue in found:
                found[item.queue].callers.append(item)
            case _:
                pass
    return found


async def snapshot(client: Sender, *, reply_timeout: float | None = None) -> Snapshot:
    """List channels, bridges and queues, one after another: they may not be consistent with each other.

    Args:
        client: A connected client, whose user has ``system`` or ``reporting`` in its ``write`` of manager.conf.
        reply_timeout: How long to wait for each reply, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The state of the server.

    Raises:
        AMIError: An action failed, as with `Client.send`.

    Source: the AMI actions ``CoreShowChannels``, ``BridgeList``, ``BridgeInfo`` and ``QueueStatus``.
    """
    return Snapshot(
        channels=await channels(client, reply_timeout=reply_timeout),
        bridges=await bridges(client, reply_timeout=reply_timeout),
        queues=await queues(client, reply_timeout=reply_timeout),
    )
