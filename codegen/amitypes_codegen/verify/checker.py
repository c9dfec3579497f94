"""Compares decoded messages with their types, and collects the findings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from amitypes._models.codec import Shape, text
from amitypes._models.numbered_names import split_name
from amitypes._models.received import Received
from amitypes._models.scalars import is_unknown
from amitypes.events import UnknownEvent
from amitypes.responses import ListResponse
from amitypes.runtime import Codec, Header
from amitypes_codegen.verify.findings import Finding, FindingKind, MessageGroup, ObservedHeader
from amitypes_codegen.verify.headers import base_name, headers_by_lower_name
from amitypes_codegen.verify.inference import looks_like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from amitypes.events import Event
    from amitypes.responses import Response

_TRUNCATED: Final = ("the connection broke within this message", "this is its beginning")
"""How the problem of a truncated message ends. Such a message isn't compared with its type."""

_UNDECLARED: Final = Header("")

_MAX_VALUES: Final = 200
"""How many distinct values of a header are kept."""


class _HeaderCount:
    """The count and the values of a header."""

    def __init__(self, name: str, codec: Codec | None = None, *, always: bool = False) -> None:
        self.name: Final = name
        self.codec: Final = codec
        self.always: Final = always
        self.count = 0
        self.values: set[str] = set()
        self.repeated = False

    def add(self, value: str | list[str]) -> None:
        self.count += 1
        self.repeated |= isinstance(value, list)
        for one in [value] if isinstance(value, str) else value:
            if len(self.values) < _MAX_VALUES:
                self.values.add(one)

    @property
    def observed(self) -> ObservedHeader:
        return ObservedHeader(
            name=self.name, count=self.count, values=tuple(sorted(self.values)), repeated=self.repeated
        )


class _UnknownEventCount:
    """The count and the headers of an event without a class."""

    def __init__(self, name: str) -> None:
        self.name: Final = name
        self.count = 0
        self.privileges: dict[str, None] = {}
        self.headers: dict[str, _HeaderCount] = {}


class _UndeclaredItems:
    """The undeclared events of an action's responses."""

    def __init__(self, declared: tuple[str, ...]) -> None:
        self.count = 0
        self.declared: Final = declared
        self.items: dict[str, None] = {}
        self.complete = ""


