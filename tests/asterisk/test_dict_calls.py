"""The dict-shaped calls against a real Asterisk: each returns exactly what it is documented to return."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from amitypes import AuthenticationError, events
from tests.asterisk.clients import TRANSPORTS, Client, Transport, connected, hang_up, make

if TYPE_CHECKING:
    from amitypes._protocol.types import WireDict
    from tests.asterisk.census import Census
    from tests.asterisk.server import AsteriskServer

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)

ACCEPTED = [{"Response": "Success", "Message": "Authentication accepted"}]
QUEUED = [{"Response": "Success", "Message": "Originate successfully queued"}]


async def call(client: Client, extension: str = "100", **options: bool) -> str:
    """Connect extension 100 to another one, and return the channel of the first."""
    up = client.wait_for(events.BridgeEnter, lambda event: event.channel.startswith("Local/"), timeout=10)
    newchannel = client.wait_for(
        events.Newchannel,
        lambda event: event.channel.startswith("Local/910@") and event.channel.endswith(";1"),
        timeout=10,
    )
    answer = await client.originate(originator="910", extension=extension, timeout=10)
    assert answer == QUEUED
    channel = (await newchannel).channel
    await up
    return channel


async def test_connect_and_logoff_return_the_documented_answers(asterisk: AsteriskServer, transport: Transport) -> None:
    client = make(asterisk, transport)

    assert await client.connect(username="hello", password="world") == ACCEPTED
    assert await client.logoff() == [{"Response": "Goodbye", "Message": "Thanks for all the fish."}]


async def test_a_refused_login_raises_with_the_answer(asterisk: AsteriskServer, transport: Transport) -> None:
    client = make(asterisk, transport)

    with pytest.raises(AuthenticationError, match=r"\[hello\].*secret") as caught:
        await client.connect(username="hello", password="not the secret")

    assert caught.value.answer == [{"Response": "Error", "Message": "Authentication failed"}]
    assert "not the secret" not in str(caught.value)


async def test_ping_returns_the_documented_answer(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        (pong,) = await client.ping()

    assert list(pong) == ["Response", "Ping", "Timestamp"]
    assert (pong["Response"], pong["Ping"]) == ("Success", "Pong")


async def test_channels_lists_an_originated_call(
    asterisk: AsteriskServer, transport: Transport, census: Census
) -> None:
    async with connected(asterisk, transport, census) as client:
        response = client.wait_for(events.OriginateResponse, timeout=10)
        answer = await client.originate(
            originator="100",
            extension="101",
            caller_id='"Grüezi" <1234>',
            account="acc",
            early_media=False,
            codecs=["ulaw", "alaw"],
            channel_id=f"{transport}-one",
            other_channel_id=f"{transport}-two",
            variables={"A": 'comma, "quote" and \\', "B": "x=y"},
        )
        assert answer == QUEUED
        originated = await response
        assert originated.response == "Success"

        head, *channels, complete = await client.channels()

        assert head == {"Response": "Success", "EventList": "start", "Message": "Channels will follow"}
        mine = [channel for channel in channels if str(channel["Channel"]).startswith("Local/100@from-internal")]
        assert {str(channel["Event"]) for channel in channels} == {"CoreShowChannel"}
        assert {str(channel["AccountCode"]) for channel in mine} == {"acc"}
        assert {str(channel["Uniqueid"]) for channel in mine} == {f"{transport}-one", f"{transport}-two"}
        assert complete == {
            "Event": "CoreShowChannelsComplete",
            "EventList": "Complete",
            "ListItems": str(len(channels)),
        }
        first = next(str(channel["Channel"]) for channel in mine if str(channel["Channel"]).endswith(";1"))
        assert await variable(client, first, "A") == 'comma, "quote" and \\'
        assert await variable(client, first, "B") == "x=y"
        await hang_up(client)


async def test_originate_runs_an_application(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        newexten = client.wait_for(events.UserEvent, lambda event: event.user_event == "FromApplication", timeout=10)
        answer = await client.originate(
            originator="200", extension="", application="UserEvent", app_data="FromApplication,Key: value"
        )
        assert answer == QUEUED
        assert (await newexten).raw["Key"] == "value"
        await hang_up(client)


async def test_redirect_moves_the_channel(asterisk: AsteriskServer, transport: Transport, census: Census) -> None:
    async with connected(asterisk, transport, census) as client:
        channel = await call(client)
        arrived = client.wait_for(events.Newexten, lambda event: event.extension == "101", timeout=10)
        assert await client.redirect(extension="101", channel=channel) == [
            {"Response": "Success", "Message": "Redirect successful"}
        ]
        assert (await arrived).channel == channel
        await hang_up(client)


async def test_blind_transfer_moves_the_channel(asterisk: AsteriskServer, transport: Transport, census: Census) -> None:
    async with connected(asterisk, transport, census) as client:
        await call(client)
        transferred = client.wait_for(events.BlindTransfer, timeout=10)
        answer = await client.blind_transfer(channel=await bridged(client), extension="101")
        assert answer == [{"Response": "Success", "Message": "Transfer succeeded"}]
        assert (await transferred).extension == "101"
        await hang_up(client)


async def test_attended_transfer_calls_the_extension(
    asterisk: AsteriskServer, transport: Transport, census: Census
) -> None:
    async with connected(asterisk, transport, census) as client:
        await call(client)
        answer = await client.attended_transfer(channel=await bridged(client), extension="101")
        assert answer == [{"Response": "Success", "Message": "Atxfer successfully queued"}]
        await hang_up(client)


async def test_ami_request_returns_every_kind_of_answer(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport) as client:
        no = await client.ami_request({"Action": "Hangup", "Channel": "none"})
        assert no == [{"Response": "Error", "Message": "No such channel"}]

        mine = await client.ami_request({"Action": "Hangup", "Channel": "none", "ActionID": "mine-1"})
        assert mine == [{"Response": "Error", "ActionID": "mine-1", "Message": "No such channel"}]

        (version,) = await client.ami_request({"Action": "Command", "Command": "core show help core"})
        assert isinstance(version["Output"], list)
        assert all(version["Output"])

        (nothing,) = await client.ami_request({"Action": "Command", "Command": "no such command"})
        assert nothing["Response"] == "Error"
        assert "No such command" in str(nothing["Output"])


async def test_registered_callbacks_get_their_events(asterisk: AsteriskServer, transport: Transport) -> None:
    hangups: asyncio.Queue[WireDict] = asyncio.Queue()
    everything: list[str] = []

    async def on_hangup(event: WireDict, client: Client) -> None:
        assert await client.ping()
        await hangups.put(event)

    async def on_any(event: WireDict, _: Client) -> None:
        everything.append(str(event["Event"]))

    async with connected(asterisk, transport) as client:
        await client.register_callback("hangup", on_hangup)
        await client.register_callback("*", on_any)
        await client.originate(originator="200", extension="200")
        async with asyncio.timeout(10):
            event = await hangups.get()
        assert event["Event"] == "Hangup"
        assert str(event["Channel"]).startswith("Local/200@from-internal")

    assert {"Newchannel", "Newexten", "Hangup"} <= set(everything)


async def test_values_keep_their_case_and_bytes(asterisk: AsteriskServer, transport: Transport) -> None:
    async with connected(asterisk, transport, user="mixed") as client:
        seen = client.wait_for(events.UserEvent, lambda event: event.user_event == "MixedCase", timeout=10)
        value = "Größe ÄÖ & = + % \udcff é"
        await client.ami_request({"Action": "UserEvent", "UserEvent": "MixedCase", "HeaderName": value})
        assert (await seen).raw["HeaderName"] == value


async def variable(client: Client, channel: str, name: str) -> str:
    (answer,) = await client.ami_request({"Action": "Getvar", "Channel": channel, "Variable": name})
    return str(answer["Value"])


async def bridged(client: Client) -> str:
    """A channel that is in a bridge with another one."""
    _, *channels, _ = await client.channels()
    return next(
        str(channel["Channel"])
        for channel in channels
        if channel["BridgeId"] and str(channel["Channel"]).startswith("Local/910@")
    )
