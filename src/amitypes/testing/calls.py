"""The calls of a fake Asterisk, and the events that they cause.

The events, their order and their headers are those that an Asterisk 22 was seen to send.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from amitypes.testing.channel import Channel, or_unknown

if TYPE_CHECKING:
    from amitypes._protocol.types import Headers
    from amitypes.testing.messages import ReceivedAction

__all__ = ["Call", "Outcome", "Switchboard"]

Outcome: TypeAlias = Literal["answered", "busy", "unanswered", "unknown"]
"""How a call to an extension ends up; ``unknown`` is an extension that the dialplan lacks."""

Emit: TypeAlias = Callable[[str, str, "Headers"], None]
"""Sends an event, given its name, its privilege and its other headers."""

_CALL: Final = "call,all"
_DIALPLAN: Final = "dialplan,all"
_CAUSES: Final = {0: "Unknown", 16: "Normal Clearing", 17: "User busy", 19: "User alerting, no answer"}
_CALLER_ID = re.compile(r'\s*"?(?P<name>[^"<]*?)"?\s*<(?P<number>[^>]*)>\s*')
_VARIABLE = re.compile(r"(?:\\.|[^\\,])+")
_ESCAPE_OR_QUOTE = re.compile(r'\\(.)|"')


class Switchboard:
    """All channels and calls of one fake Asterisk.

    Args:
        emit: Sends an event.
        extensions: How calls to each extension end up; to any other: ``answered``.
        event_delay: Seconds before each event of a call.
        call_duration: Duration of an answered call in seconds; None: until one of its channels is hung up.
    """

    def __init__(
        self, emit: Emit, *, extensions: Mapping[str, Outcome], event_delay: float, call_duration: float | None
    ) -> None:
        self.emit = emit
        self.extensions = extensions
        self.event_delay = event_delay
        self.call_duration = call_duration
        self.calls: dict[Channel, Call] = {}
        self._names = count()
        self._ids = count()

    @property
    def channels(self) -> list[Channel]:
        """All channels, oldest first."""
        return list(self.calls)

    def find(self, name: str) -> Channel | None:
        """Find a channel.

        Args:
            name: The channel's name or unique id, in any case.

        Returns:
            The channel; None if there is none.
        """
        wanted = name.lower()
        return next((c for c in self.calls if wanted in {c.name.lower(), c.uniqueid.lower()}), None)

    def clear(self) -> None:
        """Remove all channels, without events."""
        self.calls.clear()

    def next_name(self) -> str:
        """A number that makes a channel's name unique."""
        return f"{next(self._names):08x}"

    def next_uniqueid(self) -> str:
        """A unique id, which Asterisk makes of its start time and a number."""
        return f"1700000000.{next(self._ids)}"


