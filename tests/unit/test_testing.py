"""The fake Asterisk, seen as a client without any help sees it: bytes in, bytes out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest

from amitypes._protocol.encoding import encode
from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Message
from amitypes._protocol.types import WireDict
from amitypes.testing import FakeAsterisk, ReceivedAction, Reply

LIMIT = 5


class Wire:
    """A connection that speaks AMI by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._framer = Framer()
        self._waiting: list[Message] = []

    async def banner(self) -> bytes:
        return await self._reader.readline()

    async def next(self) -> WireDict:
        async with asyncio.timeout(LIMIT):
            while not self._waiting:
                data = await self._reader.read(65536)
                if not data:
                    raise EOFError
                self._waiting += self._framer.feed(data)
        return self._waiting.pop(0).as_dict()

    async def until(self, event: str) -> list[WireDict]:
        """Everything up to an event of this name, and that."""
        found = [await self.next()]
        while found[-1].get("Event") != event:
            found.append(await self.next())
        return found

    async def send(self, *headers: tuple[str, str]) -> None:
        self._writer.write(encode(headers))
        await self._writer.drain()

    async def ask(self, action: str, *headers: tuple[str, str]) -> WireDict:
        await self.send(("Action", action), *headers)
        return await self.next()

    async def log_in(self, *headers: tuple[str, str]) -> None:
        answer = await self.ask("Login", ("Username", "hello"), ("Secret", "world"), *headers)
        assert answer == {"Response": "Success", "Message": "Authentication accepted"}

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


@asynccontextmanager
async def connected(server: FakeAsterisk) -> AsyncIterator[Wire]:
    wire = Wire(*await asyncio.open_connection(server.host, server.port))
    assert await wire.banner() == b"Asterisk Call Manager/11.0.0\r\n"
    try:
        yield wire
    finally:
        await wire.close()


@pytest.fixture
async def wire(asterisk: FakeAsterisk) -> AsyncIterator[Wire]:
    """A connection that is logged in and gets no events until it asks for them."""
    async with connected(asterisk) as connection:
        await connection.log_in(("Events", "off"))
        yield connection


# Logins


async def test_a_login_is_followed_by_fully_booted(asterisk: FakeAsterisk) -> None:
    async with connected(asterisk) as wire:
        await wire.log_in()
        booted = await wire.next()
        assert (booted["Event"], booted["Privilege"]) == ("FullyBooted", "system,all")
        assert await wire.ask("Login") == {"Response": "Success", "Message": "Already authenticated"}


@pytest.mark.parametrize(
    "headers",
    [
        [("Username", "hello"), ("Secret", "wrong")],
        [("Username", "nobody"), ("Secret", "world")],
        [("Username", "hello")],
        [],
        [("Username", "hello"), ("AuthType", "MD5"), ("Key", hashlib.md5(b"world").hexdigest())],
    ],
)
async def test_a_wrong_login_is_refused_and_cut(asterisk: FakeAsterisk, headers: list[tuple[str, str]]) -> None:
    async with connected(asterisk) as wire:
        answer = await wire.ask("Login", ("ActionID", "7"), *headers)
        assert answer == {"Response": "Error", "ActionID": "7", "Message": "Authentication failed"}
        with pytest.raises(EOFError):
            await wire.next()


@pytest.mark.parametrize("secret", ["world", "wrong"])
async def test_an_md5_login(asterisk: FakeAsterisk, secret: str) -> None:
    async with connected(asterisk) as wire:
        challenge = (await wire.ask("Challenge", ("AuthType", "MD5")))["Challenge"]
        assert (await wire.ask("Challenge", ("AuthType", "md5")))["Challenge"] == challenge
        key = hashlib.md5(f"{challenge}{secret}".encode()).hexdigest()
        answer = await wire.ask("Login", ("AuthType", "MD5"), ("Username", "hello"), ("Key", key))
        assert answer["Response"] == ("Success" if secret == "world" else "Error")


async def test_another_challenge(asterisk: FakeAsterisk) -> None:
    async with connected(asterisk) as wire:
        assert (await wire.ask("Challenge", ("AuthType", "x")))["Message"] == "Must specify AuthType"


