"""What the judge found, for people and for programs. Neither form names the server's address or shows a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from amitypes_codegen.verify.entries import in_words
from amitypes_codegen.verify.judge import Finding, Kind, Seen
from amitypes_codegen.verify.values import shape, shown

if TYPE_CHECKING:
    from amitypes_codegen.verify.judge import Judge

_SAMPLES: Final = 3
_WIDTH: Final = 100

_TITLES: Final[Mapping[Kind, str]] = {
    Kind.EVENT: "Events without a class",
    Kind.HEADER: "Undeclared headers",
    Kind.VALUE: "Values that aren't as declared",
    Kind.MISSING: "Headers that were missing, and are declared as always there",
    Kind.ITEM: "Answers with events that they don't declare",
    Kind.NO_LIST: "Answers that are declared as lists, and were none",
    Kind.UNFINISHED: "Answers that had no end",
    Kind.ACTION: "Actions without a class",
    Kind.TEXT: "Texts that have always looked like more (questions, no findings)",
}


@dataclass(slots=True, kw_only=True)
class Run:
    """What was judged.

    Attributes:
        release: The Asterisk release, as far as it is known.
        ami_version: AMI's version, where it is known.
        package: The package whose types were judged.
        seconds: How long was listened; None for a recording.
        skipped: Questions that were not asked, and why.
        absent: Actions that the release has by the types, and that the server doesn't offer to this user.
        cut: Why it ended early; empty where it didn't.
        error: How the connection broke, with the server's address, which is for the user alone; empty where it didn't.
    """

    package: str
    release: str = ""
    ami_version: str = ""
    seconds: float | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    absent: Sequence[str] = ()
    cut: str = ""
    error: str = ""


def as_text(run: Run, judge: Judge, overlay: str, *, values: bool = False) -> str:
    """The report for people.

    Args:
        run: What was judged.
        judge: Its judge.
        overlay: The entries to paste; empty where they go elsewhere.
        values: Whether to show values, shortened, instead of pictures of them.

    Returns:
        Lines, without a newline at the end.
    """
    show = shown if values else shape
    findings, suspects = judge.findings(), judge.suspects()
    lines = list(_head(run, judge))
    for kind, group in groupby([*findings, *suspects], key=lambda finding: finding.kind):
        some = list(group)
        lines += ["", f"{_TITLES[kind]} ({len(some)})"]
        lines += [f"  {line}" for finding in some for line in _lines(finding, show)]
    refused = {name: said for name, said in judge.refused.items() if name not in run.skipped}
    for title, told in (
        ("Refused by the server", refused),
        ("Not asked", run.skipped),
        ("Not offered to this user, or the module isn't loaded", dict.fromkeys(run.absent, "")),
    ):
        if told:
            lines += ["", f"{title} ({len(told)})", *_wrapped(told)]
    if findings and overlay:
        lines += ["", "Overlay entries for what was found:", "", *overlay.rstrip("\n").splitlines()]
    verdict = f"{len(findings)} things that the types don't know or tell wrongly."
    if len(findings) == 1:
        verdict = "1 thing that the types don't know or tell wrongly."
    return "\n".join([*lines, "", verdict if findings else "The types know all that came."])


def as_data(run: Run, judge: Judge, overlay: str, *, values: bool = False) -> dict[str, object]:
    """The report for programs.

    Args:
        run: What was judged.
        judge: Its judge.
        overlay: The entries to paste.
        values: Whether to show values, shortened, instead of pictures of them.

    Returns:
        Plain data for JSON.
    """
    show = shown if values else shape
    return {
        "package": run.package,
        "release": run.release or None,
        "ami_version": run.ami_version or None,
        "seconds": None if run.seconds is None else round(run.seconds, 1),
        "cut": run.cut or None,
        "events": dict(sorted(judge.events.items())),
        "answers": dict(sorted(judge.answers.items())),
        "unattributed": judge.unattributed,
        "refused": judge.refused,
        "skipped": run.skipped,
        "absent": list(run.absent),
        "known": not judge.findings(),
        "findings": [_data(finding, show) for finding in judge.findings()],
        "suspects": [_data(finding, show) for finding in judge.suspects()],
        "overlay": overlay,
    }


_Show = Callable[[str, str], str]


def _head(run: Run, judge: Judge) -> Iterable[str]:
    server = f"Asterisk {run.release}" if run.release else "An Asterisk of unknown release"
    version = f" (AMI {run.ami_version})" if run.ami_version else ""
    yield f"{server}{version}, judged by the types of {run.package}"
    heard = "recorded" if run.seconds is None else f"in {run.seconds:.0f} s"
    yield (
        f"{_count(judge.events.total(), 'event')} of {_count(len(judge.events), 'kind')} and "
        f"{_count(judge.answers.total(), 'answer')} {heard}"
    )
    if run.cut:
        yield f"It ended early: {run.cut}"
    if judge.unattributed:
        yield f"{_count(judge.unattributed, 'message')} not judged: they answer nothing that was asked here"


def _lines(finding: Finding, show: _Show) -> Iterable[str]:
    place = _ascii(finding.name) if finding.group == "events" else f"answer to {_ascii(finding.name)}"
    times = _count(finding.count, "time") if finding.count else ""
    if finding.kind is Kind.EVENT:
        classes = f", privilege {','.join(finding.privileges)}" if finding.privileges else ""
        yield f"{_ascii(finding.name)}  {times}{classes}"
        yield from (f"  {_ascii(seen.name)}: {_samples(seen, show)}" for seen in finding.headers)
    elif finding.header is not None:
        problem = f"{finding.problem}, " if finding.problem else ""
        samples = "" if finding.kind is Kind.MISSING else f"{problem}such as {_samples(finding.header, show)}"
        name = _ascii(finding.header.name) or "(a line without a colon)"
        yield f"{place}.{name}  {times}  {samples}".rstrip()
    elif finding.kind is Kind.ACTION:
        yield _ascii(finding.name)
    else:
        yield _ascii(f"{place}  {times}  {in_words(finding)}")


def _samples(seen: Seen, show: _Show) -> str:
    pictures = dict.fromkeys(show(seen.name, value) for value in seen.values)
    some = ", ".join(list(pictures)[:_SAMPLES])
    return f"{some}, …" if len(pictures) > _SAMPLES else some


def _wrapped(told: Mapping[str, str]) -> Iterable[str]:
    """Names with the same words behind them on one line."""
    by_words: dict[str, list[str]] = {}
    for name, words in told.items():
        by_words.setdefault(words, []).append(name)
    for words, names in by_words.items():
        line = ", ".join(map(_ascii, names)) + (f": {_ascii(words)}" if words else "")
        yield from wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)


def _data(finding: Finding, show: _Show) -> dict[str, object]:
    data: dict[str, object] = {
        "kind": str(finding.kind),
        "in": "event" if finding.group == "events" else "answer",
        "name": finding.name,
        "count": finding.count,
        "words": in_words(finding),
    }
    if finding.header is not None:
        data |= {"header": finding.header.name, "samples": _all_samples(finding.header, show)}
    if finding.kind is Kind.EVENT:
        data |= {
            "privileges": list(finding.privileges),
            "headers": {seen.name: _all_samples(seen, show) for seen in finding.headers},
        }
    return data


def _all_samples(seen: Seen, show: _Show) -> list[str]:
    return list(dict.fromkeys(show(seen.name, value) for value in seen.values))[:_SAMPLES]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _ascii(text: str) -> str:
    return "".join(character if character.isprintable() and character.isascii() else "?" for character in text)
