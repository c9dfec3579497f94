"""Builders of small specs, overlays, models and generated packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType

from amitypes_codegen.model.definitions import Model
from amitypes_codegen.model.merge import merge
from amitypes_codegen.overlay import entries as overlay
from amitypes_codegen.overlay.loader import load_overlay
from amitypes_codegen.rendering import render, writer
from amitypes_codegen.specs.spec import (
    Action,
    EnumValue,
    Event,
    EventInstance,
    Parameter,
    Responses,
    Snapshot,
    Spec,
)

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "specs"
GENERATED = ROOT / "src" / "amitypes" / "_generated"

SNAPSHOTS = """
[snapshot.channel]
evidence = "test"
fields = ["Channel", { name = "ChannelState", type = "int" }, { name = "Tenantid", branches = [20, 22] }]

[snapshot.bridge]
evidence = "test"
fields = ["BridgeUniqueid"]
"""

_numbers = count()


def parameter(name: str, *, values: str = "", required: bool = False, multiple: bool = False) -> Parameter:
    return Parameter(
        name=name,
        required=required,
        multiple=multiple,
        values=tuple(EnumValue(name=value) for value in values.split()),
    )


def action(name: str, *parameters: str | Parameter, items: str = "", complete: str = "") -> Action:
    return Action(
        name=name,
        syntax=tuple(parameter(each) if isinstance(each, str) else each for each in parameters),
        responses=Responses(items=tuple(items.split()), events=tuple(complete.split())) if items else None,
    )


def event(name: str, *entries: str | Parameter | Snapshot, privileges: str = "call") -> Event:
    syntax = tuple(parameter(each) if isinstance(each, str) else each for each in entries)
    return Event(name=name, instances=(EventInstance(privileges=tuple(privileges.split()), syntax=syntax),))


def spec(branch: int, *things: Action | Event) -> Spec:
    return Spec(
        branch=branch,
        release=f"{branch}.1.0",
        ami_version=f"{branch}.0.0",
        actions={thing.name: thing for thing in things if isinstance(thing, Action)},
        events={thing.name: thing for thing in things if isinstance(thing, Event)},
    )


def facts(folder: Path, text: str, *, strict: bool = True) -> overlay.Overlay:
    path = folder / "facts.toml"
    path.write_text(text, encoding="utf-8")
    return load_overlay([path], strict=strict)


def merged(folder: Path, *specs: Spec, toml: str = "", strict: bool = True) -> Model:
    return merge(specs, facts(folder, toml, strict=strict))


@contextmanager
def imported(folder: Path, *specs: Spec, toml: str = "") -> Iterator[ModuleType]:
    """Generates a package for one server, and imports it."""
    name = f"generated_{next(_numbers)}"
    files = writer.formatted(render.render(merged(folder, *specs, toml=toml), custom=True))
    writer.write(files, folder / name)
    sys.path.insert(0, str(folder))
    try:
        yield import_module(name)
    finally:
        sys.path.remove(str(folder))
        for module in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
            del sys.modules[module]
