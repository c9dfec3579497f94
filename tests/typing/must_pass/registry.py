"""Classes by their names on the wire."""

from typing import assert_type

from amitypes import actions, events

hangup = events.by_name("hangup")
assert_type(hangup, type[events.Event])
assert_type(events.Hangup.wire_name, str)
name: str = actions.by_name("coreshowchannels").wire_name