async def test_nothing_is_permitted_before_the_login(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Own", {"Response": "Success"})
    async with connected(asterisk) as wire:
        for action in ("Ping", "Own", "Nonsense"):
            assert await wire.ask(action) == {"Response": "Error", "Message": "Permission denied"}
        asterisk.send_event("Hangup")
        assert (await wire.ask("Logoff"))["Response"] == "Goodbye"


async def test_logoff(wire: Wire) -> None:
    assert await wire.ask("Logoff", ("ActionID", "7")) == {
        "Response": "Goodbye",
        "ActionID": "7",
        "Message": "Thanks for all the fish.",
    }
    with pytest.raises(EOFError):
        await wire.next()


# Answers built in


async def test_an_unknown_action(wire: Wire) -> None:
    assert await wire.ask("Nope", ("ActionID", "7")) == {
        "Response": "Error",
        "ActionID": "7",
        "Message": "Invalid/unknown command: Nope. Use Action: ListCommands to show available commands.",
    }


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([("Foo", "bar")], "Missing action in request"),
        ([("Action", "Ping"), ("X", "y" * 1023)], "Failed to parse message: line too long"),
        ([("Action", "Ping"), *[("Variable", "a")] * 128], "Too many lines in message or allocation failure"),
    ],
)
async def test_actions_that_asterisk_cannot_read(wire: Wire, headers: list[tuple[str, str]], message: str) -> None:
    await wire.send(*headers)
    assert await wire.next() == {"Response": "Error", "Message": message}


async def test_ping_and_settings(wire: Wire) -> None:
    assert (await wire.ask("pING"))["Ping"] == "Pong"
    settings = await wire.ask("CoreSettings")
    assert (settings["AMIversion"], settings["AsteriskVersion"]) == ("11.0.0", "22.10.1")


async def test_the_actions_it_knows(asterisk: FakeAsterisk, wire: Wire) -> None:
    asterisk.reply("QueueStatus", {"Response": "Success"})
    listed = await wire.ask("ListCommands")
    names = {*listed} - {"Response"}
    assert {"Ping", "Originate", "QueueStatus"} <= names
    for name in names - {"Login", "Logoff"}:
        assert "Invalid/unknown" not in str((await wire.ask(name)).get("Message"))


async def test_commands(wire: Wire) -> None:
    assert await wire.ask("Command", ("Command", "core show version")) == {
        "Response": "Success",
        "Message": "Command output follows",
        "Output": "Asterisk 22.10.1",
    }
    assert (await wire.ask("Command", ("Command", "nonsense")))["Response"] == "Error"
    assert (await wire.ask("Command"))["Message"] == "No command provided"


@pytest.mark.parametrize(
    ("mask", "answer", "hangup"),
    [
        ("on", "On", True),
        ("off", "Off", False),
        ("call", "On", True),
        ("system,user", "On", False),
        ("x", "Off", False),
    ],
)
async def test_event_masks(asterisk: FakeAsterisk, wire: Wire, mask: str, answer: str, hangup: bool) -> None:
    assert await wire.ask("Events", ("EventMask", mask)) == {"Response": "Success", "Events": answer}
    asterisk.send_event("Hangup")
    asterisk.send_event("Everybody", privilege="")
    assert (await wire.next())["Event"] == ("Hangup" if hangup else "Everybody")


async def test_an_empty_mask(wire: Wire) -> None:
    assert (await wire.ask("Events"))["Message"] == "Invalid event mask"


async def test_an_event_of_two_classes_needs_both(asterisk: FakeAsterisk, wire: Wire) -> None:
    await wire.ask("Events", ("EventMask", "call"))
    asterisk.send_event("Both", privilege="call,system,all")
    asterisk.send_event("One", privilege="call,all")
    assert (await wire.next())["Event"] == "One"


async def test_a_user_event_comes_back_whole(wire: Wire) -> None:
    await wire.ask("Events", ("EventMask", "user"))
    headers = (("UserEvent", "Foo"), ("ActionID", "7"), ("A", "b"), ("Event", "X"))
    assert await wire.ask("UserEvent", *headers) == {"Response": "Success", "ActionID": "7", "Message": "Event Sent"}
    assert await wire.next() == {
        "Event": ["UserEvent", "X"],
        "Privilege": "user,all",
        "UserEvent": "Foo",
        "ActionID": "7",
        "A": "b",
    }


# Calls


CALL = (("Channel", "Local/100@from-internal"), ("Exten", "200"), ("Context", "from-internal"), ("Priority", "1"))


