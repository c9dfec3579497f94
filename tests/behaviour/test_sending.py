"""What is sent: exactly the headers of the caller as one action, or nothing and an error."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from amitypes import EventFilter, HTTPClient, InvalidActionError, TCPClient, actions
from tests.unit.http_server import HTTPServer, Manager, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Transport: TypeAlias = Literal["tcp", "http"]
Lines: TypeAlias = list[tuple[bytes, bytes]]

MAX_LINE: Final = 1022
MAX_HEADERS: Final = 128


class Asterisk:
    """Reads actions as Asterisk does, without any code of the client, and replies to each with success."""

    def __init__(self) -> None:
        self.actions: list[Lines] = []

    async def over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        lines: Lines = []
        while line := await reader.readline():
            line = line.removesuffix(b"\n").removesuffix(b"\r").partition(b"\0")[0]
            assert len(line) <= MAX_LINE
            if line:
                name, _, value = line.partition(b":")
                lines.append((name, value.removeprefix(b" ")))
                continue
            assert len(lines) <= MAX_HEADERS
            self.actions.append(lines)
            action_id = next(value for name, value in lines if name.lower() == b"actionid")
            writer.write(b"Response: Success\r\nActionID: " + action_id + b"\r\nChallenge: 1\r\n\r\n")
            lines = []
        writer.close()

    async def over_http(self, request: Request) -> bytes | None:
        if request.action != "WaitEvent":
            self.actions.append(request.form)
        return await self._manager(request)

    _manager = Manager()


class Wire:
    """A client, and the actions of it that arrive."""

    def __init__(self, client: TCPClient | HTTPClient, arrived: list[Lines], limit: int | None) -> None:
        self.client = client
        self.limit = limit
        self._arrived = arrived

    async def sent(self, **call: Any) -> list[Lines]:
        """What arrives of a call; if it is refused, what arrives before the next action."""
        before = len(self._arrived)
        refused = False
        try:
            await self.client.ami_request(call["action"]) if "action" in call else await self.client.send(call["typed"])
        except InvalidActionError:
            refused = True
            await self.client.ami_request({"Action": "Ping", "ActionID": "marks-the-end"})
        new = self._arrived[before:]
        if refused:
            assert new.pop() == [(b"Action", b"Ping"), (b"ActionID", b"marks-the-end")]
            assert new == []
        return new


@asynccontextmanager
async def connected(transport: Transport, **options: Any) -> AsyncIterator[Wire]:
    asterisk = Asterisk()
    if transport == "tcp":
        server = await asyncio.start_server(asterisk.over_tcp, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, TCPClient("127.0.0.1", port, username="hello", password="world", **options) as tcp:
            yield Wire(tcp, asterisk.actions, MAX_LINE)
    else:
        async with (
            HTTPServer(asterisk.over_http) as web,
            HTTPClient("127.0.0.1", web.port, username="hello", password="world", **options) as http,
        ):
            yield Wire(http, asterisk.actions, None)


@pytest.fixture(params=["tcp", "http"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    async with connected(request.param) as made:
        yield made


together = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=150)

hostile = st.text(st.sampled_from('a\r\n\0 :=,"\\()[]ü\udcff\ud800\x85\u2028Action'), max_size=12)
texts = st.one_of(
    st.text(max_size=20), hostile, st.integers(950, 1100).map("x".__mul__), st.sampled_from(["", " ", "ü" * 509])
)
names = st.one_of(
    st.sampled_from(["Channel", "Variable", "action", "ActionID", "Header-000000", "X(1)", "Secret"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=8),
    hostile,
)
values = st.one_of(
    texts, st.lists(texts, max_size=4), st.integers(), st.none(), st.binary(max_size=3), st.dictionaries(texts, texts)
)


def flat(action: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(name, item) for name, value in action.items() for item in (value if isinstance(value, list) else [value])]


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def is_sendable(headers: list[tuple[str, object]], limit: int | None) -> bool:
    """The rules, implemented a second time."""
    if len(headers) + 1 > MAX_HEADERS or not any(
        isinstance(value, str) and value.strip() for name, value in headers if name.lower() == "action"
    ):
        return False
    for name, value in headers:
        if not isinstance(value, str) or not name or not all("!" <= char <= "~" and char != ":" for char in name):
            return False
        if any(char in "\r\n\0" or "\ud800" <= char <= "\udc7f" or "\udd00" <= char <= "\udfff" for char in value):
            return False
        if limit is not None and len(encoded(f"{name}: {value}")) > limit:
            return False
    return True


@together
@given(extra=st.dictionaries(names, values, max_size=5))
@example(extra={"Action": ""})
@example(extra={"Action": []})
async def test_an_accepted_action_arrives_with_exactly_its_headers(wire: Wire, extra: dict[str, Any]) -> None:
    action = {
        "Action": "UserEvent",
        **{name: value for name, value in extra.items() if name.lower() not in {"action", "actionid"}},
    }
    arrived = await wire.sent(action=action)
    headers = flat(action)
    if not is_sendable(headers, wire.limit):
        assert arrived == []
        return
    expected = [(encoded(name), encoded(str(value))) for name, value in headers]
    [(first, (id_name, action_id), *rest)] = arrived
    assert [first, *rest] == expected
    assert id_name == b"ActionID"
    assert len(action_id) == 32


@together
@given(headers=st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5))
async def test_an_accepted_typed_action_arrives_with_its_headers(wire: Wire, headers: dict[str, str]) -> None:
    headers = {
        name: value for name, value in headers.items() if name.lower() != "actionid" and max(name or "a") < "\ud800"
    }
    arrived = await wire.sent(typed=actions.UserEvent(user_event="x", headers=headers))
    if is_sendable([("Action", "UserEvent"), ("UserEvent", "x"), *headers.items()], wire.limit):
        [(_action, _action_id, _user_event, *rest)] = arrived
        assert rest == [(encoded(name), encoded(value)) for name, value in headers.items()]
    else:
        assert arrived == []


@pytest.mark.parametrize("count", [126, 127])
async def test_at_most_128_headers_are_sent(wire: Wire, count: int) -> None:
    action = {"Action": "UserEvent", "X": ["y"] * count}
    arrived = await wire.sent(action=action)
    assert [len(lines) for lines in arrived] == ([128] if count == 126 else [])


async def test_a_line_over_the_limit_is_not_sent(wire: Wire) -> None:
    fits = "x" * (MAX_LINE - len("X: "))
    assert len(await wire.sent(action={"Action": "UserEvent", "X": fits})) == 1
    assert len(await wire.sent(action={"Action": "UserEvent", "X": fits + "x"})) == (wire.limit is None)
    assert len(await wire.sent(action={"Action": "UserEvent", "ActionID": "x" * 128})) == 1
    assert await wire.sent(action={"Action": "UserEvent", "ActionID": "x" * 129}) == []


class Liar(str):
    """Shows another text than it contains in every method."""

    __slots__ = ()
    said: Final = "x\r\n\r\nAction: Originate"

    def __str__(self) -> str:
        return self.said

    def __format__(self, spec: str) -> str:
        return self.said

    def encode(self, encoding: str = "", errors: str = "") -> bytes:
        return self.said.encode()

    def lower(self) -> Self:
        return self


class Old(str, Enum):  # noqa: UP042  # as before StrEnum, which differs
    CONTEXT = "from-internal"


class New(StrEnum):
    CONTEXT = "from-internal"


@pytest.mark.parametrize(
    "text", [Liar("from-internal"), Old.CONTEXT, New.CONTEXT], ids=lambda text: type(text).__name__
)
async def test_the_text_of_a_str_subclass_is_sent(wire: Wire, text: str) -> None:
    [(_, _, context)] = await wire.sent(action={"Action": "DialplanReload", "Context": text})
    assert context == (b"Context", b"from-internal")
    [lines] = await wire.sent(typed=actions.Originate(channel=text, context=text, action_id=text))
    assert {value for name, value in lines if name in {b"Channel", b"Context", b"ActionID"}} == {b"from-internal"}


@pytest.mark.parametrize("key", [5, None, b"X", ("X",)])
async def test_a_header_name_that_is_not_a_string_is_refused(wire: Wire, key: object) -> None:
    assert await wire.sent(action={"Action": "Ping", key: "x"}) == []


# Logins and filters


@pytest.mark.parametrize("transport", ["tcp", "http"])
@pytest.mark.parametrize("hostile", ["a\r\nSecret: b", "a\n\nAction: Originate", "a\0", "\ud800"])
@pytest.mark.parametrize("what", ["username", "password"])
async def test_a_login_that_ami_cannot_carry_makes_no_connection(transport: Transport, what: str, hostile: str) -> None:
    connections: list[object] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(reader)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        ways: list[dict[str, Any]] = [{"auth": "plain"}, {"auth": "md5"}]
        for options in ways if transport == "tcp" else [{}, {"digest": True}]:
            kind: Any = TCPClient if transport == "tcp" else HTTPClient
            client = kind("127.0.0.1", port, **options)
            with pytest.raises(InvalidActionError):
                await client.connect(**{"username": "hello", "password": "world", what: hostile})
            with pytest.raises(InvalidActionError):
                await client.connect(**{"username": "hello", "password": "world", what: 4711})
        assert connections == []


async def test_a_filter_that_ami_cannot_carry_is_refused(wire: Wire) -> None:
    before = await wire.sent(action={"Action": "Ping"})
    assert before
    for match in ("a\r\nb", "a\0", "x" * 2000 if wire.limit else "\n"):
        with pytest.raises(InvalidActionError):
            await wire.client.add_filter(EventFilter(match=match))


async def test_numbered_headers_that_ami_cannot_carry_are_refused(wire: Wire) -> None:
    change = {"Action": "UpdateConfig", "SrcFilename": "x", "DstFilename": "x", "Action-000000": "NewCat"}
    assert len(await wire.sent(action=change)) == 1
    for name, value in (("Cat-000000", "a\r\nb"), ("Cat-000000\r\nX", "a"), ("Cat 000000", "a")):
        assert await wire.sent(action={**change, name: value}) == []


# Variables


def as_asterisk_splits(value: str) -> list[tuple[str, str]]:
    """The variables that Asterisk reads from the value of one ``Variable`` header."""
    parts, part, position = [], "", 0
    depth = {"(": 0, "[": 0}
    quoted = False
    value = value.lstrip(" \t")
    while position < len(value):
        char = value[position]
        if char in "([":
            depth[char] += 1
        elif char in ")]":
            opening = "(" if char == ")" else "["
            depth[opening] = max(0, depth[opening] - 1)
        elif char == '"':
            quoted = not quoted
            position += 1
            continue
        elif char == "\\":
            position += 1
            part += value[position : position + 1]
            position += 1
            continue
        elif char == "," and not quoted and not any(depth.values()):
            parts.append(part)
            part = ""
            position += 1
            continue
        part += char
        position += 1
    parts.append(part)
    split = [item.partition("=") for item in parts]
    return [(name, content) for name, equals, content in split if name and equals]


sendable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=30)
tricky = st.text(st.sampled_from('a,"\\()[]; =ü'), max_size=30)


@together
@given(
    variables=st.dictionaries(
        st.one_of(sendable, tricky, st.just("HASH(a,b)")), st.one_of(sendable, tricky), max_size=4
    )
)
async def test_asterisk_reads_variables_exactly_as_given(wire: Wire, variables: dict[str, str]) -> None:
    fine = all(name and "=" not in name and name[0] > " " for name in variables)
    originate = actions.Originate(channel="x", application="y", variable=variables)
    arrived = await wire.sent(typed=originate)
    assert bool(arrived) == fine
    if fine:
        sent = [value.decode() for name, value in arrived[0] if name == b"Variable"]
        assert [pair for value in sent for pair in as_asterisk_splits(value)] == [*variables.items()]
        before = len(wire._arrived)
        await wire.client.originate("x", "y", variables=variables)
        assert [value.decode() for name, value in wire._arrived[before] if name == b"Variable"] == sent


async def test_a_variable_that_is_not_a_string_is_refused(wire: Wire) -> None:
    for variables in ({"a": 5}, {5: "a"}, {"a": None}):
        with pytest.raises(InvalidActionError, match="make it a str"):
            await wire.client.originate("x", "y", variables=cast("dict[str, str]", variables))


# ActionIDs


async def test_action_ids_are_unique_and_unpredictable(wire: Wire) -> None:
    ids = [dict(lines)[b"ActionID"] for _ in range(50) for lines in await wire.sent(action={"Action": "Ping"})]
    assert len({*ids}) == 50
    for places in range(1, 33):
        # A prefix in common, or a counter, would show as a place at which all of them have one of a few digits.
        assert len({each[places - 1] for each in ids}) > 3
