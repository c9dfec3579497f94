"""`FakeAsterisk`: what a test controls, and the faults it can cause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from amitypes.testing import FakeAsterisk, ReceivedAction, Reply
from tests.unit.testing.bare_connection import CALL, Connection, connected

Handler: TypeAlias = Callable[[ReceivedAction], list[Reply] | Awaitable[list[Reply]]]


def answer_now(action: ReceivedAction) -> list[Reply]:
    return [{"Response": "Success", "Got": action.get("Key")}, [("Event", "X"), ("A", "1"), ("A", "2")]]


async def answer_later(action: ReceivedAction) -> list[Reply]:
    await asyncio.sleep(0)
    return answer_now(action)


@pytest.mark.parametrize("handler", [answer_now, answer_later])
async def test_a_handler_answers_an_action(asterisk: FakeAsterisk, connection: Connection, handler: Handler) -> None:
    assert asterisk.on_action("dbget")(handler) is handler
    answer = await connection.ask("DBGet", ("ActionID", "7"), ("Key", "k"))
    assert list(answer.items()) == [("Response", "Success"), ("ActionID", "7"), ("Got", "k")]
    assert await connection.next() == {"Event": "X", "ActionID": "7", "A": ["1", "2"]}


async def test_reply_replaces_a_built_in_answer(asterisk: FakeAsterisk, connection: Connection) -> None:
    asterisk.reply("Ping", {"Response": "Error", "ActionID": "own"})
    assert await connection.ask("PING", ("ActionID", "7")) == {"Response": "Error", "ActionID": "own"}
    assert await connection.ask("PING") == {"Response": "Error", "ActionID": "own"}


async def test_an_action_without_messages_is_never_answered(asterisk: FakeAsterisk, connection: Connection) -> None:
    asterisk.reply("Command")
    await connection.send(("Action", "Command"))
    assert (await connection.ask("Ping"))["Ping"] == "Pong"


async def test_a_failing_handler_is_logged_and_answered_with_an_error(
    asterisk: FakeAsterisk, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    @asterisk.on_action("DBGet")
    def fail(action: ReceivedAction) -> list[Reply]:
        raise KeyError("oops")

    assert await connection.ask("DBGet") == {
        "Response": "Error",
        "Message": "The handler of DBGet failed: KeyError('oops')",
    }
    assert "oops" in caplog.text


async def test_raw_bytes_are_sent_unchanged(asterisk: FakeAsterisk, connection: Connection) -> None:
    asterisk.send_raw(b"Event: A\nB:\n\r\n\r\n")
    assert await connection.next() == {"Event": "A", "B": ""}


async def test_received_actions_are_recorded_without_showing_secrets(
    asterisk: FakeAsterisk, connection: Connection
) -> None:
    await connection.ask("Ping", ("Variable", "a"), ("Variable", "b"))
    login, ping = asterisk.received
    assert (login.name, login.get("secret")) == ("Login", "world")
    assert ping.as_dict() == {"Action": "Ping", "Variable": ["a", "b"]}
    assert repr(ping) == "<ReceivedAction Action='Ping', Variable='a', Variable='b'>"
    assert "world" not in repr(asterisk.received)
    assert "hello" in repr(login)


async def test_wait_for_action_returns_past_and_future_actions(asterisk: FakeAsterisk, connection: Connection) -> None:
    waiting = [asyncio.create_task(asterisk.wait_for_action("PING")) for _ in range(2)]
    await asyncio.sleep(0)
    await connection.ask("Events")
    await connection.ask("Ping", ("N", "1"))
    assert [(await task).get("N") for task in waiting] == ["1", "1"]
    assert (await asterisk.wait_for_action("Ping")).get("N") == "1"
    with pytest.raises(TimeoutError):
        await asterisk.wait_for_action("Never", timeout=0.01)


async def test_users_and_versions_can_be_set() -> None:
    async with FakeAsterisk({"ä": "ö=ü"}, banner="Other/1", asterisk_version="16.28.0", ami_version="5.0.5") as server:
        connection = Connection(*await asyncio.open_connection(server.host, server.port))
        assert await connection.banner() == b"Other/1\r\n"
        answer = await connection.ask("Login", ("Username", "ä"), ("Secret", "ö=ü"), ("Events", "off"))
        assert answer["Response"] == "Success"
        settings = await connection.ask("CoreSettings")
        assert (settings["AMIversion"], settings["AsteriskVersion"]) == ("5.0.5", "16.28.0")
        assert repr(server) == f"<FakeAsterisk 127.0.0.1:{server.port}, 2 actions received>"
        await connection.close()


# Start and end


async def test_the_end_of_the_block_closes_connections_and_calls() -> None:
    before = asyncio.all_tasks()
    async with FakeAsterisk(call_duration=None) as server:
        connection = Connection(*await asyncio.open_connection(server.host, server.port))
        await connection.banner()
        await connection.log_in(("Events", "off"))
        await connection.ask("Originate", ("Async", "true"), *CALL)
    with pytest.raises(EOFError):
        await connection.next()
    await connection.close()
    assert asyncio.all_tasks() == before
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection(server.host, server.port)


async def test_the_block_may_end_while_a_client_connects() -> None:
    async with FakeAsterisk() as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
    writer.close()
    await writer.wait_closed()


# Faults


async def test_disconnect_closes_connections_and_goes_on_listening(
    asterisk: FakeAsterisk, connection: Connection
) -> None:
    asterisk.disconnect()
    with pytest.raises(EOFError):
        await connection.next()
    async with connected(asterisk) as again:
        await again.log_in()


async def test_a_killed_server_can_be_started_on_the_same_port(asterisk: FakeAsterisk, connection: Connection) -> None:
    port = asterisk.port
    await connection.ask("Originate", ("Async", "true"), *CALL)
    await asterisk.kill()
    with pytest.raises(EOFError):
        await connection.until("nothing any more")
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection(asterisk.host, port)
    await asterisk.start()
    assert asterisk.port == port
    async with connected(asterisk) as again:
        await again.log_in(("Events", "off"))
        listing = await again.ask("CoreShowChannels")
        assert listing["Response"] == "Success"
        assert (await again.next())["ListItems"] == "0"


async def test_refused_connections_are_closed_without_a_greeting(
    asterisk: FakeAsterisk, connection: Connection
) -> None:
    asterisk.refuse_connections = True
    reader, writer = await asyncio.open_connection(asterisk.host, asterisk.port)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert (await connection.ask("Ping"))["Ping"] == "Pong"


async def test_a_stalled_server_answers_and_sends_once_it_resumes(
    asterisk: FakeAsterisk, connection: Connection
) -> None:
    await connection.ask("Events", ("EventMask", "on"))
    before = len(asterisk.received)
    asterisk.stall()
    asterisk.send_event("Hangup", {"Channel": "SIP/1"})
    pong = asyncio.create_task(connection.ask("Ping"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await asyncio.shield(pong)
    assert len(asterisk.received) == before
    asterisk.resume()
    assert (await pong)["Event"] == "Hangup"
    assert (await connection.next())["Ping"] == "Pong"
