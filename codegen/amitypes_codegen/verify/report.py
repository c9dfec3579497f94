"""The report, as text and as data for JSON. Neither contains the server's address or a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from amitypes_codegen.verify.findings import Finding, FindingKind, ObservedHeader
from amitypes_codegen.verify.masking import mask, truncate

if TYPE_CHECKING:
    from amitypes_codegen.verify.checker import Checker

_SAMPLES: Final = 3
_WIDTH: Final = 100

_TITLES: Final[Mapping[FindingKind, str]] = {
    FindingKind.EVENT: "Events without a class",
    FindingKind.HEADER: "Undeclared headers",
    FindingKind.VALUE: "Values of another type than declared",
    FindingKind.MISSING: "Missing headers that are declared as always present",
    FindingKind.ITEM: "Responses with undeclared events",
    FindingKind.NO_LIST: "Responses that are declared as lists, but aren't",
    FindingKind.UNFINISHED: "Incomplete responses",
    FindingKind.ACTION: "Actions without a class",
    FindingKind.TEXT: "Texts that look like another type (not findings)",
}


@dataclass(slots=True, kw_only=True)
class Run:
    """What was checked.

    Attributes:
        package: The package with the types.
        release: The Asterisk release; only the branch, or empty, if that is all that is known.
        ami_version: The AMI version; empty if unknown.
        seconds: How long it listened; None for a recording.
        skipped: Actions that weren't sent, each with the reason.
        not_offered: Actions that the release has, but that the server doesn't offer to the user.
        ended_early: Why it ended early; empty otherwise.
        error: Why the connection was lost, with the server's address, so not for the report; empty otherwise.
    """

    package: str
    release: str = ""
    ami_version: str = ""
    seconds: float | None = None
    skipped: dict[str, str] = field(default_factory=dict)
    not_offered: Sequence[str] = ()
    ended_early: str = ""
    error: str = ""


def as_text(run: Run, checker: Checker, overlay: str, *, show_values: bool = False) -> str:
    """The report as text.

    Args:
        run: What was checked.
        checker: The checker that checked it.
        overlay: The overlay entries; empty if they are in a file.
        show_values: Whether to show values, truncated, instead of masked ones; default: False.

    Returns:
        Lines, without a newline at the end.
    """
    show = truncate if show_values else mask
    findings, suspects = checker.findings(), checker.suspects()
    lines = list(_summary(run, checker))
    for kind, group in groupby([*findings, *suspects], key=lambda finding: finding.kind):
        findings_of_kind = list(group)
        lines += ["", f"{_TITLES[kind]} ({len(findings_of_kind)})"]
        lines += [f"  {line}" for finding in findings_of_kind for line in _lines(finding, show)]
    refused = {name: message for name, message in checker.refused.items() if name not in run.skipped}
    for title, actions in (
        ("Refused by the server", refused),
        ("Not sent", run.skipped),
        ("Not offered to this user, or the module isn't loaded", dict.fromkeys(run.not_offered, "")),
    ):
        if actions:
            lines += ["", f"{title} ({len(actions)})", *_wrapped(actions)]
    if findings and overlay:
        lines += ["", "Overlay entries for the findings:", "", *overlay.rstrip("\n").splitlines()]
    conclusion = "The types declare everything that was received."
    if findings:
        conclusion = f"{_count(len(findings), 'finding')}."
    return "\n".join([*lines, "", conclusion])


def as_data(run: Run, checker: Checker, overlay: str, *, show_values: bool = False) -> dict[str, object]:
    """The report as data for JSON.

    Args:
        run: What was checked.
        checker: The checker that checked it.
        overlay: The overlay entries.
        show_values: Whether to show values, truncated, instead of masked ones; default: False.

    Returns:
        The data.
    """
    show = truncate if show_values else mask
    return {
        "package": run.package,
        "release": run.release or None,
        "ami_version": run.ami_version or None,
        "seconds": None if run.seconds is None else round(run.seconds, 1),
        "ended_early": run.ended_early or None,
        "events": dict(sorted(checker.events.items())),
        "responses": dict(sorted(checker.responses.items())),
        "not_checked": checker.not_checked,
        "refused": checker.refused,
        "skipped": run.skipped,
        "not_offered": list(run.not_offered),
        "passed": not checker.findings(),
        "findings": [_data(finding, show) for finding in checker.findings()],
        "suspects": [_data(finding, show) for finding in checker.suspects()],
        "overlay": overlay,
    }


_Show = Callable[[str, str], str]


def _summary(run: Run, checker: Checker) -> Iterable[str]:
    server = f"Asterisk {run.release}" if run.release else "Asterisk of an unknown release"
    version = f" (AMI {run.ami_version})" if run.ami_version else ""
    yield f"{server}{version}, verified with the types of {run.package}"
    when = "recorded" if run.seconds is None else f"in {run.seconds:.0f} s"
    yield (
        f"{_count(checker.events.total(), 'event')} of {_count(len(checker.events), 'kind')} and "
        f"{_count(checker.responses.total(), 'response')} {when}"
    )
    if run.ended_early:
        yield f"Ended early: {run.ended_early}"
    if checker.not_checked:
        yield f"{_count(checker.not_checked, 'message')} not checked: truncated, or responses to unknown actions"


def _lines(finding: Finding, show: _Show) -> Iterable[str]:
    place = _ascii(finding.name) if finding.group == "events" else f"response to {_ascii(finding.name)}"
    times = _count(finding.count, "time") if finding.count else ""
    if finding.kind is FindingKind.EVENT:
        classes = f", privilege {','.join(finding.privileges)}" if finding.privileges else ""
        yield f"{_ascii(finding.name)}  {times}{classes}"
        yield from (f"  {_ascii(header.name)}: {_samples(header, show)}" for header in finding.headers)
    elif finding.header is not None:
        problem = f"{finding.problem}, " if finding.problem else ""
        samples = "" if finding.kind is FindingKind.MISSING else f"{problem}such as {_samples(finding.header, show)}"
        name = _ascii(finding.header.name) or "(a line without a colon)"
        yield f"{place}.{name}  {times}  {samples}".rstrip()
    elif finding.kind is FindingKind.ACTION:
        yield _ascii(finding.name)
    else:
        yield _ascii(f"{place}  {times}  {finding.description}")


def _samples(header: ObservedHeader, show: _Show) -> str:
    samples = dict.fromkeys(show(header.name, value) for value in header.values)
    first = ", ".join(list(samples)[:_SAMPLES])
    return f"{first}, …" if len(samples) > _SAMPLES else first


def _wrapped(actions: Mapping[str, str]) -> Iterable[str]:
    """The actions with their messages; those with the same message together."""
    by_message: dict[str, list[str]] = {}
    for name, message in actions.items():
        by_message.setdefault(message, []).append(name)
    for message, names in by_message.items():
        line = ", ".join(map(_ascii, names)) + (f": {_ascii(message)}" if message else "")
        yield from wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)


def _data(finding: Finding, show: _Show) -> dict[str, object]:
    data: dict[str, object] = {
        "kind": str(finding.kind),
        "in": "event" if finding.group == "events" else "response",
        "name": finding.name,
        "count": finding.count,
        "description": finding.description,
    }
    if finding.header is not None:
        data |= {"header": finding.header.name, "samples": _all_samples(finding.header, show)}
    if finding.kind is FindingKind.EVENT:
        data |= {
            "privileges": list(finding.privileges),
            "headers": {header.name: _all_samples(header, show) for header in finding.headers},
        }
    return data


def _all_samples(header: ObservedHeader, show: _Show) -> list[str]:
    return list(dict.fromkeys(show(header.name, value) for value in header.values))[:_SAMPLES]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _ascii(text: str) -> str:
    return "".join(character if character.isprintable() and character.isascii() else "?" for character in text)
