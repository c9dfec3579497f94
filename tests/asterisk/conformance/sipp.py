"""Telephones: sipp with small scenarios of our own, in the folder sipp."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.asterisk.install import InstallError, changing_the_machine
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

SCENARIOS: Final = Path(__file__).with_name("sipp")
HOST: Final = "127.0.0.1"
SECONDS: Final = 15


def ensure() -> None:
    """Makes sure that there is a sipp: installs Debian's sip-tester where that can be done.

    Raises:
        InstallError: There is none and it can't be installed; says why.
    """
    with changing_the_machine():
        _ensure()


def _ensure() -> None:
    if shutil.which("sipp"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        msg = "The calls are placed with sipp, and this machine has none: install Debian's package sip-tester"
        raise InstallError(msg)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "sip-tester"]):
        done = subprocess.run(
            ["apt-get", *command], check=False, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        if done.returncode:
            msg = f"`apt-get {' '.join(command)}` failed, and the calls need sip-tester:\n{done.stdout[-2000:]}"
            raise InstallError(msg)


class Telephone:
    """A running sipp.

    Attributes:
        port: Where it listens for SIP.
    """

    def __init__(self, port: int, process: asyncio.subprocess.Process, scenario: str, log: Path) -> None:
        self.port = port
        self._process = process
        self._scenario = scenario
        self._log = log

    def uri(self, user: str = "phone") -> str:
        """Its SIP address."""
        return f"sip:{user}@{HOST}:{self.port}"

    async def done(self) -> None:
        """Waits until the scenario has been played; an AssertionError where it went otherwise."""
        status = await self._process.wait()
        said = self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""
        assert status == 0, f"sipp {self._scenario} ended with status {status}:\n{said}"

    async def hang_up(self) -> None:
        """Ends it, whatever it does."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def telephone(
    scenario: str,
    folder: Path,
    server_port: int,
    *,
    extension: str = "",
    host: str = HOST,
    port: int = 0,
    keys: Mapping[str, str],
) -> AsyncIterator[Telephone]:
    """Starts sipp with a scenario, and ends it with the block.

    Args:
        scenario: The file's name without `.xml`.
        folder: Where its log may lie.
        server_port: Where the server listens for SIP.
        extension: What it calls.
        host: Its own address, on the loopback interface.
        port: Where it listens; a free port by default.
        keys: What the scenario names in square brackets.
    """
    port = port or free_port()
    log = folder / f"sipp-{scenario}-{port}.log"
    script = log.with_suffix(".xml")
    text = (SCENARIOS / f"{scenario}.xml").read_text(encoding="utf-8")
    for name, value in keys.items():  # sipp's own -key comes too late for some places
        text = text.replace(f"[{name}]", value)
    script.write_text(text, encoding="utf-8")
    arguments = [
        "-sf", str(script), "-m", "1", "-nostdin", "-aa", "-rtp_echo",
        "-i", host, "-p", str(port), "-mi", host, "-mp", str(free_port()),
        "-timeout", f"{SECONDS}s", "-timeout_error", "-trace_err", "-error_file", str(log),
    ]  # fmt: skip
    if extension:
        arguments += ["-s", extension]
    if "username" in keys:
        arguments += ["-au", keys["username"], "-ap", keys.get("secret", "")]
    process = await asyncio.create_subprocess_exec(
        "sipp", f"{HOST}:{server_port}", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        cwd=folder, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    phone = Telephone(port, process, scenario, log)
    try:
        await _await_port(port, process)
        yield phone
    finally:
        await phone.hang_up()


async def _await_port(port: int, process: asyncio.subprocess.Process) -> None:
    """Wait until the process listens on a port, which only the kernel reports, or has ended."""
    ending = f":{port:04X}"

    def listens() -> bool:
        return any(line.split()[1].endswith(ending) for line in _udp_sockets())

    await wait_until(lambda: process.returncode is not None or listens(), timeout=10)


def _udp_sockets() -> list[str]:
    return Path("/proc/net/udp").read_text().splitlines()[1:]


def free_port() -> int:
    """A UDP port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
