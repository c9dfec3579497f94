"""What there is on a server right now: its channels, bridges and queues, to begin with or to begin anew with.

Events tell what changes. Who keeps a picture of the server from them takes stock once when the client has connected,
and again after each reconnection, as what happened in between is not told any more:

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

The handler gets the notice before every event of the connection, and while it takes stock its next events wait. Some of
those may be older than what it has found: so treat them as that, as above a channel that is new or gone already.
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
    """A bridge, and who is in it.

    Attributes:
        bridge: The bridge itself.
        channels: The channels in it.
    """

    bridge: events.BridgeListItem
    channels: list[events.BridgeInfoChannel]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, its members and its callers.

    Attributes:
        params: The queue itself.
        members: Who takes calls, in the order that the server lists them.
        callers: Who waits, in the same way.
    """

    params: events.QueueParams
    members: list[events.QueueMember] = field(default_factory=list)
    callers: list[events.QueueEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is on a server.

    Attributes:
        channels: The channels by unique id.
        bridges: The bridges by unique id.
        queues: The queues by name.
    """

    channels: dict[str, events.CoreShowChannel]
    bridges: dict[str, Bridge]
    queues: dict[str, Queue]


async def channels(client: Sender, *, reply_timeout: float | None = None) -> dict[str, events.CoreShowChannel]:
    """The channels there are.

    Args:
        client: A connected client, whose user has ``system`` or ``reporting`` in its ``write`` of manager.conf.
        reply_timeout: How long to wait for the answer, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The channels by unique id.

    Raises:
        AMIError: As of any action.

    Source: the AMI action ``CoreShowChannels``.
    """
    listing = await client.send(actions.CoreShowChannels(), reply_timeout=reply_timeout)
    return {channel.uniqueid: channel for channel in listing.items}


async def bridges(client: Sender, *, reply_timeout: float | None = None) -> dict[str, Bridge]:
    """The bridges there are, and who is in each.

    Args:
        client: A connected client.
        reply_timeout: How long to wait for each answer, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The bridges by unique id; one that was gone when it was looked into is left out.

    Raises:
        AMIError: As of any action.

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
    """The queues there are, their members and their callers.

    Args:
        client: A connected client.
        reply_timeout: How long to wait for the answer, in seconds; default: the client's ``reply_timeout``.

    Returns:
        The queues by name; none where the server has no queues at all (``app_queue`` isn't loaded).

    Raises:
        AMIError: As of any action.

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
    """The channels, bridges and queues there are; asked for one after another, so they may differ by a moment.

    Args:
        client: A connected client, whose user has ``system`` or ``reporting`` in its ``write`` of manager.conf.
        reply_timeout: How long to wait for each answer, in seconds; default: the client's ``reply_timeout``.

    Returns:
        What there is.

    Raises:
        AMIError: As of any action.
    """
    return Snapshot(
        channels=await channels(client, reply_timeout=reply_timeout),
        bridges=await bridges(client, reply_timeout=reply_timeout),
        queues=await queues(client, reply_timeout=reply_timeout),
    )
