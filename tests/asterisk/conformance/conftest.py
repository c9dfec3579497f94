"""The servers of the conformance run, and what all its scenarios have seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.asterisk.conformance import coverage, sipp
from tests.asterisk.conformance.drive import configuration
from tests.asterisk.conformance.observations import Observations
from tests.asterisk.conftest import REQUIRED, Servers
from tests.asterisk.install import InstallError
from tests.asterisk.run_summary import add_section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.asterisk.server import AsteriskServer, TLSFiles

_PLAYED = pytest.StashKey[dict[str, set[str]]]()
_SEEN = pytest.StashKey[dict[str, Observations]]()


@pytest.fixture(scope="session")
def sipp_installed() -> None:
    """sipp, or the reason why it is missing."""
    try:
        sipp.ensure()
    except InstallError as error:
        if REQUIRED:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def conformance_servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """The servers that the drives share."""
    with Servers() as servers:
        add_section(request.config, "crashed servers, and repeated scenarios", lambda: servers.ended)
        yield servers


@pytest.fixture(scope="session")
def conformance_server(
    asterisk_version: str, tls_files: TLSFiles, sipp_installed: None, conformance_servers: Servers
) -> AsteriskServer:
    """A server for the drive alone, with the extensions and telephones of the folder config added to the others."""
    return conformance_servers.of(asterisk_version, tls=tls_files, config=configuration())


@pytest.fixture
def seen_so_far(request: pytest.FixtureRequest, asterisk_version: str) -> Observations:
    """What the scenarios have seen on this version so far."""
    by_version = request.config.stash.setdefault(_SEEN, {})
    if asterisk_version not in by_version:
        seen = by_version[asterisk_version] = Observations()
        add_section(request.config, f"conformance: Asterisk {asterisk_version}", seen.summary)
    return by_version[asterisk_version]


@pytest.fixture
def recording(request: pytest.FixtureRequest, asterisk_version: str) -> Path | None:
    """The file for what the server sends in this test, if `--record` names a folder."""
    folder: str | None = request.config.getoption("--record")
    if not folder:
        return None
    Path(folder).mkdir(parents=True, exist_ok=True)
    scenario = request.node.callspec.id.removeprefix(f"asterisk-{asterisk_version}-")
    return Path(folder, f"{asterisk_version}-{scenario}.raw")


@pytest.fixture
def played(request: pytest.FixtureRequest, asterisk_version: str) -> set[str]:
    """The names of the scenarios that this version has played so far."""
    return request.config.stash.setdefault(_PLAYED, {}).setdefault(asterisk_version, set())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    by_version = config.stash.get(_SEEN, {})
    out: str | None = config.getoption("--coverage-out")
    if out and by_version:
        before = Path(out).read_text(encoding="utf-8") if Path(out).exists() else ""
        seen_on = {int(version): seen for version, seen in by_version.items()}
        Path(out).write_text(coverage.render(coverage.model(), seen_on, before), encoding="utf-8")
        terminalreporter.write_line(f"written: {out}")
    presence: str | None = config.getoption("--presence-out")
    if presence:
        lines = [
            f"{what} {version} {came} {missing}\n"
            for version, seen in by_version.items()
            for what, came, missing in seen.presence()
        ]
        Path(presence).write_text("".join(sorted(lines)), encoding="utf-8")
        terminalreporter.write_line(f"written: {presence}")
