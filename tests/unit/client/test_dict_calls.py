"""The dict-shaped calls: what each sends, and what it returns."""

from __future__ import annotations

import asyncio

import pytest

from amitypes import TCPClient
from amitypes.errors import ActionTimeout, InvalidActionError
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply

SUCCESS = {"Response": "Success"}


def sent(asterisk: FakeAsterisk) -> dict[str, str | list[str]]:
    """The last action received, without its ActionID."""
    action = asterisk.received[-1].as_dict()
    del action["ActionID"]
    return action


async def ongoing_call(asterisk: FakeAsterisk, client: TCPClient) -> str:
    answer = await client.ami_request(
        {"Action": "Originate", "Channel": "Local/100@from-internal", "Application": "Wait", "Data": "60"}
    )
    assert answer[0]["Response"] == "Success"
    channel = (await client.channels())[1]["Channel"]
    assert isinstance(channel, str)
    return channel


async def test_connect_and_logoff_return_the_replies(asterisk: FakeAsterisk) -> None:
    client = TCPClient(asterisk.host, asterisk.port)
    assert await client.connect(username="hello", password="world") == [
        {"Response": "Success", "Message": "Authentication accepted"}
    ]
    assert await client.logoff() == [{"Response": "Goodbye", "Message": "Thanks for all the fish."}]


async def test_ping_returns_the_pong(client: TCPClient) -> None:
    (answer,) = await client.ping()
    assert list(answer) == ["Response", "Ping", "Timestamp"]
    assert answer["Ping"] == "Pong"


async def test_originate_calls_a_local_channel(asterisk: FakeAsterisk, client: TCPClient) -> None:
    assert await client.originate(originator="100", extension="200") == [
        {"Response": "Success", "Message": "Originate successfully queued"}
    ]
    assert sent(asterisk) == {
        "Action": "Originate",
        "Channel": "Local/100@from-internal",
        "Exten": "200",
        "Context": "from-internal",
        "Priority": "1",
        "Timeout": "15000",
        "Async": "true",
    }


