"""Runs a real Asterisk for the tests: on loopback only, with a configuration of its own, and never longer than needed.

Several servers can run at once from one install: each has its own folder below the root folder's /tmp, with
everything it reads or writes, and its own ports. Nothing in the install itself is ever changed.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from tests.asterisk.install import install, installed_release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

CONFIG = Path(__file__).with_name("config")
BOOT_SECONDS = 60.0
STOP_SECONDS = 10.0
PORTS = range(20001, 32000)  # above RTP's in rtp.conf, below those the kernel gives to outgoing connections
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
"""pytest-xdist's processes must not choose the same ports, though all of them start servers all the time."""
FOLDERS = ("etc", "lib/keys", "log/cdr-csv", "log/cdr-custom", "run", "spool/monitor", "spool/outgoing",
           "spool/recording", "spool/tmp", "spool/voicemail", "tls")  # fmt: skip


@dataclass(frozen=True)
class User:
    """An AMI user in config/manager.conf."""

    username: str
    secret: str


USERS: Mapping[str, User] = MappingProxyType(
    {
        "hello": User("hello", "world"),
        "limited": User("limited", "limited-secret"),
        "nosystem": User("nosystem", "nosystem-secret"),
        "mixed": User("Müller", "Pä$$ wörd=ÄÖ"),
        "filtered": User("filtered", "filtered-secret"),
    }
)
"""hello may do everything; limited gets no events and has only write=reporting; nosystem lacks system, command, config
and the like; mixed has a name and a secret of mixed case, UTF-8, a space and an equals sign; filtered gets only
UserEvent."""


@dataclass(frozen=True)
class TLSFiles:
    """PEM files: the server's certificate (chain), its private key, and the authority that a client has to trust."""

    certificate: Path
    private_key: Path
    authority: Path


@dataclass(frozen=True, order=True)
class Listener:
    """A socket on which a server waits: `protocol` is `tcp`, `tcp6`, `udp` or `udp6`."""

    protocol: str
    address: str
    port: int


class AsteriskError(RuntimeError):
    """An Asterisk did not start or did not obey a command; the message ends with the tail of its log."""


class Options(TypedDict, total=False):
    """What may be different about a server."""

    tls: TLSFiles | None
    """Certificates; without them (the default) neither AMI nor HTTP answers over TLS."""
    http_enabled: bool
    """`enabled` in http.conf; True by default."""
    web_enabled: bool
    """`webenabled` in manager.conf, whether AMI is served over HTTP; True by default."""
    http_timeout: int
    """`httptimeout` in manager.conf: seconds without a request until an HTTP session ends; 60 by default."""
    manager_options: Mapping[str, str]
    """Further lines of manager.conf's `[general]`, or other values for those that are there."""
    config: Mapping[str, str]
    """Whole files, by name, instead of or in addition to those in the folder config."""
    instead_of: AsteriskServer
    """A server that doesn't run any more, whose ports this one takes."""
    lifetime: float
    """Seconds after which the server is killed if it was not stopped; 900 by default."""


