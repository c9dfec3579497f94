"""``amitypes demo``: place a call and print its typed events as they come."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from amitypes import events
from amitypes.client import Client, HTTPClient, TCPClient
from amitypes.testing import FakeAsterisk

if TYPE_CHECKING:
    from typing import TextIO

    from amitypes._events.stream import EventStream

__all__ = ["CallFailed", "Server", "demo"]

SHOWN: Final[Mapping[type[events.Event], tuple[str, ...]]] = {
    events.Newchannel: ("channel", "channel_state_desc", "uniqueid"),
    events.Newexten: ("channel", "extension", "application", "app_data"),
    events.Newstate: ("channel", "channel_state", "channel_state_desc"),
    events.LocalBridge: ("local_one_channel", "local_two_channel", "local_optimization"),
    events.DialBegin: ("dest_channel", "dial_string"),
    events.DialState: ("dest_channel", "dial_status"),
    events.DialEnd: ("dest_channel", "dial_status"),
    events.BridgeEnter: ("channel", "bridge_num_channels"),
    events.BridgeLeave: ("channel", "bridge_num_channels"),
    events.OriginateResponse: ("response", "channel", "reason"),
    events.Hangup: ("channel", "cause", "cause_txt"),
}
"""The events of a call that the demo prints, with the fields that it prints of each."""

_REASONS: Final = {
    0: "the channel could not be called",
    1: "the channel hung up",
    3: "no answer",
    5: "busy",
    8: "congested",
}


class CallFailed(Exception):
    """The call was not connected, or its events didn't come in time."""


@dataclass(frozen=True)
class Server:
    """The address and login of a real server."""

    host: str
    port: int | None
    username: str
    password: str = field(repr=False)
    tls: bool = False
    ca: str | None = None
    http: bool = False


async def demo(
    server: Server | None,
    *,
    channel: str,
    exten: str,
    context: str,
    timeout: float,
    out: TextIO,
    pace: float = 0.05,
    call_seconds: float = 1.0,
) -> None:
    """Place a call and print its typed events.

    Args:
        server: The server; None for a fake one.
        channel: The channel to call.
        exten: The extension to connect it to.
        context: The extension's context.
        timeout: How long the call may take, in seconds.
        out: The stream to print to.
        pace: The delay between the events of the fake server, in seconds; default: 0.05.
        call_seconds: How long the call lasts on the fake server, in seconds; default: 1.

    Raises:
        AMIError: The server can't be reached, or refuses the login or the call.
        CallFailed: The call was not connected, or its events didn't come in time.
    """
    style = _Style(out)
    async with _client(server, style, pace=pace, call_seconds=call_seconds) as client:
        async with client:
            style.line(f"Logged in: {style.strong(_versions(client))}")
            await _call(client, style, channel=channel, exten=exten, context=context, timeout=timeout)
        style.line("Logged off.")


@asynccontextmanager
async def _client(server: Server | None, style: _Style, *, pace: float, call_seconds: float) -> AsyncIterator[Client]:
    if server is None:
        secret = secrets.token_hex(8)
        async with FakeAsterisk({"demo": secret}, event_delay=pace, call_duration=call_seconds) as fake:
            style.line(f"A fake Asterisk listens on {fake.host}:{fake.port}; use --host for a real one.")
            yield TCPClient(fake.host, fake.port, username="demo", password=secret)
        return
    make = HTTPClient if server.http else TCPClient
    client = make(
        server.host,
        server.port,
        username=server.username,
        password=server.password,
        ssl_enabled=server.tls,
        cert_ca=server.ca,
    )
    style.line(f"Connecting to {client.host}:{client.port} as {server.username}.")
    yield client


async def _call(client: Client, style: _Style, *, channel: str, exten: str, context: str, timeout: float) -> None:
    # With ids of its own, the events of this call can be distinguished from those of other calls.
    call = _Call(f"amitypes-{secrets.token_hex(4)}")
    stream = client.events(*SHOWN)
    style.line(
        f"\n>>> await client.actions.originate(channel={channel!r}, exten={exten!r}, context={context!r}, priority=1)"
    )
    answer = await client.actions.originate(
        channel=channel,
        exten=exten,
        context=context,
        priority=1,
        async_=True,
        channel_id=call.id,
        action_id=call.id,
        timeout=timedelta(seconds=timeout / 2),  # half of the time is for ringing
    )
    style.line(f"{style.strong(type(answer).__name__)}(message={answer.message!r})\n")
    style.line(">>> async for event in client.events(events.Newchannel, ..., events.Hangup):")
    try:
        async with asyncio.timeout(timeout):
            await _follow(call, stream, style)
    except TimeoutError:
        msg = (
            f"The call didn't end within {timeout:g} s. If no events are printed above, give the user "
            f"read=call,dialplan in manager.conf; if the call lasts longer, use a longer --timeout."
        )
        raise CallFailed(msg) from None
    style.line(f"\nThe call is over: {call.channels} channels, {call.events} typed events.")
    if call.failure:
        raise CallFailed(f"{channel} was not connected to {exten}@{context}: {call.failure}.")


async def _follow(call: _Call, stream: EventStream[events.Event], style: _Style) -> None:
    begin = time.monotonic()
    async for event in stream:
        if not call.concerns(event):
            continue
        style.event(time.monotonic() - begin, event)
        if call.ends_with(event):
            return


class _Call:
    """The progress of the call.

    Args:
        call_id: The unique id of the call's first channel, and the ActionID of the Originate.
    """

    def __init__(self, call_id: str) -> None:
        self.id: Final = call_id
        self.events = 0
        self.channels = 0
        self.failure = ""
        self._open: set[str] = set()
        self._answered = False

    def concerns(self, event: events.Event) -> bool:
        """Whether an event belongs to this call: all its channels are linked to the first one."""
        return event.action_id == self.id or any(value == self.id for name, value in event if name.endswith("linkedid"))

    def ends_with(self, event: events.Event) -> bool:
        """Count an event of the call; returns whether it is the last one."""
        self.events += 1
        match event:
            case events.Newchannel():
                self.channels += 1
                self._open.add(event.uniqueid)
            case events.Hangup():
                self._open.discard(event.uniqueid)
            case events.OriginateResponse():
                self._answered = True
                if event.response != "Success":
                    reason = event.reason or 0
                    self.failure = f"{_REASONS.get(reason, 'failed')} (reason {reason})"
        return self._answered and not self._open


class _Style:
    """Prints, in colour on a terminal unless ``NO_COLOR`` is set.

    Args:
        out: The stream to print to.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colour = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def line(self, text: str) -> None:
        """Print a line and flush it, so that events appear as they come."""
        print(text, file=self._out, flush=True)

    def strong(self, text: str) -> str:
        """A text in bold."""
        return f"\033[1m{text}\033[0m" if self._colour else text

    def event(self, seconds: float, event: events.Event) -> None:
        """Print an event: its time, its class, and some of its typed fields."""
        fields = ", ".join(f"{name}={getattr(event, name)!r}" for name in SHOWN[type(event)])
        self.line(f"{seconds:5.2f} s  {self.strong(f'{type(event).__name__:<17}')}  {fields}")


def _versions(client: Client) -> str:
    asterisk = f"Asterisk {client.asterisk_version}" if client.asterisk_version else "Asterisk"
    return f"{asterisk}, AMI {client.ami_version}" if client.ami_version else asterisk
