"""The built-in answers of the fake Asterisk: logins, events and settings."""

from __future__ import annotations

import hashlib

import pytest

from amitypes.testing import FakeAsterisk
from tests.unit.testing.bare_connection import Connection, connected

# Logins


async def test_a_login_is_followed_by_fully_booted(asterisk: FakeAsterisk) -> None:
    async with connected(asterisk) as connection:
        await connection.log_in()
        booted = await connection.next()
        assert (booted["Event"], booted["Privilege"]) == ("FullyBooted", "system,all")
        assert await connection.ask("Login") == {"Response": "Success", "Message": "Already authenticated"}


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
async def test_a_wrong_login_is_refused_and_the_connection_closed(
    asterisk: FakeAsterisk, headers: list[tuple[str, str]]
) -> None:
    async with connected(asterisk) as connection:
        answer = await connection.ask("Login", ("ActionID", "7"), *headers)
        assert answer == {"Response": "Error", "ActionID": "7", "Message": "Authentication failed"}
        with pytest.raises(EOFError):
            await connection.next()


@pytest.mark.parametrize("secret", ["world", "wrong"])
async def test_an_md5_login_needs_the_right_key(asterisk: FakeAsterisk, secret: str) -> None:
    async with connected(asterisk) as connection:
        challenge = (await connection.ask("Challenge", ("AuthType", "MD5")))["Challenge"]
        assert (await connection.ask("Challenge", ("AuthType", "md5")))["Challenge"] == challenge
        key = hashlib.md5(f"{challenge}{secret}".encode()).hexdigest()
        answer = await connection.ask("Login", ("AuthType", "MD5"), ("Username", "hello"), ("Key", key))
        assert answer["Response"] == ("Success" if secret == "world" else "Error")


async def test_a_challenge_of_another_type_is_refused(asterisk: FakeAsterisk) -> None:
    async with connected(asterisk) as connection:
        assert (await connection.ask("Challenge", ("AuthType", "x")))["Message"] == "Must specify AuthType"


async def test_nothing_is_permitted_before_the_login(asterisk: FakeAsterisk) -> None:
    asterisk.reply("Own", {"Response": "Success"})
    async with connected(asterisk) as connection:
        for action in ("Ping", "Own", "Nonsense"):
            assert await connection.ask(action) == {"Response": "Error", "Message": "Permission denied"}
        asterisk.send_event("Hangup")
        assert (await connection.ask("Logoff"))["Response"] == "Goodbye"


async def test_logoff_is_answered_and_closes_the_connection(connection: Connection) -> None:
    assert await connection.ask("Logoff", ("ActionID", "7")) == {
        "Response": "Goodbye",
        "ActionID": "7",
        "Message": "Thanks for all the fish.",
    }
    with pytest.raises(EOFError):
        await connection.next()


# Other actions


async def test_an_unknown_action_is_refused(connection: Connection) -> None:
    assert await connection.ask("Nope", ("ActionID", "7")) == {
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
async def test_actions_that_asterisk_cannot_parse_are_refused(
    connection: Connection, headers: list[tuple[str, str]], message: str
) -> None:
    await connection.send(*headers)
    assert await connection.next() == {"Response": "Error", "Message": message}


async def test_ping_and_core_settings_are_answered(connection: Connection) -> None:
    assert (await connection.ask("pING"))["Ping"] == "Pong"
    settings = await connection.ask("CoreSettings")
    assert (settings["AMIversion"], settings["AsteriskVersion"]) == ("11.0.0", "22.10.1")


async def test_list_commands_lists_all_known_actions(asterisk: FakeAsterisk, connection: Connection) -> None:
    asterisk.reply("QueueStatus", {"Response": "Success"})
    listed = await connection.ask("ListCommands")
    names = {*listed} - {"Response"}
    assert {"Ping", "Originate", "QueueStatus"} <= names
    for name in names - {"Login", "Logoff"}:
        assert "Invalid/unknown" not in str((await connection.ask(name)).get("Message"))


async def test_commands_print_their_output(connection: Connection) -> None:
    assert await connection.ask("Command", ("Command", "core show version")) == {
        "Response": "Success",
        "Message": "Command output follows",
        "Output": "Asterisk 22.10.1",
    }
    assert (await connection.ask("Command", ("Command", "nonsense")))["Response"] == "Error"
    assert (await connection.ask("Command"))["Message"] == "No command provided"


# Events


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
async def test_an_event_mask_selects_the_events(
    asterisk: FakeAsterisk, connection: Connection, mask: str, answer: str, hangup: bool
) -> None:
    assert await connection.ask("Events", ("EventMask", mask)) == {"Response": "Success", "Events": answer}
    asterisk.send_event("Hangup")
    asterisk.send_event("Everybody", privilege="")
    assert (await connection.next())["Event"] == ("Hangup" if hangup else "Everybody")


async def test_an_empty_mask_is_refused(connection: Connection) -> None:
    assert (await connection.ask("Events"))["Message"] == "Invalid event mask"


async def test_an_event_of_two_classes_needs_both_in_the_mask(asterisk: FakeAsterisk, connection: Connection) -> None:
    await connection.ask("Events", ("EventMask", "call"))
    asterisk.send_event("Both", privilege="call,system,all")
    asterisk.send_event("One", privilege="call,all")
    assert (await connection.next())["Event"] == "One"


async def test_a_user_event_comes_back_with_all_headers(connection: Connection) -> None:
    await connection.ask("Events", ("EventMask", "user"))
    headers = (("UserEvent", "Foo"), ("ActionID", "7"), ("A", "b"), ("Event", "X"))
    assert await connection.ask("UserEvent", *headers) == {
        "Response": "Success",
        "ActionID": "7",
        "Message": "Event Sent",
    }
    assert await connection.next() == {
        "Event": ["UserEvent", "X"],
        "Privilege": "user,all",
        "UserEvent": "Foo",
        "ActionID": "7",
        "A": "b",
    }
