"""The calls of the fake Asterisk: the events they cause, and the actions on channels."""

from __future__ import annotations

import pytest

from amitypes._protocol.types import WireDict
from amitypes.testing import FakeAsterisk, Outcome
from tests.unit.testing.bare_connection import CALL, Connection, connected


def names(messages: list[WireDict]) -> list[object]:
    return [message.get("Event") for message in messages]


async def test_an_asynchronous_call_causes_the_events_of_asterisk() -> None:
    async with FakeAsterisk() as asterisk, connected(asterisk) as connection:
        await connection.log_in(("Events", "call,dialplan"))
        answer = await connection.ask(
            "Originate", ("ActionID", "7"), ("Async", "true"), *CALL, ("CallerID", '"Bob" <12>')
        )
        assert answer == {"Response": "Success", "ActionID": "7", "Message": "Originate successfully queued"}
        call = await connection.until("DeviceStateChange")
        call += await connection.until("DeviceStateChange")
        assert [name for name in names(call) if name not in {"NewCallerid", "NewConnectedLine"}] == [
            "Newchannel",
            "Newchannel",
            "Newexten",
            "LocalBridge",
            "DialBegin",
            "Newexten",
            "Newstate",
            "Newstate",
            "DialEnd",
            "OriginateResponse",
            "Newexten",
            "Newexten",
            "Newexten",
            "DeviceStateChange",
            "Newexten",
            "SoftHangupRequest",
            "HangupRequest",
            "Hangup",
            "SoftHangupRequest",
            "Hangup",
            "DeviceStateChange",
        ]
        one, two = (str(message["Channel"]) for message in call[:2])
        assert (one[-2:], two[-2:], one[:-1]) == (";1", ";2", two[:-1])
        response = next(message for message in call if message["Event"] == "OriginateResponse")
        assert response == {
            "Event": "OriginateResponse",
            "Privilege": "call,all",
            "ActionID": "7",
            "Response": "Success",
            "Channel": one,
            "Context": "from-internal",
            "Exten": "200",
            "Reason": "4",
            "Uniqueid": call[0]["Uniqueid"],
            "CallerIDNum": "12",
            "CallerIDName": "Bob",
        }


async def test_the_events_of_a_synchronous_call_follow_its_answer() -> None:
    async with FakeAsterisk() as asterisk, connected(asterisk) as connection:
        await connection.log_in(("Events", "call"))
        answer = await connection.ask("Originate", *CALL)
        assert answer["Message"] == "Originate successfully queued"
        assert "OriginateResponse" not in names(await connection.until("Hangup"))


@pytest.mark.parametrize(
    ("outcome", "reason", "cause", "status"),
    [("busy", "5", "17", "BUSY"), ("unanswered", "3", "19", None), ("unknown", "0", "0", None)],
)
@pytest.mark.parametrize("channel", ["Local/300@from-internal", "PJSIP/300@trunk"])
async def test_a_failed_call_has_the_reason_and_cause_of_its_outcome(
    outcome: Outcome, reason: str, cause: str, status: str | None, channel: str
) -> None:
    headers = (("Channel", channel), *CALL[1:], ("Timeout", "10"))
    async with FakeAsterisk(extensions={"300": outcome}) as asterisk, connected(asterisk) as connection:
        await connection.log_in(("Events", "call"))
        await connection.ask("Originate", ("Async", "yes"), *headers)
        call = await connection.until("OriginateResponse")
        assert (call[-1]["Response"], call[-1]["Reason"]) == ("Failure", reason)
        assert (call[-1]["Channel"], call[-1]["Uniqueid"]) == (channel, "<unknown>")
        causes = [message["Cause"] for message in call if message["Event"] == "Hangup"]
        assert causes[-1] == cause or cause in causes
        if status:
            assert [message["DialStatus"] for message in call if message["Event"] == "DialEnd"] == [status]
        assert (await connection.ask("CoreShowChannels"))["Response"] == "Success"
        assert (await connection.next())["ListItems"] == "0"
        assert (await connection.ask("Originate", *headers)) == {"Response": "Error", "Message": "Originate failed"}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([], "Channel not specified"),
        ([("Channel", "nonsense")], "Invalid channel"),
        ([("Channel", "PJSIP/a")], "Originate with 'Exten' requires 'Context' and 'Priority'"),
        ([("Channel", "PJSIP/a"), ("Exten", "1"), ("Context", "c")], "Originate with 'Exten' requires"),
    ],
)
async def test_an_incomplete_originate_is_refused(
    connection: Connection, headers: list[tuple[str, str]], message: str
) -> None:
    answer = await connection.ask("Originate", *headers)
    assert answer["Response"] == "Error"
    assert str(answer["Message"]).startswith(message)


