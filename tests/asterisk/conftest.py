"""Fixtures that give a test a real Asterisk; README.md says how to run these tests."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Unpack, cast

import pytest
import trustme

from tests.asterisk.census import Census
from tests.asterisk.install import InstallError, install, provide, versions
from tests.asterisk.run_summary import Node, add_section, receive_sections, sections, send_sections
from tests.asterisk.server import AsteriskServer, Options, TLSFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.capture import CaptureManager

REQUIRED = os.environ.get("AMITYPES_REQUIRE_ASTERISK") == "1"
"""Whether a machine that cannot run an Asterisk is an error instead of a reason to skip."""


class AsteriskFactory(Protocol):
    """Starts a server that is stopped when the test ends; it has TLS unless `tls=None` is given."""

    def __call__(self, **options: Unpack[Options]) -> AsteriskServer: ...


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if REQUIRED or config.getoption("--asterisk"):
        return
    skip = pytest.mark.skip(reason="needs a real Asterisk: run pytest with --asterisk")
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(skip)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dist", "no") != "no" and (
        config.getoption("--coverage-out") or config.getoption("--presence-out")
    ):
        raise pytest.UsageError("--coverage-out and --presence-out write what a single process has seen: leave out -n")
    for given in cast("list[str]", config.getoption("--asterisk-root")):
        try:
            provide(given)
        except InstallError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "asterisk_version" in metafunc.fixturenames:
        metafunc.parametrize("asterisk_version", versions(), ids="asterisk-{}".format, indirect=True, scope="session")


@pytest.fixture(scope="session")
def asterisk_version(request: pytest.FixtureRequest) -> str:
    """`22`, then `16`, then those that `--asterisk-root` gives: installed, so that a server can be started."""
    version: str = request.param
    capture = cast("CaptureManager", request.config.pluginmanager.getplugin("capturemanager"))
    try:
        with capture.global_and_fixture_disabled():  # an install takes a minute: show its progress
            install(version)
    except InstallError as error:
        if REQUIRED:
            raise
        pytest.skip(str(error))
    return version


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TLSFiles:
    """A certificate for 127.0.0.1 and localhost, and the authority that signed it."""
    folder = tmp_path_factory.mktemp("tls")
    files = TLSFiles(folder / "certificate.pem", folder / "private_key.pem", folder / "authority.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(files.authority))
    server = authority.issue_cert("127.0.0.1", "localhost")
    server.private_key_pem.write_to_path(str(files.private_key))
    for certificate in server.cert_chain_pems:
        certificate.write_to_path(str(files.certificate), append=True)
    return files


class Servers(ExitStack):
    """The running servers: pytest may return to a version, and then uses the same server.

    Attributes:
        ended: A line for each server that crashed and was started again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[str] = []
        self._running: dict[str, AsteriskServer] = {}

    def of(self, version: str, **options: Unpack[Options]) -> AsteriskServer:
        """The server of a version, started with these options if it doesn't run yet."""
        if version not in self._running:
            server = self.enter_context(AsteriskServer(version, **options))
            server.await_registrations()
            self._running[version] = server
        return self._running[version]

    def revive(self, server: AsteriskServer, where: str) -> None:
        """Start a crashed server again: Debian's Asterisk 16 crashes at times.

        Args:
            server: The server.
            where: What it was doing.
        """
        self.ended.append(f"Asterisk {server.version} crashed in {where} ({server.last_words})")
        server.kill()
        server.start_again()
        server.await_registrations()


@pytest.fixture(scope="session")
def asterisk_servers() -> Iterator[Servers]:
    """The servers that the tests share."""
    with Servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def asterisk(asterisk_version: str, tls_files: TLSFiles, asterisk_servers: Servers) -> AsteriskServer:
    """The server of this version that all tests share: undo your changes to it."""
    return asterisk_servers.of(asterisk_version, tls=tls_files, lifetime=1800)


@pytest.fixture
def asterisk_factory(asterisk_version: str, tls_files: TLSFiles) -> Iterator[AsteriskFactory]:
    """Starts servers of this version with options of their own, for this test alone."""
    with ExitStack() as stack:

        def start(**options: Unpack[Options]) -> AsteriskServer:
            options.setdefault("tls", tls_files)
            return stack.enter_context(AsteriskServer(asterisk_version, **options))

        yield start


@pytest.fixture(scope="session")
def kills(request: pytest.FixtureRequest) -> int:
    """How often to kill each server."""
    return cast("int", request.config.getoption("--kills"))


@pytest.fixture(scope="session")
def kill_figures(request: pytest.FixtureRequest) -> list[object]:
    """The figures of the kills; printed at the end of the run."""
    figures: list[object] = []
    add_section(request.config, "servers killed under load", lambda: map(str, figures))
    return figures


@pytest.fixture(scope="session")
def census(request: pytest.FixtureRequest) -> Census:
    """Counts what the servers send in this run, and what the types lack of it; printed at the end of the run."""
    census = Census()
    add_section(request.config, "what the servers sent", census.report)
    return census


def pytest_sessionfinish(session: pytest.Session) -> None:
    send_sections(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Node) -> None:
    receive_sections(node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, lines in sorted(sections(config)):
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
