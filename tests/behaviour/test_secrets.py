"""Secrets appear in no log, repr, error, or traceback with its local variables."""

from __future__ import annotations

import asyncio
import hashlib
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import pytest
from pydantic import SecretStr, ValidationError

from amitypes import HTTPClient, TCPClient, actions, events
from amitypes._protocol.message import Message
from amitypes._protocol.redaction import RedactedStr, names_a_secret
from amitypes.errors import AMIError
from amitypes.events import Event, UnknownEvent
from amitypes.nested import ConfigChange
from amitypes.responses import GetConfig, Response
from tests.unit.http_server import HTTPServer, Manager, Request, http
from tests.unit.raw_server import BANNER, Peer, raw_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

SECRET: Final = "hush=hush/Zoë 4711"
"""A text that occurs nowhere else, and is spelled differently in a form."""
KEY: Final = hashlib.md5(f"4711{SECRET}".encode()).hexdigest()
"""The MD5 key for the challenge of the tests' servers: a weak secret can be guessed from it."""
SPELLINGS: Final = {SECRET, quote_plus(SECRET), repr(SECRET.encode())[2:-1], KEY}
HERE: Final = __file__


def contents(error: BaseException) -> str:
    """An error, its causes, and the local variables of all frames but this file's."""
    texts = [f"{error} {error!r}"]
    exception = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending, seen = [exception], []
    while pending:
        each = pending.pop()
        seen.append(each)
        pending += [next_ for next_ in (each.__cause__, each.__context__, *(each.exceptions or ())) if next_]
    for each in seen:
        texts.append("".join(each.format_exception_only()))
        frames = [frame for frame in each.stack if frame.filename != HERE]
        texts += [f"{frame.filename}:{frame.name} {k}={v}" for frame in frames for k, v in (frame.locals or {}).items()]
    return "\n".join(texts)


def leaks(text: str) -> list[str]:
    """The lines that contain the secret."""
    return [line for line in text.splitlines() if any(spelling in line for spelling in SPELLINGS)]