async def test_variables_are_split_and_unescaped_as_by_asterisk() -> None:
    async with FakeAsterisk() as asterisk, connected(asterisk) as connection:
        await connection.log_in(("Events", "dialplan"))
        variables = (("Variable", 'a=1\\,2,b="x"'), ("Variable", "c=\\\\"))
        await connection.ask("Originate", ("Channel", "PJSIP/a"), ("Application", "Wait"), *variables)
        found = [await connection.next() for _ in range(4)]
        assert [(message["Variable"], message["Value"]) for message in found if message["Event"] == "VarSet"] == [
            ("a", "1,2"),
            ("b", "x"),
            ("c", "\\"),
        ]


async def test_a_channel_is_listed_redirected_transferred_and_hung_up(
    asterisk: FakeAsterisk, connection: Connection
) -> None:
    await connection.ask("Originate", ("Channel", "PJSIP/200@trunk"), ("Application", "Echo"), ("ChannelId", "mine"))
    assert (await connection.ask("CoreShowChannels"))["EventList"] == "start"
    channel = await connection.next()
    assert (channel["Channel"], channel["Uniqueid"], channel["ChannelStateDesc"]) == (
        "PJSIP/trunk-00000000",
        "mine",
        "Up",
    )
    assert channel["Duration"] == "00:00:00"
    assert (await connection.next())["ListItems"] == "1"
    await connection.ask("Events", ("EventMask", "call,dialplan"))
    target = (("Exten", "300"), ("Context", "other"))
    name = ("Channel", "pjsip/TRUNK-00000000")
    assert (await connection.ask("Redirect", name, *target, ("Priority", "5")))["Message"] == "Redirect successful"
    moved = await connection.next()
    assert (moved["Event"], moved["Extension"], moved["Context"], moved["Priority"]) == (
        "Newexten",
        "300",
        "other",
        "5",
    )
    assert (await connection.next())["Priority"] == "6"
    assert (await connection.ask("BlindTransfer", name, *target))["Message"] == "Transfer succeeded"
    transfer = await connection.next()
    assert (transfer["Event"], transfer["Result"], transfer["TransfererUniqueid"]) == (
        "BlindTransfer",
        "Success",
        "mine",
    )
    assert names([await connection.next(), await connection.next()]) == ["Newexten", "Newexten"]
    assert (await connection.ask("Atxfer", name, *target))["Message"] == "Atxfer successfully queued"
    assert (await connection.next())["Variable"] == "TRANSFER_CONTEXT"
    assert (await connection.ask("Hangup", name, ("Cause", "19")))["Message"] == "Channel Hungup"
    hangup = (await connection.until("Hangup"))[-1]
    assert (hangup["Cause"], hangup["Cause-txt"]) == ("19", "User alerting, no answer")
    assert (await connection.next())["State"] == "NOT_INUSE"
    assert (await connection.ask("Hangup", name))["Message"] == "No such channel"


async def test_channels_are_hung_up_by_a_pattern(connection: Connection) -> None:
    for _ in range(2):
        await connection.ask("Originate", ("Channel", "PJSIP/alice"), ("Application", "Wait"))
    answer = await connection.ask("Hangup", ("Channel", "/^PJSIP.*/"), ("ActionID", "7"))
    assert (answer["EventList"], answer["ActionID"]) == ("start", "7")
    items = [await connection.next() for _ in range(3)]
    assert names(items) == ["ChannelHungup", "ChannelHungup", "ChannelsHungupListComplete"]
    assert all(item["ActionID"] == "7" for item in items)
    assert items[-1]["ListItems"] == "2"


@pytest.mark.parametrize(
    ("action", "headers", "message"),
    [
        ("Hangup", [], "No channel specified"),
        ("Hangup", [("Channel", "/(/")], "Regex format invalid"),
        ("Redirect", [], "Channel not specified"),
        ("Redirect", [("Channel", "x")], "Context not specified"),
        ("Redirect", [("Channel", "x"), ("Context", "c")], "Exten not specified"),
        ("Redirect", [("Channel", "x"), ("Context", "c"), ("Exten", "1")], "Channel does not exist: x"),
        ("BlindTransfer", [], "No channel specified"),
        ("BlindTransfer", [("Channel", "x")], "No extension specified"),
        ("BlindTransfer", [("Channel", "x"), ("Exten", "1")], "Channel specified does not exist"),
        ("Atxfer", [], "No channel specified"),
        ("Atxfer", [("Channel", "x")], "No extension specified"),
        ("Atxfer", [("Channel", "x"), ("Exten", "1")], "Channel specified does not exist"),
    ],
)
async def test_actions_without_a_channel_are_refused(
    connection: Connection, action: str, headers: list[tuple[str, str]], message: str
) -> None:
    assert await connection.ask(action, *headers) == {"Response": "Error", "Message": message}