def names(messages: list[WireDict]) -> list[object]:
    return [message.get("Event") for message in messages]


async def test_an_asynchronous_call() -> None:
    async with FakeAsterisk() as asterisk, connected(asterisk) as wire:
        await wire.log_in(("Events", "call,dialplan"))
        answer = await wire.ask("Originate", ("ActionID", "7"), ("Async", "true"), *CALL, ("CallerID", '"Bob" <12>'))
        assert answer == {"Response": "Success", "ActionID": "7", "Message": "Originate successfully queued"}
        call = await wire.until("DeviceStateChange")
        call += await wire.until("DeviceStateChange")
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
    async with FakeAsterisk() as asterisk, connected(asterisk) as wire:
        await wire.log_in(("Events", "call"))
        answer = await wire.ask("Originate", *CALL)
        assert answer["Message"] == "Originate successfully queued"
        assert "OriginateResponse" not in names(await wire.until("Hangup"))


@pytest.mark.parametrize(
    ("outcome", "reason", "cause", "status"),
    [("busy", "5", "17", "BUSY"), ("unanswered", "3", "19", None), ("unknown", "0", "0", None)],
)
@pytest.mark.parametrize("channel", ["Local/300@from-internal", "PJSIP/300@trunk"])
async def test_calls_that_fail(outcome: str, reason: str, cause: str, status: str | None, channel: str) -> None:
    headers = (("Channel", channel), *CALL[1:], ("Timeout", "10"))
    async with FakeAsterisk(extensions={"300": outcome}) as asterisk, connected(asterisk) as wire:  # type: ignore[dict-item]  # an Outcome
        await wire.log_in(("Events", "call"))
        await wire.ask("Originate", ("Async", "yes"), *headers)
        call = await wire.until("OriginateResponse")
        assert (call[-1]["Response"], call[-1]["Reason"]) == ("Failure", reason)
        assert (call[-1]["Channel"], call[-1]["Uniqueid"]) == (channel, "<unknown>")
        causes = [message["Cause"] for message in call if message["Event"] == "Hangup"]
        assert causes[-1] == cause or cause in causes
        if status:
            assert [message["DialStatus"] for message in call if message["Event"] == "DialEnd"] == [status]
        assert (await wire.ask("CoreShowChannels"))["Response"] == "Success"
        assert (await wire.next())["ListItems"] == "0"
        assert (await wire.ask("Originate", *headers)) == {"Response": "Error", "Message": "Originate failed"}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([], "Channel not specified"),
        ([("Channel", "nonsense")], "Invalid channel"),
        ([("Channel", "PJSIP/a")], "Originate with 'Exten' requires 'Context' and 'Priority'"),
        ([("Channel", "PJSIP/a"), ("Exten", "1"), ("Context", "c")], "Originate with 'Exten' requires"),
    ],
)
async def test_calls_that_are_not_made(wire: Wire, headers: list[tuple[str, str]], message: str) -> None:
    answer = await wire.ask("Originate", *headers)
    assert answer["Response"] == "Error"
    assert str(answer["Message"]).startswith(message)


async def test_variables_are_read_as_asterisk_reads_them() -> None:
    async with FakeAsterisk() as asterisk, connected(asterisk) as wire:
        await wire.log_in(("Events", "dialplan"))
        variables = (("Variable", 'a=1\\,2,b="x"'), ("Variable", "c=\\\\"))
        await wire.ask("Originate", ("Channel", "PJSIP/a"), ("Application", "Wait"), *variables)
        found = [await wire.next() for _ in range(4)]
        assert [(message["Variable"], message["Value"]) for message in found if message["Event"] == "VarSet"] == [
            ("a", "1,2"),
            ("b", "x"),
            ("c", "\\"),
        ]


