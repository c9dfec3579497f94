"""Options of the whole test suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# How fast a machine is, and what else it does, is no matter of the code's.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--asterisk",
        action="store_true",
        help="also run the tests that need a real Asterisk: they install it below .cache (root, debootstrap, network)",
    )
    parser.addoption(
        "--asterisk-root",
        action="append",
        default=[],
        metavar="VERSION=FOLDER",
        help="also run them on the Asterisk in this root folder, such as 20=/srv/asterisk-20; may be repeated",
    )
    parser.addoption(
        "--kills",
        type=int,
        default=3,
        metavar="NUMBER",
        help="how often the live tests kill each server under load (default: 3)",
    )
    parser.addoption(
        "--record",
        metavar="FOLDER",
        help="keep there every byte that the servers send in the live conformance run",
    )
    parser.addoption(
        "--recordings",
        metavar="FOLDER",
        help="replay the *.raw files of this folder through the client: everything in them must be as the types say",
    )
    parser.addoption(
        "--coverage-out",
        metavar="FILE",
        help="write there what the live conformance run has proved on the versions it ran on: specs/COVERAGE.md",
    )
    parser.addoption(
        "--presence-out",
        metavar="FILE",
        help="write there how often each header was missing in the live conformance run: what never is may be `always`",
    )
