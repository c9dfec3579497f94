"""SECURITY.md names tests that exist, and like docs/connection.md the figures that the code has."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import pytest

from amitypes import Backlog, HTTPClient, Limits, Reconnect, TCPClient
from amitypes._protocol.validation import MAX_ACTION_ID, MAX_HEADERS, MAX_LINE
from amitypes._transport.http.timings import PollTimings
from tests.markdown import REPOSITORY
from tests.repository.referenced_tests import exists

TEXT = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
TOX = (REPOSITORY / "tox.ini").read_text(encoding="utf-8")
PROMISES = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| Promise")]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[2:40])
def test_every_promise_names_its_tests(promise: str) -> None:
    named = re.findall(r"`(test_\w+)`", promise)
    programs = re.findall(r"`tox -e (\w+)`", promise)
    assert named or programs
    assert [test for test in named if not exists(test)] == []
    assert [program for program in programs if f"[testenv:{program}]" not in TOX] == []


def test_the_figures_of_security_md_are_those_of_the_code() -> None:
    limits, settings, timings = Limits(), Reconnect(), PollTimings()
    assert settings.jitter == 0.5
    figures = [
        f"a line of {MAX_LINE} bytes (TCP), {MAX_HEADERS} headers, an ActionID of {MAX_ACTION_ID} bytes",
        f"a message of {limits.message // 2**20} MiB and {limits.headers} headers",
        f"an answer of {limits.answer // 2**20} MiB and {limits.items} messages",
        f"{Backlog().limit} events waiting",
        f"{settings.initial:g} s to {settings.maximum:g} s, of which half is random; reset after {settings.stable:g} s",
        f"{timings.wait:g} s, or {timings.session_reserve:g} s less than `httptimeout`",
    ]
    for client in (TCPClient, HTTPClient):
        default = {name: each.default for name, each in inspect.signature(client).parameters.items()}
        timeout, action, silence = default["timeout"], default["reply_timeout"], default["max_silence"]
        figures.append(
            f"{timeout:g} s for connecting, {timeout:g} s for logging in, {action:g} s for an action, {silence:g} s of"
        )
        figures.append(f"`max_silence`, {silence:g} s: a `Ping` after half of it")
    assert [figure for figure in figures if figure not in TEXT] == []


def test_the_defaults_of_the_connection_are_those_of_the_code() -> None:
    text = (REPOSITORY / "docs" / "connection.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+|None|False) \|", text, re.MULTILINE))
    settings = Reconnect()
    assert rows == {each.name: f"{getattr(settings, each.name)}".removesuffix(".0") for each in fields(settings)}
    default = {name: each.default for name, each in inspect.signature(TCPClient).parameters.items()}
    limits = dict(re.findall(r"^\| [^|]+ \| `(\w+)`[^|]* \| ([\d.]+) s", text, re.MULTILINE))
    assert limits == {name: f"{default[name]:g}" for name in ("timeout", "reply_timeout", "max_silence")}