async def test_a_channel_and_what_is_done_to_it(asterisk: FakeAsterisk, wire: Wire) -> None:
    await wire.ask("Originate", ("Channel", "PJSIP/200@trunk"), ("Application", "Echo"), ("ChannelId", "mine"))
    assert (await wire.ask("CoreShowChannels"))["EventList"] == "start"
    channel = await wire.next()
    assert (channel["Channel"], channel["Uniqueid"], channel["ChannelStateDesc"]) == (
        "PJSIP/trunk-00000000",
        "mine",
        "Up",
    )
    assert channel["Duration"] == "00:00:00"
    assert (await wire.next())["ListItems"] == "1"
    await wire.ask("Events", ("EventMask", "call,dialplan"))
    target = (("Exten", "300"), ("Context", "other"))
    name = ("Channel", "pjsip/TRUNK-00000000")
    assert (await wire.ask("Redirect", name, *target, ("Priority", "5")))["Message"] == "Redirect successful"
    moved = await wire.next()
    assert (moved["Event"], moved["Extension"], moved["Context"], moved["Priority"]) == (
        "Newexten",
        "300",
        "other",
        "5",
    )
    assert (await wire.next())["Priority"] == "6"
    assert (await wire.ask("BlindTransfer", name, *target))["Message"] == "Transfer succeeded"
    transfer = await wire.next()
    assert (transfer["Event"], transfer["Result"], transfer["TransfererUniqueid"]) == (
        "BlindTransfer",
        "Success",
        "mine",
    )
    assert names([await wire.next(), await wire.next()]) == ["Newexten", "Newexten"]
    assert (await wire.ask("Atxfer", name, *target))["Message"] == "Atxfer successfully queued"
    assert (await wire.next())["Variable"] == "TRANSFER_CONTEXT"
    assert (await wire.ask("Hangup", name, ("Cause", "19")))["Message"] == "Channel Hungup"
    hangup = (await wire.until("Hangup"))[-1]
    assert (hangup["Cause"], hangup["Cause-txt"]) == ("19", "User alerting, no answer")
    assert (await wire.next())["State"] == "NOT_INUSE"
    assert (await wire.ask("Hangup", name))["Message"] == "No such channel"


async def test_hanging_up_by_a_pattern(wire: Wire) -> None:
    for _ in range(2):
        await wire.ask("Originate", ("Channel", "PJSIP/alice"), ("Application", "Wait"))
    answer = await wire.ask("Hangup", ("Channel", "/^PJSIP.*/"), ("ActionID", "7"))
    assert (answer["EventList"], answer["ActionID"]) == ("start", "7")
    items = [await wire.next() for _ in range(3)]
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
async def test_actions_on_no_channel(wire: Wire, action: str, headers: list[tuple[str, str]], message: str) -> None:
    assert await wire.ask(action, *headers) == {"Response": "Error", "Message": message}


# What a test says


Handler: TypeAlias = Callable[[ReceivedAction], list[Reply] | Awaitable[list[Reply]]]


def answer_now(action: ReceivedAction) -> list[Reply]:
    return [{"Response": "Success", "Got": action.get("Key")}, [("Event", "X"), ("A", "1"), ("A", "2")]]


async def answer_later(action: ReceivedAction) -> list[Reply]:
    await asyncio.sleep(0)
    return answer_now(action)


@pytest.mark.parametrize("handler", [answer_now, answer_later])
async def test_scripted_answers(asterisk: FakeAsterisk, wire: Wire, handler: Handler) -> None:
    assert asterisk.on_action("dbget")(handler) is handler
    answer = await wire.ask("DBGet", ("ActionID", "7"), ("Key", "k"))
    assert list(answer.items()) == [("Response", "Success"), ("ActionID", "7"), ("Got", "k")]
    assert await wire.next() == {"Event": "X", "ActionID": "7", "A": ["1", "2"]}


async def test_a_script_replaces_what_is_built_in(asterisk: FakeAsterisk, wire: Wire) -> None:
    asterisk.reply("Ping", {"Response": "Error", "ActionID": "own"})
    assert await wire.ask("PING", ("ActionID", "7")) == {"Response": "Error", "ActionID": "own"}
    assert await wire.ask("PING") == {"Response": "Error", "ActionID": "own"}


async def test_no_answer_at_all(asterisk: FakeAsterisk, wire: Wire) -> None:
    asterisk.reply("Command")
    await wire.send(("Action", "Command"))
    assert (await wire.ask("Ping"))["Ping"] == "Pong"


