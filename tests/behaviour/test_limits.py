"""A client with limits: what is too large is truncated or raises, and all else is received."""

from __future__ import annotations

import asyncio

import pytest

from amitypes import HTTPClient, Limits, TCPClient, events
from amitypes.errors import MessageTooLarge
from amitypes.testing import FakeAsterisk
from tests.unit.http_server import HTTPServer, Manager

LARGE = "y" * 2000


async def test_a_message_that_is_too_large_affects_no_other_over_tcp(
    asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    asterisk.reply("Getvar", {"Response": "Success", "Variable": "X", "Value": LARGE})
    asterisk.reply(
        "CoreShowChannels",
        {"Response": "Success", "EventList": "start"},
        {"Event": "CoreShowChannel", "Channel": "SIP/1"},
        {"Event": "CoreShowChannel", "Channel": "SIP/2", "ApplicationData": LARGE},
        {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "2"},
    )
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", limits=Limits(message=1500))
    async with client:
        stream = client.events(events.Hangup)
        asterisk.send_event("Hangup", {"Channel": "SIP/1", "CauseTxt": LARGE})
        asterisk.send_event("Hangup", {"Channel": "SIP/2"})
        first, second = await anext(stream), await anext(stream)
        assert (first.channel, second.channel) == ("SIP/1", "SIP/2")
        assert [issue.header for issue in first.issues if "1500 bytes" in issue.problem]
        assert not [issue.problem for issue in second.issues if "1500 bytes" in issue.problem]
        assert "An event Hangup is incomplete" in caplog.text
        with pytest.raises(MessageTooLarge, match=r"Getvar: .*1500 bytes") as caught:
            await client.actions.getvar(variable="X")
        assert caught.value.action == "Getvar"
        assert caught.value.received[0]["Variable"] == "X"
        with pytest.raises(MessageTooLarge):
            await client.actions.core_show_channels()
        assert await client.ping()


async def test_a_message_that_is_too_large_affects_no_other_over_http() -> None:
    manager = Manager()
    large = f"Event: Hangup\r\nChannel: SIP/1\r\nCauseTxt: {LARGE}\r\n\r\nEvent: Hangup\r\nChannel: SIP/2\r\n\r\n"
    manager.scripted["Getvar"] = manager.with_body(
        f"Response: Success\r\nActionID: {{id}}\r\nVariable: X\r\nValue: {LARGE}\r\n\r\n"
    )
    async with HTTPServer(manager) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world", limits=Limits(message=1500))
        stream = client.events(events.Hangup)
        async with client:
            await manager.events.put(large)
            async with asyncio.timeout(10):
                first, second = await anext(stream), await anext(stream)
            assert (first.channel, second.channel) == ("SIP/1", "SIP/2")
            assert first.issues
            with pytest.raises(MessageTooLarge, match=r"Getvar: .*1500 bytes"):
                await client.actions.getvar(variable="X")
            assert await client.ping()


async def test_a_list_that_is_too_long_raises_over_tcp(asterisk: FakeAsterisk) -> None:
    asterisk.reply(
        "CoreShowChannels",
        {"Response": "Success", "EventList": "start"},
        *({"Event": "CoreShowChannel", "Channel": f"SIP/{number}"} for number in range(50)),
    )
    client = TCPClient(asterisk.host, asterisk.port, username="hello", password="world", limits=Limits(items=10))
    async with client:
        stream = client.events(events.Hangup)
        for _ in range(2):
            with pytest.raises(MessageTooLarge, match="CoreShowChannels: the answer has more than 10") as caught:
                await client.actions.core_show_channels()
            assert [item.get("Channel") for item in caught.value.received[1:]] == [f"SIP/{n}" for n in range(9)]
        asterisk.send_event("Hangup", {"Channel": "SIP/1"})
        assert (await anext(stream)).channel == "SIP/1"
        assert await client.ping()


async def test_a_list_that_is_too_long_raises_over_http() -> None:
    manager = Manager()
    items = "".join(f"Event: CoreShowChannel\r\nActionID: {{id}}\r\nChannel: SIP/{n}\r\n\r\n" for n in range(50))
    response = "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    manager.scripted["CoreShowChannels"] = manager.with_body(response + items)
    async with HTTPServer(manager) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password="world", limits=Limits(items=10))
        async with client:
            with pytest.raises(MessageTooLarge, match="more than 10 messages") as caught:
                await client.actions.core_show_channels()
            assert len(caught.value.received) == 10
            assert await client.ping()
