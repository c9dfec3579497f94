"""A small overlay with families, and events for them."""

from __future__ import annotations

from amitypes_codegen.specs.spec import Snapshot

CHANNEL, DEST, BRIDGE = Snapshot(kind="channel"), Snapshot(kind="channel", prefix="Dest"), Snapshot(kind="bridge")

SNAPSHOTS = """
[snapshot.channel]
evidence = "x"
fields = ["Channel", { name = "ChannelState", type = "int" }, "Tenantid"]

[snapshot.bridge]
evidence = "x"
fields = ["BridgeUniqueid"]
"""
FAMILIES = """
[family.ChannelEvent]
evidence = "x"
summary = "Events of a channel"
snapshots = [{ kind = "channel" }]

[family.BridgeEvent]
evidence = "x"
summary = "Events of a bridge"
snapshots = [{ kind = "bridge" }]

[family.RoomEvent]
evidence = "x"
summary = "Events of a room"
headers = ["Room", "Size"]

[[rule]]
evidence = "x"
type = "int"
headers = ["Size"]
"""
ROOM = ("Room", "Size")