class Watch:
    """Collects reprs and errors."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.errors: list[BaseException] = []

    def add(self, *items: object) -> None:
        self.texts += [f"{item} {item!r}" for item in items]

    async def fails(self, work: Awaitable[object]) -> None:
        """Await what must raise, and collect the error."""
        try:
            await work
        except Exception as error:
            self.errors.append(error)
            self.texts.append(contents(error))
        else:
            pytest.fail("it didn't fail")


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture) -> Any:
    """Asserts at the end that nothing collected and no log record of any logger contains the secret."""
    caplog.set_level(1)
    for name in ("amitypes", "asyncio", "httpcore2", "httpcore2.http11", "httpx2"):
        caplog.set_level(1, name)
    caplog.handler.setLevel(1)
    watching = Watch()
    yield watching
    logged = [f"{record.getMessage()} {record.args} {record.exc_text or ''}" for record in caplog.records]
    logged += [contents(record.exc_info[1]) for record in caplog.records if record.exc_info and record.exc_info[1]]
    assert leaks("\n".join([*watching.texts, *logged, caplog.text])) == []
    assert watching.texts


def test_the_watch_sees_a_secret() -> None:
    def leaky(secret: str) -> None:
        exec(compile("raise ValueError", "elsewhere", "exec"), {}, {"local": secret})

    for spelling in (SECRET, SECRET.encode(), quote_plus(SECRET)):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            leaky(spelling)  # type: ignore[arg-type]  # bytes are shown, too
        assert leaks(contents(caught.value))
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        leaky(RedactedStr(SECRET))
    assert leaks(contents(caught.value)) == []


# TCP


@pytest.mark.parametrize("auth", ["md5", "plain"])
@pytest.mark.parametrize("fault", ["refused", "silent", "gone", "cut", "no banner", "another banner", "no server"])
async def test_a_failed_login_over_tcp_shows_no_secret(watch: Watch, auth: Any, fault: str) -> None:
    async def script(peer: Peer) -> None:
        if fault == "no banner":
            return
        await peer.send(b"SSH-2.0\r\n" if fault == "another banner" else BANNER)
        action = await peer.action()
        if fault == "refused":
            await peer.answer(action, f"Message: Authentication failed for {action.get('Username')}", status="Error")
        elif fault == "silent":
            await peer.until_gone()
        elif fault == "cut":
            await peer.send("Response: Suc")

    async with raw_server(script) as port:
        client = TCPClient(
            "127.0.0.1", 9 if fault == "no server" else port, username="hello", password=SECRET, auth=auth, timeout=0.2
        )
        watch.add(client)
        await watch.fails(client.connect())
        await watch.fails(TCPClient("127.0.0.1", port, auth=auth, timeout=0.2).connect("hello", SECRET))
        watch.add(client)


@pytest.mark.parametrize("password", [f"{SECRET}\n", f"{SECRET}\0", SECRET + "x" * 1022, f"{SECRET}\ud800"])
async def test_a_secret_that_ami_cannot_carry_is_not_shown(watch: Watch, password: str) -> None:
    for kind in (TCPClient, HTTPClient):
        await watch.fails(kind("127.0.0.1", 9, username="hello", password=password).connect())


async def test_refused_settings_show_no_secret(watch: Watch) -> None:
    async def make(kind: Any, **options: Any) -> None:
        kind("pbx", password=SECRET, **options)

    for kind in (TCPClient, HTTPClient):
        await watch.fails(make(kind, port=0))
        await watch.fails(make(kind, cert_passphrase=SECRET))
        await watch.fails(make(kind, ssl_enabled=True, cert_passphrase=SECRET))
        await watch.fails(make(kind, ssl_enabled=True, cert_client="/none.pem", cert_passphrase=SECRET))
        await watch.fails(make(kind, max_silence=-1))


# HTTP


def broken(request: Request) -> list[bytes | None]:
    """Replies that aren't AMI's; one of them repeats the whole request."""
    return [
        None,
        http(f"<html>{request.body.decode()}", content_type="text/html"),
        http(f"<html>{SECRET}", content_type="text/html", status="500 Internal Server Error"),
        http("", "WWW-Authenticate: Basic realm=x", status="401 Unauthorized"),
        http("", status="403 Forbidden"),
        http("", status="404 Not Found"),
        b"SSH-2.0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nRes",
    ]


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("fault", range(8))
async def test_a_failed_login_over_http_shows_no_secret(watch: Watch, digest: bool, fault: int) -> None:
    async def answer(request: Request) -> bytes | None:
        challenged = "Digest" in request.headers.get("authorization", "")
        if digest and not challenged and fault != 3:
            challenge = 'WWW-Authenticate: Digest algorithm=MD5, realm="asterisk", nonce="1", qop="auth", opaque="2"'
            return http("", challenge, status="401 Unauthorized")
        return broken(request)[fault]

    async with HTTPServer(answer) as server:
        client = HTTPClient(
            "127.0.0.1",
            server.port,
            username="hello",
            password=SECRET,
            digest=digest,
            timeout=0.5 if fault == 7 else 10,
        )
        await watch.fails(client.connect())
        watch.add(client)


async def test_a_session_over_http_shows_no_secret(watch: Watch) -> None:
    manager = Manager(secret=SECRET)

    async def answer(request: Request) -> bytes | None:
        if request.action == "Reload":
            return None
        return await manager(request)

    async with HTTPServer(answer) as server:
        client = HTTPClient("127.0.0.1", server.port, username="hello", password=SECRET)
        async with client:
            stream = client.events()
            watch.add(client, stream)
            await watch.fails(client.ami_request({"Action": "Reload", "Secret": SECRET}))
            await watch.fails(client.send(actions.Login(username="x", secret=SecretStr(f"{SECRET}\0"))))
            manager.sessions.clear()
            await client.actions.ping()
            [session] = manager.sessions
            manager.secret = "another"
            manager.sessions.clear()
            await watch.fails(client.actions.ping())
            watch.texts = [text.replace(session, SECRET) for text in watch.texts]


# Actions


@pytest.fixture
async def connected() -> AsyncIterator[TCPClient]:
    async def script(peer: Peer) -> None:
        await peer.log_in()
        while True:
            action = await peer.action()
            match action.name:
                case "Ping":
                    await peer.answer(action, "Message: no", status="Error")
                case "Reload":
                    peer.writer.transport.abort()

    async with raw_server(script) as port:
        client = TCPClient("127.0.0.1", port, username="hello", password=SECRET, reconnect=False)
        await client.connect()
        yield client
        await client.close()


def in_an_action(secret: str) -> list[Any]:
    return [
        actions.Login(username="x", secret=SecretStr(secret)),
        actions.VoicemailUserStatus.model_construct(context="x", mailbox="y", password=secret),
        actions.UserEvent(user_event="x", headers={"Password": secret, "API-Token": secret}),
        actions.Originate(channel="x", variable={"PASSWORD": secret}),
        actions.Setvar(variable="SIP_SECRET", value=secret),
        actions.UpdateConfig(
            src_filename="a",
            dst_filename="b",
            changes=[ConfigChange(action="Append", category="x", variable="secret", value=secret)],
        ),
    ]


async def test_actions_show_no_secret(watch: Watch, connected: TCPClient) -> None:
    for action in in_an_action(SECRET):
        watch.add(action)
    login = actions.Login(username="x", secret=SecretStr(SECRET))
    await watch.fails(connected.send(login, reply_timeout=0.01))
    await watch.fails(connected.send(login.model_copy(update={"username": "a\r\nb"})))
    await watch.fails(connected.send(login.model_copy(update={"secret": SecretStr(f"{SECRET}\n")})))
    await watch.fails(connected.actions.login(username="x", secret=SecretStr(f"{SECRET}\0")))
    with pytest.raises(ValidationError) as refused:
        actions.Login(username="x", secret=SECRET, bogus=SECRET)  # type: ignore[call-arg]  # that is the point
    watch.add(refused.value)
    cut = asyncio.ensure_future(connected.send(login))
    await asyncio.sleep(0)
    with suppress(AMIError):
        await connected.ami_request({"Action": "Reload"})
    await watch.fails(cut)
    await watch.fails(connected.send(login))


async def test_a_failing_handler_shows_no_secret(watch: Watch) -> None:
    pushed = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.log_in()
        await peer.send(f"Event: UserEvent\r\nUserEvent: x\r\nPassword: {SECRET}\r\n\r\n")
        await peer.until_gone()

    async with raw_server(script) as port:
        client = TCPClient("127.0.0.1", port, username="hello", password=SECRET)

        @client.on(events.UserEvent)
        async def fail(event: events.UserEvent) -> None:
            watch.add(event)
            pushed.set()
            raise RuntimeError

        await client.connect()
        async with asyncio.timeout(10):
            await pushed.wait()
        await client.close()


# Received messages


NAMES = [
    "Password",
    "NEWPASSWORD",
    "Secret",
    "RemoteSecret",
    "Md5Secret",
    "AuthToken",
    "api_token",
    "Passphrase",
    "PrivateKey",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_undeclared_header_named_like_a_secret_is_redacted(name: str) -> None:
    assert names_a_secret(name)
    for kind in (UnknownEvent, Event, events.Hangup, Response):
        model = kind.decode(Message(f"Event: X\r\n{name}: {SECRET}\r\n{name}: {SECRET}\r\nOther: seen".encode()))
        assert leaks(f"{model} {model!r} {model.issues!r}") == []
        assert "seen" in repr(model)
        assert name in repr(model)
        assert SECRET in str(model.raw)
        assert SECRET in model.extra_headers[name]


def test_variables_named_like_secrets_are_redacted() -> None:
    varset = events.VarSet.decode(Message(f"Event: VarSet\r\nVariable: DB_PASSWORD\r\nValue: {SECRET}".encode()))
    assert varset.value == SECRET
    newchannel = events.Newchannel.decode(Message(f"Event: Newchannel\r\nChanVariable: SECRET={SECRET}".encode()))
    assert newchannel.chan_variable == {"SECRET": SECRET}
    config = GetConfig.decode(
        Message(f"Response: Success\r\nCategory-000000: x\r\nLine-000000-000000: secret={SECRET}".encode())
    )
    assert config.categories[0].lines[0].value == SECRET
    assert leaks(f"{varset!r} {newchannel!r} {config!r}") == []


def test_values_that_are_no_secrets_are_shown() -> None:
    varset = events.VarSet.decode(Message(b"Event: VarSet\r\nVariable: X\r\nValue: seen"))
    assert "seen" in repr(varset)
    assert "key" in repr(actions.DBGet(family="x", key="key"))
