"""Options of the whole test suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# A slow or busy machine is no failure.
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
        help="write every byte that the servers send in the live conformance run to this folder",
    )
    parser.addoption(
        "--recordings",
        metavar="FOLDER",
        help="replay the *.raw files of this folder through the client: everything in them must match the types",
    )
    parser.addoption(
        "--coverage-out",
        metavar="FILE",
        help="write what the live conformance run has confirmed on its versions to this file: specs/COVERAGE.md",
    )
    parser.addoption(
        "--presence-out",
        metavar="FILE",
        help="write how often each header was missing in the live conformance run: one that never is may be `always`",
    )
