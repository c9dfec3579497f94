"""Counts what the servers send that the types lack: unknown events, undeclared headers, issues."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from amitypes_codegen.verify.checker import events_of

from amitypes.events import UnknownEvent
from amitypes.responses import ListResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from amitypes.events import Event
    from amitypes.responses import Response


class Census:
    """What arrived in a run, by kind, and what the types lack of it."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.responses: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.undeclared: Counter[tuple[str, str]] = Counter()
        self.issues: Counter[tuple[str, str, str]] = Counter()

    def event(self, event: Event) -> None:
        """Count an event."""
        self.events[event.event] += 1
        if isinstance(event, UnknownEvent):
            self.unknown[event.event or f"no event: {event.raw}"] += 1
        else:
            self._look_at(event.event, event)

    def response(self, action: str, response: Response | ListResponse) -> None:
        """Count an answer, with the events that are part of it."""
        self.responses[action] += 1
        head = response.response if isinstance(response, ListResponse) else response
        self._look_at(f"answer to {action}", head)
        for event in events_of(response):
            self.event(event)

    def _look_at(self, name: str, received: Event | Response) -> None:
        if not received.accepts_any_header:
            for header in received.extra_headers:
                self.undeclared[name, header] += 1
        for header in received.missing:
            self.issues[name, header, "missing, though it is always sent"] += 1
        for issue in received.issues:
            self.issues[name, issue.header, f"{issue.problem}: {issue.value!r}"] += 1

    def report(self) -> Iterator[str]:
        """The summary, line by line."""
        events, responses = self.events.total(), self.responses.total()
        yield f"{events} events of {len(self.events)} kinds and {responses} answers to {len(self.responses)} actions"
        yield f"{self.unknown.total()} events of {len(self.unknown)} kinds without a class:{_list(self.unknown)}"
        headers = Counter({f"{name}.{header}": count for (name, header), count in self.undeclared.items()})
        yield f"{headers.total()} undeclared headers of {len(headers)} kinds:{_list(headers)}"
        issues = Counter({f"{name}.{header} {what}": count for (name, header, what), count in self.issues.items()})
        yield f"{issues.total()} issues of {len(issues)} kinds:{_list(issues)}"


def _list(counter: Counter[str]) -> str:
    return "".join(f"\n    {count:6} {name}" for name, count in sorted(counter.items()))
