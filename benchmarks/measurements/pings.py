"""Actions on a live Asterisk: Pings at once, and one after another."""

from __future__ import annotations

from functools import partial
from typing import Final

from benchmarks.findings import Bars, Goal, Section, Spread, Table
from benchmarks.live import account, asterisk
from benchmarks.running import Effort, interleaved, subject

WAYS: Final = {
    "tcp": "amitypes, typed",
    "tcp_dicts": "amitypes, by dicts",
    "http": "amitypes over HTTP",
    "asterisk_ami": "asterisk-ami 0.1.7",
    "panoramisk": "panoramisk 1.4",
}
MANNERS: Final = {"at once": "{count:,} in flight at once", "in turn": "One after another"}
COLUMNS: Final = {"rate": "Pings/s", "cpu": "µs of CPU", "p50": "ms, median", "p99": "ms, p99"}


def measure(effort: Effort) -> Section:
    """Measure."""
    count = effort.of(1_000)
    with asterisk() as server:
        release = server.release
        works = {
            way: partial(
                subject,
                "pings",
                way,
                f"{server.host}:{server.http_port if way == 'http' else server.ami_port}",
                account(server),
                count,
                1 if way == "http" else 5,
            )
            for way in WAYS
        }
        found = interleaved(effort.repetitions, works)
    seen = {
        (way, manner, column): Spread.of(run[f"{manner}, {column}"] for run in runs)
        for way, runs in found.items()
        for manner in MANNERS
        for column in COLUMNS
    }
    ratios = {
        (way, manner): seen[way, manner, "rate"].median / seen["panoramisk", manner, "rate"].median
        for way in WAYS
        for manner in MANNERS
    }
    return Section(
        title="Actions",
        text=f"`Ping`s to a live Asterisk {release} over one connection. Rates and milliseconds, from the call to the "
        "answer, are by the clock, so the server's time is in them; CPU time is the client's alone, per Ping. The "
        "ratio is that of the rates, to panoramisk's. Over HTTP each Ping is a request, 20 of them at a time.",
        tables=tuple(
            Table(
                title=title.format(count=count),
                columns=(*COLUMNS.values(), "ratio"),
                rows={
                    label: (*(seen[way, manner, column] for column in COLUMNS), ratios[way, manner])
                    for way, label in WAYS.items()
                },
            )
            for manner, title in MANNERS.items()
        ),
        goals=tuple(
            Goal(
                what=f"Pings {manner}, {WAYS[way]}: rate to panoramisk's",
                seen=ratios[way, manner],
                limit=1.0,
            )
            for manner in MANNERS
            for way in ("tcp", "tcp_dicts")
        ),
        charts=tuple(
            Bars(
                title=f"Pings {manner}: ms of the clock per 1,000",
                bars={label: 1e6 / seen[way, manner, "rate"].median for way, label in WAYS.items() if way != "http"},
            )
            for manner in MANNERS
        ),
    )
