"""The servers that the other tests rely on, tried with sockets and urllib alone."""

from __future__ import annotations

import errno
import http.cookiejar
import os
import signal
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.asterisk.conftest import Servers
from tests.asterisk.install import BRANCHES, InstallError, install, installed_release, provide
from tests.asterisk.recorder import Recorder
from tests.asterisk.server import USERS, AsteriskError, AsteriskServer, User

if TYPE_CHECKING:
    from tests.asterisk.conftest import AsteriskFactory
    from tests.asterisk.server import TLSFiles

BANNERS = {"16": b"5.", "18": b"7.", "20": b"9.", "21": b"10.", "22": b"11.", "23": b"12."}


def trusting(tls_files: TLSFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(tls_files.authority))


def http_url(server: AsteriskServer, page: str, **query: str) -> str:
    return f"http://{server.host}:{server.http_port}/{page}?{urllib.parse.urlencode(query)}"


def open_url(url: str, *handlers: urllib.request.BaseHandler) -> str:
    with urllib.request.build_opener(*handlers).open(url, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def refuses(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(10)
        return probe.connect_ex((host, port)) == errno.ECONNREFUSED


def call(recorder: Recorder, extension: str) -> int:
    """Calls an extension; the other end of the call just waits."""
    return recorder.send(
        Action="Originate", Channel=f"Local/{extension}@from-internal", Application="Wait", Data="30", Async="true"
    )


def hang_up(recorder: Recorder) -> None:
    """Ends every call of the server and waits until all are gone."""
    recorder.send(Action="Hangup", Channel="/^.*$/")
    channels = b"ListItems: 1"
    while b"ListItems: 0" not in channels:
        start = recorder.send(Action="CoreShowChannels")
        channels = recorder.wait_for(rb"^Event: CoreShowChannelsComplete\r\n(?:.+\r\n)*\r\n", start=start)[0]


def test_the_release_is_that_of_the_server(asterisk: AsteriskServer) -> None:
    assert asterisk.release.startswith(f"{asterisk.version}.")
    assert asterisk.cli("core show version").startswith(f"Asterisk {asterisk.release}")


@pytest.mark.parametrize("user", USERS.values(), ids=USERS)
def test_every_user_can_log_in_over_tcp(asterisk: AsteriskServer, user: User) -> None:
    with Recorder(asterisk.host, asterisk.ami_port, user) as recorder:
        assert recorder.received.startswith(b"Asterisk Call Manager/" + BANNERS[asterisk.version])
        start = recorder.send(Action="Ping", ActionID="1")
        recorder.wait_for(rb"Response: Success\r\nActionID: 1\r\nPing: Pong\r\n", start=start)


def test_wrong_secret_is_refused(asterisk: AsteriskServer) -> None:
    recorder = Recorder(asterisk.host, asterisk.ami_port, User("hello", "World"))
    with pytest.raises(AssertionError, match="Authentication failed"), recorder:
        pytest.fail("logged in")


@pytest.mark.parametrize(
    ("name", "action", "answer"),
    [
        ("hello", "CoreSettings", b"Success"),
        ("limited", "CoreSettings", b"Success"),
        ("limited", "Originate", b"Error"),
        ("nosystem", "CoreShowChannels", b"Success"),
        ("nosystem", "Command", b"Error"),
    ],
)
def test_each_user_has_its_permissions(asterisk: AsteriskServer, name: str, action: str, answer: bytes) -> None:
    with Recorder(asterisk.host, asterisk.ami_port, USERS[name]) as recorder:
        start = recorder.send(Action=action, ActionID="1")
        recorder.wait_for(b"Response: " + answer + rb"\r\nActionID: 1\r\n", start=start)


def test_the_filtered_user_gets_only_user_events(asterisk: AsteriskServer) -> None:
    """The channel's events come before the one that passes the filter."""
    with Recorder(asterisk.host, asterisk.ami_port, USERS["filtered"]) as recorder:
        start = call(recorder, "900")
        recorder.wait_for(rb"^Event: UserEvent\r\n(?:.+\r\n)*UserEvent: Greeting\r\n", start=start)
        assert b"Event: Newchannel" not in recorder.received


def test_a_login_over_tls_succeeds(asterisk: AsteriskServer, tls_files: TLSFiles) -> None:
    with Recorder(asterisk.host, asterisk.ami_tls_port, USERS["hello"], ssl_context=trusting(tls_files)) as recorder:
        assert recorder.received.startswith(b"Asterisk Call Manager/")


def test_the_tls_certificate_needs_our_authority(asterisk: AsteriskServer) -> None:
    recorder = Recorder(asterisk.host, asterisk.ami_tls_port, ssl_context=ssl.create_default_context())
    with pytest.raises(ssl.SSLCertVerificationError), recorder:
        pytest.fail("connected")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_rawman_accepts_a_cookie(asterisk: AsteriskServer, tls_files: TLSFiles, scheme: str) -> None:
    port = asterisk.https_port if scheme == "https" else asterisk.http_port
    secure = urllib.request.HTTPSHandler(context=trusting(tls_files))
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    user = USERS["mixed"]
    login = urllib.parse.urlencode({"action": "Login", "username": user.username, "secret": user.secret})
    assert "Response: Success" in open_url(f"{scheme}://localhost:{port}/rawman?{login}", secure, cookies)
    assert "Ping: Pong" in open_url(f"{scheme}://localhost:{port}/rawman?action=Ping", secure, cookies)


def test_arawman_accepts_digest(asterisk: AsteriskServer) -> None:
    user = USERS["hello"]
    url = http_url(asterisk, "arawman", action="Ping")
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        open_url(url)
    refused.value.close()
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, user.username, user.secret)
    assert "Ping: Pong" in open_url(url, urllib.request.HTTPDigestAuthHandler(passwords))


def test_the_server_listens_on_loopback_only(asterisk: AsteriskServer) -> None:
    listeners = asterisk.listeners()
    local = {listener for listener in listeners if listener.address == "127.0.0.1"}
    assert {(found.protocol, found.port) for found in local} >= {
        ("tcp", asterisk.ami_port), ("tcp", asterisk.ami_tls_port),
        ("tcp", asterisk.http_port), ("tcp", asterisk.https_port),
        ("udp", asterisk.sip_port), ("udp", asterisk.iax_port),
    }  # fmt: skip
    # PJSIP asks name servers from two sockets, one for each kind of IP; no configuration prevents that
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    others = listeners - local
    assert all(first <= other.port <= last for other in others), others
    assert sorted(other.protocol for other in others) == ["udp", "udp6"], others


@pytest.mark.parametrize(
    ("extension", "events"),
    [
        ("100", [rb"MusicOnHoldStart"]),
        ("101", [rb"Newexten\r\n(?:.+\r\n)*Application: Echo"]),
        ("200", [rb"Newexten\r\n(?:.+\r\n)*Application: Wait"]),
        ("300", [rb"Hangup\r\n(?:.+\r\n)*Cause: 17"]),
        ("400", [rb"Hangup\r\n(?:.+\r\n)*Cause: 34"]),
        ("500", [rb"Newexten\r\n(?:.+\r\n)*Application: Ringing"]),
        ("600", [rb"QueueCallerJoin", rb"AgentCalled", rb"AgentConnect"]),
        ("601", [rb"QueueCallerJoin"]),
        ("700", [rb"ConfbridgeStart", rb"ConfbridgeJoin"]),
        ("800", [rb"ParkedCall\r\n(?:.+\r\n)*Parkinglot: default"]),
        ("801", [rb"ParkedCall\r\n(?:.+\r\n)*Parkinglot: annex", rb"ParkedCallTimeOut"]),
        ("900", ["UserEvent\r\n(?:.+\r\n)*Text: Grüezi".encode()]),
        ("901", [rb"CEL\r\n(?:.+\r\n)*EventName: greeting"]),
        ("902", [rb"Newexten\r\n(?:.+\r\n)*Application: SendDTMF"]),
        ("903", [rb"AsyncAGIStart"]),
        ("904", [rb"MixMonitorStart|Newexten\r\n(?:.+\r\n)*Application: MixMonitor"]),
        ("905", [rb"Newexten\r\n(?:.+\r\n)*Application: VoiceMail"]),
        ("906", [rb"AgentLogin"]),
        ("910", [rb"DialBegin", rb"DialEnd", rb"BridgeEnter"]),
        ("911", [rb"DialEnd\r\n(?:.+\r\n)*DialStatus: ANSWER", rb"Hangup\r\n(?:.+\r\n)*Channel: PJSIP/loopback-"]),
        ("912", [rb"DialEnd\r\n(?:.+\r\n)*DialStatus: ANSWER", rb"Hangup\r\n(?:.+\r\n)*Channel: IAX2/"]),
        ("1002", [rb"DialEnd\r\n(?:.+\r\n)*DestChannel: PJSIP/alice-(?:.+\r\n)*DialStatus: ANSWER"]),
    ],
)
def test_each_extension_causes_its_events(
    asterisk: AsteriskServer, tmp_path: Path, extension: str, events: list[bytes]
) -> None:
    recording = tmp_path / "ami"
    with Recorder(asterisk.host, asterisk.ami_port, USERS["hello"], path=recording) as recorder:
        start = call(recorder, extension)
        for event in events:
            recorder.wait_for(b"^Event: (?:" + event + b")", start=start)
        hang_up(recorder)
    assert recording.read_bytes() == recorder.received


def test_a_call_passes_through_chan_sip(asterisk: AsteriskServer) -> None:
    if not asterisk.has_module("chan_sip"):
        pytest.skip("no chan_sip: it left Asterisk with release 21, and packages before")
    with Recorder(asterisk.host, asterisk.ami_port, USERS["hello"]) as recorder:
        start = call(recorder, "913")
        recorder.wait_for(rb"^Event: DialEnd\r\n(?:.+\r\n)*DestChannel: SIP/loopback-", start=start)
        hang_up(recorder)


def test_the_server_is_registered_with_itself(asterisk: AsteriskServer) -> None:
    asterisk.await_registrations()
    assert "sip:alice@127.0.0.1" in asterisk.cli("pjsip show contacts")


def test_options_change_the_configuration(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(http_enabled=False, tls=None, manager_options={"timestampevents": "yes"})
    assert refuses(server.host, server.http_port)
    assert refuses(server.host, server.ami_tls_port)
    with Recorder(server.host, server.ami_port, USERS["hello"]) as recorder:
        recorder.send(Action="UserEvent", UserEvent="Tick")
        recorder.wait_for(rb"Event: UserEvent\r\n(?:.+\r\n)*Timestamp: \d")


def test_an_option_disables_ami_over_http(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(web_enabled=False)
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        open_url(http_url(server, "rawman", action="Ping"))
    refused.value.close()


def test_a_stopped_server_leaves_nothing(asterisk_version: str) -> None:
    with AsteriskServer(asterisk_version) as server:
        folder, pid = server.folder, server.pid
        assert folder.is_dir()
        assert Path(f"/proc/{pid}").exists()
    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()
    assert refuses(server.host, server.ami_port)
    server.stop()  # again, harmlessly


def test_a_crashed_server_is_started_again(asterisk_factory: AsteriskFactory) -> None:
    server, servers = asterisk_factory(), Servers()
    assert not server.has_ended(timeout=0)
    os.kill(server.pid, signal.SIGABRT)
    assert server.has_ended(timeout=10)
    servers.revive(server, "a test")
    assert not server.has_ended(timeout=0)
    assert server.cli("core show version").startswith("Asterisk ")
    (line,) = servers.ended
    assert line.startswith(f"Asterisk {server.version} crashed in a test (status ")


def test_the_lifetime_ends_a_server(asterisk_factory: AsteriskFactory) -> None:
    server = asterisk_factory(lifetime=5)
    with Recorder(server.host, server.ami_port, USERS["hello"]) as recorder:
        recorder.wait_for(rb"Event: Shutdown", timeout=30)


def test_a_failed_start_shows_the_log(asterisk_version: str) -> None:
    server = AsteriskServer(asterisk_version, config={"modules.conf": "[modules]\nrequire = chan_nowhere.so\n"})
    with pytest.raises(AsteriskError, match="chan_nowhere"):
        server.start()
    assert not server.folder.name  # cleaned up


def test_the_server_runs_in_its_own_root_folder(asterisk: AsteriskServer, asterisk_version: str) -> None:
    assert asterisk.folder.parents[1] == install(asterisk_version)
    assert installed_release(asterisk.folder.parents[1]) == asterisk.release


@pytest.mark.parametrize(
    ("given", "complaint"),
    [("99=/", "names no Asterisk"), ("20", "names no Asterisk"), ("20=/nowhere", "/nowhere isn't the root folder")],
)
def test_an_invalid_root_folder_is_an_error(given: str, complaint: str) -> None:
    with pytest.raises(InstallError, match=complaint):
        provide(given)


def test_a_root_folder_of_another_version_is_an_error(asterisk_version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root, other = install(asterisk_version), next(one for one in BRANCHES if one != asterisk_version)
    monkeypatch.setattr("tests.asterisk.install._provided", {})
    provide(f"{other}={root}")
    with pytest.raises(InstallError, match=f"was given as Asterisk {other} and holds {asterisk_version}"):
        install(other)
