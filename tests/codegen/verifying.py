"""Judges for the tests, and what they are told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from amitypes_codegen import overlay
from amitypes_codegen.verify.entries import Entries
from amitypes_codegen.verify.facts import Facts
from amitypes_codegen.verify.judge import Judge
from amitypes_codegen.verify.package import Package

from amitypes.wire import Message, encode
from tests.codegen.generating import SPECS

Headers = Iterable[tuple[str, str]]


def facts() -> Facts:
    return Facts(overlay.load([SPECS / "overlay"]))


def message(*headers: tuple[str, str]) -> Message:
    return Message(encode(headers).rstrip(b"\r\n"))


def event(name: str, **headers: str | list[str]) -> bytes:
    """An event as it is on the wire; an underscore in a header's name stands for a dash."""
    lines = [("Event", name), ("Privilege", "call,all")]
    for header, values in headers.items():
        lines += [(header.replace("_", "-"), value) for value in ([values] if isinstance(values, str) else values)]
    return encode(lines)


def answered(action: str, *messages: Message, package: Package | None = None, judge: Judge | None = None) -> Judge:
    """A judge who has seen an answer."""
    registry = (package or Package("amitypes")).registry
    declared = registry.response_class(action)
    assert declared is not None
    judge = judge or Judge()
    judge.answer(action, declared, declared.collect(messages, registry))
    return judge


def heard(*events: bytes, package: Package | None = None, judge: Judge | None = None) -> Judge:
    """A judge who has heard events."""
    registry = (package or Package("amitypes")).registry
    judge = judge or Judge()
    for data in events:
        judge.event(registry.decode_event(Message(data.rstrip(b"\r\n"))))
    return judge


def entries(judge: Judge, package: Package | None = None, *, known: Facts | None = None) -> str:
    """The overlay that a judge leads to."""
    writer = Entries(known or facts(), package or Package("amitypes"))
    return writer.write(judge.findings(), judge.suspects(), "22.10.1", "2026-11-23")


def loaded(text: str, folder: Path) -> overlay.Overlay:
    """An overlay's text, read by the generator's own loader."""
    path = folder / "found.toml"
    path.write_text(text, encoding="utf-8")
    return overlay.load([path])
