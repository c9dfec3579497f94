"""Lists of words that aren't there, and values that aren't words."""

from amitypes import actions, events, words


def read(event: events.Hangup, state: words.ChannelState) -> None:  # error: mypy[name-defined] pyright[reportAttributeAccessIssue]
    number: int = event.channel_state_desc  # error: mypy[assignment] pyright[reportAssignmentType]
    print(number, state)


def sent() -> None:
    actions.PlaybackControl(channel="a", control="stop")  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
    actions.ControlPlayback(channel="a", control=1)  # error: mypy[arg-type] pyright[reportArgumentType] plugin[]