class Checker:
    """Compares messages with their types.

    Args:
        reviewed: Whether a header is reviewed text, whatever its values look like; called with the group, the event or
            action, and the header. Default: none is.

    Attributes:
        events: The number of each event.
        responses: The number of responses to each action.
        succeeded: The actions with a response that isn't an error.
        refused: The actions with an error response, each with its message.
        not_checked: The number of messages that are truncated, or are responses to none of the actions sent.
    """

    def __init__(self, reviewed: Callable[[MessageGroup, str, str], bool] = lambda *_: False) -> None:
        self.events: Counter[str] = Counter()
        self.responses: Counter[str] = Counter()
        self.succeeded: set[str] = set()
        self.refused: dict[str, str] = {}
        self.not_checked = 0
        self._reviewed = reviewed
        self._unknown_events: dict[str, _UnknownEventCount] = {}
        self._undeclared: dict[tuple[MessageGroup, str, str], _HeaderCount] = {}
        self._wrong: dict[tuple[MessageGroup, str, str, str], _HeaderCount] = {}
        self._missing: dict[tuple[MessageGroup, str, str], _HeaderCount] = {}
        self._texts: dict[tuple[MessageGroup, str, str], _HeaderCount] = {}
        self._items: dict[str, _UndeclaredItems] = {}
        self._no_lists: Counter[str] = Counter()
        self._unfinished: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()

    def event(self, event: Event) -> None:
        """Checks an event.

        Args:
            event: The event, decoded.
        """
        if not event.event or _is_truncated(event):
            # A response without a caller: some actions send an error twice, and a recording has no requests.
            self.not_checked += 1
            return
        self.events[event.event] += 1
        if isinstance(event, UnknownEvent):
            self._add_unknown(event)
        else:
            self._check("events", event.wire_name, event)

    def response(
        self, action: str, declared: type[Response | ListResponse] | None, received: Response | ListResponse
    ) -> None:
        """Checks the response to an action.

        Args:
            action: The action's name on the wire.
            declared: The declared type of the response; None for an action without a class.
            received: The response, with its events.
        """
        self.responses[action] += 1
        first = received.response if isinstance(received, ListResponse) else received
        if first.response == "Error":
            self.refused.setdefault(action, first.message.strip())
        else:
            self.succeeded.add(action)
        if declared is None:
            self._actions[action] += 1
        else:
            if not _is_truncated(first):
                self._check("responses", action, first)
            self._check_list(action, received)
        for event in events_of(received):
            self.event(event)

    def unfinished(self, action: str) -> None:
        """Adds an action whose response was incomplete when its timeout expired."""
        self._unfinished[action] += 1

    def offered(self, action: str) -> None:
        """Adds an action that the server offers and the types don't have."""
        self._actions[action] += 0

    def findings(self) -> list[Finding]:
        """All differences from the types, by kind, then by name."""
        found = [
            Finding(
                kind=FindingKind.EVENT,
                group="events",
                name=unknown.name,
                count=unknown.count,
                headers=tuple(counted.observed for counted in unknown.headers.values()),
                privileges=tuple(unknown.privileges),
            )
            for unknown in self._unknown_events.values()
        ]
        for kind, counts in ((FindingKind.HEADER, self._undeclared), (FindingKind.MISSING, self._missing)):
            found += [_finding(kind, group, name, counted) for (group, name, _), counted in counts.items()]
        found += [
            _finding(FindingKind.VALUE, group, name, counted, problem)
            for (group, name, _, problem), counted in self._wrong.items()
        ]
        found += [
            Finding(
                kind=FindingKind.ITEM,
                group="responses",
                name=name,
                count=undeclared.count,
                declared=undeclared.declared,
                items=tuple(undeclared.items),
                complete=undeclared.complete,
            )
            for name, undeclared in self._items.items()
        ]
        for kind, counter in (
            (FindingKind.NO_LIST, self._no_lists),
            (FindingKind.UNFINISHED, self._unfinished),
            (FindingKind.ACTION, self._actions),
        ):
            found += [Finding(kind=kind, group="responses", name=name, count=count) for name, count in counter.items()]
        return sorted(found, key=lambda finding: finding.sort_key)

    def suspects(self) -> list[Finding]:
        """Unreviewed text headers whose values are all numbers, booleans or times; not findings."""
        return sorted(
            (
                _finding(FindingKind.TEXT, group, name, counted, looks)
                for (group, name, _), counted in self._texts.items()
                if not self._reviewed(group, name, counted.name)
                and (looks := looks_like(counted.name, counted.values)) is not None
            ),
            key=lambda finding: finding.sort_key,
        )

    def _add_unknown(self, event: Event) -> None:
        unknown = self._unknown_events.setdefault(event.event.lower(), _UnknownEventCount(event.event))
        unknown.count += 1
        unknown.privileges |= dict.fromkeys(
            part for part in (part.strip() for part in event.privilege.split(",")) if part not in {"", "all", "<none>"}
        )
        for name, value in event.extra_headers.items():
            base = base_name(name)
            unknown.headers.setdefault(base.lower(), _HeaderCount(base)).add(value)

    def _check(self, group: MessageGroup, name: str, received: Received) -> None:
        declared = headers_by_lower_name(type(received))
        raw = received.raw
        for header in received.missing:
            self._missing.setdefault((group, name, header.lower()), _HeaderCount(header)).add([])
        for header, value in ({} if received.accepts_any_header else received.extra_headers).items():
            base = base_name(header)
            self._undeclared.setdefault((group, name, base.lower()), _HeaderCount(base)).add(value)
        for issue in received.issues:
            spelled, known = declared.get(_key(issue.header, declared), (issue.header, _UNDECLARED))
            field = type(received).model_fields.get(known.field)
            always = field is not None and field.is_required()
            repeated = known.codec.shape is Shape.ONE and isinstance(raw.get(issue.header), list)
            if is_unknown(issue.value) and not known.codec.total and not repeated:
                self._missing.setdefault((group, name, spelled.lower()), _HeaderCount(spelled)).add([])
                continue
            wrong = self._wrong.setdefault(
                (group, name, spelled.lower(), issue.problem), _HeaderCount(spelled, known.codec, always=always)
            )
            wrong.add(issue.value)
            wrong.repeated |= repeated
        for header, value in raw.items():
            spelled, known = declared.get(header.lower(), (header, _UNDECLARED))
            if known is not _UNDECLARED and known.codec == text:
                self._texts.setdefault((group, name, header.lower()), _HeaderCount(spelled)).add(value)

    def _check_list(self, action: str, received: Response | ListResponse) -> None:
        if isinstance(received, ListResponse):
            declared, others = received.item_events, [*received.others]
            complete = received.complete.event
            if not received.complete.raw and not received.items and received.response.response != "Error":
                self._no_lists[action] += 1
        else:
            declared, others = (), [*received.events]
            ends = [event for event in others if event.raw.get("EventList")]
            complete = ends[-1].event if ends else ""
        expected = () if isinstance(received, ListResponse) else received.accompanying_events
        names = {event.event: None for event in others if event.event and event.event not in expected}
        if not names or "*" in expected:
            return
        undeclared = self._items.setdefault(action, _UndeclaredItems(declared))
        undeclared.count += 1
        undeclared.items |= {name: None for name in names if name != complete}
        undeclared.complete = undeclared.complete or complete


def _is_truncated(received: Received) -> bool:
    return any(issue.problem.endswith(_TRUNCATED) for issue in received.issues)


def _key(name: str, declared: Mapping[str, object]) -> str:
    lowered = name.lower()
    return lowered if lowered in declared else split_name(lowered)[0]


def _finding(kind: FindingKind, group: MessageGroup, name: str, counted: _HeaderCount, problem: str = "") -> Finding:
    return Finding(
        kind=kind,
        group=group,
        name=name,
        count=counted.count,
        header=counted.observed,
        problem=problem,
        codec=counted.codec,
        always=counted.always,
    )


def events_of(response: Response | ListResponse) -> Iterable[Event]:
    """The events of a response: of a list, its items, its undeclared events and the event that completes it."""
    if not isinstance(response, ListResponse):
        return response.events
    complete = [response.complete] if response.complete.raw else []
    return [*response.items, *response.others, *complete]
