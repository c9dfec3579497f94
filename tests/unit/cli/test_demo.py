"""``amitypes demo``: the call, and what is printed of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from io import StringIO

import pytest

from amitypes._cli import demo
from amitypes._cli.demo import CallFailed, Server
from amitypes.errors import AuthenticationError, ConnectionLost
from amitypes.testing import FakeAsterisk


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk(extensions={"300": "busy", "999": "unknown"}) as server:
        yield server


async def run(server: Server | None, *, channel: str = "Local/100@from-internal", timeout: float = 10) -> str:
    out = StringIO()
    await demo.demo(
        server,
        channel=channel,
        exten="200",
        context="from-internal",
        timeout=timeout,
        out=out,
        pace=0,
        call_seconds=0,
    )
    return out.getvalue()


def at(pbx: FakeAsterisk, *, password: str = "world") -> Server:
    return Server(pbx.host, pbx.port, "hello", password)


def check_output(text: str) -> None:
    """Check that a text is the whole output of a call."""
    kinds = re.findall(r"^ *\d+\.\d\d s  (\w+) ", text, re.MULTILINE)
    assert kinds[:2] == ["Newchannel", "Newchannel"]
    assert kinds[-1] == "Hangup"
    assert {"Newexten", "Newstate", "DialBegin", "DialEnd", "OriginateResponse"} <= set(kinds)
    assert "cause=16, cause_txt='Normal Clearing'" in text
    assert "The call is over: 2 channels" in text
    assert "\033" not in text


async def test_the_demo_runs_on_a_fake_asterisk() -> None:
    text = await run(None)
    assert "A fake Asterisk listens on 127.0.0.1:" in text
    check_output(text)


async def test_the_demo_uses_the_given_server(pbx: FakeAsterisk) -> None:
    text = await run(at(pbx))
    check_output(text)
    assert f"Connecting to 127.0.0.1:{pbx.port} as hello." in text
    assert "Asterisk 22.10.1, AMI 11.0.0" in text
    assert "world" not in text
    originate = next(action for action in pbx.received if action.name == "Originate")
    assert (originate.get("Async"), originate.get("Exten")) == ("true", "200")
    assert pbx.received[-1].name == "Logoff"


async def test_events_of_other_calls_are_not_printed(pbx: FakeAsterisk) -> None:
    async def interfere() -> None:
        await pbx.wait_for_action("Originate")
        pbx.send_event("Hangup", {"Channel": "SIP/other", "Uniqueid": "other", "Linkedid": "other"})

    other = asyncio.create_task(interfere())
    text = await run(at(pbx))
    await other
    assert "SIP/other" not in text
    check_output(text)


async def test_every_printed_field_exists() -> None:
    for event, fields in demo.SHOWN.items():
        assert set(fields) <= set(event.model_fields)


async def test_a_busy_line_is_a_failed_call(pbx: FakeAsterisk) -> None:
    with pytest.raises(CallFailed, match=r"Local/300@x was not connected to 200@from-internal: busy \(reason 5\)"):
        await run(at(pbx), channel="Local/300@x")


async def test_a_channel_that_cannot_be_called_is_a_failed_call(pbx: FakeAsterisk) -> None:
    with pytest.raises(CallFailed, match="could not be called"):
        await run(at(pbx), channel="Local/999@x")


async def test_missing_events_name_the_read_privileges(pbx: FakeAsterisk) -> None:
    pbx.reply("Originate", {"Response": "Success", "Message": "Originate successfully queued"})
    with pytest.raises(CallFailed, match="read=call,dialplan"):
        await run(at(pbx), timeout=0.05)


async def test_a_wrong_password_is_an_authentication_error(pbx: FakeAsterisk) -> None:
    with pytest.raises(AuthenticationError):
        await run(at(pbx, password="wrong"))


async def test_a_lost_connection_is_raised(pbx: FakeAsterisk) -> None:
    @pbx.on_action("Originate")
    def leave(action: object) -> list[dict[str, str]]:
        pbx.disconnect()
        return []

    with pytest.raises(ConnectionLost):
        await run(at(pbx))


def test_only_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\033[" in demo._Style(Terminal()).strong("x")
    assert demo._Style(StringIO()).strong("x") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert demo._Style(Terminal()).strong("x") == "x"
