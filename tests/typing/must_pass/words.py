"""Lists of words, named once."""

from typing import assert_type

from amitypes import TCPClient, actions, events, words


def icon(state: words.ChannelStateDesc) -> str:
    return {"Up": "*", "Ringing": "!"}.get(state, "?")


def read(event: events.Hangup | events.DialBegin, member: events.QueueMemberStatus) -> None:
    if isinstance(event, events.Hangup):
        icon(event.channel_state_desc)
    state: words.ChannelStateDesc = "Down"
    icon(state)
    icon("a word of a newer Asterisk")
    assert_type(member.membership, words.Membership)


async def sent(client: TCPClient, direction: words.MuteAudioDirection) -> None:
    await client.actions.mute_audio(channel="PJSIP/alice-1", direction=direction, state=True)
    assert_type(actions.MuteAudio(channel="a", direction=direction, state=True).direction, words.MuteAudioDirection)
