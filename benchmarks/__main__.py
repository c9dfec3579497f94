"""Measures all or some, prints it, and writes `RESULTS.md` and `results.svg`: `python -m benchmarks [NAME...]`."""

from __future__ import annotations

import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.document import chapter, document, goals
from benchmarks.findings import Section
from benchmarks.measurements import NAMES, measurement
from benchmarks.running import Effort, Skipped

HERE = Path(__file__).parent
QUICK = Effort(repetitions=1, share=0.01)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--repetitions", default=Effort().repetitions, show_default=True, help="How often each is measured.")
@click.option("--quick", is_flag=True, help="Little of everything, only to see that it runs; kept in .benchmarks/.")
def main(names: tuple[str, ...], repetitions: int, quick: bool) -> None:
    """Measure the NAMEs, or everything; the others keep their last results."""
    effort = QUICK if quick else Effort(repetitions)
    folder = HERE.parent / ".benchmarks" if quick else HERE
    (folder / "results").mkdir(parents=True, exist_ok=True)
    skipped = False
    for name in names or NAMES:
        began = time.monotonic()
        try:
            section = measurement(name)(effort)
        except Skipped as why:
            skipped = True
            click.echo(f"{name}: skipped, {why}\n", err=True)
            continue
        section = section.model_copy(update={"origin": _origin(effort)})
        _file(folder, name).write_text(section.model_dump_json(indent=1) + "\n", encoding="utf-8")
        click.echo("\n".join([*chapter(section), "", *goals(section.goals), ""]))
        click.echo(f"{name}: {time.monotonic() - began:.0f} s\n", err=True)
    sections = {name: _kept(folder, name) for name in NAMES}
    (folder / "RESULTS.md").write_text(document(sections), encoding="utf-8")
    from benchmarks.plot import plot  # which takes long to import

    plot([chart for section in sections.values() if section for chart in section.charts], folder / "results.svg")
    if skipped and os.environ.get("AMITYPES_REQUIRE_ASTERISK") == "1":
        raise click.ClickException("nothing may be skipped here")


def _file(folder: Path, name: str) -> Path:
    return folder / "results" / f"{name}.json"


def _kept(folder: Path, name: str) -> Section | None:
    file = _file(folder, name)
    return Section.model_validate_json(file.read_text(encoding="utf-8")) if file.exists() else None


def _origin(effort: Effort) -> str:
    """When, on what, and how often."""
    cpu = next((line for line in _cpuinfo() if line.startswith("model name")), "").partition(": ")[2]
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores{cpu and f' ({cpu})'}"
    versions = f"Python {platform.python_version()}, pydantic {version('pydantic')}"
    return f"{datetime.now(UTC):%Y-%m-%d}, repetitions: {effort.repetitions}; {machine}; {versions}."


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


if __name__ == "__main__":
    main()
