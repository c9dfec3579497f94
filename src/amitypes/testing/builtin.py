"""The actions that a fake Asterisk answers by itself, with the texts of Asterisk 22: clients read these."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from amitypes.testing.calls import Call
from amitypes.testing.messages import error, success

if TYPE_CHECKING:
    from amitypes._protocol.types import Headers
    from amitypes.testing.messages import ReceivedAction
    from amitypes.testing.state import Peer

__all__ = ["BUILT_IN", "WITHOUT_LOGIN", "BuiltIn"]

Answer: TypeAlias = "list[Headers]"
Respond: TypeAlias = Callable[["Peer", "ReceivedAction"], Awaitable[Answer]]

_TRUE: Final = frozenset({"yes", "true", "y", "t", "1", "on"})
_CLASSES: Final = (
    "system,call,log,verbose,command,agent,user,config,dtmf,reporting,cdr,dialplan,originate,agi,cc,aoc,test,security,"
    "message"
)


class BuiltIn(NamedTuple):
    """An action that a fake Asterisk knows.

    Attributes:
        name: Its name on the wire.
        respond: Answers it.
        privilege: The classes that the user needs for it, as ``ListCommands`` shows them.
    """

    name: str
    respond: Respond
    privilege: str


BUILT_IN: Final[dict[str, BuiltIn]] = {}
"""The actions by name in lower case."""

WITHOUT_LOGIN: Final = frozenset({"login", "logoff", "challenge"})
"""The actions that need no login, in lower case."""


def _action(name: str, privilege: str = "<none>") -> Callable[[Respond], Respond]:
    def register(respond: Respond) -> Respond:
        BUILT_IN[name.lower()] = BuiltIn(name, respond, privilege)
        return respond

    return register


@_action("Login")
async def _login(peer: Peer, action: ReceivedAction) -> Answer:
    if peer.username is not None:
        return [success("Already authenticated")]
    username = action.get("Username")
    secret = peer.state.users.get(username)
    given, expected = action.get("Secret"), secret
    if action.get("AuthType").lower() == "md5" and secret is not None:
        text = (peer.challenge or "") + secret
        given = action.get("Key") if peer.challenge else ""
        expected = hashlib.md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    if expected is None or given != expected:
        peer.closing = True
        return [error("Authentication failed")]
    peer.username = username
    if mask := action.get("Events"):
        peer.event_mask = _mask(mask)
    peer.send_event("FullyBooted", "system,all", [("Uptime", "1"), ("LastReload", "1"), ("Status", "Fully Booted")])
    return [success("Authentication accepted")]


@_action("Challenge")
async def _challenge(peer: Peer, action: ReceivedAction) -> Answer:
    if action.get("AuthType").lower() != "md5":
        return [error("Must specify AuthType")]
    peer.challenge = peer.challenge or peer.state.new_challenge()
    return [success("", ("Challenge", peer.challenge))]


@_action("Logoff")
async def _logoff(peer: Peer, action: ReceivedAction) -> Answer:
    peer.closing = True
    return [[("Response", "Goodbye"), ("Message", "Thanks for all the fish.")]]


@_action("Ping")
async def _ping(peer: Peer, action: ReceivedAction) -> Answer:
    return [success("", ("Ping", "Pong"), ("Timestamp", f"{time.time():.6f}"))]


@_action("Events")
async def _events(peer: Peer, action: ReceivedAction) -> Answer:
    text = action.get("EventMask")
    if not text:
        return [error("Invalid event mask")]
    peer.event_mask = _mask(text)
    return [success("", ("Events", "Off" if peer.event_mask == frozenset() else "On"))]


def _mask(text: str) -> frozenset[str] | None:
    """The event classes of a mask, None for all; text that isn't a mask is no class at all, as for Asterisk."""
    names = frozenset(name.strip().lower() for name in text.split(","))
    return None if names & {"on", "all"} or names & _TRUE else names & {*_CLASSES.split(",")}


@_action("CoreSettings", "system,reporting,all")
async def _core_settings(peer: Peer, action: ReceivedAction) -> Answer:
    state = peer.state
    return [
        success(
            "",
            ("AMIversion", state.ami_version),
            ("AsteriskVersion", state.asterisk_version),
            ("SystemName", ""),
            ("CoreMaxCalls", "0"),
            ("CoreMaxLoadAvg", "0.000000"),
            ("CoreRunUser", ""),
            ("CoreRunGroup", ""),
            ("CoreMaxFilehandles", "0"),
            ("CoreRealTimeEnabled", "No"),
            ("CoreCDRenabled", "Yes"),
            ("CoreHTTPenabled", "No"),
            ("SoundsSearchCustomDir", "No"),
        )
    ]


@_action("CoreShowChannels", "system,reporting,all")
async def _core_show_channels(peer: Peer, action: ReceivedAction) -> Answer:
    items = [
        [
            ("Event", "CoreShowChannel"),
            *channel.snapshot(),
            ("Application", channel.application),
            ("ApplicationData", channel.data),
            ("Duration", channel.duration),
            ("BridgeId", ""),
        ]
        for channel in peer.state.switchboard.channels
    ]
    return _list("Channels will follow", items, "CoreShowChannelsComplete")


@_action("ListCommands")
async def _list_commands(peer: Peer, action: ReceivedAction) -> Answer:
    known = {known.name: known.privilege for known in BUILT_IN.values()}
    known |= {name: known.get(name, "<none>") for name in peer.state.handlers}
    names = sorted(known, key=str.lower)
    return [success("", *((name, f"An action of the fake Asterisk.  (Priv: {known[name]})") for name in names))]


