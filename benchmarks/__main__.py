"""Measures it all, prints it, and writes `RESULTS.md` and `results.svg`: `python -m benchmarks`."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.flood import server

EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "192000"))
REPETITIONS: Final = int(os.environ.get("BENCH_REPETITIONS", "5"))
LIBRARIES: Final = {"typed": "amitypes", "asterisk_ami": "asterisk-ami 0.1.7", "panoramisk_": "panoramisk 1.4"}
WANTED: Final = {"*": "every event", "Hangup": "Hangup only"}
HERE: Final = Path(__file__).parent
IMPORTS: Final = {
    "asyncio": "import asyncio",
    "amitypes and a client": "import asyncio; from amitypes import TCPClient; TCPClient('pbx')",
    "pydantic": "import asyncio, pydantic; pydantic.BaseModel",
    "pydantic and five models": (
        "import asyncio, pydantic\n"
        "for n in range(5): type(f'M{n}', (pydantic.BaseModel,), {'__annotations__': {f'f{i}': str for i in range(20)},"
        " **{f'f{i}': '' for i in range(20)}})"
    ),
    "amitypes, a client and five event types": (
        "import asyncio; from amitypes import TCPClient; TCPClient('pbx')\n"
        "from amitypes.events import Newchannel, Newstate, Hangup, DialBegin, DialEnd"
    ),
}


class Spread(NamedTuple):
    """What several repetitions gave."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def subject(name: str, *arguments: str) -> dict[str, float]:
    """Run one of the subjects; what it prints."""
    command = [sys.executable, "-m", f"benchmarks.subjects.{name}", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parent, timeout=600)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def end_to_end() -> dict[tuple[str, str], Spread]:
    """Microseconds of CPU per event, by what is wanted and by library."""
    spent: dict[tuple[str, str], list[float]] = {}
    for _ in range(REPETITIONS):
        for wanted in WANTED:
            for library in LIBRARIES:
                with server(EVENTS) as port:
                    found = subject(library, str(port), wanted)
                spent.setdefault((wanted, library), []).append(found["cpu"] / EVENTS * 1e6)
    return {key: Spread.of(values) for key, values in spent.items()}


def imports() -> dict[str, tuple[Spread, float]]:
    """Milliseconds of CPU and MiB at the peak that some imports take."""
    report = (
        "\nimport resource; r = resource.getrusage(resource.RUSAGE_SELF); print(r.ru_utime + r.ru_stime, r.ru_maxrss)"
    )
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(2 * REPETITIONS + 1):
        for name, code in IMPORTS.items():
            done = subprocess.run([sys.executable, "-c", code + report], check=True, capture_output=True, text=True)
            seconds, kib = done.stdout.split()
            found.setdefault(name, []).append((float(seconds) * 1e3, float(kib) / 1024))
    return {
        name: (Spread.of([cpu for cpu, _ in each]), statistics.median(memory for _, memory in each))
        for name, each in found.items()
    }


def main() -> None:
    """Measure, print and write."""
    flood = end_to_end()
    decoding = subject("decoding")
    lists = {count: subject("lists", str(count))["cpu"] for count in (100, 1_000, 10_000, 40_000)}
    text = _report(flood, decoding, lists, imports())
    print(text)
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    (HERE / "results.svg").write_text(_plot(flood), encoding="utf-8")


def _report(
    flood: dict[tuple[str, str], Spread],
    decoding: dict[str, float],
    lists: dict[int, float],
    loading: dict[str, tuple[Spread, float]],
) -> str:
    machine = f"{platform.system()} on {platform.machine()} with {os.cpu_count()} cores"
    versions = f"Python {platform.python_version()}, pydantic {version('pydantic')}"
    lines = [
        "# Results",
        f"Made by `python -m benchmarks` on {datetime.now(UTC):%Y-%m-%d}: {machine}, {versions}.",
        f"Medians of {REPETITIONS} interleaved repetitions, in brackets the lowest and the highest.",
        "Times are CPU times of the process that reads, so that other load on the machine counts less.",
        "Compare what is in one table, not two runs.",
        "",
        "![Microseconds of CPU per event](results.svg)",
        "",
        "## From the socket to the handler",
        f"{EVENTS} events of the flood, their classes loaded beforehand; microseconds of CPU per event of the flood.",
        "",
        "| | " + " | ".join(LIBRARIES.values()) + " | ratio to asterisk-ami | ratio to panoramisk |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for wanted, label in WANTED.items():
        ours, other, third = (flood[wanted, library] for library in LIBRARIES)
        ratios = f"{other.median / ours.median:.2f} | {third.median / ours.median:.2f}"
        lines.append(f"| {label} | {ours} | {other} | {third} | {ratios} |")
    floor = decoding["floor"]
    lines += [
        "",
        "## Decoding, in process",
        "Microseconds of CPU per event. The floor: cutting the stream, and pydantic-core's validation of ready values.",
        "",
        "| | µs | ratio to the floor |",
        "| --- | --- | --- |",
        *(
            f"| {label} | {decoding[name]:.2f} | {decoding[name] / floor:.2f} |"
            for name, label in (
                ("floor", "the floor"),
                ("framed", "bytes → messages"),
                ("typed", "bytes → typed events"),
                ("dicts", "bytes → plain dicts"),
            )
        ),
        "",
        "## Lists",
        "The answer to `CoreShowChannels`, from bytes to typed items: microseconds of CPU per item.",
        "",
        "| items | µs per item |",
        "| --- | --- |",
        *(f"| {count} | {spent:.1f} |" for count, spent in lists.items()),
        "",
        "## Imports",
        "| | ms of CPU | peak MiB |",
        "| --- | --- | --- |",
        *(f"| {name} | {cpu.median:.0f} | {memory:.1f} |" for name, (cpu, memory) in loading.items()),
        "",
    ]
    return "\n".join(lines)


def _plot(flood: dict[tuple[str, str], Spread]) -> str:
    """Bars of the microseconds per event, in plain SVG."""
    scale = 420 / max(spread.median for spread in flood.values())
    parts, y = [], 24
    for wanted, label in WANTED.items():
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{label}: µs of CPU per event, less is better</text>')
        for library, name in LIBRARIES.items():
            y += 26
            width, colour = flood[wanted, library].median * scale, "#2a7" if library == "typed" else "#999"
            parts += [
                f'<text x="140" y="{y}" text-anchor="end">{name}</text>',
                f'<rect x="150" y="{y - 14}" width="{width:.0f}" height="18" fill="{colour}"/>',
                f'<text x="{156 + width:.0f}" y="{y}">{flood[wanted, library].median:.1f}</text>',
            ]
        y += 40
    body = "\n".join(parts)
    size = f'width="640" height="{y - 10}" viewBox="0 0 640 {y - 10}"'
    style = 'font-family="sans-serif" font-size="14"'
    sheet = f'<rect width="640" height="{y}" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{sheet}\n{body}\n</svg>\n'


if __name__ == "__main__":
    main()
