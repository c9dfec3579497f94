"""Which headers each branch's events really had: tests/codegen/observed_headers.json, made from recordings.

`python -m tests.asterisk.recorded_headers FOLDER` adds what the files BRANCH-*.raw below a folder show. Only names are
kept.
The declared types must hold it all for each branch by itself: that is what a package for one server is generated from.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._protocol.framing import Framer
from amitypes._protocol.message import Kind
from amitypes.client import TCPClient
from amitypes.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SEEN: Final = Path(__file__).parents[1] / "codegen" / "observed_headers.json"
"""By event and by branches, such as `16 18`: headers, as the types call them. The one without a name is the event."""

Names: TypeAlias = dict[str, dict[str, set[int]]]


def load() -> Names:
    """What has been seen."""
    if not SEEN.exists():
        return {}
    lines: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(SEEN.read_text(encoding="utf-8"))
    found: Names = {}
    for event, by_branches in lines.items():
        headers = found.setdefault(event, {})
        for branches, names in by_branches.items():
            for name in names:
                headers[name] = {int(branch) for branch in branches.split()}
    return found


def dump(seen: Names) -> str:
    """The file's text: a line for each event and the branches that its headers share."""
    events = {}
    for event, headers in sorted(seen.items()):
        shared: defaultdict[str, list[str]] = defaultdict(list)
        for name, branches in sorted(headers.items()):
            shared[" ".join(map(str, sorted(branches)))].append(name)
        lines = ",\n".join(
            f"  {json.dumps(branches)}: {json.dumps(names)}" for branches, names in sorted(shared.items())
        )
        events[event] = f"{json.dumps(event)}: {{\n{lines}\n }}"
    return "{\n " + ",\n ".join(events.values()) + "\n}\n"


def headers_in(recording: bytes) -> Iterator[tuple[str, str]]:
    """The events of a recording, each with an empty header and with those that its class declares itself."""
    around = {name.lower() for kind in Event.__mro__ for name in getattr(kind, "wire_headers", ())}
    for message in Framer().feed(recording.partition(b"\r\n")[2]):
        if message.kind is not Kind.EVENT:
            continue
        event = TCPClient.registry.decode_event(message)
        declared = {name.lower(): name for kind in type(event).__mro__ for name in getattr(kind, "wire_headers", ())}
        yield event.event, ""
        for name, _ in message.headers[1:]:
            if name.lower() in declared and name.lower() not in around:
                yield event.event, declared[name.lower()]


def add(seen: Names, files: Iterable[Path]) -> None:
    """Adds what recordings show; each one's name begins with its branch."""
    for file in files:
        branch = int(file.name.partition("-")[0])
        for event, header in headers_in(file.read_bytes()):
            seen.setdefault(event, {}).setdefault(header, set()).add(branch)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the BRANCH-*.raw files are")
    folder: Path = parser.parse_args().folder
    seen = load()
    add(seen, sorted(folder.rglob("[0-9]*-*.raw")))
    SEEN.write_text(dump(seen), encoding="utf-8")


if __name__ == "__main__":
    main()