async def test_a_script_that_fails_is_told_to_the_client(
    asterisk: FakeAsterisk, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    @asterisk.on_action("DBGet")
    def fail(action: ReceivedAction) -> list[Reply]:
        raise KeyError("oops")

    assert await wire.ask("DBGet") == {"Response": "Error", "Message": "The handler of DBGet failed: KeyError('oops')"}
    assert "oops" in caplog.text


async def test_raw_bytes(asterisk: FakeAsterisk, wire: Wire) -> None:
    asterisk.send_raw(b"Event: A\nB:\n\r\n\r\n")
    assert await wire.next() == {"Event": "A", "B": ""}


async def test_what_was_received(asterisk: FakeAsterisk, wire: Wire) -> None:
    await wire.ask("Ping", ("Variable", "a"), ("Variable", "b"))
    login, ping = asterisk.received
    assert (login.name, login.get("secret")) == ("Login", "world")
    assert ping.as_dict() == {"Action": "Ping", "Variable": ["a", "b"]}
    assert repr(ping) == "<ReceivedAction Action='Ping', Variable='a', Variable='b'>"
    assert "world" not in repr(asterisk.received)
    assert "hello" in repr(login)


async def test_waiting_for_an_action(asterisk: FakeAsterisk, wire: Wire) -> None:
    waiting = [asyncio.create_task(asterisk.wait_for_action("PING")) for _ in range(2)]
    await asyncio.sleep(0)
    await wire.ask("Events")
    await wire.ask("Ping", ("N", "1"))
    assert [(await task).get("N") for task in waiting] == ["1", "1"]
    assert (await asterisk.wait_for_action("Ping")).get("N") == "1"
    with pytest.raises(TimeoutError):
        await asterisk.wait_for_action("Never", timeout=0.01)


async def test_cutting_connections(asterisk: FakeAsterisk, wire: Wire) -> None:
    asterisk.disconnect()
    with pytest.raises(EOFError):
        await wire.next()
    async with connected(asterisk) as again:
        await again.log_in()


async def test_leaving_cuts_connections_and_calls() -> None:
    before = asyncio.all_tasks()
    async with FakeAsterisk(call_duration=None) as server:
        wire = Wire(*await asyncio.open_connection(server.host, server.port))
        await wire.banner()
        await wire.log_in(("Events", "off"))
        await wire.ask("Originate", ("Async", "true"), *CALL)
    with pytest.raises(EOFError):
        await wire.next()
    await wire.close()
    assert asyncio.all_tasks() == before
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection(server.host, server.port)


async def test_leaving_at_once() -> None:
    async with FakeAsterisk() as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
    writer.close()
    await writer.wait_closed()


async def test_users_and_versions_of_ones_own() -> None:
    async with FakeAsterisk({"ä": "ö=ü"}, banner="Other/1", asterisk_version="16.28.0", ami_version="5.0.5") as server:
        wire = Wire(*await asyncio.open_connection(server.host, server.port))
        assert await wire.banner() == b"Other/1\r\n"
        answer = await wire.ask("Login", ("Username", "ä"), ("Secret", "ö=ü"), ("Events", "off"))
        assert answer["Response"] == "Success"
        settings = await wire.ask("CoreSettings")
        assert (settings["AMIversion"], settings["AsteriskVersion"]) == ("5.0.5", "16.28.0")
        assert repr(server) == f"<FakeAsterisk 127.0.0.1:{server.port}, 2 actions received>"
        await wire.close()


# Faults


async def test_killing_and_starting_again(asterisk: FakeAsterisk, wire: Wire) -> None:
    port = asterisk.port
    await wire.ask("Originate", ("Async", "true"), *CALL)
    await asterisk.kill()
    with pytest.raises(EOFError):
        await wire.until("nothing any more")
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection(asterisk.host, port)
    await asterisk.start()
    assert asterisk.port == port
    async with connected(asterisk) as again:
        await again.log_in(("Events", "off"))
        listing = await again.ask("CoreShowChannels")
        assert listing["Response"] == "Success"
        assert (await again.next())["ListItems"] == "0"


async def test_a_full_server_hangs_up_without_a_greeting(asterisk: FakeAsterisk, wire: Wire) -> None:
    asterisk.refuse_connections = True
    reader, writer = await asyncio.open_connection(asterisk.host, asterisk.port)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert (await wire.ask("Ping"))["Ping"] == "Pong"


async def test_silence(asterisk: FakeAsterisk, wire: Wire) -> None:
    await wire.ask("Events", ("EventMask", "on"))
    before = len(asterisk.received)
    asterisk.stall()
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    pong = asyncio.create_task(wire.ask("Ping"))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not pong.done()
    assert len(asterisk.received) == before
    asterisk.resume()
    assert (await pong)["Event"] == "Hangup"
    assert (await wire.next())["Ping"] == "Pong"