async def test_originate_sends_every_parameter(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await client.originate(
        "100",
        "200",
        context="sales",
        priority=3,
        run_async=False,
        timeout=2.5,
        caller_id='"Bob" <12>',
        account="acc",
        early_media=True,
        codecs=["ulaw", "alaw"],
        channel_id="one",
        other_channel_id="other",
        variables={"A": "1,2", "B": ""},
    )
    assert sent(asterisk) == {
        "Action": "Originate",
        "Channel": "Local/100@sales",
        "Exten": "200",
        "Context": "sales",
        "Priority": "3",
        "Timeout": "2500",
        "Async": "false",
        "CallerID": '"Bob" <12>',
        "Account": "acc",
        "EarlyMedia": "true",
        "Codecs": "ulaw,alaw",
        "ChannelId": "one",
        "OtherChannelId": "other",
        "Variable": ["A=1\\,2", "B="],
    }


async def test_originate_without_async_waits_while_it_rings(asterisk: FakeAsterisk) -> None:
    @asterisk.on_action("Originate")
    async def ring(_: ReceivedAction) -> list[Reply]:
        await asyncio.sleep(0.2)  # longer than the reply timeout of other actions
        return [{"Response": "Success", "Message": "Originate successfully queued"}]

    async with TCPClient(asterisk.host, asterisk.port, username="hello", password="world", reply_timeout=0.1) as client:
        assert (await client.originate("100", "200", run_async=False))[0]["Response"] == "Success"
        with pytest.raises(ActionTimeout):
            await client.originate("100", "200")


async def test_originate_can_connect_to_an_application(asterisk: FakeAsterisk, client: TCPClient) -> None:
    await client.originate("100", "", application="Playback", app_data="beep")
    action = sent(asterisk)
    assert (action["Application"], action["Data"]) == ("Playback", "beep")
    assert not {"Exten", "Context", "Priority"} & set(action)


async def test_channels_returns_response_items_and_end(asterisk: FakeAsterisk, client: TCPClient) -> None:
    assert await client.channels() == [
        {"Response": "Success", "EventList": "start", "Message": "Channels will follow"},
        {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "0"},
    ]
    await ongoing_call(asterisk, client)
    head, one, two, complete = await client.channels()
    assert head["EventList"] == "start"
    assert [one["Event"], two["Event"]] == ["CoreShowChannel", "CoreShowChannel"]
    assert [one["ChannelStateDesc"], two["ChannelStateDesc"]] == ["Up", "Up"]
    assert complete == {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "2"}


async def test_attended_transfer_sends_atxfer(asterisk: FakeAsterisk, client: TCPClient) -> None:
    channel = await ongoing_call(asterisk, client)
    assert await client.attended_transfer(channel=channel, extension="300") == [
        {"Response": "Success", "Message": "Atxfer successfully queued"}
    ]
    assert sent(asterisk) == {"Action": "Atxfer", "Channel": channel, "Exten": "300", "Context": "from-internal"}


async def test_blind_transfer_sends_blind_transfer(asterisk: FakeAsterisk, client: TCPClient) -> None:
    channel = await ongoing_call(asterisk, client)
    assert await client.blind_transfer(channel=channel, extension="300", context="sales") == [
        {"Response": "Success", "Message": "Transfer succeeded"}
    ]
    assert sent(asterisk) == {"Action": "BlindTransfer", "Channel": channel, "Exten": "300", "Context": "sales"}


async def test_redirect_sends_redirect(asterisk: FakeAsterisk, client: TCPClient) -> None:
    channel = await ongoing_call(asterisk, client)
    assert await client.redirect(extension="300", channel=channel) == [
        {"Response": "Success", "Message": "Redirect successful"}
    ]
    assert sent(asterisk) == {
        "Action": "Redirect",
        "Channel": channel,
        "Exten": "300",
        "Context": "from-internal",
        "Priority": "1",
    }


async def test_redirect_can_move_two_channels(asterisk: FakeAsterisk, client: TCPClient) -> None:
    channel = await ongoing_call(asterisk, client)
    other = channel[:-1] + "2"
    answer = await client.redirect(
        "300",
        channel,
        context="sales",
        priority="n",
        extra_channel=other,
        extra_extension="400",
        extra_context="support",
        extra_priority=2,
    )
    assert answer == [{"Response": "Success", "Message": "Dual Redirect successful"}]
    action = sent(asterisk)
    assert [action[f"Extra{name}"] for name in ("Channel", "Exten", "Context", "Priority")] == [
        other,
        "400",
        "support",
        "2",
    ]
    assert action["Priority"] == "n"


async def test_ami_request_sends_any_action(asterisk: FakeAsterisk, client: TCPClient) -> None:
    channel = await ongoing_call(asterisk, client)
    request = {"Action": "BlindTransfer", "Channel": channel, "Exten": "300", "Context": "from-internal"}
    assert await client.ami_request(request) == [{"Response": "Success", "Message": "Transfer succeeded"}]
    assert sent(asterisk) == request


async def test_ami_request_does_not_change_its_argument(client: TCPClient) -> None:
    request = {"Action": "Ping"}
    await client.ami_request(request)
    assert request == {"Action": "Ping"}


async def test_an_error_reply_is_returned(client: TCPClient) -> None:
    assert await client.ami_request({"Action": "Hangup", "Channel": "none"}) == [
        {"Response": "Error", "Message": "No such channel"}
    ]
    assert await client.redirect("1", "none") == [{"Response": "Error", "Message": "Channel does not exist: none"}]


@pytest.mark.parametrize("name", ["ActionID", "actionid"])
async def test_an_action_id_is_returned_only_if_it_was_given(client: TCPClient, name: str) -> None:
    answer = await client.ami_request({"Action": "CoreShowChannels", name: "mine"})
    assert [message["ActionID"] for message in answer] == ["mine", "mine"]
    answer = await client.ami_request({"Action": "CoreShowChannels"})
    assert [message.get("ActionID") for message in answer] == [None, None]


async def test_lists_are_repeated_headers_both_ways(asterisk: FakeAsterisk, client: TCPClient) -> None:
    asterisk.reply("Echo", {"Response": "Success", "Output": ["a", "", "  b"]})
    assert await client.ami_request({"Action": "Echo", "Variable": ["a=1", "b=2"]}) == [
        {"Response": "Success", "Output": ["a", "", "  b"]}
    ]
    assert sent(asterisk)["Variable"] == ["a=1", "b=2"]


async def test_case_and_bytes_are_kept(asterisk: FakeAsterisk, client: TCPClient) -> None:
    headers = {"Action": "UserEvent", "UserEvent": "Gruß", "sTrAnGe": "MüLLer=Ä, %20+", "Latin": "M\udcfcller"}
    await client.ami_request(headers)
    assert sent(asterisk) == headers


@pytest.mark.parametrize(
    "request_",
    [
        {"Action": "Ping", "X": "a\r\n\r\nAction: Originate"},
        {"Action": "Ping\nX"},
        {"Action": "Ping", "X": "y" * 1100},
        {"Action": "Ping", "Priority": 1},
        {"Channel": "x"},
    ],
)
async def test_what_ami_cannot_carry_is_not_sent(
    asterisk: FakeAsterisk, client: TCPClient, request_: dict[str, str]
) -> None:
    before = len(asterisk.received)
    with pytest.raises(InvalidActionError):
        await client.ami_request(request_)
    await client.ping()
    assert [action.name for action in asterisk.received[before:]] == ["Ping"]