class Call:
    """One call that ``Originate`` places: it rings, it may be answered, and it ends.

    Args:
        switchboard: Holds its channels.
        action: The action that places it.

    Attributes:
        reason: How dialling ended, as ``OriginateResponse`` has it; 0 until then.
    """

    def __init__(self, switchboard: Switchboard, action: ReceivedAction) -> None:
        self._switchboard = switchboard
        self._action = action
        self._technology, _, resource = action.get("Channel").partition("/")
        self._resource = resource
        self._number, _, self._after_at = resource.partition("/")[0].partition("@")
        self._outcome: Outcome = switchboard.extensions.get(self._number, "answered")
        self._is_local = self._technology.lower() == "local"
        self._variables = _variables(action)
        self._channels: list[Channel] = []
        self._hangup = asyncio.Event()
        self._hung_up_first: Channel | None = None
        self._cause = 16
        self.reason: int = 0

    @property
    def _outgoing(self) -> Channel:
        """The channel that ``Originate`` asked for; of a Local channel its first half."""
        return self._channels[0]

    async def dial(self) -> bool:
        """Dial, until the call is answered or has failed.

        Returns:
            Whether it was answered.
        """
        self._create_channels()
        await self._announce()
        if self._outcome == "unknown":
            for channel in reversed(self._channels):
                await self._end(channel, 0)
            return False
        outgoing = self._outgoing
        if self._is_local:
            await self._emit("LocalBridge", self._local_bridge())
        await self._emit("DialBegin", [*outgoing.snapshot("Dest"), ("DialString", self._resource)])
        match self._outcome:
            case "busy":
                await self._fail_busy()
            case "unanswered":
                await self._fail_unanswered()
            case _:
                await self._answer()
        return self._outcome == "answered"

    async def run_dialplan(self) -> None:
        """Run the dialplan of an answered call, until the call ends by itself or is hung up."""
        outgoing = self._outgoing
        if application := self._action.get("Application"):
            outgoing.application, outgoing.data = application, self._action.get("Data")
        else:
            outgoing.exten = self._action.get("Exten")
            outgoing.context = self._action.get("Context")
            await self._execute(outgoing, "Answer")
            await self._execute(outgoing, "Wait", "2")
        if len(self._channels) > 1:
            await self._execute(self._channels[1], "Wait", "2")
        await self._emit("DeviceStateChange", [("Device", self._device), ("State", "INUSE")])
        try:
            async with asyncio.timeout(self._switchboard.call_duration):
                await self._hangup.wait()
        except TimeoutError:
            await self._execute(outgoing, "Hangup")
        await self._hang_up()

    def hang_up(self, channel: Channel, cause: int) -> None:
        """End the call.

        Args:
            channel: The channel to hang up; the other one follows.
            cause: The hangup cause; 0 if none was given.
        """
        if not self._hangup.is_set():
            self._hung_up_first = channel
            self._cause = cause
            self._hangup.set()

    async def redirect(self, channel: Channel, exten: str, context: str, priority: int) -> None:
        """Continue a channel elsewhere in the dialplan.

        Args:
            channel: The channel.
            exten: The extension.
            context: Its context.
            priority: The priority to continue at.
        """
        channel.exten, channel.context, channel.priority = exten, context, priority - 1
        await self._execute(channel, "Answer")
        await self._execute(channel, "Wait", "2")

    def originate_response(self, answered: bool) -> Headers:
        """The headers of ``OriginateResponse``, the outcome of an asynchronous ``Originate``.

        Args:
            answered: Whether the call was answered.

        Returns:
            The headers.
        """
        action = self._action
        optional = [
            (name, action.get(name)) for name in ("Context", "Exten", "Application", "Data") if action.get(name)
        ]
        number, name = _caller_id(action.get("CallerID"))
        return [
            *([("ActionID", action.get("ActionID"))] if action.get("ActionID") else []),
            ("Response", "Success" if answered else "Failure"),
            ("Channel", self._outgoing.name if answered else action.get("Channel")),
            *optional,
            ("Reason", str(self.reason)),
            ("Uniqueid", self._outgoing.uniqueid if answered else "<unknown>"),
            ("CallerIDNum", or_unknown(number)),
            ("CallerIDName", or_unknown(name)),
        ]

    @property
    def _device(self) -> str:
        return f"{self._technology}/{self._resource.partition('/')[0]}"

    def _create_channels(self) -> None:
        board, action = self._switchboard, self._action
        uniqueid = action.get("ChannelId") or board.next_uniqueid()
        context = (self._after_at if self._is_local else action.get("Context")) or "default"
        if self._is_local:
            base = f"Local/{self._number}@{context}-{board.next_name()}"
            other = action.get("OtherChannelId") or board.next_uniqueid()
            self._channels = [
                Channel(f"{base};1", uniqueid, uniqueid, context, self._number),
                Channel(f"{base};2", other, uniqueid, context, self._number, state=4),
            ]
        else:
            # A number before the @ is dialled through the endpoint behind it, which names the channel.
            name = f"{self._technology}/{self._after_at or self._number}-{board.next_name()}"
            self._channels = [Channel(name, uniqueid, uniqueid, context, "s")]
        for channel in self._channels:
            channel.account = action.get("Account")
        board.calls.update(dict.fromkeys(self._channels, self))

    async def _announce(self) -> None:
        for channel in self._channels:
            await self._emit("Newchannel", channel.snapshot())
        outgoing = self._outgoing
        outgoing.application, outgoing.data = "AppDial2", "(Outgoing Line)"
        await self._emit("Newexten", _extension(outgoing), _DIALPLAN)
        number, name = _caller_id(self._action.get("CallerID"))
        for channel in self._channels:
            for variable, value in self._variables:
                await self._emit("VarSet", [*channel.snapshot(), ("Variable", variable), ("Value", value)], _DIALPLAN)
            if number or name:
                channel.caller_number, channel.caller_name = number, name
                presentation = ("CID-CallingPres", "0 (Presentation Allowed, Not Screened)")
                await self._emit("NewCallerid", [*channel.snapshot(), presentation])
                channel.connected_number, channel.connected_name = number, name
                await self._emit("NewConnectedLine", channel.snapshot())

    def _local_bridge(self) -> Headers:
        one, two = self._channels
        return [
            *one.snapshot("LocalOne"),
            *two.snapshot("LocalTwo"),
            ("Context", one.context),
            ("Exten", one.exten),
            ("LocalOptimization", "No" if self._resource.endswith("/n") else "Yes"),
        ]

    async def _answer(self) -> None:
        self.reason = 4
        for other in self._channels[1:]:
            await self._execute(other, "Answer")
        for channel in reversed(self._channels):
            await self._change_state(channel, 6)
        await self._dial_end("ANSWER")

    async def _fail_busy(self) -> None:
        self.reason = 5
        for other in self._channels[1:]:
            await self._execute(other, "Busy", "2")
            await self._change_state(other, 7)
        await self._dial_end("BUSY")
        for channel in self._channels:
            # The outgoing half of a Local channel gets no cause.
            await self._end(channel, 0 if channel is not self._channels[-1] else 17)

    async def _fail_unanswered(self) -> None:
        self.reason = 3
        for other in self._channels[1:]:
            await self._execute(other, "Ringing")
        outgoing = self._outgoing
        await self._change_state(outgoing, 5)
        await self._emit("DialState", [*outgoing.snapshot("Dest"), ("DialStatus", "RINGING")])
        try:
            async with asyncio.timeout(_milliseconds(self._action.get("Timeout")) / 1000):
                await self._hangup.wait()
        except TimeoutError:
            self._cause = 19
        for other in self._channels[1:]:
            await self._emit("HangupRequest", [*other.snapshot(), ("Cause", str(self._cause))])
        for channel in self._channels:
            await self._end(channel, self._cause)

    async def _dial_end(self, status: str) -> None:
        await self._emit("DialEnd", [*self._outgoing.snapshot("Dest"), ("DialStatus", status)])

    async def _hang_up(self) -> None:
        first = self._hung_up_first or self._outgoing
        others = [channel for channel in self._channels if channel is not first]
        await self._emit("SoftHangupRequest", [*first.snapshot(), ("Cause", "16")])
        for other in others:
            await self._emit("HangupRequest", [*other.snapshot(), ("Cause", str(self._cause))])
        await self._end(first, self._cause)
        for other in others:
            await self._emit("SoftHangupRequest", [*other.snapshot(), ("Cause", "16")])
            await self._end(other, self._cause)
        await self._emit("DeviceStateChange", [("Device", self._device), ("State", "NOT_INUSE")])

    async def _end(self, channel: Channel, cause: int) -> None:
        # Removed before the event is sent: a client that reacts to it finds no trace of the channel.
        self._switchboard.calls.pop(channel, None)
        text = _CAUSES.get(cause, "Unknown")
        await self._emit("Hangup", [*channel.snapshot(), ("Cause", str(cause)), ("Cause-txt", text)])

    async def _change_state(self, channel: Channel, state: int) -> None:
        channel.state = state
        await self._emit("Newstate", channel.snapshot())

    async def _execute(self, channel: Channel, application: str, data: str = "") -> None:
        # The priority counts up with each application; the one that dials isn't part of the dialplan.
        dialled = channel.application in {"", "AppDial2"}
        channel.priority = 1 if dialled else channel.priority + 1
        channel.application, channel.data = application, data
        await self._emit("Newexten", _extension(channel), _DIALPLAN)

    async def _emit(self, name: str, headers: Headers, privilege: str = _CALL) -> None:
        await asyncio.sleep(self._switchboard.event_delay)
        self._switchboard.emit(name, privilege, headers)


def _extension(channel: Channel) -> Headers:
    return [
        *channel.snapshot(),
        ("Extension", channel.exten),
        ("Application", channel.application),
        ("AppData", channel.data),
    ]


def _caller_id(text: str) -> tuple[str, str]:
    """Number and name of a caller id in AMI's notation: ``"Name" <number>``, or one of them."""
    if found := _CALLER_ID.fullmatch(text):
        return found["number"].strip(), found["name"].strip()
    text = text.strip().strip('"')
    return (text, "") if text.lstrip("+").isdigit() else ("", text)


def _variables(action: ReceivedAction) -> list[tuple[str, str]]:
    """The channel variables of an action, split and unescaped as by Asterisk."""
    lines = [value for name, value in action.headers if name.lower() == "variable"]
    pairs = [pair.partition("=") for line in lines for pair in _VARIABLE.findall(line)]
    return [(name, _ESCAPE_OR_QUOTE.sub(lambda found: found[1] or "", value)) for name, _, value in pairs]


def _milliseconds(text: str) -> int:
    return int(text) if text.isdigit() else 30_000