@_action("Command", "command,all")
async def _command(peer: Peer, action: ReceivedAction) -> Answer:
    command = action.get("Command")
    if not command:
        return [error("No command provided")]
    lines = peer.state.commands.get(command)
    status = "Error" if lines is None else "Success"
    output = [f"No such command '{command}'"] if lines is None else lines
    response = [("Response", status), ("Message", "Command output follows")]
    return [[*response, *(("Output", line) for line in output)]]


@_action("UserEvent", "user,all")
async def _user_event(peer: Peer, action: ReceivedAction) -> Answer:
    # The event repeats all headers of the action, its ActionID too.
    body = [(name, value) for name, value in action.headers if name.lower() not in {"action", "userevent"}]
    event = [("UserEvent", action.get("UserEvent")), *body]
    peer.state.send_event("UserEvent", "user,all", event)
    return [success("Event Sent")]


@_action("Originate", "originate,all")
async def _originate(peer: Peer, action: ReceivedAction) -> Answer:
    state = peer.state
    if not (channel := action.get("Channel")):
        return [error("Channel not specified")]
    if "/" not in channel:
        return [error("Invalid channel")]
    has_extension = action.get("Exten") and action.get("Context") and action.get("Priority")
    if not (has_extension or action.get("Application")):
        return [error("Originate with 'Exten' requires 'Context' and 'Priority'")]
    call = Call(state.switchboard, action)
    if action.get("Async").lower() in _TRUE:
        state.start_task(_run_async(peer, call))
        return [success("Originate successfully queued")]
    if not await call.dial():
        return [error("Originate failed")]
    state.start_task(call.run_dialplan())
    return [success("Originate successfully queued")]


async def _run_async(peer: Peer, call: Call) -> None:
    answered = await call.dial()
    peer.state.send_event("OriginateResponse", "call,all", call.originate_response(answered))
    if answered:
        await call.run_dialplan()


@_action("Hangup", "system,call,all")
async def _hangup(peer: Peer, action: ReceivedAction) -> Answer:
    board = peer.state.switchboard
    name = action.get("Channel")
    cause = int(action.get("Cause")) if action.get("Cause").isdigit() else 0
    if not name:
        return [error("No channel specified")]
    if len(name) > 1 and name[0] == name[-1] == "/":
        try:
            pattern = re.compile(name[1:-1])
        except re.error:
            return [error("Regex format invalid")]
        found = [channel for channel in board.channels if pattern.search(channel.name)]
        items = [[("Event", "ChannelHungup"), ("Channel", channel.name)] for channel in found]
        for each in found:
            board.calls[each].hang_up(each, cause)
        return _list("Channels hung up will follow", items, "ChannelsHungupListComplete")
    if not (channel := board.find(name)):
        return [error("No such channel")]
    board.calls[channel].hang_up(channel, cause)
    return [success("Channel Hungup")]


@_action("Redirect", "call,all")
async def _redirect(peer: Peer, action: ReceivedAction) -> Answer:
    board = peer.state.switchboard
    name, exten, context = action.get("Channel"), action.get("Exten"), action.get("Context")
    for header, value in (("Channel", name), ("Context", context), ("Exten", exten)):
        if not value:
            return [error(f"{header} not specified")]
    channel = board.find(name)
    if channel is None:
        return [error(f"Channel does not exist: {name}")]
    priority = int(action.get("Priority")) if action.get("Priority").isdigit() else 1
    await board.calls[channel].redirect(channel, exten, context, priority)
    extra = board.find(action.get("ExtraChannel"))
    if extra is None:
        return [success("Redirect successful")]
    await board.calls[extra].redirect(
        extra, action.get("ExtraExten") or exten, action.get("ExtraContext") or context, priority
    )
    return [success("Dual Redirect successful")]


@_action("BlindTransfer", "call,all")
async def _blind_transfer(peer: Peer, action: ReceivedAction) -> Answer:
    board = peer.state.switchboard
    name, exten, context = action.get("Channel"), action.get("Exten"), action.get("Context")
    if not name:
        return [error("No channel specified")]
    if not exten:
        return [error("No extension specified")]
    if not (channel := board.find(name)):
        return [error("Channel specified does not exist")]
    peer.state.send_event(
        "BlindTransfer",
        "call,all",
        [
            ("Result", "Success"),
            *channel.snapshot("Transferer"),
            ("IsExternal", "Yes"),
            ("Context", context),
            ("Extension", exten),
        ],
    )
    await board.calls[channel].redirect(channel, exten, context or channel.context, 1)
    return [success("Transfer succeeded")]


@_action("Atxfer", "call,all")
async def _atxfer(peer: Peer, action: ReceivedAction) -> Answer:
    name, exten, context = action.get("Channel"), action.get("Exten"), action.get("Context")
    if not name:
        return [error("No channel specified")]
    if not exten:
        return [error("No extension specified")]
    if not (channel := peer.state.switchboard.find(name)):
        return [error("Channel specified does not exist")]
    variable = [("Variable", "TRANSFER_CONTEXT"), ("Value", context)]
    peer.state.send_event("VarSet", "dialplan,all", [*channel.snapshot(), *variable])
    return [success("Atxfer successfully queued")]


def _list(message: str, items: Iterable[Headers], complete: str) -> Answer:
    """A list: the response, the items and the event that completes it."""
    events = list(items)
    response = success("", ("EventList", "start"), ("Message", message))
    return [response, *events, [("Event", complete), ("EventList", "Complete"), ("ListItems", str(len(events)))]]