class AsteriskServer:
    """One Asterisk in the foreground, from `start` to `stop`; as a context manager from `start` to `discard`.

    Args:
        version: Which Asterisk: one of `install.versions()`.
        options: See `Options`.
    """

    host = "127.0.0.1"
    users = USERS

    def __init__(self, version: str = "22", **options: Unpack[Options]) -> None:
        self.version = version
        self.tls = options.get("tls")
        self.http_enabled = options.get("http_enabled", True)
        before = options.get("instead_of")
        ports = before.ports if before else _free_ports(8)
        self.ports: Sequence[int] = ports
        self.ami_port, self.ami_tls_port, self.http_port, self.https_port = ports[:4]
        self.sip_port, self.iax_port, self.chan_sip_port, self.skinny_port = ports[4:]
        self._manager_options = {
            "enabled": "yes",
            "bindaddr": self.host,
            "port": str(self.ami_port),
            "webenabled": _yes_no(options.get("web_enabled", True)),
            "httptimeout": str(options.get("http_timeout", 60)),
            **options.get("manager_options", {}),
        }
        self._config = options.get("config", {})
        self._lifetime = options.get("lifetime", 900)
        self._root = Path()
        self._run = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.discard()

    @property
    def release(self) -> str:
        """The exact release that runs, such as `22.10.1`."""
        return installed_release(self._root)

    @property
    def folder(self) -> Path:
        """The server's own folder, seen from outside: etc, log, spool and so on."""
        return self._run

    def has_ended(self, timeout: float = 2) -> bool:
        """Whether the server has ended by itself, or does within so many seconds.

        Args:
            timeout: The seconds: connections break before the process is gone.
        """
        assert self._process is not None, "it was never started"
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self._process.poll() is not None

    @property
    def last_words(self) -> str:
        """The end of what it printed before it ended by itself; such as what the C library says of broken memory."""
        assert self._process is not None, "it was never started"
        console = (self._run / "log/console").read_text(errors="replace")
        return f"status {self._process.poll()}: {' / '.join(console.splitlines()[-3:])}"

    @property
    def pid(self) -> int:
        """Asterisk's process id."""
        return int((self._run / "run/asterisk.pid").read_text())

    def start(self) -> None:
        """Starts the server and waits until it has fully booted.

        Raises:
            InstallError: This Asterisk is not installed and cannot be.
            AsteriskError: It did not boot in time, or without one of its ports.
        """
        self._root = install(self.version)
        self._run = Path(tempfile.mkdtemp(prefix="amitypes-", dir=self._root / "tmp"))
        try:
            self._configure()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """Ends the server as `kill -9` does, if it hasn't ended; its folder stays, for `start_again`."""
        assert self._process is not None, "it was never started"
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        for trace in ("run/asterisk.ctl", "run/asterisk.pid"):
            (self._run / trace).unlink(missing_ok=True)

    def start_again(self) -> None:
        """Starts a server that has ended, on the same ports, and waits until it has fully booted.

        Raises:
            AsteriskError: It did not boot in time, or without one of its ports.
        """
        self._launch()

    def stop(self) -> None:
        """Stops the server and removes its folder; harmless when it is not running."""
        if self._process and self._process.poll() is None:
            # `core stop now` may end the server before it has answered, so wait for the process itself
            self._try_cli("core stop now", STOP_SECONDS)
            for sign in (None, signal.SIGTERM, signal.SIGKILL):
                if sign:
                    os.killpg(self._process.pid, sign)
                try:
                    self._process.wait(STOP_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self._process = None
        if self._run != Path():
            shutil.rmtree(self._run, ignore_errors=True)
            self._run = Path()

    def discard(self) -> None:
        """Does the same, but without a farewell: a `stop` takes longer than a boot."""
        if self._process and self._process.poll() is None:
            with suppress(FileNotFoundError, ValueError, ProcessLookupError):  # it hasn't got that far, or has ended
                os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def await_registrations(self, timeout: float = 30) -> None:
        """Waits until the server's SIP accounts have registered with the server itself, a second or two after the boot.

        Tests that list contacts and registrations see the same from then on.

        Raises:
            AsteriskError: They did not in `timeout` seconds.
        """
        # A server that registers with itself can take its own request for an answer, and then waits a minute with the
        # next one: so the command to try again is repeated.
        again = {
            "pjsip show registrations": "pjsip send register *all",
            "iax2 show registry": "module reload chan_iax2.so",
            "sip show registry": "sip reload",
        }
        if not self.has_module("chan_sip"):
            del again["sip show registry"]
        deadline = time.monotonic() + timeout
        patience = time.monotonic() + 4
        while missing := [command for command in again if " Registered" not in self.cli(command)]:
            if time.monotonic() > deadline:
                raise self._error(f"not registered with itself after {timeout:.0f} s: {', '.join(missing)}")
            if time.monotonic() > patience:
                patience += 4
                for command in missing:
                    self.cli(again[command])
            time.sleep(0.1)

    def cli(self, command: str, timeout: float = 10) -> str:
        """Runs a command on the server's own console and returns what that prints.

        Args:
            command: Such as `core show channels`.
            timeout: Seconds to wait for it.

        Raises:
            AsteriskError: The console did not answer.
        """
        done = self._try_cli(command, timeout)
        if done is None or done.returncode:
            raise self._error(f"the console did not answer to {command!r}")
        return done.stdout

    def has_module(self, name: str) -> bool:
        """Whether a module, such as `chan_sip`, is loaded and runs."""
        return re.search(rf"^{name}\.so .* Running ", self.cli(f"module show like {name}.so"), re.MULTILINE) is not None

    def log(self) -> str:
        """Everything the server has logged so far."""
        files = (self._run / "log/console", self._run / "log/full")
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    def sessions(self, username: str) -> int:
        """How many sessions a user has.

        Connects first, because the server removes expired sessions on a connection, or every five seconds.
        """
        with socket.create_connection((self.host, self.ami_port), STOP_SECONDS):
            return self.cli("manager show connected").count(f" {username} ")

    def listeners(self) -> frozenset[Listener]:
        """The sockets on which the server waits for others."""
        sockets: set[str] = set()
        for descriptor in Path(f"/proc/{self.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                sockets.add(os.readlink(descriptor))
        inodes = {name.removeprefix("socket:[").removesuffix("]") for name in sockets if name.startswith("socket:")}
        return frozenset(
            listener
            for protocol in ("tcp", "tcp6", "udp", "udp6")
            for inode, listener in _waiting_sockets(protocol)
            if inode in inodes
        )

    def _launch(self) -> None:
        with (self._run / "log/console").open("ab") as console:
            self._process = subprocess.Popen(
                ["timeout", "--kill-after=5", str(self._lifetime),
                 *self._asterisk("-f", "-U", "asterisk", "-G", "asterisk")],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                env=_environment(), start_new_session=True,
            )  # fmt: skip
        self._await_boot()

    @property
    def _inside(self) -> str:
        """The server's own folder, seen from inside the root folder."""
        return f"/tmp/{self._run.name}"

    def _asterisk(self, *arguments: str) -> list[str]:
        return ["chroot", str(self._root), "asterisk", *arguments, "-C", f"{self._inside}/etc/asterisk.conf"]

    def _configure(self) -> None:
        run = self._run
        for folder in FOLDERS:
            (run / folder).mkdir(parents=True)
        values = {
            "RUN": self._inside,
            "HTTP_ENABLED": _yes_no(self.http_enabled),
            "HTTP_PORT": str(self.http_port),
            "HTTP_TLS": _lines(self._tls_options(self.https_port)),
            "MANAGER_OPTIONS": _lines(self._tls_options(self.ami_tls_port) | self._manager_options),
            "SIP_PORT": str(self.sip_port),
            "CHAN_SIP_PORT": str(self.chan_sip_port),
            "IAX_PORT": str(self.iax_port),
            "SKINNY_PORT": str(self.skinny_port),
        }
        texts = {file.name: file.read_text(encoding="utf-8") for file in CONFIG.glob("*.conf")}
        for name, text in {**texts, **self._config}.items():
            filled = _Template(text).substitute(values)
            (run / "etc" / name).write_text(filled, encoding="utf-8")
        if self.tls:
            shutil.copy(self.tls.certificate, run / "tls/certificate.pem")
            shutil.copy(self.tls.private_key, run / "tls/private_key.pem")
        uid, gid = _asterisk_user(self._root)
        for path in (run, *run.rglob("*")):
            os.chown(path, uid, gid)

    def _tls_options(self, port: int) -> dict[str, str]:
        if not self.tls:
            return {}
        return {
            "tlsenable": "yes",
            "tlsbindaddr": f"{self.host}:{port}",
            "tlscertfile": f"{self._inside}/tls/certificate.pem",
            "tlsprivatekey": f"{self._inside}/tls/private_key.pem",
        }

    def _await_boot(self) -> None:
        """Waits for the control socket, lets that wait for the end of the boot, then looks at the ports.

        Another process may have taken one of the ports since they were chosen, and Asterisk carries on without.
        """
        deadline = time.monotonic() + BOOT_SECONDS
        control = self._run / "run/asterisk.ctl"
        while not control.exists():
            if self._process is None or self._process.poll() is not None:
                raise self._error("it ended while booting")
            if time.monotonic() > deadline:
                raise self._error(f"no control socket after {BOOT_SECONDS:.0f} s")
            time.sleep(0.05)
        answer = self.cli("core waitfullybooted", deadline - time.monotonic())
        if "fully booted" not in answer:
            raise self._error(f"it did not boot: {answer.strip()}")
        ports = {listener.port for listener in self.listeners()}
        if missing := self._wanted_ports() - ports:
            raise self._error(f"it does not listen on {sorted(missing)}")

    def _wanted_ports(self) -> set[int]:
        wanted = {self.sip_port, self.iax_port}
        if self._manager_options["enabled"] == "yes":
            wanted.add(self.ami_port)
            if self.tls:
                wanted.add(self.ami_tls_port)
        if self.http_enabled:
            wanted.add(self.http_port)
            if self.tls:
                wanted.add(self.https_port)
        return wanted

    def _try_cli(self, command: str, timeout: float) -> subprocess.CompletedProcess[str] | None:
        try:
            return subprocess.run(
                self._asterisk("-rx", command), check=False, env=_environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None

    def _error(self, what: str) -> AsteriskError:
        tail = "\n".join(self.log().splitlines()[-30:])
        return AsteriskError(f"Asterisk {self.version} ({self._root}): {what}; the end of its log:\n{tail}")


class _Template(string.Template):
    delimiter = "%"  # the dialplan needs the dollar sign
    idpattern = "(?-i:[A-Z_]+)"


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _lines(options: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in options.items())


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TERM": "dumb", "TZ": "UTC"}


def _asterisk_user(root: Path) -> tuple[int, int]:
    """The ids that the account `asterisk` has inside a root folder, which are not those of this machine."""
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "asterisk":
            return int(uid), int(gid)
    msg = f"{root} has no account named asterisk: remove the folder, and it will be installed again"
    raise AsteriskError(msg)


def _free_ports(count: int) -> list[int]:
    """Ports that are free for TCP and UDP now; random, so that test runs side by side rarely choose the same."""
    found: list[int] = []
    ours = PORTS[WORKER::WORKERS]
    for port in random.sample(ours, len(ours)):
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind((AsteriskServer.host, port))
        except OSError:
            continue
        found.append(port)
        if len(found) == count:
            return found
    msg = f"fewer than {count} free ports between {PORTS.start} and {PORTS.stop}"
    raise AsteriskError(msg)


def _waiting_sockets(protocol: str) -> Iterator[tuple[str, Listener]]:
    """The inode and address of each socket of a protocol that waits for others: TCP's listening, UDP's unconnected."""
    waiting = "0A" if protocol.startswith("tcp") else "07"
    for line in Path("/proc/net", protocol).read_text().splitlines()[1:]:
        _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
        if state == waiting:
            digits, _, port = local.partition(":")
            yield inode, Listener(protocol, _address(digits), int(port, 16))


def _address(digits: str) -> str:
    """The kernel prints an address as 32-bit words, each in the machine's byte order (little endian here)."""
    words = [bytes.fromhex(digits[start : start + 8])[::-1] for start in range(0, len(digits), 8)]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))
