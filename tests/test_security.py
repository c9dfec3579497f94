"""SECURITY.md names tests that exist, and the figures that the code has."""

from __future__ import annotations

import inspect
import re

import pytest

from amitypes import Backlog, HTTPClient, Limits, TCPClient
from amitypes.wire import MAX_ACTION_ID, MAX_HEADERS, MAX_LINE
from tests.markdown import REPOSITORY
from tests.named import exists

TEXT = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| Promise")]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[2:40])
def test_every_promise_names_its_tests(promise: str) -> None:
    named = re.findall(r"`(tests/[^`]+)`", promise)
    assert named
    assert [test for test in named if not exists(test)] == []


def test_the_figures_are_those_of_the_code() -> None:
    limits = Limits()
    figures = [
        f"a line of {MAX_LINE} bytes (TCP), {MAX_HEADERS} headers, an ActionID of {MAX_ACTION_ID} bytes",
        f"a message of {limits.message // 2**20} MiB and {limits.headers} headers",
        f"an answer of {limits.answer // 2**20} MiB and {limits.items} messages",
        f"{Backlog().limit} events waiting",
    ]
    for client in (TCPClient, HTTPClient):
        default = {name: each.default for name, each in inspect.signature(client).parameters.items()}
        timeout, action, silence = default["timeout"], default["action_timeout"], default["max_silence"]
        figures.append(
            f"{timeout:g} s for connecting, {timeout:g} s for logging in, {action:g} s for an action, {silence:g} s of"
        )
    assert [figure for figure in figures if figure not in TEXT] == []
